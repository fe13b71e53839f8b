#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: instance_info
short_description: Read the state of an instance
version_added: 0.1.0
description:
  - Tells whether an instance is on the cluster, which version and configuration its pod runs, and what is wrong.
  - Optionally runs commands in the instance's container and returns their output, and asks for it under its addresses
    outside the cluster.
  - Changes nothing.
options:
  name:
    description: Name of the instance, which is the name of its StatefulSet.
    type: str
    required: true
  namespace:
    description: Namespace of the instance.
    type: str
    required: true
  container:
    description: Container to describe and to run O(probes) in. By default the first one of the pod.
    type: str
  probes:
    description:
      - Commands to run in the container, by a name of your choice.
      - Each is a dictionary with V(argv), the list of words of the command, and optionally V(timeout), a number of
        seconds that is V(60) if not given.
      - Values of the instance's Secrets are removed from the output, as far as the Secrets may be read.
    type: dict
    default: {}
  jobs:
    description:
      - Component (C(app.kubernetes.io/component)) of the Jobs whose ends and reports are wanted, such as V(backup).
    type: str
  policies:
    description:
      - Look for the network policies that select the pods of the instance, whoever made them.
    type: bool
    default: false
  gateway:
    description:
      - Gateway of the Gateway API whose features to read.
    type: dict
    suboptions:
      name:
        description: Name of the Gateway.
        type: str
        required: true
      namespace:
        description: Namespace of the Gateway.
        type: str
        required: true
  entries:
    description:
      - Addresses under which the instance is reached from outside the cluster. Each is asked from where this runs,
        while the commands run, with one request and on demand with a WebSocket; redirects are not followed.
      - An instance that is not ready is not asked for.
    type: list
    elements: dict
    default: []
    suboptions:
      url:
        description: Where to send a GET request, over HTTP or HTTPS.
        type: str
        required: true
      websocket:
        description: Path on the same host to open a WebSocket at. None is opened when this is left out.
        type: str
      origin:
        description: Header C(Origin) of the WebSocket, which browsers send.
        type: str
      frame:
        description: Text to answer the first frame with that comes over the WebSocket.
        type: str
      address:
        description: Address, or C(address:port), to connect to instead of what the name in the URL resolves to.
        type: str
      ca_file:
        description: File with certificate authorities that are trusted beside those of the system.
        type: path
      timeout:
        description: How many seconds to wait for a connection and for each answer.
        type: int
        default: 10
      patience:
        description: For how many seconds to ask again while nobody answers, or only with 404, 502, 503, 504 or 530.
        type: int
        default: 0
      status:
        description: Status that the page is to have; while another one comes, it is asked for again, too.
        type: int
        default: 0
      settle:
        description:
          - For how many seconds to ask again although the answer is as it should be. A proxy goes on for a while as
            before when its configuration changes.
        type: int
        default: 0
extends_documentation_fragment:
  - openclaw.kubernetes.connection
  - openclaw.kubernetes.attributes
  - openclaw.kubernetes.attributes.reading
author:
  - openclaw.kubernetes contributors (@openclaw)
"""

EXAMPLES = r"""
- name: Read the state of an instance
  openclaw.kubernetes.instance_info:
    name: support
    namespace: openclaw-support
  register: state

- name: Ask the instance for its version
  openclaw.kubernetes.instance_info:
    name: support
    namespace: openclaw-support
    probes:
      version:
        argv: [node, openclaw.mjs, --version]
        timeout: 30
"""

RETURN = r"""
instance:
  description: State of the instance.
  returned: success
  type: dict
  contains:
    exists:
      description: Whether anything of the instance is on the cluster.
      type: bool
      returned: always
    name:
      description: Name of the instance.
      type: str
      returned: always
    namespace:
      description: Namespace of the instance.
      type: str
      returned: always
    cluster:
      description: Context of the kubeconfig, or address of the API server.
      type: str
      returned: always
    phase:
      description:
        - V(ready), V(starting), V(crash) (its container keeps ending), V(degraded) (something else keeps it from being
          ready), V(suspended) (scaled to zero) or V(absent).
      type: str
      returned: always
    ready:
      description: Whether the declared revision is rolled out and serves.
      type: bool
      returned: always
    version:
      description: Version the pod runs, by its label C(app.kubernetes.io/version) or the tag of its image.
      type: str
      returned: always
    image:
      description: Image the pod runs.
      type: str
      returned: always
    config_digest:
      description: Digest of the configuration the pod was started with.
      type: str
      returned: always
    declared:
      description: RV(instance.image), RV(instance.version) and RV(instance.config_digest) as declared for the next pod.
      type: dict
      returned: always
    restarts:
      description: Restarts of all containers of its pods.
      type: int
      returned: always
    pod:
      description: Pod that RV(instance.image) is about and that O(probes) run in, the first one that serves.
      type: str
      returned: always
    pods:
      description: Name, phase, readiness, restarts, node, start time and addresses of each pod, its node's included.
      type: list
      elements: dict
      returned: always
    volume:
      description: Name, phase, size and class of the first volume claim of RV(instance.pod).
      type: dict
      returned: always
    service:
      description: Name, cluster IP and ports of the Service.
      type: dict
      returned: always
    last_problem:
      description: What is wrong, or why a container was restarted last; empty if nothing was.
      type: str
      returned: always
probes:
  description: Exit code (RV(ignore:rc)) and output of each of O(probes); V(124) means out of time, V(-1) not run.
  returned: success
  type: dict
  sample:
    version:
      rc: 0
      stdout: "2026.9.6"
      stderr: ""
entries:
  description:
    - What each of O(entries) answered. RV(ignore:page) and RV(ignore:websocket) have status, some headers, the start of
      the body and, of the WebSocket, the first frames. Where a conversation ended early, C(failure) is one of
      V(ca_file), V(name), V(connect), V(tls), V(certificate), V(certificate_name), V(certificate_time),
      V(certificate_issuer) or V(answer), and C(error) says why. Empty for an instance that is not ready.
  returned: success
  type: list
  elements: dict
  sample:
    - url: https://claw.example.com/healthz
      address: claw.example.com:443
      page:
        status: 200
        headers: {content-type: application/json}
        body: '{"ok":true}'
        frames: []
        failure: ""
        error: ""
      websocket: {}
policies:
  description:
    - The network policies that select the pods (RV(ignore:found)), each with its name, whether it is of the instance
      (C(managed)) and what it opens in either direction, in words; none without O(policies).
    - RV(ignore:refused) says why they are not known, when they may not be listed.
  returned: success
  type: dict
  sample:
    found:
      - name: allow-all
        managed: false
        ingress: [from everywhere]
        egress: []
    refused: ""
gateway:
  description:
    - Features (RV(ignore:features)) that the class of O(gateway) lists; none if it may not be read.
  returned: success
  type: dict
  sample:
    features: [HTTPRouteRequestTimeout]
jobs:
  description:
    - The Jobs of the component O(jobs) that are still there, the latest first. C(outcome) is V(succeeded), V(failed)
      or V(running); C(schedule) names the CronJob it came from, C(report) is what its container reported.
  returned: success
  type: list
  elements: dict
  sample:
    - name: support-backup-29340197
      schedule: support-backup
      outcome: succeeded
      started: "2026-11-21T03:17:00Z"
      ended: "2026-11-21T03:17:21Z"
      message: ""
      report: {snapshot: 2f9c1e07}
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
"""

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, credentials, info


def main() -> None:
    module = AnsibleModule(argument_spec=argspec.INSTANCE_INFO, supports_check_mode=True)
    if credentials.CLIENT_IS_MISSING:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    result = info.run(module.params, os.environ)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

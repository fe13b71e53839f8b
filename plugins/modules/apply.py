#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: apply
short_description: Apply the Kubernetes objects of an instance
version_added: 0.1.0
description:
  - Makes the objects of one or more parts of an instance on a cluster equal to O(objects), and nothing else.
  - Compares by listing. Objects that already are as wanted cost no request of their own, and a run that finds
    everything in place writes nothing.
  - Every change passes a dry run on the server before the first one is written. All problems of all objects are
    reported together.
  - Objects of the parts that are no longer wanted are deleted. Volumes, Secrets and the namespace stay, unless
    O(delete_protected=true).
  - Waits for workloads, and stops as soon as their failure is certain, with the reason, the events and the last log
    lines.
  - Runs inside the Ansible process when the task's connection is local, otherwise as a module on the task's host.
options:
  name:
    description:
      - Name of the instance. Its objects are found by the label C(app.kubernetes.io/instance).
      - When left out, the one that the labels of O(objects) name.
    type: str
  namespace:
    description: Namespace of the instance. When left out, the one that O(objects) name.
    type: str
  parts:
    description:
      - The parts this task speaks for. Objects of the instance that carry one of them in the label
        C(openclaw.kubernetes/part) and are not in O(objects) are deleted.
    type: list
    elements: str
    required: true
    aliases: [part]
  objects:
    description:
      - The objects that have to exist, as complete manifests. JSON text of such a list will do, too.
      - Missing labels for instance and owner are added; with a single entry in O(parts), the part label is, too.
      - A Secret annotated C(openclaw.kubernetes/generated) with a comma separated list of keys gets random values
        for those that exist neither in the manifest nor on the cluster.
      - A Secret annotated C(openclaw.kubernetes/hashed) gets hashes (bcrypt) of passwords in other Secrets of
        O(objects). Each entry of the comma separated list is C(key=user:secret/source) for a line of htpasswd, or
        C(key=secret/source) for the hash alone. A hash that still fits its password stays.
      - A pod template annotated C(openclaw.kubernetes/secrets-digest=auto) gets a digest over the Secret values it
        uses, so that its pods are replaced when one of them changes.
        C(openclaw.kubernetes/config-maps-digest=auto) does the same for ConfigMaps, except those that this collection
        made.
      - The number of pods of a workload that one of the objects, a HorizontalPodAutoscaler, scales is left to that one.
      - A Job annotated C(openclaw.kubernetes/hook=pre-apply) runs before the first write if the object named by
        C(openclaw.kubernetes/hook-for) is about to change, and stops the run if it fails.
    type: raw
    default: []
  secret_data:
    description:
      - Values for the C(data) of the Secrets in O(objects), by name of the Secret, in base64.
      - Set by the action when it hands over to the module, so that the values stay out of the invocation.
    type: dict
  prune:
    description: Whether to delete objects of O(parts) that are no longer wanted.
    type: bool
    default: true
  delete_protected:
    description: Whether volumes, Secrets and the namespace may be deleted, too.
    type: bool
    default: false
  force_conflicts:
    description: Whether to take over fields that another field manager set to another value.
    type: bool
    default: false
  adopt:
    description: Whether to take over objects of the wanted names that do not belong to the instance.
    type: bool
    default: false
  preflight:
    description:
      - Only find out whether the run would succeed. Asks the cluster for the permissions the run needs, plans, and
        dry-runs, as in check mode.
    type: bool
    default: false
  wait:
    description: Whether to wait for the workloads in O(objects) to be rolled out, and for deleted objects to be gone.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait at most. Seconds, or a duration such as V(90s), V(10m) or V(1h30m).
    type: str
    default: 10m
extends_documentation_fragment:
  - openclaw.kubernetes.connection
  - openclaw.kubernetes.attributes
  - openclaw.kubernetes.attributes.writing
author:
  - openclaw.kubernetes contributors (@openclaw)
"""

EXAMPLES = r"""
- name: Apply a configuration
  openclaw.kubernetes.apply:
    name: support
    namespace: openclaw-support
    part: config
    objects:
      - apiVersion: v1
        kind: ConfigMap
        metadata:
          name: support-config
        data:
          openclaw.json: "{}"

- name: Show what a change would do
  openclaw.kubernetes.apply:
    name: support
    namespace: openclaw-support
    parts: [config, workload]
    objects: "{{ manifests }}"
  check_mode: true
  diff: true

- name: Remove the network policies of an instance
  openclaw.kubernetes.apply:
    name: support
    namespace: openclaw-support
    part: networkpolicy
    objects: []
"""

RETURN = r"""
objects:
  description: What was done, or in check mode would be done, to each object.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: Kind of the object.
      type: str
      returned: always
    name:
      description: Name of the object.
      type: str
      returned: always
    action:
      description:
        - One of V(created), V(configured), V(deleted), V(unchanged), V(kept) (no longer wanted, but protected) and
          V(adopted) (a namespace of somebody else, used as it is).
      type: str
      returned: always
    reason:
      description: Why; for V(configured) the first fields that differ.
      type: str
      returned: always
  sample:
    - kind: ConfigMap
      name: support-config
      action: configured
      reason: data.openclaw.json
settled:
  description:
    - Whether nothing is left for the same call without O(preflight), neither to write nor, with O(wait), to wait for.
  returned: success, with O(preflight)
  type: bool
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
  sample:
    - "StatefulSet support: container openclaw env API_KEY needs Secret support-keys, which does not exist"
"""

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import apply, argspec, credentials


def main() -> None:
    module = AnsibleModule(argument_spec=argspec.APPLY, supports_check_mode=True)
    if credentials.CLIENT_IS_MISSING:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    result = apply.run(module.params, os.environ, check_mode=module.check_mode, with_diff=module._diff)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: revision
short_description: Keep what an instance is made of, and bring it back later
version_added: 0.1.0
description:
  - Keeps what was applied to an instance, its StatefulSet and the ConfigMaps that belong to it, as a revision in a
    ConfigMap C(<name>-revision-<number>). It goes with the StatefulSet. No Secret is kept.
  - The objects of a revision, applied with M(openclaw.kubernetes.apply), make the instance what it was.
  - Runs inside the Ansible process when the task's connection is local, otherwise as a module on the task's host.
options:
  name:
    description: Name of the instance, which is the name of its StatefulSet.
    type: str
    required: true
  namespace:
    description: Namespace of the instance.
    type: str
    required: true
  state:
    description:
      - V(recorded) keeps what is applied now. If it is kept already, that revision gets O(outcome) and the notes.
      - V(noted) adds O(outcome) and the notes to revision O(number).
      - V(listed) changes nothing. With O(number) it returns the objects of that revision.
    type: str
    required: true
    choices:
      - recorded
      - noted
      - listed
  config_maps:
    description: ConfigMaps of the instance that belong to a revision.
    type: list
    elements: str
    default: []
  keep:
    description: How many revisions to keep, at least two. The last one that served always stays.
    type: int
    default: 10
  number:
    description: Number of a revision.
    type: int
  what:
    description: What of revision O(number) to return. With one of both, the other one is as it is now.
    type: list
    elements: str
    default:
      - image
      - config
    choices:
      - image
      - config
  outcome:
    description: How the revision did. By default V(serving) for one that is recorded.
    type: str
    choices:
      - serving
      - trying
      - failed
  snapshot:
    description: Identifier of the backup that holds the state as this revision last had it.
    type: str
  why:
    description: Why the revision failed.
    type: str
extends_documentation_fragment:
  - openclaw.kubernetes.connection
  - openclaw.kubernetes.attributes
  - openclaw.kubernetes.attributes.commanding
author:
  - openclaw.kubernetes contributors (@openclaw)
"""

EXAMPLES = r"""
- name: Keep what is applied
  openclaw.kubernetes.revision:
    name: support
    namespace: openclaw-support
    state: recorded
    config_maps: [support-config]

- name: Read the objects of the third revision
  openclaw.kubernetes.revision:
    name: support
    namespace: openclaw-support
    state: listed
    number: 3
  register: third

- name: Bring it back
  openclaw.kubernetes.apply:
    parts: [config, workload]
    objects: "{{ third.objects }}"
    prune: false
"""

RETURN = r"""
revision:
  description: The revision that was recorded, noted or asked for. Empty for a list.
  returned: success
  type: dict
  sample:
    number: 3
    at: "2026-11-21T10:37:00Z"
    image: ghcr.io/openclaw/openclaw:2026.9.6
    version: 2026.9.6
    config_digest: 0c9d3f31f6aa1e02
    digest: 5a0f8c0e7b1d2c3f
    outcome: serving
    snapshot: ""
    why: ""
revisions:
  description: Every revision that is kept, the oldest first.
  returned: success
  type: list
  elements: dict
objects:
  description: The objects of revision O(number). Empty otherwise.
  returned: success
  type: list
  elements: dict
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
"""

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, credentials, revisions


def main() -> None:
    module = AnsibleModule(argument_spec=argspec.REVISION, supports_check_mode=True)
    if credentials.CLIENT_IS_MISSING:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    result = revisions.run(module.params, os.environ, check_mode=module.check_mode)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: commands
short_description: Run commands that change something in an instance
version_added: 0.1.0
description:
  - Runs commands in a container of the instance, one after the other, also after one that failed, and fails at the end
    if one did.
  - Is changed when a command ended well. Commands that only read are for M(openclaw.kubernetes.instance_info).
  - What the commands print is told only with O(show_output=true).
  - In check mode no command runs; the result names those that would.
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
  pod:
    description: Pod of the instance to run the commands in. By default the first one that serves.
    type: str
  container:
    description: Container to run the commands in. By default the first one of the pod.
    type: str
  commands:
    description: The commands. An empty list is no change.
    type: list
    elements: dict
    required: true
    suboptions:
      title:
        description: What the command does, as V(approve request 1a2b), for results and errors.
        type: str
        required: true
      argv:
        description: The words of the command.
        type: list
        elements: str
        required: true
      stdin:
        description:
          - Text for the standard input of the command. The command has to know where it ends, since the connection
            stays open.
        type: str
      timeout:
        description: How many seconds the command may take.
        type: int
        default: 60
  show_output:
    description:
      - Show the standard output of the commands to whoever runs the play. Values of the instance's Secrets are removed
        from it, as far as the Secrets may be read.
    type: bool
    default: false
extends_documentation_fragment:
  - openclaw.kubernetes.connection
  - openclaw.kubernetes.attributes
  - openclaw.kubernetes.attributes.commanding
author:
  - openclaw.kubernetes contributors (@openclaw)
"""

EXAMPLES = r"""
- name: Approve a device
  openclaw.kubernetes.commands:
    name: support
    namespace: openclaw-support
    commands:
      - title: approve request 1a2b
        argv: [node, /app/openclaw.mjs, devices, approve, 1a2b]
"""

RETURN = r"""
pod:
  description: Pod that the commands ran in.
  returned: success
  type: str
commands:
  description: Title and exit code (RV(ignore:rc)) of each command; no exit code in check mode.
  returned: success
  type: list
  elements: dict
  sample:
    - title: approve request 1a2b
      rc: 0
msg:
  description: Lines that the commands printed.
  returned: with O(show_output=true), outside check mode
  type: list
  elements: str
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
"""

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, commands, credentials


def main() -> None:
    module = AnsibleModule(argument_spec=argspec.COMMANDS, supports_check_mode=True)
    if credentials.CLIENT_IS_MISSING:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    result = commands.run(module.params, os.environ, check_mode=module.check_mode)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

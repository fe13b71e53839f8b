#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: config_info
short_description: Read the configuration that an instance has
version_added: 0.1.0
description:
  - Reads a ConfigMap of the instance, and what a command prints in the container of its running pod.
  - M(openclaw.kubernetes.apply) asks the same of an instance with C(openclaw_config_mode=merge) before it merges.
  - Runs inside the Ansible process when the task's connection is local, otherwise as a module on the task's host.
options:
  name:
    description: Name of the instance.
    type: str
    required: true
  namespace:
    description: Namespace of the instance.
    type: str
    required: true
  container:
    description: Container to run the command in.
    type: str
    required: true
  config_map:
    description: Name of the ConfigMap. It has to belong to the instance.
    type: str
    required: true
  argv:
    description: The words of the command. It must not print a secret.
    type: list
    elements: str
    required: true
  stdin:
    description:
      - Text for the standard input of the command. The command has to know where it ends, since the connection stays
        open.
    type: str
  timeout:
    description: How many seconds the command may take.
    type: int
    default: 60
extends_documentation_fragment:
  - openclaw.kubernetes.connection
  - openclaw.kubernetes.attributes
  - openclaw.kubernetes.attributes.reading
author:
  - openclaw.kubernetes contributors (@openclaw)
"""

EXAMPLES = r"""
- name: Read the plugins that the gateway has
  openclaw.kubernetes.config_info:
    name: support
    namespace: openclaw-support
    container: openclaw
    config_map: support-config
    argv: [node, /app/openclaw.mjs, config, get, plugins, --json]
"""

RETURN = r"""
pod:
  description: Pod that the command ran in. Empty when none runs.
  returned: success
  type: str
output:
  description:
    - Exit code (RV(ignore:rc)), RV(ignore:stdout) and RV(ignore:stderr) of the command. Empty when no pod runs.
  returned: success
  type: dict
stored:
  description: The files of the ConfigMap. Empty when there is none.
  returned: success
  type: dict
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
"""

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, config_info, credentials


def main() -> None:
    module = AnsibleModule(argument_spec=argspec.CONFIG_INFO, supports_check_mode=True)
    if credentials.CLIENT_IS_MISSING:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    result = config_info.run(module.params, os.environ)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

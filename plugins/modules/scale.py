#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: scale
short_description: Stop an instance for a while, and start it again
version_added: 0.1.0
description:
  - Changes the number of pods of an instance and nothing else, and waits until all of them serve, or all are gone with
    their processes.
  - With the former number again, the next run of M(openclaw.kubernetes.apply) finds no difference.
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
  replicas:
    description: How many pods there are to be.
    type: int
    required: true
  wait:
    description: Whether to wait until it is so.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait at most. Seconds, or a duration such as V(90s), V(10m) or V(1h30m).
    type: str
    default: 10m
extends_documentation_fragment:
  - openclaw.kubernetes.connection
  - openclaw.kubernetes.attributes
  - openclaw.kubernetes.attributes.commanding
author:
  - openclaw.kubernetes contributors (@openclaw)
"""

EXAMPLES = r"""
- name: Stop an instance
  openclaw.kubernetes.scale:
    name: support
    namespace: openclaw-support
    replicas: 0
  register: stopped
"""

RETURN = r"""
before:
  description: How many pods there were to be before.
  returned: success
  type: int
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
"""

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, credentials, scale


def main() -> None:
    module = AnsibleModule(argument_spec=argspec.SCALE, supports_check_mode=True)
    if credentials.CLIENT_IS_MISSING:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    result = scale.run(module.params, os.environ, check_mode=module.check_mode)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

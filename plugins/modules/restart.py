#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: restart
short_description: Restart the pods of an instance once
version_added: 0.1.0
description:
  - Replaces the pods of an instance by new ones, one after the other, as C(kubectl rollout restart) does, and waits
    until all of them serve.
  - Nothing else changes. The next run of M(openclaw.kubernetes.apply) finds no difference.
  - An instance that is scaled to zero has no pod to restart, which is a warning.
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
  wait:
    description: Whether to wait until the new pods serve.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait at most. Seconds, or a duration such as V(90s), V(10m) or V(1h30m).
    type: str
    default: 10m
extends_documentation_fragment:
  - openclaw.kubernetes.connection
  - openclaw.kubernetes.attributes
  - openclaw.kubernetes.attributes.acting
author:
  - openclaw.kubernetes contributors (@openclaw)
"""

EXAMPLES = r"""
- name: Restart an instance
  openclaw.kubernetes.restart:
    name: support
    namespace: openclaw-support
"""

RETURN = r"""
restarted_at:
  description: When the restart was asked for, in UTC; empty if there was no pod to restart.
  returned: success
  type: str
  sample: "2026-11-21T10:37:00Z"
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
"""

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, credentials, restart


def main() -> None:
    module = AnsibleModule(argument_spec=argspec.RESTART, supports_check_mode=True)
    if credentials.CLIENT_IS_MISSING:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    result = restart.run(module.params, os.environ, check_mode=module.check_mode, with_diff=module._diff)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: rotate_secret
short_description: Replace a value of a Secret, and prove that the former one is dead
version_added: 0.1.0
description:
  - Replaces one value of a Secret of an instance. The former value is kept in the same Secret, under the key
    C(<key>.former), until it is settled or comes back; a run that is killed loses neither.
  - Who uses the Secret is not told. The next run of M(openclaw.kubernetes.apply) replaces the pods that do.
  - No value is in the result, nor in the arguments of a command.
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
  secret:
    description: The Secret. It has to be one that this collection made.
    type: str
    required: true
  key:
    description: Key of the value in the Secret.
    type: str
    required: true
  state:
    description:
      - V(replaced) puts O(value) in place, unless it is there, or a former value shows that the key is being replaced
        already.
      - V(proven) fails unless O(argv), run in the instance, ends with 0. It does nothing without a former value.
      - V(restored) brings the former value back.
      - V(settled) forgets the former value.
    type: str
    required: true
    choices:
      - replaced
      - proven
      - restored
      - settled
  value:
    description: The new value. By default 256 random bits.
    type: str
  argv:
    description:
      - The words of the command that proves it. On its standard input it gets a line of JSON, C(former) and C(current);
        the last line of its standard error is the reason why it failed.
    type: list
    elements: str
    default: []
  timeout:
    description: How many seconds the command may take.
    type: int
    default: 60
extends_documentation_fragment:
  - openclaw.kubernetes.connection
  - openclaw.kubernetes.attributes
  - openclaw.kubernetes.attributes.commanding
author:
  - openclaw.kubernetes contributors (@openclaw)
"""

EXAMPLES = r"""
- name: Replace the gateway token
  openclaw.kubernetes.rotate_secret:
    name: support
    namespace: openclaw-support
    secret: support-gateway-token
    key: token
    state: replaced
"""

RETURN = r"""
former:
  description: Whether a former value is kept.
  returned: success
  type: bool
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
"""

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, credentials, rotation


def main() -> None:
    module = AnsibleModule(argument_spec=argspec.ROTATE_SECRET, supports_check_mode=True)
    if credentials.CLIENT_IS_MISSING:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    result = rotation.run(module.params, os.environ, check_mode=module.check_mode)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

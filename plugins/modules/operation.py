#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: operation
short_description: Carry out an operation of several steps on an instance, one at a time
version_added: 0.1.0
description:
  - Brackets the tasks of an operation such as an update or a restore. While it runs, no other one can begin on the same
    instance; what it has done is noted in the cluster before each step, so that the next run can finish or undo one
    that was killed.
  - The lock is the Lease C(<name>-operation). It is renewed in the background as long as the playbook runs, and freed
    when the playbook has ended, however that came about. That of a controller that is gone expires after 60 seconds.
  - The journal is the ConfigMap C(<name>-operation). It holds no secret, as long as O(parameters) and O(record) do not.
  - Runs inside the Ansible process when the task's connection is local, otherwise as a module on the task's host, where
    nothing renews the lock between the tasks; see O(lasts).
options:
  name:
    description: Name of the instance.
    type: str
    required: true
  namespace:
    description: Namespace of the instance. It has to exist.
    type: str
    required: true
  state:
    description:
      - V(begin) takes the lock, or fails within five seconds and names who has it, and begins the journal. It fails,
        too, when an earlier operation was left unfinished, unless O(resume=true); in check mode that is a warning.
      - V(step) notes that O(step) begins, which means that the one before is done.
      - V(end) notes O(outcome) and frees the lock. After an end it does nothing, so it can stand in C(always).
      - V(status) changes nothing and returns what is noted.
      - V(abandon) declares the unfinished operation O(operation) settled.
      - V(absent) removes lock and journal, unless an operation is under way.
    type: str
    required: true
    choices:
      - begin
      - step
      - end
      - status
      - abandon
      - absent
  operation:
    description: What is done, such as V(update). Needed with O(state=begin) and O(state=abandon).
    type: str
  parameters:
    description: What it takes to finish or to undo the operation, for the journal. No secrets.
    type: dict
    default: {}
  resume:
    description:
      - Whether to go on with an operation of the same name that was left unfinished. Its own parameters count then, see
        RV(journal); O(parameters) count if there is none.
    type: bool
    default: false
  step:
    description: Name of the step that begins. Needed with O(state=step).
    type: str
  record:
    description: What has been found out so far and later steps need, added to the journal. No secrets.
    type: dict
    default: {}
  outcome:
    description: How the operation ended. After V(stopped) it is unfinished, and the next run has to finish or undo it.
    type: str
    default: done
    choices:
      - done
      - undone
      - stopped
  holder:
    description: Who holds the lock. The default names user, controller and run.
    type: str
  lasts:
    description:
      - How long the lock lasts after each task when the tasks do not run inside the Ansible process. Seconds, or a
        duration such as V(90s) or V(1h).
    type: str
    default: 1h
extends_documentation_fragment:
  - openclaw.kubernetes.connection
  - openclaw.kubernetes.attributes
  - openclaw.kubernetes.attributes.commanding
author:
  - openclaw.kubernetes contributors (@openclaw)
"""

EXAMPLES = r"""
- name: Move an instance to another size, so that a killed run can be gone on with
  block:
    - name: Begin
      openclaw.kubernetes.operation:
        name: support
        namespace: openclaw-support
        state: begin
        operation: move
        parameters:
          size: 20Gi
        resume: true
      register: begun

    - name: Copy
      openclaw.kubernetes.operation:
        name: support
        namespace: openclaw-support
        state: step
        step: copy
      register: copy

    - name: Do what the step is about
      ansible.builtin.include_tasks: copy.yml
      vars:
        size: "{{ begun.journal.parameters.size }}"
      when: not copy.done

    - name: End
      openclaw.kubernetes.operation:
        name: support
        namespace: openclaw-support
        state: end
  always:
    - name: Free the lock, also after a failure
      openclaw.kubernetes.operation:
        name: support
        namespace: openclaw-support
        state: end
        outcome: stopped
"""

RETURN = r"""
journal:
  description:
    - The operation as it is noted. RV(ignore:steps) are done, RV(ignore:step) was begun after them; empty if there is
      none.
  returned: success
  type: dict
  sample:
    operation: move
    state: running
    holder: kim@laptop (run 5f0c1d2e) for support
    since: "2026-11-21T10:37:00Z"
    step: copy
    steps: [stop]
    parameters: {size: 20Gi}
    recorded: {}
    unfinished: true
holder:
  description: Who holds the lock at the moment; empty if it is free or has expired.
  returned: with O(state=status)
  type: str
unfinished:
  description: Whether an operation was left unfinished, and no run is busy with it.
  returned: with O(state=status)
  type: bool
resumed:
  description: Whether an unfinished operation is gone on with.
  returned: with O(state=begin)
  type: bool
done:
  description: Whether an earlier run has done this step, which is to be left out then. Always V(false) in check mode.
  returned: with O(state=step)
  type: bool
interrupted:
  description: Whether an earlier run had begun this step. It may have been done in part, or whole.
  returned: with O(state=step)
  type: bool
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
"""

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, credentials, operation


def main() -> None:
    module = AnsibleModule(argument_spec=argspec.OPERATION, supports_check_mode=True)
    if credentials.CLIENT_IS_MISSING:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    result = operation.run(module.params, os.environ, check_mode=module.check_mode)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

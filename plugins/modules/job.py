#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: job
short_description: Run a Job of an instance and return what it reports
version_added: 0.1.0
description:
  - Creates a Job, waits for its end, and returns the last line of JSON that its container printed. A Job of the same
    name that an earlier run has left is removed before, with its pods.
  - A Job that fails makes the task fail with what its report calls C(problem), or with the log of the container that
    failed.
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
  job:
    description: The Job, with the labels of the instance.
    type: dict
    required: true
  claims:
    description: Claims that the Job mounts. One is made if there is none of its name; one that is there stays as it is.
    type: list
    elements: dict
    default: []
  owner:
    description: ConfigMap that the Job goes with. Whoever removes it removes the Job, too.
    type: str
  run:
    description:
      - What the Job belongs to, such as the time at which an operation began. A Job of the same run that is under way
        or has succeeded is not started a second time, so a playbook that was killed can go on.
    type: str
  timeout:
    description: How long to wait at most. Seconds, or a duration such as V(90s), V(10m) or V(1h30m).
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
- name: Back an instance up
  openclaw.kubernetes.job:
    name: support
    namespace: openclaw-support
    job: "{{ lookup('openclaw.kubernetes.instance') | openclaw.kubernetes.backup_job('backup') }}"
  register: backup
"""

RETURN = r"""
report:
  description: What the Job reported; empty if it printed no JSON, and in check mode.
  returned: success
  type: dict
job:
  description: Name of the Job.
  returned: success
  type: str
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
"""

import os

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, credentials, job


def main() -> None:
    module = AnsibleModule(argument_spec=argspec.JOB, supports_check_mode=True)
    if credentials.CLIENT_IS_MISSING:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    result = job.run(module.params, os.environ, check_mode=module.check_mode)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

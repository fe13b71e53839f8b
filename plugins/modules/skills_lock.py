#!/usr/bin/python
# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: skills_lock
short_description: Fetch, check and lock the skills of an instance
version_added: 0.1.0
description:
  - Fetches the skills that an instance declares, refuses those that OpenClaw would not load or that are found to be
    harmful,
    keeps the files of the others on the controller, and notes each of them in the lock file.
  - What is locked already stays as it is, unless the instance says C(openclaw_skills_update_enabled); folders of the
    controller and ConfigMaps are always read anew.
  - With O(declared) it removes from lock files what no instance declares any more.
  - In check mode nothing is written, and the difference is shown.
  - Runs on the controller, whatever the task's connection is.
options:
  report:
    description: >-
      What P(openclaw.kubernetes.instance#lookup) returns with O(openclaw.kubernetes.instance#lookup:report=true).
    type: dict
  declared:
    description: What all instances that share lock files declare, as RV(declared) of this module says for each of them.
    type: list
    elements: dict
extends_documentation_fragment:
  - openclaw.kubernetes.connection
  - openclaw.kubernetes.attributes
  - openclaw.kubernetes.attributes.writing
author:
  - openclaw.kubernetes contributors (@openclaw)
"""

EXAMPLES = r"""
- name: Lock the skills of the instance
  openclaw.kubernetes.skills_lock:
    report: "{{ lookup('openclaw.kubernetes.instance', report=true) }}"
"""

RETURN = r"""
declared:
  description: Path of the lock file (RV(ignore:lock)), and the sources that the instance declares (RV(ignore:sources)).
  returned: with O(report)
  type: dict
  sample:
    lock: skills.lock.yml
    sources: ["clawhub:@openclaw/weather@1.4.2"]
msg:
  description: Findings and verdicts that do not forbid a skill.
  returned: with O(report)
  type: list
  elements: str
problems:
  description: Every problem that was found, one sentence each.
  returned: failure
  type: list
  elements: str
"""

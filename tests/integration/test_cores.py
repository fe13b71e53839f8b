# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One deployment cycle on each ansible-core of `make matrix`: it works, and announces nothing as deprecated."""

from __future__ import annotations

import re

from ansible.release import __version__ as core

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

# What Ansible announces, and what Python says about a file of ours.
_ANNOUNCED = re.compile(r"^.*(?:DEPRECATION WARNING|openclaw/kubernetes/.*DeprecationWarning).*$", re.MULTILINE)


def _without_deprecation(finished: Run) -> Run:
    assert _ANNOUNCED.findall(finished.ok().output) == []
    return finished


def test_cycle_of_check_site_again_and_teardown(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance(
        "core", openclaw_secrets={"KEY": {"value": "some-value"}}, openclaw_env={"CORE": core}
    )
    mark = other_audit.mark()
    checked = _without_deprecation(run("site", inventory, check=True, diff=True))
    assert checked.changed(name) == 1
    assert other_audit.since(mark).writes == []

    applied = _without_deprecation(run("site", inventory, diff=True))
    assert applied.changed(name) == 1
    assert applied.diff(name) == checked.diff(name)

    mark = other_audit.mark()
    assert _without_deprecation(run("site", inventory)).changed(name) == 0
    assert other_audit.since(mark).writes == []

    _without_deprecation(run("status", inventory))
    answers = {"openclaw_teardown_confirm": name, "openclaw_storage_delete_enabled": True}
    assert _without_deprecation(run("teardown", inventory, extra=answers)).changed(name) == 1


def test_bad_option_is_named(bare: Stage) -> None:
    name, inventory = bare.instance("core", openclaw_storage_szie="1Gi")
    refused = run("site", inventory)
    assert refused.rc != 0
    assert "Did you mean openclaw_storage_size?" in refused.error
    assert _ANNOUNCED.findall(refused.output) == []
    assert bare.cluster.find("Namespace", name) is None


def test_secret_is_not_shown(bare: Stage, canary: str) -> None:
    """How results are hidden changed between the cores."""
    _name, inventory = bare.instance("core", openclaw_secrets={"KEY": {"value": canary}})
    shown = run("site", inventory, verbosity=4, diff=True).ok()
    assert canary not in shown.everything


MODULE = """
- hosts: all
  gather_facts: false
  connection: local
  tasks:
    - openclaw.kubernetes.apply:
        kubeconfig: "{{ openclaw_kubeconfig }}"
        name: "{{ inventory_hostname }}"
        namespace: default
        part: probe
        objects: []
      async: 60
      poll: 1
"""


def test_module_runs_in_the_background(bare: Stage) -> None:
    name, inventory = bare.instance("core")
    ran = _without_deprecation(run(inventory.playbook(MODULE), inventory))
    assert ran.changed(name) == 0

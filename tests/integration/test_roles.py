# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role by role in a playbook of the user's own is the same as site."""

from __future__ import annotations

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import normalised
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

ROLES = ("namespace", "rbac", "secrets", "storage", "config", "networkpolicy", "workload", "service")
PLAY = """
- hosts: all
  connection: local
  gather_facts: false
  module_defaults:
    group/openclaw.kubernetes.openclaw: {{kubeconfig: "{{{{ openclaw_kubeconfig }}}}"}}
  {tasks}
"""
ROLE_BY_ROLE = PLAY.format(tasks="roles:\n" + "".join(f"    - openclaw.kubernetes.{role}\n" for role in ROLES))
ABSENT = PLAY.format(
    tasks="tasks:\n"
    + "".join(
        f"    - import_role: {{name: openclaw.kubernetes.{role}, tasks_from: absent}}\n" for role in reversed(ROLES[1:])
    )
)
OPTIONS: dict[str, object] = {
    "openclaw_secrets": {"KEY": {"value": "some-value"}},
    "openclaw_namespace_quota": {"pods": 5},
    "openclaw_networkpolicy_ingress_namespaces": ["front"],
}


def test_role_by_role_gives_what_site_gives(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("roles", **OPTIONS)
    applied = run(inventory.playbook(ROLE_BY_ROLE), inventory).ok()
    assert applied.changed(name) == len(ROLES)

    mark = other_audit.mark()
    assert run("site", inventory).ok().changed(name) == 0
    assert run(inventory.playbook(ROLE_BY_ROLE), inventory).ok().changed(name) == 0
    assert other_audit.since(mark).writes == []

    whole, of_site = bare.instance("whole", **OPTIONS)
    run("site", of_site).ok()
    assert normalised(bare.cluster.objects(name), name) == normalised(bare.cluster.objects(whole), whole)


def test_roles_can_be_taken_away_one_by_one(bare: Stage) -> None:
    name, inventory = bare.instance("less", **OPTIONS)
    run("site", inventory).ok()

    run(inventory.playbook(ABSENT), inventory).ok()

    left = {kind for kind, _name in bare.cluster.objects(name)}
    assert left == {"ConfigMap", "PersistentVolumeClaim", "ResourceQuota", "Secret"}
    assert bare.cluster.find("ConfigMap", f"{name}-config", name) is None


def test_one_role_does_not_touch_what_the_others_made(bare: Stage) -> None:
    name, inventory = bare.instance("single")
    run("site", inventory).ok()
    before = bare.cluster.contents(name)
    playbook = inventory.playbook(PLAY.format(tasks="roles: [openclaw.kubernetes.service]"))

    inventory.host(name, openclaw_service_annotations={"example.com/a": "b"})
    changed = run(playbook, inventory).ok()

    assert changed.changed(name) == 1
    after = bare.cluster.contents(name)
    assert {ref for ref in before if before[ref] != after.get(ref)} == {("Service", name)}

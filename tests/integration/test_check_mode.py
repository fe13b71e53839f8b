# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode writes nothing and tells what the real run then does."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage


def _plan(result: Run) -> list[tuple[str, str, str]]:
    """Kind, name and action of everything the deploying task touched."""
    tasks = [task for task in result.of("openclaw.kubernetes.apply") if task.name.endswith("Apply the instance")]
    return sorted((entry["kind"], entry["name"], entry["action"]) for task in tasks for entry in task.objects)


def test_check_on_an_empty_cluster_writes_nothing(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("empty", openclaw_secrets={"KEY": {"value": "some-key"}})
    mark = other_audit.mark()

    checked = run("site", inventory, check=True, diff=True).ok()

    assert checked.changed(name) == 1
    assert other_audit.since(mark).writes == []
    assert bare.cluster.find("Namespace", name) is None


def test_check_tells_what_the_first_run_does(bare: Stage) -> None:
    name, inventory = bare.instance("first", openclaw_secrets={"KEY": {"value": "some-key"}})

    checked = run("site", inventory, check=True, diff=True).ok()
    applied = run("site", inventory, diff=True).ok()

    assert checked.diff(name).count("(absent)") >= 9
    assert checked.diff(name) == applied.diff(name)
    assert _plan(checked) == _plan(applied)
    assert ("StatefulSet", name, "created") in _plan(applied)


def test_check_on_a_deployed_instance_writes_nothing(
    bare: Stage, other_audit: AuditLog, record_property: Callable[[str, object], None]
) -> None:
    name, inventory = bare.instance("deployed")
    run("site", inventory).ok()
    contents = bare.cluster.contents(name)

    mark = other_audit.mark()
    checked = run("site", inventory, check=True, diff=True).ok()

    writes = other_audit.since(mark).writes
    record_property("figure", f"{len(writes)} write requests")
    assert checked.changed(name) == 0
    assert checked.diff(name).strip() == ""
    assert writes == []
    assert bare.cluster.contents(name) == contents


def test_check_tells_what_a_change_does(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance(
        "change", openclaw_secrets={"OLD": {"value": "old-value"}}, openclaw_namespace_quota={"pods": 5}
    )
    run("site", inventory).ok()
    inventory.host(
        name,
        openclaw_image_tag="2026.8.2",
        openclaw_config={"agents": {"defaults": {"maxConcurrent": 4}}},
        openclaw_secrets={"NEW": {"value": "new-value"}},
        openclaw_namespace_quota=None,
    )
    contents = bare.cluster.contents(name)

    mark = other_audit.mark()
    checked = run("site", inventory, check=True, diff=True).ok()
    assert other_audit.since(mark).real_writes == []
    assert bare.cluster.contents(name) == contents

    applied = run("site", inventory, diff=True).ok()
    assert checked.diff(name) == applied.diff(name)
    assert _plan(checked) == _plan(applied)
    assert ("ResourceQuota", name, "deleted") in _plan(applied)
    diff = applied.diff(name)
    assert "-image: ghcr.io/openclaw/openclaw:2026.9.6" in diff
    assert "+image: ghcr.io/openclaw/openclaw:2026.8.2" in diff
    assert '"maxConcurrent": 4' in diff


def test_check_role_by_role_on_an_empty_cluster_writes_nothing(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("roles")
    playbook = inventory.playbook(ROLE_BY_ROLE)
    mark = other_audit.mark()

    checked = run(playbook, inventory, check=True).ok()

    assert checked.changed(name) == len(ROLES)
    assert other_audit.since(mark).writes == []


ROLES = ("namespace", "rbac", "secrets", "storage", "config", "networkpolicy", "workload", "service")
ROLE_BY_ROLE = """
- hosts: all
  connection: local
  gather_facts: false
  module_defaults:
    group/openclaw.kubernetes.openclaw: {kubeconfig: "{{ openclaw_kubeconfig }}"}
  roles:
""" + "".join(f"    - openclaw.kubernetes.{role}\n" for role in ROLES)

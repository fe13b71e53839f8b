# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed at any moment needs no repair: the next one completes it.

Each case ends a run with SIGKILL right after the API server has carried out its n-th write, for every n, then runs
once more, undisturbed, and compares with an instance that was never disturbed: objects, and who owns which field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Manifest, normalised
from ansible_collections.openclaw.kubernetes.tests.integration.support.fault_proxy import FaultProxy
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

# The deploying part of site alone: preflight and verification write nothing.
DEPLOY = """
- hosts: all
  connection: local
  gather_facts: false
  module_defaults:
    group/openclaw.kubernetes.openclaw: {kubeconfig: "{{ openclaw_kubeconfig }}"}
  tasks:
    - ansible.builtin.import_role: {name: openclaw.kubernetes.instance, rolespec_validate: false}
"""
BEFORE: dict[str, object] = {
    "openclaw_secrets": {"KEY": {"value": "first-value"}},
    "openclaw_namespace_quota": {"pods": 5},
    "openclaw_config": {"agents": {"defaults": {"maxConcurrent": 2}}},
}
# One object more, one less, and a change in most of the others.
AFTER: dict[str, object] = {
    "openclaw_secrets": {"KEY": {"value": "other-value"}},
    "openclaw_namespace_quota": None,
    "openclaw_namespace_limit_range": {"defaultRequest": {"memory": "64Mi"}},
    "openclaw_config": {"agents": {"defaults": {"maxConcurrent": 5}}},
    "openclaw_networkpolicy_ingress_namespaces": ["front"],
    "openclaw_service_annotations": {"example.com/changed": "yes"},
    "openclaw_image_tag": "2026.8.2",
}


@dataclass(frozen=True)
class Undisturbed:
    """What the objects have to look like in the end, and how many writes led there."""

    fresh: dict[tuple[str, str], Manifest]
    changed: dict[tuple[str, str], Manifest]
    fresh_writes: int
    changed_writes: int


def _deploy(inventory: Inventory, proxy: FaultProxy | None = None) -> int:
    playbook = inventory.playbook(DEPLOY)
    if proxy is None:
        return run(playbook, inventory).rc
    return run(playbook, inventory, extra={"openclaw_kubeconfig": proxy.kubeconfig}, on_start=proxy.watch).rc


def _objects(stage: Stage, name: str) -> dict[tuple[str, str], Manifest]:
    return normalised(stage.cluster.objects(name), name)


@pytest.fixture(scope="module")
def undisturbed(shared_bare: Stage, shared_faulty: FaultProxy) -> Undisturbed:
    name, inventory = shared_bare.instance("calm", **BEFORE)
    shared_faulty.kill_after_write(0)
    assert _deploy(inventory, shared_faulty) == 0
    fresh, fresh_writes = _objects(shared_bare, name), len(shared_faulty.writes)
    inventory.host(name, **AFTER)
    shared_faulty.kill_after_write(0)
    assert _deploy(inventory, shared_faulty) == 0
    return Undisturbed(fresh, _objects(shared_bare, name), fresh_writes, len(shared_faulty.writes))


def _killed_and_completed(
    stage: Stage, proxy: FaultProxy, count: int, before: dict[str, object] | None, wanted: dict[str, object]
) -> dict[tuple[str, str], Manifest]:
    """Objects after a run that ended with its `count`-th write and one more that nothing disturbed."""
    name, inventory = stage.instance("killed", **(before or wanted))
    if before:
        assert _deploy(inventory) == 0
        inventory.host(name, **wanted)
    proxy.kill_after_write(count)
    assert _deploy(inventory, proxy) == -9, f"the run was not killed after write {count}"
    assert len(proxy.writes) == count
    assert _deploy(inventory) == 0, f"the run after the one killed after write {count} failed"
    objects = _objects(stage, name)
    last = run(inventory.playbook(DEPLOY), inventory).ok()
    assert last.changed(name) == 0, f"the run after the one killed after write {count} left something to do"
    stage.drop(name)
    return objects


def test_fresh_deployment_killed_after_each_write(
    shared_bare: Stage,
    shared_faulty: FaultProxy,
    undisturbed: Undisturbed,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("figure", f"killed after each of {undisturbed.fresh_writes} writes of a new instance")
    assert undisturbed.fresh_writes >= 12
    for count in range(1, undisturbed.fresh_writes + 1):
        found = _killed_and_completed(shared_bare, shared_faulty, count, None, BEFORE)
        assert found == undisturbed.fresh, f"killed after write {count} of {undisturbed.fresh_writes}"


def test_change_killed_after_each_write(
    shared_bare: Stage,
    shared_faulty: FaultProxy,
    undisturbed: Undisturbed,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("figure", f"and of {undisturbed.changed_writes} writes of a change")
    assert undisturbed.changed_writes >= 8
    for count in range(1, undisturbed.changed_writes + 1):
        found = _killed_and_completed(shared_bare, shared_faulty, count, BEFORE, AFTER)
        assert found == undisturbed.changed, f"killed after write {count} of {undisturbed.changed_writes}"


def test_teardown_killed_after_a_write_is_completed(shared_bare: Stage, shared_faulty: FaultProxy) -> None:
    name, inventory = shared_bare.instance("killed", **BEFORE)
    assert _deploy(inventory) == 0
    answers = {"openclaw_teardown_confirm": name, "openclaw_storage_delete_enabled": True}
    shared_faulty.kill_after_write(4)
    through = {**answers, "openclaw_kubeconfig": shared_faulty.kubeconfig}
    assert run("teardown", inventory, extra=through, on_start=shared_faulty.watch).rc == -9

    run("teardown", inventory, extra=answers).ok()

    namespace = shared_bare.cluster.find("Namespace", name)
    assert namespace is None or namespace["metadata"]["deletionTimestamp"]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same inventory again changes nothing, and asks the cluster for no change either."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

EVERYTHING = {
    "openclaw_namespace_quota": {"requests.memory": "8Gi", "pods": 10},
    "openclaw_namespace_limit_range": {"default": {"memory": "2Gi"}, "defaultRequest": {"memory": "64Mi"}},
    "openclaw_service_account_annotations": {"example.com/role": "agent"},
    "openclaw_service_annotations": {"example.com/scrape": "true"},
    "openclaw_networkpolicy_ingress_namespaces": ["front"],
    "openclaw_secrets": {"PROVIDER_KEY": {"value": "a-provider-key"}},
    "openclaw_env": {"TZ": "Europe/Berlin", "FLAG": True, "LEVEL": 3},
    "openclaw_config": {"models": {"providers": {"home": {"baseUrl": "http://model.home.svc:4010/v1", "models": []}}}},
    "openclaw_config_mode": "overwrite",
    "openclaw_cpu_limit": "1.5",
    "openclaw_memory_limit": "2048Mi",
}
NOTHING: dict[str, object] = {}


@pytest.mark.parametrize("options", [NOTHING, EVERYTHING], ids=["defaults", "every option"])
def test_second_run_changes_nothing_and_writes_nothing(
    bare: Stage, other_audit: AuditLog, options: dict[str, object], record_property: Callable[[str, object], None]
) -> None:
    name, inventory = bare.instance("again", **options)
    first = run("site", inventory).ok()
    assert first.changed(name) > 0

    contents = bare.cluster.contents(name)
    mark = other_audit.mark()
    second = run("site", inventory).ok()

    writes = other_audit.since(mark).writes
    record_property("figure", f"changed={second.changed(name)}, {len(writes)} write requests")
    assert second.changed(name) == 0
    assert writes == []
    assert bare.cluster.contents(name) == contents


def test_site_deploys_only_where_something_is_left_to_do(bare: Stage) -> None:
    (one, two), inventory = _inventory_of_two(bare)
    run("site", inventory).ok()
    bare.cluster.delete("Service", two, two)

    again = run("site", inventory).ok()
    unready = run("preflight", inventory.all(openclaw_wait_enabled=True)).ok()

    assert [task.host for task in again.tasks if task.name.endswith("Apply the instance")] == [two]
    checks = {task.host: task.result["settled"] for task in again.tasks if task.name.endswith("against its cluster")}
    assert checks == {one: True, two: False}
    # No node: the pods that a run would wait for are not there.
    assert [task.result["settled"] for task in unready.tasks] == [False, False]


def test_notation_of_a_quantity_is_no_change(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("notation", openclaw_memory_limit="2Gi", openclaw_cpu_limit="1500m")
    run("site", inventory).ok()

    mark = other_audit.mark()
    again = run("site", inventory.host(name, openclaw_memory_limit="2048Mi", openclaw_cpu_limit="1.5")).ok()

    assert again.changed(name) == 0
    assert other_audit.since(mark).writes == []


def _annotated_by_a_webhook(cluster: Cluster, name: str) -> None:
    annotation = {"metadata": {"annotations": {"example.com/injected": "yes"}}}
    cluster.merge("StatefulSet", name, name, {**annotation, "spec": {"template": annotation}}, manager="injector")


def _scaled_by_hand(cluster: Cluster, name: str) -> None:
    cluster.merge("StatefulSet", name, name, {"spec": {"replicas": 0}})


def test_fields_that_others_add_are_theirs(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("foreign")
    run("site", inventory).ok()
    _annotated_by_a_webhook(bare.cluster, name)

    mark = other_audit.mark()
    again = run("site", inventory).ok()

    assert again.changed(name) == 0
    assert other_audit.since(mark).writes == []
    kept = bare.cluster.get("StatefulSet", name, name)["metadata"]["annotations"]
    assert kept["example.com/injected"] == "yes"


def _service_deleted(cluster: Cluster, name: str) -> None:
    cluster.delete("Service", name, name)


def _policy_deleted(cluster: Cluster, name: str) -> None:
    cluster.delete("NetworkPolicy", f"{name}-deny", name)


@pytest.mark.parametrize("damage", [_service_deleted, _policy_deleted])
def test_what_was_deleted_by_hand_comes_back(bare: Stage, damage: Callable[[Cluster, str], None]) -> None:
    name, inventory = bare.instance("drift")
    run("site", inventory).ok()
    before = set(bare.cluster.objects(name))
    damage(bare.cluster, name)
    assert set(bare.cluster.objects(name)) != before

    repaired = run("site", inventory).ok()

    assert repaired.changed(name) == 1
    assert set(bare.cluster.objects(name)) == before


def test_what_leaves_the_inventory_leaves_the_cluster(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("prune", openclaw_namespace_quota={"pods": 5})
    run("site", inventory).ok()
    assert bare.cluster.find("ResourceQuota", name, name)

    run("site", inventory.host(name, openclaw_namespace_quota=None)).ok()
    assert bare.cluster.find("ResourceQuota", name, name) is None

    mark = other_audit.mark()
    run("site", inventory).ok()
    assert other_audit.since(mark).writes == []


def test_every_way_to_say_the_same_gives_the_same(bare: Stage, other_audit: AuditLog) -> None:
    """A layer, JSON5 text and a map that amount to the same configuration are no change."""
    name, inventory = bare.instance("same", openclaw_config={"agents": {"defaults": {"maxConcurrent": 3}}})
    run("site", inventory).ok()
    mark = other_audit.mark()

    text = "{ // three at a time\n  agents: {defaults: {maxConcurrent: 3,}},\n}"
    assert run("site", inventory.host(name, openclaw_config=text)).ok().changed(name) == 0

    inventory.all(openclaw_config__10_house={"agents": {"defaults": {"maxConcurrent": 2, "userTimezone": "UTC"}}})
    inventory.host(name, openclaw_config={"agents": {"defaults": {"maxConcurrent": 3, "userTimezone": None}}})
    assert run("site", inventory).ok().changed(name) == 0
    assert other_audit.since(mark).writes == []


def _inventory_of_two(stage: Stage) -> tuple[list[str], Inventory]:
    names = [stage.name("one"), stage.name("two")]
    inventory = stage.inventory()
    for name in names:
        inventory.host(name)
    return names, inventory


def test_two_instances_of_one_run_stay_apart(bare: Stage, other_audit: AuditLog) -> None:
    (one, two), inventory = _inventory_of_two(bare)
    run("site", inventory).ok()

    mark = other_audit.mark()
    changed = run("site", inventory.host(one, openclaw_env={"TZ": "UTC"})).ok()

    assert changed.changed(one) == 1
    assert changed.changed(two) == 0
    assert {write.split()[2].split("/")[0] for write in other_audit.since(mark).writes} == {one}

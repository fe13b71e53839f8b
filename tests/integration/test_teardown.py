# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teardown and namespaces on the control plane: what is removed, and what is not ours to remove."""

from __future__ import annotations

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage


def test_namespace_that_existed_before_is_not_changed_and_stays(bare: Stage) -> None:
    name = bare.namespace(bare.name("theirs"), {"team": "billing"})
    before = bare.cluster.get("Namespace", name)
    inventory = bare.inventory().host(name)

    run("site", inventory).ok()
    assert bare.cluster.get("Namespace", name) == before

    answers = {"openclaw_teardown_confirm": name, "openclaw_storage_delete_enabled": True}
    run("teardown", inventory, extra=answers).ok()
    assert bare.cluster.get("Namespace", name) == before
    assert bare.cluster.objects(name) == {}


def test_namespace_of_ours_goes_with_the_last_of_its_objects(bare: Stage) -> None:
    name, inventory = bare.instance("ours")
    run("site", inventory).ok()
    answers = {"openclaw_teardown_confirm": name, "openclaw_storage_delete_enabled": True}

    run("teardown", inventory, extra=answers).ok()

    namespace = bare.cluster.find("Namespace", name)
    assert namespace is None or namespace["metadata"]["deletionTimestamp"]


def test_teardown_of_one_instance_leaves_its_neighbour_alone(bare: Stage) -> None:
    """Two instances share a namespace that one of them made."""
    name, inventory = bare.instance("shared")
    run("site", inventory).ok()
    neighbour = bare.inventory().host(f"{name}-b", openclaw_namespace=name)
    run("site", neighbour).ok()
    theirs = {
        ref: item
        for ref, item in bare.cluster.contents(name).items()
        if item["metadata"]["labels"]["app.kubernetes.io/instance"] == f"{name}-b"
    }
    assert len(theirs) >= 8

    answers = {"openclaw_teardown_confirm": name, "openclaw_storage_delete_enabled": True}
    refused = run("teardown", inventory, extra=answers)

    assert refused.rc != 0
    assert f"{name}-b" in refused.error
    left = bare.cluster.contents(name)
    assert {ref: left.get(ref) for ref in theirs} == theirs
    assert "deletionTimestamp" not in bare.cluster.get("Namespace", name)["metadata"]


def test_teardown_in_check_mode_removes_nothing(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("checked")
    run("site", inventory).ok()
    mark = other_audit.mark()

    checked = run("teardown", inventory, check=True, diff=True, extra={"openclaw_teardown_confirm": name}).ok()

    assert checked.changed(name) == 1
    assert f"StatefulSet {name} (absent)" in checked.diff()
    assert other_audit.since(mark).real_writes == []


def test_second_teardown_has_nothing_to_do(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("twice")
    run("site", inventory).ok()
    run("teardown", inventory, extra={"openclaw_teardown_confirm": name}).ok()

    mark = other_audit.mark()
    again = run("teardown", inventory, extra={"openclaw_teardown_confirm": name}).ok()

    assert again.changed(name) == 0
    assert other_audit.since(mark).writes == []


def test_teardown_without_a_cluster_object_left_is_fine(bare: Stage) -> None:
    name, inventory = bare.instance("never")
    gone = run("teardown", inventory, extra={"openclaw_teardown_confirm": name}).ok()
    assert gone.changed(name) == 0

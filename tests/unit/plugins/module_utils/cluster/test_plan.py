# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From wanted and live objects to steps; from input to wanted objects."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import plan
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.identity import (
    INSTANCE_LABEL,
    MANAGED_BY,
    MANAGED_BY_LABEL,
    PART_LABEL,
)
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.kinds import KNOWN, Kinds
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.manifests import Scope, Wanted, admit
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.plain import plain
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.request import Request
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import refusal
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.ssa_model import stored

SCOPE = Scope("support", "ns", ("config", "workload"))
OURS = {INSTANCE_LABEL: "support", MANAGED_BY_LABEL: MANAGED_BY}


def no_discovery(path: str) -> dict[str, Any]:
    raise AssertionError(f"asked for {path}")


def manifest(kind: str = "ConfigMap", name: str = "a", part: str = "config", **rest: Any) -> dict[str, Any]:
    found = KNOWN[kind]
    labels = {**OURS, PART_LABEL: part}
    return {"apiVersion": found.api_version, "kind": found.name, "metadata": {"name": name, "labels": labels}, **rest}


def admitted(*manifests: dict[str, Any], scope: Scope = SCOPE) -> list[Wanted]:
    return admit(copy.deepcopy(list(manifests)), scope, Kinds(no_discovery))[0]


PARTS = st.sampled_from(["config", "workload"])
KINDS = st.sampled_from(["ConfigMap", "Secret", "PersistentVolumeClaim", "Service", "networking.k8s.io/NetworkPolicy"])
OBJECTS = st.lists(
    st.builds(
        lambda kind, name, part, size: manifest(kind, name, part, spec={"size": size}),
        KINDS,
        st.sampled_from("abc"),
        PARTS,
        st.integers(0, 2),
    ),
    unique_by=lambda item: (item["kind"], item["metadata"]["name"]),
    max_size=8,
)


def live_after(wanted: list[Wanted]) -> dict[tuple[str, str], dict[str, Any]]:
    return {item.ref: stored(item.manifest) for item in wanted}


def steps_for(wanted: list[Wanted], live: dict[tuple[str, str], dict[str, Any]], **flags: bool) -> list[plan.Step]:
    flags = {"delete_protected": False, **flags}
    return plan.upserts(wanted, live, SCOPE) + plan.prunes(wanted, live, KNOWN, SCOPE, **flags)


@given(OBJECTS)
def test_the_second_run_does_nothing(objects: list[dict[str, Any]]) -> None:
    wanted = admitted(*objects)
    assert {step.action for step in steps_for(wanted, live_after(wanted))} <= {plan.UNCHANGED}


@given(OBJECTS, OBJECTS)
def test_every_object_has_exactly_the_step_it_needs(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    live, wanted = live_after(admitted(*before)), admitted(*after)
    steps = {step.ref: step for step in steps_for(wanted, live)}
    assert set(steps) == {*live, *(item.ref for item in wanted)}
    for item in wanted:
        there = live.get(item.ref)
        expected = (
            plan.CREATED
            if there is None
            else (
                plan.UNCHANGED
                if there["spec"] == item.manifest["spec"]
                and there["metadata"]["labels"] == item.manifest["metadata"]["labels"]
                else plan.CONFIGURED
            )
        )
        assert steps[item.ref].action == expected
    for ref in set(live) - {item.ref for item in wanted}:
        assert steps[ref].action == (plan.KEPT if KNOWN[ref[0]].protected else plan.DELETED)


@given(OBJECTS, OBJECTS)
def test_the_record_names_what_stays(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    live, wanted = live_after(admitted(*before)), admitted(*after)
    steps = steps_for(wanted, live)
    staying = {step.kind.key for step in steps if step.action != plan.DELETED}
    assert frozenset().union(*plan.recorded_kinds(steps, SCOPE).values()) == staying


def test_protected_objects_go_when_asked_twice() -> None:
    live = live_after(admitted(manifest("Secret"), manifest("PersistentVolumeClaim")))
    assert {step.action for step in steps_for([], live)} == {plan.KEPT}
    assert {step.action for step in steps_for([], live, delete_protected=True)} == {plan.DELETED}


@pytest.mark.parametrize(
    "labels",
    [
        {**OURS, PART_LABEL: "service"},
        OURS,
        {PART_LABEL: "config"},
        {**OURS, INSTANCE_LABEL: "other", PART_LABEL: "config"},
        {**OURS, PART_LABEL: "config", "app.kubernetes.io/component": "inventory"},
    ],
)
def test_what_is_not_of_these_parts_is_never_deleted(labels: dict[str, str]) -> None:
    live = {("ConfigMap", "a"): {"metadata": {"name": "a", "labels": labels}}}
    assert steps_for([], live, delete_protected=True) == []


@pytest.mark.parametrize(
    "mark", [{"deletionTimestamp": "2026-11-20T00:00:00Z"}, {"ownerReferences": [{"kind": "Job"}]}]
)
def test_what_somebody_else_removes_is_left_to_them(mark: dict[str, Any]) -> None:
    live = live_after(admitted(manifest()))
    live[("ConfigMap", "a")]["metadata"].update(mark)
    assert steps_for([], live) == []


def test_the_namespace_of_somebody_else_is_used_as_it_is() -> None:
    wanted = admitted(manifest("Namespace", "ns"))
    live: dict[tuple[str, str], dict[str, Any]] = {("Namespace", "ns"): {"metadata": {"name": "ns", "labels": {}}}}
    assert [step.action for step in steps_for(wanted, live, delete_protected=True)] == [plan.ADOPTED]
    assert [step.action for step in steps_for([], live, delete_protected=True)] == []


def test_dependents_are_deleted_before_what_they_use() -> None:
    live = live_after(admitted(manifest("ConfigMap"), manifest("apps/StatefulSet"), manifest("Service")))
    assert [step.kind.name for step in steps_for([], live)] == ["StatefulSet", "Service", "ConfigMap"]


# -- admission -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken, said",
    [
        ({"kind": "ConfigMap"}, "apiVersion, metadata.name missing"),
        ("text", "not a mapping"),
        (manifest(name="../x"), "no valid name"),
        (manifest(name="a..b"), "no valid name"),
        (manifest(name="$(id)"), "no valid name"),
        (manifest(name="x" * 254), "no valid name"),
        (manifest(part="service"), 'label openclaw.kubernetes/part is "service", not one of: config, workload'),
        (manifest("Namespace", "elsewhere"), "the namespace of this call is ns"),
        (manifest("storage.k8s.io/StorageClass"), "cluster-wide objects"),
        (
            {**manifest(), "metadata": {"name": "a", "namespace": "other", "labels": {PART_LABEL: "config"}}},
            "namespace other",
        ),
        (
            {**manifest(), "metadata": {"name": "a", "labels": {INSTANCE_LABEL: "x", PART_LABEL: "config"}}},
            'expected "support"',
        ),
        ({**manifest(), "metadata": {"name": "a", "labels": {"n": 1}}}, "must map text to text"),
    ],
)
def test_a_malformed_object_is_named(broken: Any, said: str) -> None:
    with pytest.raises(EngineError, match=None) as caught:
        admitted(broken)
    assert said in caught.value.text


def test_all_problems_are_told_at_once_and_twins_are_found() -> None:
    with pytest.raises(EngineError) as caught:
        admitted({"kind": "x"}, manifest(), manifest(), manifest(name="UP"))
    assert len(caught.value.problems) == 3


def test_labels_are_added_and_nothing_is_sent_empty() -> None:
    raw = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a"},
        "stringData": {"k": "v"},
        "status": {},
        "spec": {"ingress": [], "none": None, "rules": [{"from": [], "podSelector": {}}]},
    }
    [item] = admitted(raw, scope=Scope("support", "ns", ("secrets",)))
    assert item.manifest["metadata"] == {"name": "a", "namespace": "ns", "labels": {**OURS, PART_LABEL: "secrets"}}
    assert item.manifest["data"] == {"k": "dg=="}
    assert item.manifest["spec"] == {"rules": [{"podSelector": {}}]}
    assert "status" not in item.manifest
    assert "stringData" not in item.manifest


def test_an_unknown_kind_is_looked_up_once_and_a_missing_one_named() -> None:
    asked: list[str] = []

    def discover(path: str) -> dict[str, Any]:
        asked.append(path)
        if "gone" in path:
            raise refusal(404)
        return {
            "resources": [
                {"kind": "Pot", "name": "pots/status", "namespaced": True},
                {"kind": "Pot", "name": "pots", "namespaced": True},
            ]
        }

    kinds = Kinds(discover)
    pots = [{"apiVersion": "x.io/v1", "kind": "Pot", "metadata": {"name": n}} for n in "ab"]
    wanted, _hooks = admit(pots, Scope("support", "ns", ("config",)), kinds)
    assert wanted[0].kind.path("ns", "a") == "/apis/x.io/v1/namespaces/ns/pots/a"
    assert asked == ["/apis/x.io/v1"]
    with pytest.raises(EngineError, match=r"Pot a: the cluster does not serve gone.io/v1 Pot"):
        admit([{**pots[0], "apiVersion": "gone.io/v1"}], Scope("support", "ns", ("config",)), kinds)


def test_an_alias_bomb_is_refused_before_it_is_expanded() -> None:
    bomb: list[Any] = ["x"]
    for _level in range(40):
        bomb = [bomb] * 10
    with pytest.raises(EngineError, match="too large"):
        plain(bomb)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_what_is_not_json_is_refused(value: Any) -> None:
    with pytest.raises(EngineError, match="objects: not plain JSON data"):
        plain([{"x": value}])


WHOSE = {"app.kubernetes.io/instance": "support"}


def request(*objects: dict[str, Any], **options: Any) -> Request:
    flags = dict.fromkeys(("prune", "delete_protected", "force_conflicts", "adopt", "preflight", "wait"), False)
    given = {"name": None, "namespace": None, "parts": ["p"], "objects": list(objects), "wait_timeout": "1s", **flags}
    return Request.from_options({**given, **options}, check_mode=False)


def test_objects_say_whose_they_are() -> None:
    space = {"kind": "Namespace", "metadata": {"name": "team-a", "labels": WHOSE}}
    config = {"kind": "ConfigMap", "metadata": {"name": "x", "namespace": "team-a", "labels": WHOSE}}
    assert request(space, config).scope == Scope("support", "team-a", ("p",))
    assert request(space, config, name="n", namespace="m").scope == Scope("n", "m", ("p",))


def test_objects_that_do_not_say_whose_they_are_are_refused() -> None:
    with pytest.raises(EngineError, match="name: is missing, and no object names one"):
        request()
    other = {"kind": "ConfigMap", "metadata": {"name": "x", "namespace": "team-b", "labels": WHOSE}}
    config = {"kind": "ConfigMap", "metadata": {"name": "x", "namespace": "team-a", "labels": WHOSE}}
    with pytest.raises(EngineError, match="namespace: is missing, and the objects name several: team-a, team-b"):
        request(config, other)


def test_objects_may_come_as_text() -> None:
    objects = [{"kind": "ConfigMap", "data": {"a": "{{ not a template }}"}}]
    assert plain(json.dumps(objects)) == objects


@pytest.mark.parametrize("value", ["[{'a': 'a-secret-value'}]", '{"a": "a-secret-value"}', {"a-secret-value": 1}])
def test_what_is_no_list_is_refused_without_being_shown(value: object) -> None:
    with pytest.raises(EngineError, match="neither a list nor JSON text") as refusal:
        plain(value)
    assert "a-secret-value" not in str(refusal.value)
    assert refusal.value.__cause__ is None

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison that decides whether an object is written."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import fields
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.ssa_model import stored

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])
SCALARS = st.one_of(st.booleans(), st.integers(0, 9), st.text("xyz:/.", min_size=1, max_size=6))


def containers() -> st.SearchStrategy[list[dict[str, Any]]]:
    variable = st.fixed_dictionaries({"name": NAMES, "value": st.text("ab", max_size=3)})
    container = st.fixed_dictionaries(
        {"name": NAMES, "image": st.text("img:1", min_size=1, max_size=5)},
        optional={
            "env": st.lists(variable, unique_by=lambda item: item["name"], min_size=1, max_size=3),
            "args": st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=3),
            "ports": st.lists(
                st.fixed_dictionaries({"port": st.integers(1, 9)}),
                unique_by=lambda item: item["port"],
                min_size=1,
                max_size=2,
            ),
        },
    )
    return st.lists(container, unique_by=lambda item: item["name"], min_size=1, max_size=3)


MANIFESTS = st.fixed_dictionaries(
    {
        "apiVersion": st.just("apps/v1"),
        "kind": st.just("StatefulSet"),
        "metadata": st.fixed_dictionaries(
            {"name": st.just("support"), "namespace": st.just("ns")},
            optional={
                "labels": st.dictionaries(NAMES, st.text("ab", max_size=2), min_size=1),
                "finalizers": st.lists(st.sampled_from(["x/one", "x/two"]), unique=True, min_size=1),
            },
        ),
        "spec": st.fixed_dictionaries(
            {"containers": containers()},
            optional={
                "replicas": st.integers(0, 3),
                "selector": st.dictionaries(NAMES, st.text("ab", min_size=1, max_size=2), min_size=1),
                "flags": st.lists(SCALARS, min_size=1, max_size=3),
            },
        ),
    }
)


@given(MANIFESTS)
def test_what_was_applied_needs_no_change(wanted: dict[str, Any]) -> None:
    assert fields.changes(wanted, stored(wanted)) == []


@given(MANIFESTS, MANIFESTS)
def test_another_manifest_is_a_change_and_applying_it_settles_that(
    before: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """Both directions: new values are seen, and fields we own but want no longer are seen."""
    live = stored(before)
    assert bool(fields.changes(wanted, live)) == (_comparable(wanted) != _comparable(before))
    assert fields.changes(wanted, stored(wanted)) == []


def _comparable(manifest: dict[str, Any]) -> dict[str, Any]:
    """Finalizers are a set; everything else has its order."""
    copied = copy.deepcopy(manifest)
    if "finalizers" in copied["metadata"]:
        copied["metadata"]["finalizers"] = sorted(copied["metadata"]["finalizers"])
    return copied


@given(MANIFESTS)
def test_fields_of_others_do_not_count(wanted: dict[str, Any]) -> None:
    live = stored(wanted)
    live["metadata"].setdefault("annotations", {})["other/tool"] = "1"
    live["spec"]["somebodyElse"] = {"deep": [1]}
    live["spec"]["containers"].insert(0, {"name": "injected-sidecar", "image": "mesh"})
    for container in live["spec"]["containers"]:
        container["livenessProbe"] = {"periodSeconds": 10}
    assert fields.changes(wanted, live) == []


@given(MANIFESTS)
def test_an_object_we_never_applied_is_taken_into_ownership(wanted: dict[str, Any]) -> None:
    found = fields.changes(wanted, stored(wanted, manager="kubectl"))
    assert found
    assert all(change.owner for change in found)


def test_a_removed_element_of_a_merged_list_is_named() -> None:
    before = _workload([{"name": "openclaw", "image": "a"}, {"name": "sidecar", "image": "b"}])
    wanted = _workload([{"name": "openclaw", "image": "a"}])
    [change] = fields.changes(wanted, stored(before))
    assert change.path == ("spec", "containers", "[sidecar]")
    assert change.wanted is fields.ABSENT


def test_a_removed_field_inside_an_atomic_list_is_seen() -> None:
    """managedFields do not look into atomic lists: a narrowed network policy would go unnoticed."""
    both = {"ingress": [{"from": [{"podSelector": {"a": "b"}, "namespaceSelector": {}}]}]}
    one = {"ingress": [{"from": [{"podSelector": {"a": "b"}}]}]}
    live = stored({"kind": "NetworkPolicy", "apiVersion": "v1", "metadata": {"name": "x"}, "spec": both})
    wanted = {"kind": "NetworkPolicy", "apiVersion": "v1", "metadata": {"name": "x"}, "spec": one}
    [change] = fields.changes(wanted, live)
    assert change.path[-1] == "namespaceSelector"


def test_a_server_default_inside_an_atomic_list_is_no_change() -> None:
    wanted = {
        "apiVersion": "v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "x"},
        "spec": {"egress": [{"to": [{"cidr": "0.0.0.0/0"}], "doors": [{"number": 53}]}]},
    }
    live = stored(wanted)
    live["spec"]["egress"][0]["doors"][0]["protocol"] = "TCP"
    assert fields.changes(wanted, live) == []
    live["spec"]["egress"][0]["doors"][0]["protocol"] = "UDP"
    assert fields.changes(wanted, live) != []


def test_the_order_of_merged_lists_counts() -> None:
    first = [{"name": "one", "image": "a"}, {"name": "two", "image": "b"}]
    assert fields.changes(_workload(first[::-1]), stored(_workload(first)))


def test_an_empty_list_is_what_the_server_drops() -> None:
    wanted = _workload([{"name": "openclaw", "image": "a"}])
    live = stored(wanted)
    wanted["spec"]["ingress"] = []
    assert fields.changes(wanted, live) == []


@pytest.mark.parametrize(
    "wanted, live",
    [
        ("0.5", "500m"),
        ("1024Mi", "1Gi"),
        ("1", 1),
        ("1000m", "1"),
        ("1e3", "1k"),
        ("0.1Gi", "107374182400m"),
    ],
)
def test_quantities_are_equal_by_value(wanted: Any, live: Any) -> None:
    path = ("spec", "resources", "requests", "memory")
    assert fields.same(path, wanted, live)
    assert not fields.same(("metadata", "annotations", "size"), wanted, live)


@pytest.mark.parametrize("wanted, live", [("1Gi", "1G"), ("1", "2"), ("1m", "1M"), ("abc", "1"), (True, 1)])
def test_quantities_that_differ(wanted: Any, live: Any) -> None:
    assert not fields.same(("resources", "limits", "memory"), wanted, live)


@given(st.integers(1, 10**6), st.sampled_from(["Ki", "Mi", "Gi"]))
def test_a_quantity_is_the_same_in_a_smaller_unit(number: int, unit: str) -> None:
    smaller = {"Ki": "", "Mi": "Ki", "Gi": "Mi"}[unit]
    assert fields.quantity(f"{number}{unit}") == fields.quantity(f"{number * 1024}{smaller}")


def test_true_is_not_one() -> None:
    assert not fields.same(("spec", "enabled"), True, 1)
    assert fields.same(("spec", "enabled"), True, True)


def _workload(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": items}}

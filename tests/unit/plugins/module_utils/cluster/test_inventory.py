# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of an instance's kinds: wide before the first write, narrow after the last."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster

REF = ("ConfigMap", "support-inventory")
KINDS = st.frozensets(st.sampled_from(["ConfigMap", "Secret", "apps/StatefulSet", "Service"]))
ENTRIES = st.dictionaries(st.sampled_from(["config", "secrets", "workload"]), KINDS, min_size=1)


def inventory(cluster: FakeCluster) -> Inventory:
    found = copy.deepcopy(cluster.objects.get(REF))
    return Inventory.among([found] if found else [], "support", "ns")


def recorded(cluster: FakeCluster) -> dict[str, frozenset[str]]:
    return {part: kinds for part, kinds in inventory(cluster).entries.items() if kinds}


@given(ENTRIES, ENTRIES)
def test_wide_covers_both_narrow_is_exact(before: dict[str, frozenset[str]], wanted: dict[str, frozenset[str]]) -> None:
    cluster: Any = FakeCluster()
    inventory(cluster).widen(cluster, before)
    inventory(cluster).widen(cluster, wanted)
    for part in {*before, *wanted}:
        assert recorded(cluster).get(part, frozenset()) == before.get(part, frozenset()) | wanted.get(part, frozenset())
    inventory(cluster).narrow(cluster, wanted)
    expected = {part: kinds for part, kinds in {**before, **wanted}.items() if kinds}
    assert recorded(cluster) == expected
    if not expected:
        assert REF not in cluster.objects


@given(ENTRIES)
def test_a_second_run_writes_nothing(wanted: dict[str, frozenset[str]]) -> None:
    cluster: Any = FakeCluster()
    inventory(cluster).widen(cluster, wanted)
    written = len(cluster.writes)
    again = inventory(cluster)
    assert not again.widen(cluster, wanted)
    if any(wanted.values()):
        assert not again.outdated(wanted)
        assert not again.narrow(cluster, wanted)
        assert len(cluster.writes) == written


def test_two_parts_at_the_same_time_do_not_fight() -> None:
    cluster: Any = FakeCluster()
    one, other = inventory(cluster), inventory(cluster)
    one.widen(cluster, {"config": frozenset({"ConfigMap"})})
    other.widen(cluster, {"service": frozenset({"Service"})})
    one.narrow(cluster, {"config": frozenset({"ConfigMap"})})
    assert recorded(cluster) == {"config": {"ConfigMap"}, "service": {"Service"}}


def test_the_last_part_does_not_take_a_new_one_along() -> None:
    cluster: Any = FakeCluster()
    inventory(cluster).widen(cluster, {"config": frozenset({"ConfigMap"})})
    leaving = inventory(cluster)
    inventory(cluster).widen(cluster, {"service": frozenset({"Service"})})
    leaving.narrow(cluster, {"config": frozenset()})
    assert recorded(cluster) == {"service": {"Service"}}


def test_a_strangers_config_map_of_that_name_is_refused() -> None:
    cluster: Any = FakeCluster({REF: {"metadata": {"name": "support-inventory", "uid": "x"}, "data": {}}})
    with pytest.raises(EngineError, match="exists and is not ours"):
        Inventory.among([], "support", "ns").widen(cluster, {"config": frozenset({"ConfigMap"})})

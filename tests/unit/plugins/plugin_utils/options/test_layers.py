# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layered maps: names in order, the option itself last, maps merge, null removes."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.layers import layer_names, merge

Map = dict[str, object]

KEYS = st.sampled_from("abc")
LEAVES = st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2)
# Layers that agree on what is a map (m, n) and what is not.
AGREED = st.fixed_dictionaries(
    {}, optional={"a": LEAVES, "b": LEAVES} | dict.fromkeys("mn", st.dictionaries(KEYS, LEAVES, max_size=3))
)
LAYER = st.dictionaries(
    KEYS, st.recursive(st.none() | LEAVES, lambda child: st.dictionaries(KEYS, child, max_size=3)), max_size=3
)


def nulls(value: object) -> int:
    if isinstance(value, dict):
        return sum(nulls(child) for child in value.values())
    return value is None


@pytest.mark.parametrize(
    "below, above, merged",
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1, "b": 1}, {"a": None}, {"b": 1}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"x": None}}, {"a": {"y": 1}}),
        ({}, {"a": {"x": None, "y": 1}}, {"a": {"y": 1}}),
        ({"a": "text"}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": {"x": 1}}, {"a": "text"}, {"a": "text"}),
        ({"a": 1}, {"missing": None}, {"a": 1}),
    ],
)
def test_merge(below: dict[str, object], above: dict[str, object], merged: dict[str, object]) -> None:
    assert merge(below, above) == merged


@given(AGREED, AGREED, AGREED)
def test_layers_that_agree_on_their_maps_merge_in_any_grouping(a: Map, b: Map, c: Map) -> None:
    assert merge(merge(a, b), c) == merge(a, merge(b, c))


@given(LAYER, LAYER)
def test_laying_the_same_layer_twice_changes_nothing(below: Map, layer: Map) -> None:
    once = merge(merge({}, below), layer)
    assert merge(once, layer) == once


@given(LAYER, LAYER)
def test_null_never_survives(below: Map, above: Map) -> None:
    assert nulls(merge(merge({}, below), above)) == 0


@given(LAYER, LAYER)
def test_neither_layer_is_changed(below: Map, above: Map) -> None:
    before = copy.deepcopy((below, above))
    merge(below, above)
    assert (below, above) == before


def test_layers_come_in_name_order_and_the_option_last() -> None:
    variables = [
        "openclaw_env",
        "openclaw_env__20_b",
        "openclaw_env__10_a",
        "openclaw_env_other",
        "openclaw_environ__1",
    ]
    assert layer_names("openclaw_env", variables) == ["openclaw_env__10_a", "openclaw_env__20_b", "openclaw_env"]


def test_layers_alone_are_enough() -> None:
    assert layer_names("openclaw_env", ["openclaw_env__site"]) == ["openclaw_env__site"]


def test_an_instance_holds_the_merged_layers(make_instance: Callable[..., dict[str, object]]) -> None:
    found = make_instance(
        env__10_site={"TZ": "UTC", "LOG": "info", "OLD": "1"},
        env__20_team={"LOG": "debug"},
        env={"OLD": None, "OWN": "1"},
    )
    assert found["env"] == {"TZ": "UTC", "LOG": "debug", "OWN": "1"}


def test_layers_may_be_json5_text_and_maps_mixed(make_instance: Callable[..., dict[str, object]]) -> None:
    found = make_instance(
        config__10_site="{ agents: { defaults: { maxConcurrent: 3, /* per host */ workspace: 'w' } }, }",
        config__20_empty="",
        config={"agents": {"defaults": {"workspace": None}}},
    )
    assert found["config"] == {"agents": {"defaults": {"maxConcurrent": 3}}}

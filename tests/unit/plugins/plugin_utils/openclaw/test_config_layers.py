# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of the configuration: maps merge, null removes, lists replace, add or merge by the names of their entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config import declared
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_layers import laid_over
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_paths import Rules
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Map = dict[str, Any]


@pytest.mark.parametrize(
    "below, above, result",
    [
        ({"l": ["a"]}, {"l": ["b"]}, {"l": ["b"]}),
        ({"l": ["a"]}, {"l": ["...", "b"]}, {"l": ["a", "b"]}),
        ({"l": ["a", "b"]}, {"l": ["b", "..."]}, {"l": ["b", "a"]}),
        ({"l": ["a"]}, {"l": ["x", "...", "y"]}, {"l": ["x", "a", "y"]}),
        ({"l": "text"}, {"l": ["...", "b"]}, {"l": ["...", "b"]}),
        ({}, {"l": ["...", "b"]}, {"l": ["...", "b"]}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({}, {"a": {"b": None, "c": 2}}, {"a": {"c": 2}}),
        ({"m": "x"}, {"m": {"primary": "x"}}, {"m": {"primary": "x"}}),
    ],
)
def test_the_upper_layer_counts(below: Map, above: Map, result: Map) -> None:
    assert laid_over(below, above) == result


def test_entries_with_names_are_added_changed_and_kept() -> None:
    below = {"hooks": {"mappings": [{"id": "a", "x": 1, "y": 1}, {"id": "b"}]}}
    above = {"hooks": {"mappings": [{"id": "a", "x": 2, "y": None}, {"id": "c"}]}}
    rules = Rules.of(keys={"hooks.mappings": "id"})
    merged = [{"id": "a", "x": 2}, {"id": "b"}, {"id": "c"}]
    assert laid_over(below, above, rules=rules) == {"hooks": {"mappings": merged}}
    assert laid_over(below, above)["hooks"] == above["hooks"]


def test_a_place_for_entries_that_nobody_brought_is_gone_in_the_end() -> None:
    assert declared({"tools": {"allow": ["...", "read"]}})["tools"] == {"allow": ["read"]}


def test_layers_of_the_inventory_follow_its_own_rules(resolved: Callable[[Map], Resolved]) -> None:
    found = resolved(
        {
            "openclaw_config__10_house": {"hooks": {"mappings": [{"id": "a", "x": 1}]}, "tools": {"allow": ["read"]}},
            "openclaw_config": {"hooks": {"mappings": [{"id": "b"}]}, "tools": {"allow": ["...", "write"]}},
            "openclaw_config_merge_keys": {"hooks.mappings": "id"},
        }
    )
    assert found.problems == []
    assert found.values["config"] == {
        "hooks": {"mappings": [{"id": "a", "x": 1}, {"id": "b"}]},
        "tools": {"allow": ["read", "write"]},
    }
    assert list(found.layers) == ["openclaw_config__10_house", "openclaw_config"]


def test_a_list_of_the_user_can_add_to_one_of_the_collection() -> None:
    assert declared({"a": {"l": ["...", 2]}}, {"a": {"l": [1]}})["a"] == {"l": [1, 2]}


@pytest.mark.parametrize(
    "options, problem",
    [
        ({"config_protected": ["gateway..auth"]}, 'openclaw_config_protected  "gateway..auth" is not a path.'),
        ({"config_ignored": ["ui[0]"]}, 'openclaw_config_ignored  "ui[0]" is not a path.'),
        ({"config_merge_keys": {"a b": "id"}}, 'openclaw_config_merge_keys  "a b" is not a path.'),
        ({"config_merge_keys": {"a.b": 3}}, "openclaw_config_merge_keys  a.b: is not the name of"),
        ({"config_ignored": ["security"]}, 'openclaw_config_ignored  "security" is in openclaw_config_protected, too.'),
        ({"config_mode": "merge", "replicas": 2}, "openclaw_config_mode  merge keeps the edits of one gateway"),
    ],
)
def test_rules_that_cannot_work_are_refused(resolved: Callable[[Map], Resolved], options: Map, problem: str) -> None:
    found = resolved({f"openclaw_{name}": value for name, value in options.items()}).problems
    assert len(found) == 1
    assert found[0].startswith(problem)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three configurations in, one out: nothing that only one side changed is lost, and what is undone is told."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_merge import (
    ABSENT,
    Conflict,
    merged,
    same,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_paths import Rules

Map = dict[str, Any]
Path = tuple[str, ...]
Triple = tuple[Map, Map, Map]

# Few keys and few values, so that the three sides meet.
KEYS = st.sampled_from("abc")
SCALARS = st.sampled_from([0, 1, False, True, "x", "y", [], [1], [1, 2]])
CONFIGS: st.SearchStrategy[Map] = st.dictionaries(
    KEYS, st.recursive(SCALARS, lambda child: st.dictionaries(KEYS, child, max_size=3), max_leaves=6), max_size=3
)
CHANGES: st.SearchStrategy[Map] = st.dictionaries(
    KEYS,
    st.recursive(SCALARS | st.none(), lambda child: st.dictionaries(KEYS, child, max_size=3), max_leaves=5),
    max_size=3,
)
ENTRIES = st.lists(
    st.builds(lambda name, rest: {**rest, "id": name}, st.sampled_from("pqr"), CONFIGS),
    max_size=3,
    unique_by=lambda entry: entry["id"],
)
NAMED = Rules.of(keys={"list": "id"})


def changed(config: Map, changes: Map) -> Map:
    """What a person makes of a configuration; None deletes."""
    result = copy.deepcopy(config)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = changed(result[key], value)
        else:
            result[key] = changed({}, value) if isinstance(value, dict) else value
    return result


@st.composite
def triples(draw: st.DrawFn) -> Triple:
    """What was applied last, what the instance made of it, what the inventory made of it."""
    base = draw(CONFIGS)
    return base, changed(base, draw(CHANGES)), changed(base, draw(CHANGES))


def leaves(config: Map, at: Path = ()) -> Iterator[tuple[Path, object]]:
    for key, value in config.items():
        if isinstance(value, dict):
            yield from leaves(value, (*at, key))
        else:
            yield (*at, key), value


def at(config: object, path: Path) -> object:
    for key in path:
        config = config.get(key, ABSENT) if isinstance(config, dict) else ABSENT
    return config


def told(conflicts: list[Conflict], path: Path) -> bool:
    """Whether a conflict is about this place, one above it or one below it."""
    return any(one[: len(path)] == path[: len(one)] for one in (tuple(each.path.split(".")) for each in conflicts))


# Properties


@settings(max_examples=2500)
@given(triples())
def test_nothing_is_lost_that_only_one_side_changed(sides: Triple) -> None:
    base, theirs, ours = sides
    found = merged(base, theirs, ours)
    for path, value in leaves(ours):
        if not same(value, at(base, path)):
            assert same(at(found.config, path), value), f"the inventory's {path} is lost"
    for path, value in leaves(theirs):
        if not same(value, at(base, path)) and not same(at(found.config, path), value):
            assert told(found.conflicts, path), f"the instance's {path} is lost in silence"


@settings(max_examples=2500)
@given(triples())
def test_nothing_comes_back_that_one_side_deleted(sides: Triple) -> None:
    base, theirs, ours = sides
    found = merged(base, theirs, ours)
    for path, _value in leaves(base):
        if at(ours, path) is ABSENT:
            assert at(found.config, path) is ABSENT, f"{path} left the inventory and is still there"
        elif at(theirs, path) is ABSENT and at(found.config, path) is not ABSENT:
            assert told(found.conflicts, path), f"{path} was deleted in the instance and came back in silence"
    for path, _value in leaves(found.config):
        assert at(theirs, path) is not ABSENT or at(ours, path) is not ABSENT, f"{path} comes from nowhere"


@settings(max_examples=2500)
@given(triples())
@example(({}, {"a": {}}, {}))
@example(({"a": {"b": 1}}, {"a": {"b": 1}}, {}))
def test_a_second_merge_changes_nothing(sides: Triple) -> None:
    base, theirs, ours = sides
    first = merged(base, theirs, ours)
    again = merged(ours, first.config, ours)
    assert same(again.config, first.config)
    assert (again.conflicts, again.removals) == ([], [])


@settings(max_examples=2500)
@given(triples())
def test_a_side_that_changed_nothing_takes_what_the_other_made(sides: Triple) -> None:
    base, theirs, ours = sides
    assert same(merged(base, theirs, base).config, theirs)
    assert same(merged(base, base, ours).config, ours)
    assert not merged(base, theirs, base).conflicts
    assert not merged(base, base, ours).edits


@settings(max_examples=1000)
@given(triples(), KEYS, KEYS)
def test_paths_with_an_owner_are_what_their_owner_says(sides: Triple, one: str, other: str) -> None:
    base, theirs, ours = sides
    protected = merged(base, theirs, ours, Rules.of(protected=[f"{one}.{other}"])).config
    assert same(at(protected, (one, other)), at(ours, (one, other)))
    ignored = merged(base, theirs, ours, Rules.of(ignored=[one])).config
    assert same(at(ignored, (one,)), at(theirs, (one,)))
    both = merged(base, theirs, ours, Rules.of(protected=[one], ignored=[f"{one}.{other}"])).config
    if isinstance(at(ours, (one,)), dict) and isinstance(at(theirs, (one,)), dict):
        assert same(at(both, (one, other)), at(theirs, (one, other)))


@settings(max_examples=1000)
@given(ENTRIES, ENTRIES, ENTRIES)
def test_lists_of_entries_lose_none(base: list[Map], theirs: list[Map], ours: list[Map]) -> None:
    sides = ({"list": base}, {"list": theirs}, {"list": ours})
    found = merged(*sides, NAMED)
    names = [entry["id"] for entry in found.config["list"]]
    assert len(names) == len(set(names))
    known = {entry["id"] for entry in base}
    assert {entry["id"] for entry in ours} - known <= set(names)
    assert {entry["id"] for entry in theirs} - known <= set(names)
    again = merged(sides[2], found.config, sides[2], NAMED)
    assert same(again.config, found.config)
    assert same(merged(sides[0], sides[1], sides[0], NAMED).config, sides[1])
    assert same(merged(sides[0], sides[0], sides[2], NAMED).config, sides[2])


@given(triples())
def test_no_side_is_changed(sides: Triple) -> None:
    before = copy.deepcopy(sides)
    merged(*sides)
    assert sides == before


# Examples, named for what people do


@pytest.mark.parametrize(
    "base, theirs, ours, result",
    [
        ({"a": 1}, {"a": 1, "b": 2}, {"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 1}, {"a": 1}),
        ({"a": {"m": 1}}, {"a": {"m": 1, "t": 2}}, {}, {"a": {"t": 2}}),
        ({"m": "x"}, {"m": "x"}, {"m": {"primary": "x"}}, {"m": {"primary": "x"}}),
        ({"m": {"primary": "x"}}, {"m": {"primary": "x"}}, {"m": "x"}, {"m": "x"}),
        ({"l": [1]}, {"l": [1, 2]}, {"l": [1]}, {"l": [1, 2]}),
        ({"a": 1}, {}, {"a": 1}, {}),
        ({"on": True}, {"on": True}, {"on": 1}, {"on": 1}),
        ({"list": {"x": 1}}, {"entries": {"x": 1}}, {"list": {"x": 1}}, {"entries": {"x": 1}}),
    ],
    ids=[
        "added in the instance",
        "left the inventory",
        "the map of an edit left the inventory",
        "text becomes a map",
        "map becomes text",
        "a list was edited",
        "deleted in the instance",
        "true is not one",
        "OpenClaw moved a retired key",
    ],
)
def test_what_one_side_did_holds(base: Map, theirs: Map, ours: Map, result: Map) -> None:
    found = merged(base, theirs, ours)
    assert same(found.config, result)
    assert found.conflicts == []


def test_where_both_changed_the_same_the_inventory_wins_and_says_so() -> None:
    found = merged({"a": {"b": 1}}, {"a": {"b": 2}}, {"a": {"b": 3}})
    assert found.config == {"a": {"b": 3}}
    assert found.conflicts == [Conflict("a.b", 2, 3)]
    assert merged({"a": 1}, {"a": 2}, {}).conflicts == [Conflict("a", 2, ABSENT)]


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    found = merged({"a": 1}, {"a": 2}, {"a": 2})
    assert (found.config, found.conflicts, found.edits) == ({"a": 2}, [], [])


def test_what_goes_and_what_stays_is_told() -> None:
    found = merged({"a": 1, "b": {"c": 1}}, {"a": 1, "b": {"c": 1}, "d": 4}, {"a": 1})
    assert found.removals == ["b.c"]
    assert found.edits == ["d"]


def test_half_of_a_map_that_the_instance_removed_does_not_come_back() -> None:
    base = {"p": {"url": "u", "key": "k"}}
    found = merged(base, {}, {"p": {"url": "u", "key": "other"}})
    assert found.config == {"p": {"url": "u", "key": "other"}}
    assert [conflict.path for conflict in found.conflicts] == ["p"]
    assert merged(base, {}, base).config == {}


def test_without_a_file_there_is_nothing_to_merge_with() -> None:
    assert merged({"a": 1}, None, {"b": 2}).config == {"b": 2}


def test_without_a_base_the_inventory_wins_and_nothing_is_removed() -> None:
    found = merged(None, {"a": 1, "b": 2}, {"a": 3})
    assert found.config == {"a": 3, "b": 2}
    assert [conflict.path for conflict in found.conflicts] == ["a"]
    assert found.removals == []


def test_what_openclaw_writes_for_itself_stays() -> None:
    meta = {"lastTouchedVersion": "2026.9.6"}
    found = merged({"a": 1}, {"a": 1, "meta": meta}, {"a": 2, "meta": {}})
    assert found.config == {"a": 2, "meta": meta}
    assert found.conflicts == found.edits == []


def test_a_protected_path_keeps_no_edit_and_says_so() -> None:
    rules = Rules.of(protected=["gateway"])
    base = {"gateway": {"bind": "lan"}}
    found = merged(base, {"gateway": {"bind": "auto", "extra": 1}, "ui": 2}, base, rules)
    assert found.config == {**base, "ui": 2}
    assert {(conflict.path, conflict.protected) for conflict in found.conflicts} == {
        ("gateway.bind", True),
        ("gateway.extra", True),
    }


@pytest.mark.parametrize("theirs", [{}, {"channels": {}}, {"channels": {"telegram": {}}}, {"channels": "none"}])
def test_a_protected_path_does_not_go_with_what_is_above_it(theirs: Map) -> None:
    ours = {"channels": {"telegram": {"allowFrom": [1], "enabled": True}}}
    found = merged(ours, theirs, ours, Rules.of(protected=["channels.*.allowFrom"])).config
    assert at(found, ("channels", "telegram", "allowFrom")) == [1]


def test_a_protected_path_is_not_slipped_in_under_another_type() -> None:
    rules = Rules.of(protected=["tools.exec"])
    found = merged({"tools": "none"}, {"tools": {"exec": {"host": "x"}, "web": 1}}, {"tools": "none"}, rules)
    assert found.config == {"tools": {"web": 1}}
    assert [conflict.path for conflict in found.conflicts] == ["tools.exec.host"]


def test_an_ignored_path_is_the_instances_and_no_edit() -> None:
    rules = Rules.of(ignored=["ui"])
    found = merged({"ui": {"a": 1}}, {"ui": {"b": 2}}, {"ui": {"a": 3}}, rules)
    assert (found.config, found.edits, found.conflicts) == ({"ui": {"b": 2}}, [], [])
    assert merged({}, {}, {"ui": {"a": 3}}, rules).config == {}


def test_the_longest_path_counts() -> None:
    rules = Rules.of(protected=["gateway", "channels.*.allowFrom"], ignored=["gateway.controlUi"])
    ours = {"gateway": {"bind": "lan"}, "channels": {"telegram": {"allowFrom": [1]}}}
    theirs = {
        "gateway": {"bind": "auto", "controlUi": {"seamColor": "red"}},
        "channels": {"telegram": {"allowFrom": [1, 2], "enabled": True}},
    }
    assert merged(ours, theirs, ours, rules).config == {
        "gateway": {"bind": "lan", "controlUi": {"seamColor": "red"}},
        "channels": {"telegram": {"allowFrom": [1], "enabled": True}},
    }


def mappings(*entries: Map) -> Map:
    return {"hooks": {"mappings": list(entries)}}


def test_entries_of_a_list_are_merged_by_name() -> None:
    rules = Rules.of(keys={"hooks.mappings": "id"})
    base = mappings({"id": "a", "x": 1}, {"id": "b", "x": 1})
    theirs = mappings({"id": "a", "x": 1, "y": 2}, {"id": "b", "x": 1}, {"id": "own", "x": 9})
    ours = mappings({"id": "a", "x": 5}, {"id": "new", "x": 1})
    found = merged(base, theirs, ours, rules)
    assert found.config == mappings({"id": "a", "x": 5, "y": 2}, {"id": "new", "x": 1}, {"id": "own", "x": 9})
    assert found.removals == ["hooks.mappings.b"]
    assert found.edits == ["hooks.mappings.a.y", "hooks.mappings.own"]


def test_an_entry_that_one_side_removed_is_whole_or_gone() -> None:
    rules = Rules.of(keys={"hooks.mappings": "id"})
    base = mappings({"id": "a", "x": 1, "y": 1})
    found = merged(base, mappings(), mappings({"id": "a", "x": 2, "y": 1}), rules)
    assert found.config == mappings({"id": "a", "x": 2, "y": 1})
    assert [conflict.path for conflict in found.conflicts] == ["hooks.mappings.a"]


def test_a_list_whose_entries_have_no_names_is_one_value() -> None:
    rules = Rules.of(keys={"hooks.mappings": "id"})
    base = mappings({"id": "a"})
    theirs = mappings({"id": "a"}, {"id": "a"})
    assert merged(base, theirs, base, rules).config == theirs

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory data becomes plain JSON data, or an error that names the place."""

from __future__ import annotations

import datetime
import types
from collections.abc import Sequence

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options import plain as plain_module
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.plain import (
    MAX_DEPTH,
    MAX_NODES,
    NotPlain,
    check_size,
    expanded_nodes,
    holds_template,
    plain,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=20,
)


class VaultedText(Sequence[str]):
    """How ansible-core 2.18 hands on an inline vault value: not a str, but a sequence of characters."""

    __ENCRYPTED__ = True

    def __init__(self, text: str) -> None:
        self.text = text

    def __getitem__(self, index):  # type: ignore[no-untyped-def, override]
        return self.text[index]

    def __len__(self) -> int:
        return len(self.text)

    def __str__(self) -> str:
        return self.text


class TaggedTime(datetime.datetime):
    """How ansible-core 2.19 and later hand on a point in time."""


def nested(levels: int) -> object:
    value: object = "leaf"
    for _level in range(levels):
        value = [value]
    return value


def alias_bomb(width: int, levels: int) -> object:
    """Few lines of YAML, width ** levels values."""
    lines = ["l0: &l0 lol"]
    for level in range(1, levels + 1):
        lines.append(f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * width)}]")
    return yaml.safe_load("\n".join(lines))


@given(JSON)
def test_json_stays_what_it_is(value: object) -> None:
    assert plain(value) == value


@given(JSON)
def test_what_comes_out_shares_nothing_with_what_went_in(value: object) -> None:
    found = plain({"value": value})
    assert isinstance(found, dict)
    if isinstance(value, (dict, list)):
        assert found["value"] is not value


@pytest.mark.parametrize(
    "value, reason",
    [
        ({"since": datetime.date(2026, 1, 2)}, "since: is a date. Put it in quotes to make it text."),
        ({"at": TaggedTime(2026, 1, 2)}, "at: is a datetime. Put it in quotes to make it text."),
        ({"a": [1, {"b": float("nan")}]}, "a[1].b: nan is not a number that JSON knows."),
        ([float("-inf")], "[0]: -inf is not a number that JSON knows."),
        ({"a": {80: "http"}}, "a has the key 80, which is not text. Put it in quotes."),
        ({True: 1}, "the top level has the key True, which is not text. Put it in quotes."),
        ({"a": "\ud83d"}, "a: the text holds half a character (a lone surrogate)."),
        ({"a": {"\ud83d": 1}}, "a: the text holds half a character (a lone surrogate)."),
        ({"a": b"bytes"}, "a: is a bytes. Put it in quotes to make it text."),
        ({"a": {1, 2}}, "a: is a set. Put it in quotes to make it text."),
    ],
)
def test_what_json_cannot_say_is_refused_by_place(value: object, reason: str) -> None:
    with pytest.raises(NotPlain) as refusal:
        plain(value)
    assert str(refusal.value) == reason


def test_an_inline_vault_value_is_its_text() -> None:
    assert plain({"KEY": {"value": VaultedText("s3cr3t")}}) == {"KEY": {"value": "s3cr3t"}}
    assert plain(VaultedText("x" * (MAX_NODES + 1))) == "x" * (MAX_NODES + 1)


def test_other_mappings_and_sequences_are_maps_and_lists() -> None:
    assert plain(types.MappingProxyType({"a": (1, 2)})) == {"a": [1, 2]}


def test_an_alias_bomb_is_counted_not_expanded() -> None:
    bomb = alias_bomb(10, 12)
    with pytest.raises(NotPlain, match=f"has [0-9]{{13}} values .* at most {MAX_NODES} are allowed"):
        check_size(bomb)
    # The map, one text, one list of three, and one list of three lists of three.
    assert expanded_nodes(alias_bomb(3, 2)) == 1 + 1 + (1 + 3) + (1 + 3 * (1 + 3))


def test_aliases_within_reason_are_written_out() -> None:
    assert plain(yaml.safe_load("{a: &a [1, 2], b: *a}")) == {"a": [1, 2], "b": [1, 2]}


def test_a_cycle_is_refused() -> None:
    with pytest.raises(NotPlain, match="contains itself"):
        plain(yaml.safe_load("&a {me: *a}"))


def test_depth_has_a_limit() -> None:
    plain(nested(MAX_DEPTH))
    with pytest.raises(NotPlain, match=f"nested deeper than {MAX_DEPTH} levels"):
        plain(nested(MAX_DEPTH + 1))


def test_aliases_do_not_dig_below_the_depth_limit() -> None:
    with pytest.raises(NotPlain, match=f"nested deeper than {MAX_DEPTH} levels"):
        plain(alias_bomb(1, MAX_DEPTH))


def test_size_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_module, "MAX_NODES", 10)
    plain(list(range(9)))
    with pytest.raises(NotPlain, match="has 11 values"):
        plain(list(range(10)))


class MadeOnAccess(Sequence[object]):
    """A list whose entries exist only while they are looked at, as in Ansible's lazy containers."""

    def __init__(self, entries: int) -> None:
        self.entries = entries

    def __getitem__(self, index):  # type: ignore[no-untyped-def, override]
        if index >= self.entries:
            raise IndexError
        return list(range(index))

    def __len__(self) -> int:
        return self.entries


def test_containers_made_on_access_are_counted_one_by_one() -> None:
    tens = [MadeOnAccess(10) for _index in range(20)]
    assert expanded_nodes(tens) == 1 + 20 * (1 + 10 + sum(range(10)))


@pytest.mark.parametrize(
    "value, held",
    [
        ({"a": [1, 2.5, True, None, "text", {"b": "{ not: one }"}]}, False),
        ("{{ name }}", True),
        ({"a": {"b": ["deep", "{% if x %}y{% endif %}"]}}, True),
        ("{# gone #}", True),
        ("#jinja2: variable_start_string:'[['\n[[ name ]]", True),
        # What is not plain yet may be a vault value, which the template engine decrypts.
        ({"a": object()}, True),
    ],
)
def test_only_what_may_change_goes_through_the_template_engine(value: object, held: bool) -> None:
    assert holds_template(value) is held

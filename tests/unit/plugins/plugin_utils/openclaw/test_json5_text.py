# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON5 documents: what JSON5 allows is read, what its readers are lax about is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw import json5_text
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.json5_text import (
    MAX_BYTES,
    Json5Error,
    parse_object,
)

JSON_OBJECTS = st.dictionaries(
    st.text(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
        max_leaves=20,
    ),
)


@given(JSON_OBJECTS)
def test_json_means_the_same(document: dict[str, object]) -> None:
    assert parse_object(json.dumps(document)) == document


@given(JSON_OBJECTS)
def test_a_trailing_comment_does_not_change_what_it_means(document: dict[str, object]) -> None:
    assert parse_object(json.dumps(document, ensure_ascii=False) + " // the end") == document


@pytest.mark.parametrize(
    "text, document",
    [
        ("{}", {}),
        ("{a: 1}", {"a": 1}),
        ("{'a': 'it\\'s'}", {"a": "it's"}),
        ('{"a": [1, 2, ], }', {"a": [1, 2]}),
        ("// why\n{ a: 1, /* it's [ { */ b: 2 }", {"a": 1, "b": 2}),
        ("{a: 0x1F, b: .5, c: +1}", {"a": 31, "b": 0.5, "c": 1}),
        ("{a: 'one \\\nline'}", {"a": "one line"}),
        ("{a: \"{[(\", b: '{{{'}", {"a": "{[(", "b": "{{{"}),
        ("\ufeff{a: 1}", {"a": 1}),
    ],
)
def test_what_json5_allows(text: str, document: dict[str, object]) -> None:
    assert parse_object(text) == document


@pytest.mark.parametrize(
    "text, reason",
    [
        ("{a: 1,\n b: ]}", 'is not JSON5: line 2, column 5: Unexpected "]".'),
        ("{\n  a: {\n    b: 1\n", "is not JSON5: line 4, column 1: Unexpected end of input."),
        ('{"a": "two\nlines"}', 'is not JSON5: line 1, column 11: Unexpected "\\n".'),
        ('{"a": 1} and more', 'is not JSON5: line 1, column 10: Unexpected "a".'),
        ("", "is not JSON5: Empty strings are not legal JSON5"),
        ("[1]", "is not an object. Write { ... }."),
        ("'text'", "is not an object. Write { ... }."),
        ("null", "is not an object. Write { ... }."),
    ],
)
def test_what_is_not_an_object_is_refused_by_place(text: str, reason: str) -> None:
    with pytest.raises(Json5Error) as refusal:
        parse_object(text)
    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    "text",
    [
        '{"port": 1, "port": 2}',
        '{"gateway": {"port": 1, "port": 2}}',
        "{port: 1, port: 2}",
        "{gateway: [{port: 1, 'port': 2}]}",
        '{"a": {"port": 1, "port": 2}, }',
    ],
)
def test_a_key_that_stands_twice_is_refused_by_both_parsers(text: str) -> None:
    with pytest.raises(Json5Error, match=r'^the key "port" stands twice in one object. Remove one of them.$'):
        parse_object(text)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
@pytest.mark.parametrize("text", ['{"a": %s}', "{a: [%s]}"], ids=["json", "json5"])
def test_a_number_that_is_none_is_refused_by_both_parsers(text: str, number: str) -> None:
    with pytest.raises(Json5Error, match=f"^{number} is not a number that OpenClaw can read.$"):
        parse_object(text % number)


def test_depth_has_a_limit() -> None:
    parse_object('{"a": ' + "[" * 63 + "]" * 63 + "}")
    with pytest.raises(Json5Error, match=r"^is nested deeper than 64 levels\.$"):
        parse_object('{"a": ' + "[" * 64 + "]" * 64 + "}")


def test_depth_of_json5_is_no_crash() -> None:
    parse_object("{a: " + "[" * 32 + "]" * 32 + "}")
    # The apostrophe in the comment hides the brackets from the count.
    with pytest.raises(Json5Error, match=r"too deeply for JSON5\. .* as strict JSON"):
        parse_object("{a: /* it's */ " + "[" * 3000 + "]" * 3000 + "}")


def test_size_has_a_limit_in_bytes() -> None:
    frame = len('{"a": ""}')
    parse_object('{"a": "' + "x" * (MAX_BYTES - frame) + '"}')
    with pytest.raises(Json5Error, match="has 256 KiB; at most 256 KiB are allowed"):
        parse_object('{"a": "' + "x" * (MAX_BYTES - frame + 1) + '"}')
    with pytest.raises(Json5Error, match="has 390 KiB"):
        parse_object('{"a": "' + "€" * (400_000 // 3) + '"}')


def test_without_the_json5_package_json_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json5_text, "JSON5_ERROR", ImportError("no module named json5"))
    assert parse_object('{"a": 1}') == {"a": 1}
    with pytest.raises(Json5Error, match="pip install json5"):
        parse_object("{a: 1}")

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation against a JSON Schema: what is refused and in which words, and what is left to OpenClaw."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.schema import findings, place, value_at
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.schema_file import file_name, load

Schema = dict[str, Any]
TEXT, NUMBER, WHOLE, YES_NO = ({"type": each} for each in ("string", "number", "integer", "boolean"))


def closed(**properties: object) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def one_of(*values: object) -> Schema:
    return {"type": "string", "enum": list(values)}


REFERENCE = {
    **closed(source={"type": "string", "const": "env"}, id={"type": "string", "pattern": "^[A-Z_]+$"}),
    "required": ["source", "id"],
}
FILE = {**closed(source={"type": "string", "const": "file"}, path=TEXT), "required": ["source", "path"]}
SECRET = {"anyOf": [TEXT, {"oneOf": [REFERENCE, FILE]}]}


def told(schema: object, value: object) -> list[str]:
    assert isinstance(schema, dict)
    return [f"{found.place}: {found.reason}" for found in findings(schema, value)]


@pytest.mark.parametrize(
    "schema, value, expected",
    [
        (closed(bind=TEXT), {"bnid": "lan"}, "bnid: is no key that OpenClaw knows. Did you mean bind?"),
        (closed(bind=TEXT), {"xyz": 1}, "xyz: is no key that OpenClaw knows."),
        (closed(port=WHOLE), {"port": "1"}, "port: is text. Write a whole number."),
        (closed(port=WHOLE), {"port": 1.5}, "port: is a number. Write a whole number."),
        (closed(port=WHOLE), {"port": True}, "port: is true or false. Write a whole number."),
        (closed(on=YES_NO), {"on": None}, "on: is null. Write true or false."),
        (closed(id={"type": ["string", "number"]}), {"id": []}, "id: is a list. Write text or a number."),
        (closed(mode=one_of("lan", "auto")), {"mode": "lna"}, "mode: must be one of lan, auto. Did you mean lan?"),
        (closed(mode={"const": True}), {"mode": 1}, "mode: must be true."),
        (closed(port={"type": "integer", "minimum": 1}), {"port": 0}, "port: is too small. The least is 1."),
        (closed(port={"type": "number", "exclusiveMinimum": 0}), {"port": 0}, "port: must be more than 0."),
        (closed(key={"type": "string", "pattern": "^k-"}), {"key": "x"}, "key: does not match the pattern ^k-."),
        (
            closed(key={"type": "string", "minLength": 2}),
            {"key": "x"},
            "key: is too short. The least number of characters is 2.",
        ),
        (
            closed(hosts={"type": "array", "maxItems": 1}),
            {"hosts": ["a", "b"]},
            "hosts: has too many entries. The greatest number is 1.",
        ),
        (
            closed(hosts={"type": "array", "uniqueItems": True}),
            {"hosts": ["a", "a"]},
            "hosts: holds an entry twice. Remove one of them.",
        ),
        (
            {**closed(), "additionalProperties": NUMBER},
            {"a": 1, "b": "2"},
            "b: is text. Write a number.",
        ),
        (
            closed(list={"type": "array", "items": closed(id=TEXT)}),
            {"list": [{}, {"id": 1}]},
            "list[1].id: is a whole number. Write text.",
        ),
        ({**closed(name=TEXT), "required": ["name"]}, {}, "name: is missing."),
        (
            {"type": "object", "propertyNames": {"maxLength": 1}},
            {"ab": 1},
            "ab: is no name that can stand here: it is too long. The greatest number of characters is 1.",
        ),
        ({"type": "object", "patternProperties": {"^x-": NUMBER}}, {"x-a": "1"}, "x-a: is text. Write a number."),
        ({"not": {"required": ["a", "b"]}}, {"a": 1, "b": 2}, ": holds settings that exclude each other."),
        (
            {"if": {"required": ["a"]}, "then": {"required": ["b"], "properties": {"b": TEXT}}},
            {"a": 1},
            "b: is missing.",
        ),
        (
            {"$defs": {"n": NUMBER}, "properties": {"a": {"$ref": "#/$defs/n"}}},
            {"a": "x"},
            "a: is text. Write a number.",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_place(schema: Schema, value: object, expected: str) -> None:
    assert told(schema, value) == [expected]


@pytest.mark.parametrize(
    "value, expected",
    [
        ("text", []),
        ({"source": "env", "id": "A_KEY"}, []),
        ({"source": "env", "id": "a key"}, ["id: does not match the pattern ^[A-Z_]+$."]),
        ({"source": "env"}, ["id: is missing."]),
        ({"source": "file", "path": 1}, ["path: is a whole number. Write text."]),
        ({"source": "vault"}, [": fits none of the forms that OpenClaw takes here."]),
        (1, [": is a whole number. Write text or a map."]),
    ],
)
def test_of_several_forms_the_one_that_was_meant_is_told(value: object, expected: list[str]) -> None:
    assert told(SECRET, value) == expected


def test_several_words_are_told_as_one_choice() -> None:
    schema = {"anyOf": [{"const": "off"}, {"const": "on"}, {"enum": ["auto"]}]}
    assert told(schema, "onn") == [": must be one of off, on, auto. Did you mean on?"]


@pytest.mark.parametrize(
    "schema, value",
    [
        # OpenClaw fills the default in before it looks for the key.
        ({**closed(policy={**one_of("a"), "default": "a"}), "required": ["policy"]}, {}),
        # It resolves these first, so what stands there is not known yet.
        (closed(mode=one_of("a")), {"mode": "${MODE}"}),
        (closed(mode=one_of("a")), {"$include": "./more.json5"}),
        ({**closed(name=TEXT), "required": ["name"]}, {"$include": "./more.json5"}),
        # JavaScript knows this pattern, Python does not.
        (closed(name={"type": "string", "pattern": r"^\p{L}+$"}), {"name": "1"}),
        (closed(number=NUMBER), {"number": 1}),
        (closed(number=WHOLE), {"number": 3.0}),
        (closed(number={"type": "number", "multipleOf": 7}), {"number": 3}),
        ({"$ref": "#/$defs/elsewhere"}, {"a": 1}),
    ],
)
def test_nothing_is_refused_that_openclaw_takes(schema: Schema, value: object) -> None:
    assert told(schema, value) == []


def test_text_is_still_no_number_with_a_placeholder() -> None:
    assert told(closed(port=WHOLE), {"port": "${PORT}"}) == ["port: is text. Write a whole number."]


def test_definitions_are_those_of_the_innermost_schema() -> None:
    plugin = {"$defs": {"it": NUMBER}, **closed(a={"$ref": "#/$defs/it"})}
    schema = {"$defs": {"it": TEXT}, **closed(plugin=plugin, a={"$ref": "#/$defs/it"})}
    assert told(schema, {"plugin": {"a": 1}, "a": "x"}) == []
    assert told(schema, {"plugin": {"a": "x"}}) == ["plugin.a: is text. Write a number."]


def test_a_part_may_be_text_that_is_read_later() -> None:
    parts = closed(gateway=json.dumps(closed(port=WHOLE)), broken="{")
    assert told(parts, {"gateway": {"port": "x"}}) == ["gateway.port: is text. Write a whole number."]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(st.sampled_from(["source", "id", "a", "b"]), child),
    max_leaves=6,
)


@given(ANYTHING)
def test_every_finding_is_at_a_place_that_exists_or_is_missing(value: object) -> None:
    schema = {**closed(a=SECRET, b={"type": "array", "items": closed(id=WHOLE)}, id=TEXT), "required": ["id"]}
    for found in findings(schema, value):
        assert found.reason.endswith(".")
        assert found.missing or not found.path or value_at(value, found.path[:-1]) is not None


def test_a_place_reads_as_people_write_it() -> None:
    assert place(("agents", "list", 0, "id")) == "agents.list[0].id"
    assert value_at({"a": [{"b": 1}]}, ("a", 0, "b")) == 1
    assert value_at({"a": 1}, ("a", "b")) is None


# The file


@pytest.mark.parametrize(
    "image, name",
    [
        ("ghcr.io/openclaw/openclaw:2026.9.6", "ghcr.io-openclaw-openclaw-2026.9.6.json"),
        ("claw:main@sha256:0a0b", "claw-main-sha256-0a0b.json"),
        ("../../etc/claw:v2026.9.6", "..-..-etc-claw-v2026.9.6.json"),
        ("ghcr.io/openclaw/openclaw:latest", ""),
        ("ghcr.io/openclaw/openclaw:2026.9", ""),
    ],
)
def test_only_an_image_that_never_changes_has_a_file(image: str, name: str) -> None:
    assert file_name(image) == name


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    assert load(str(file)) is None
    file.write_text(json.dumps(closed(a=TEXT)), encoding="utf-8")
    assert told(load(str(file)), {"a": 1}) != []
    file.write_text(json.dumps(closed(a=WHOLE)), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert told(load(str(file)), {"a": 1}) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"type": "object"}', "\ud800".encode("utf-8", "surrogatepass")])
def test_a_file_that_holds_no_schema_is_as_good_as_none(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "schema.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert load(str(file)) is None

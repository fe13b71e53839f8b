# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation against the JSON Schema that OpenClaw prints: fast, in words, and never stricter than OpenClaw itself.

OpenClaw fills in defaults before it looks for keys that must be there, and resolves C(${NAME}) and C($include) before
it looks at values; a schema says neither. What Python cannot decide is left to OpenClaw.

A part of a schema may be the text of that part, which is read when it is needed: most configurations need little of it.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .schema_words import ARTICLES, KINDS, MAX_CHOICES, any_of_these, either, kind_of, nearest, types_of

INCLUDE = "$include"
_PLACEHOLDER = re.compile(r"\$\{[A-Z_][A-Z0-9_]*\}")
_ABOUT_KEYS = frozenset({"properties", "patternProperties", "additionalProperties"})

Node = object
Schema = Mapping[str, object]


@dataclass(frozen=True)
class Finding:
    """What is wrong at one place.

    is_kind, is_word: the value is of another kind, or is another one of a few words, which tells one form of a map from
    another. missing: something is not there. about_value: it is the value that is wrong, and not its key.
    """

    path: tuple[str | int, ...]
    reason: str
    is_kind: bool = False
    is_word: bool = False
    missing: bool = False
    about_value: bool = True

    @property
    def place(self) -> str:
        return place(self.path)


def place(path: Sequence[str | int]) -> str:
    """Return the path as people write it: C(agents.list[0].id)."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _properties(node: Node) -> dict[str, Node]:
    properties = node.get("properties") if isinstance(node, dict) else None
    return properties if isinstance(properties, dict) else {}


@functools.lru_cache(maxsize=512)
def _unpacked(text: str) -> Node:
    return json.loads(text)


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return what Python makes of a pattern for JavaScript; None where it cannot tell."""
    try:
        return re.compile(pattern, re.ASCII)
    except re.error:
        return None


def value_at(value: object, path: Sequence[str | int]) -> object:
    """Return what stands at I(path) of I(value); None where it does not lead."""
    for step in path:
        if isinstance(value, Mapping) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
        else:
            return None
    return value


def findings(schema: Schema, value: object) -> list[Finding]:
    """Return what OpenClaw would refuse in I(value), each at its place; empty if nothing was found."""
    return list(_Walk(schema).walk(schema, value, ()))


class _Walk:
    """One walk through a value. Definitions are those of the innermost schema that brings some."""

    def __init__(self, definitions: Schema) -> None:
        self._definitions = definitions

    def walk(self, node: Node, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
        if isinstance(node, str):
            node = _unpacked(node)
        if not isinstance(node, dict):
            if node is False:
                yield Finding(path, "is not allowed here.", is_kind=True)
            return
        if "$defs" in node or "definitions" in node:
            yield from _Walk(node)._here(node, value, path)
        else:
            yield from self._here(node, value, path)

    def _here(self, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
        if isinstance(value, Mapping) and INCLUDE in value:
            # What the file holds merges with what stands beside it, and may be of any kind.
            return
        if isinstance(value, str) and _PLACEHOLDER.search(value) and "string" in types_of(node):
            return
        wrong = _wrong_kind(node, value, path)
        if wrong is not None:
            yield wrong
            return
        for keyword, check in _CHECKS.items():
            if keyword in node:
                yield from check(self, node, value, path)
        if isinstance(value, Mapping) and not _ABOUT_KEYS.isdisjoint(node):
            yield from self._keys(node, value, path)

    def _keys(self, node: Schema, value: Schema, path: tuple[str | int, ...]) -> Iterator[Finding]:
        properties, others = _properties(node), node.get("additionalProperties", True)
        for key, entry in value.items():
            known = [*([properties[key]] if key in properties else ()), *_by_pattern(node, key)]
            if not known and others is False:
                reason = f"is no key that OpenClaw knows.{nearest(key, list(properties))}"
                yield Finding((*path, key), reason, about_value=False)
            for child in known or ([others] if isinstance(others, (dict, str)) else ()):
                yield from self.walk(child, entry, (*path, key))

    def fits(self, node: Node, value: object) -> bool:
        return next(self.walk(node, value, ()), None) is None

    def definition(self, reference: str) -> Node:
        node: Node = self._definitions
        for step in reference.removeprefix("#").split("/")[1:]:
            node = node.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(node, dict) else None
        return node


def _wrong_kind(node: Schema, value: object, path: tuple[str | int, ...]) -> Finding | None:
    types = types_of(node)
    # A kind that is new to JSON Schema is left to OpenClaw.
    if any(each not in KINDS or KINDS[each](value) for each in types):
        return None
    return Finding(path, f"is {kind_of(value)}. Write {either([ARTICLES[each] for each in types])}.", is_kind=True)


# Checks, one for each keyword; the kind of the value is right already


Check = Callable[["_Walk", Schema, object, "tuple[str | int, ...]"], Iterator[Finding]]


def _one_of(choices: Sequence[object], value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    if any(value == choice and isinstance(value, bool) is isinstance(choice, bool) for choice in choices):
        return
    if isinstance(value, str) and any(isinstance(choice, str) for choice in choices):
        hint = nearest(value, [choice for choice in choices if isinstance(choice, str)])
    else:
        hint = ""
    yield Finding(path, f"{any_of_these(choices)}{hint}", is_word=True)


def _enum(_walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    choices = node["enum"]
    yield from _one_of(choices if isinstance(choices, list) else [], value, path)


def _const(_walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    yield from _one_of([node["const"]], value, path)


def _pattern(_walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    pattern = _compiled(str(node["pattern"])) if isinstance(value, str) else None
    if pattern is not None and isinstance(value, str) and not pattern.search(value):
        yield Finding(path, f"does not match the pattern {node['pattern']}.")


def _bounded(keyword: str, words: str, within: Callable[[float, float], bool]) -> Check:
    def check(_walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
        size = _size(value, keyword)
        if size is not None and not within(size, float(str(node[keyword]))):
            yield Finding(path, f"{words} {node[keyword]}.")

    return check


def _size(value: object, keyword: str) -> float | None:
    """Return what a bound is about: the number itself, or how many characters, entries or keys there are."""
    if keyword.endswith("imum"):
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    measured = {"Length": str, "Items": list, "Properties": dict}[keyword[3:]]
    return float(len(value)) if isinstance(value, measured) else None


def _unique_items(_walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    if node["uniqueItems"] and isinstance(value, list):
        seen = [json.dumps(entry, sort_keys=True) for entry in value]
        if len(set(seen)) < len(seen):
            yield Finding(path, "holds an entry twice. Remove one of them.")


def _items(walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    items = node["items"]
    for index, entry in enumerate(value if isinstance(value, list) else ()):
        if isinstance(items, list):
            node_of = items[index] if index < len(items) else node.get("additionalItems", True)
        else:
            node_of = items
        yield from walk.walk(node_of, entry, (*path, index))


def _by_pattern(node: Schema, key: str) -> Iterator[Node]:
    patterns = node.get("patternProperties")
    for pattern, child in patterns.items() if isinstance(patterns, dict) else ():
        compiled = _compiled(pattern)
        if compiled is None or compiled.search(key):
            yield child


def _required(_walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    wanted, properties = node["required"], _properties(node)
    for key in wanted if isinstance(wanted, list) and isinstance(value, Mapping) else ():
        known = properties.get(key)
        known = _unpacked(known) if isinstance(known, str) else known
        has_default = isinstance(known, dict) and "default" in known
        if isinstance(value, Mapping) and key not in value and not has_default:
            yield Finding((*path, key), "is missing.", missing=True, about_value=False)


def _property_names(walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    for key in value if isinstance(value, Mapping) else ():
        for found in walk.walk(node["propertyNames"], key, (*path, key)):
            yield Finding((*path, key), f"is no name that can stand here: it {found.reason}", about_value=False)


def _reference(walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    yield from walk.walk(walk.definition(str(node["$ref"])), value, path)


def _all_of(walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    for branch in _branches(node, "allOf"):
        yield from walk.walk(branch, value, path)


def _not(walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    if walk.fits(node["not"], value):
        yield Finding(path, "holds settings that exclude each other.")


def _if(walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
    yield from walk.walk(node.get("then" if walk.fits(node["if"], value) else "else", True), value, path)


def _any_of(keyword: str) -> Check:
    """Make the check for one of several shapes. It tells what is wrong with the one that was most likely meant."""

    def check(walk: _Walk, node: Schema, value: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
        tried = []
        for branch in _branches(node, keyword):
            found = list(walk.walk(branch, value, path))
            if not found:
                return
            tried.append(found)
        meant = _meant(tried, path)
        if meant:
            yield from min(meant, key=len)
        elif tried:
            yield Finding(path, _none_of(node, keyword, value), is_kind=True)

    return check


def _branches(node: Schema, keyword: str) -> list[Node]:
    branches = node[keyword]
    return branches if isinstance(branches, list) else []


def _meant(tried: Sequence[list[Finding]], path: tuple[str | int, ...]) -> list[list[Finding]]:
    """Return what was found in the shapes that may be meant: the words that tell them apart agree, or there is one."""
    of_this_kind = [
        found for found in tried if not any(each.path == path and (each.is_kind or each.is_word) for each in found)
    ]
    agreeing = [
        found for found in of_this_kind if not any(each.is_word and len(each.path) == len(path) + 1 for each in found)
    ]
    return agreeing or (of_this_kind if len(of_this_kind) == 1 else [])


def _none_of(node: Schema, keyword: str, value: object) -> str:
    choices: list[object] = []
    kinds: dict[str, None] = {}
    for branch in _flat(node, keyword):
        if "const" in branch or "enum" in branch:
            listed = branch.get("enum")
            choices.extend(listed if isinstance(listed, list) else [branch["const"]])
        else:
            kinds.update(dict.fromkeys(ARTICLES[each] for each in types_of(branch)))
    if choices and not kinds:
        return "".join(found.reason for found in _one_of(choices, value, ()))
    if kind_of(value) in kinds:
        return "fits none of the forms that OpenClaw takes here."
    words = [*(choice if isinstance(choice, str) else json.dumps(choice) for choice in choices), *kinds]
    return f"is {kind_of(value)}. Write {either(words[:MAX_CHOICES])}."


def _flat(node: Schema, keyword: str) -> Iterator[Schema]:
    for branch in _branches(node, keyword):
        if isinstance(branch, dict):
            inner = next((each for each in ("anyOf", "oneOf") if each in branch), None)
            yield from _flat(branch, inner) if inner else (branch,)


_CHECKS: Mapping[str, Check] = {
    "$ref": _reference,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minLength": _bounded("minLength", "is too short. The least number of characters is", lambda a, b: a >= b),
    "maxLength": _bounded("maxLength", "is too long. The greatest number of characters is", lambda a, b: a <= b),
    "minimum": _bounded("minimum", "is too small. The least is", lambda a, b: a >= b),
    "maximum": _bounded("maximum", "is too large. The greatest is", lambda a, b: a <= b),
    "exclusiveMinimum": _bounded("exclusiveMinimum", "must be more than", lambda a, b: a > b),
    "exclusiveMaximum": _bounded("exclusiveMaximum", "must be less than", lambda a, b: a < b),
    "minItems": _bounded("minItems", "has too few entries. The least is", lambda a, b: a >= b),
    "maxItems": _bounded("maxItems", "has too many entries. The greatest number is", lambda a, b: a <= b),
    "minProperties": _bounded("minProperties", "has too few keys. The least is", lambda a, b: a >= b),
    "maxProperties": _bounded("maxProperties", "has too many keys. The greatest number is", lambda a, b: a <= b),
    "uniqueItems": _unique_items,
    "items": _items,
    "required": _required,
    "propertyNames": _property_names,
    "allOf": _all_of,
    "anyOf": _any_of("anyOf"),
    "oneOf": _any_of("oneOf"),
    "not": _not,
    "if": _if,
}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front matter of SKILL.md, read as OpenClaw's loader reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from ..json5_text import Json5Missing, lax_value
from .tree import BadTree

_OPENING = re.compile(r"---[^\S\n]*\n")
_CLOSING = re.compile(r"(?:^|\n)---[^\S\n]*(?:\n|\Z)")
_LINE = re.compile(r"([\w-]+):\s*(.*)")
# Where OpenClaw looks in the metadata, the older name last.
_MANIFEST_KEYS = ("openclaw", "clawdbot")
_MAX_BLOCK = 64 * 1024


class NoFrontMatter(ValueError):
    """Front matter that the loader refuses; the text says why."""


@dataclass(frozen=True)
class FrontMatter:
    """What a skill says of itself.

    keys: the top-level keys as text. manifest: what stands under C(metadata.openclaw). body: the text below.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    manifest: Mapping[str, object] = field(default_factory=dict)
    body: str = ""

    def __getitem__(self, key: str) -> str:
        return self.keys.get(key, "")

    def is_on(self, key: str) -> bool:
        return self[key].lower() in ("true", "yes", "on", "1")

    @property
    def installers(self) -> list[Mapping[str, object]]:
        """The programs that OpenClaw offers to install for the skill."""
        given = self.manifest.get("install")
        return [entry for entry in given if isinstance(entry, dict)] if isinstance(given, list) else []


class _OneValuePerKey(yaml.SafeLoader):
    """YAML without repeated keys, aliases and dates: what two readers could understand in two ways."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("an alias (*) is not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=True) for key, _value in node.value]
        repeated = next((key for number, key in enumerate(keys) if key in keys[:number]), None)
        if repeated is not None:
            raise yaml.YAMLError(f"the key {repeated!r} appears twice")
        return super().construct_mapping(node, deep)


_OneValuePerKey.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str) -> FrontMatter:
    """Return the front matter of a SKILL.md. Raises NoFrontMatter; BadTree where nothing here can read it."""
    normalised = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    opening = _OPENING.match(normalised)
    if not opening:
        raise NoFrontMatter("does not begin with a line of three dashes and its front matter")
    rest = normalised[opening.end() :]
    closing = _CLOSING.search(rest)
    if not closing:
        raise NoFrontMatter("the front matter has no closing line of three dashes")
    block, body = rest[: closing.start()], rest[closing.end() :]
    if len(block) > _MAX_BLOCK:
        raise NoFrontMatter(f"the front matter has more than {_MAX_BLOCK // 1024} KiB")
    keys = _keys(block)
    return FrontMatter(
        {key: _as_text(value) for key, value in keys.items() if value is not None}, _manifest(keys), body
    )


def _keys(block: str) -> dict[str, object]:
    try:
        parsed = yaml.load(block, Loader=_OneValuePerKey)
    except yaml.YAMLError as problem:
        recovered = _with_quoted_description(block)
        if recovered is None:
            raise NoFrontMatter(f"the front matter is not YAML: {_first_line(problem)}") from None
        return _keys(recovered)
    if not isinstance(parsed, dict):
        raise NoFrontMatter("the front matter is not a map of keys")
    return {str(key).strip(): value for key, value in parsed.items()}


def _with_quoted_description(block: str) -> str | None:
    """Return the block with quotes around a description that holds a colon, as the loader forgives it; else None."""
    lines = block.split("\n")
    for number, line in enumerate(lines):
        found = _LINE.fullmatch(line)
        if found and found[1] == "description" and found[2][:1] not in ("", '"', "'", "|", ">"):
            lines[number] = f"description: {json.dumps(found[2].strip())}"
            return "\n".join(lines)
    return None


def _first_line(problem: yaml.YAMLError) -> str:
    mark = getattr(problem, "problem_mark", None)
    told = getattr(problem, "problem", None) or str(problem).splitlines()[0]
    # The front matter begins in the second line of the file.
    return f"line {mark.line + 2}: {told}" if mark else str(told)


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.strip() if isinstance(value, str) else json.dumps(value, default=str)


def _manifest(keys: Mapping[str, object]) -> Mapping[str, object]:
    metadata = keys.get("metadata")
    if isinstance(metadata, str):
        try:
            metadata = lax_value(metadata)
        except Json5Missing as missing:
            # Not the skill's fault, and not to be taken for front matter that says nothing.
            raise BadTree([f"cannot be checked: {missing}"]) from None
        except (ValueError, RecursionError):
            raise NoFrontMatter("metadata is neither a map nor JSON5") from None
    if not isinstance(metadata, dict):
        return {}
    found = (metadata.get(key) for key in _MANIFEST_KEYS)
    return next((manifest for manifest in found if isinstance(manifest, dict)), {})

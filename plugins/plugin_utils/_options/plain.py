# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain data from inventory data: no tags, no lazy containers, no aliases, nothing that JSON cannot say."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence

MAX_DEPTH = 64
MAX_NODES = 50_000


class NotPlain(ValueError):
    """A value that cannot be turned into plain data; the text says where and why."""


def _items(value: object, where: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            if not isinstance(key, str):
                raise NotPlain(f"{where or 'the top level'} has the key {key!r}, which is not text. Put it in quotes.")
            yield f"{where}.{key}" if where else key, child
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for index, child in enumerate(value):
            yield f"{where}[{index}]", child


def expanded_nodes(value: object) -> int:
    """Return how many nodes I(value) has when every YAML alias is written out, without writing it out."""
    counted: dict[int, int] = {}
    open_nodes: set[int] = set()

    def count(node: object, depth: int) -> int:
        if isinstance(node, Mapping):
            children: list[object] = list(node.values())
        elif isinstance(node, Sequence) and not isinstance(node, (str, bytes)):
            children = list(node)
        else:
            return 1
        key = id(node)
        if key in open_nodes:
            raise NotPlain("contains itself.")
        if depth > MAX_DEPTH:
            raise NotPlain(f"is nested deeper than {MAX_DEPTH} levels.")
        if key not in counted:
            open_nodes.add(key)
            counted[key] = 1 + sum(count(child, depth + 1) for child in children)
            open_nodes.discard(key)
        return counted[key]

    return count(value, 0)


def check_size(value: object) -> None:
    """Refuse what would explode when it is copied or written out: alias bombs, cycles, deep nesting."""
    nodes = expanded_nodes(value)
    if nodes > MAX_NODES:
        raise NotPlain(f"has {nodes} values when its YAML aliases are written out; at most {MAX_NODES} are allowed.")


def _check_leaf(value: object, where: str) -> None:
    at = f"{where}: " if where else ""
    if value is None or isinstance(value, (bool, int)):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotPlain(f"{at}{value} is not a number that JSON knows.")
        return
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise NotPlain(f"{at}the text holds half a character (a lone surrogate).") from None
        return
    raise NotPlain(f"{at}{value!s} is a {type(value).__name__}. Put it in quotes to make it text.")


def plain(value: object) -> object:
    """Return I(value) as plain JSON data. Raises NotPlain, naming the place, for what JSON cannot say."""
    check_size(value)

    def walk(node: object, where: str) -> None:
        if isinstance(node, Mapping) or (isinstance(node, Sequence) and not isinstance(node, (str, bytes))):
            for place, child in _items(node, where):
                walk(child, place)
        else:
            _check_leaf(node, where)

    walk(value, "")
    # The round trip drops Ansible's tags and lazy containers, which PyYAML and deepcopy refuse.
    result: object = json.loads(json.dumps(value))
    return result

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain data from inventory data: no tags, no lazy containers, no aliases, nothing that JSON cannot say."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterator, Mapping, Sequence

MAX_DEPTH = 64
MAX_NODES = 50_000
# The last one begins a text that brings its own marks.
_TEMPLATE_MARKS = ("{{", "{%", "{#", "#jinja2:")


class NotPlain(ValueError):
    """A value that cannot be turned into plain data; the text says where and why."""


def _is_vaulted(value: object) -> bool:
    """Whether I(value) is an inline vault value of ansible-core 2.18, which looks like a sequence of characters."""
    return bool(getattr(value, "__ENCRYPTED__", False))


def _children(value: object) -> list[object] | None:
    """Return what I(value) holds, or None if it holds nothing."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) and not _is_vaulted(value):
        return list(value)
    return None


def _items(value: object, where: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            if not isinstance(key, str):
                raise NotPlain(f"{where or 'the top level'} has the key {key!r}, which is not text. Put it in quotes.")
            _check_text(key, where)
            yield f"{where}.{key}" if where else key, child
    else:
        for index, child in enumerate(_children(value) or ()):
            yield f"{where}[{index}]", child


def expanded_nodes(value: object) -> int:
    """Return how many nodes I(value) has when every YAML alias is written out, without writing it out."""
    # Nodes and height of each container. It stays referenced: one made on access would give its id to the next one.
    measured: dict[int, tuple[object, int, int]] = {}
    open_nodes: set[int] = set()

    def measure(node: object, depth: int) -> tuple[int, int]:
        children = _children(node)
        if children is None:
            return 1, 0
        key = id(node)
        if key in open_nodes:
            raise NotPlain("contains itself.")
        if key not in measured:
            if depth >= MAX_DEPTH:
                raise NotPlain(f"is nested deeper than {MAX_DEPTH} levels.")
            open_nodes.add(key)
            sizes = [measure(child, depth + 1) for child in children]
            open_nodes.discard(key)
            height = 1 + max((height for _nodes, height in sizes), default=0)
            measured[key] = (node, 1 + sum(nodes for nodes, _height in sizes), height)
        _node, nodes, height = measured[key]
        if depth + height > MAX_DEPTH:  # an alias can hang a low tree deep into another one
            raise NotPlain(f"is nested deeper than {MAX_DEPTH} levels.")
        return nodes, height

    return measure(value, 0)[0]


def check_size(value: object) -> None:
    """Refuse what would explode when it is copied or written out: alias bombs, cycles, deep nesting."""
    nodes = expanded_nodes(value)
    if nodes > MAX_NODES:
        raise NotPlain(f"has {nodes} values when its YAML aliases are written out; at most {MAX_NODES} are allowed.")


def holds_template(value: object) -> bool:
    """Whether the template engine could make something else of I(value). Unknown kinds of values count as well."""
    children = _children(value)
    if children is not None:
        return any(map(holds_template, children))
    if isinstance(value, str):
        return any(mark in value for mark in _TEMPLATE_MARKS)
    return not (value is None or isinstance(value, (bool, int, float)))


def _check_text(text: str, where: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        at = f"{where}: " if where else ""
        raise NotPlain(f"{at}the text holds half a character (a lone surrogate).") from None


def _kind(value: object) -> str:
    """Return what a person calls I(value); Ansible derives types of its own from these."""
    known = (datetime.datetime, datetime.date, bytes, set)
    return next((base.__name__ for base in known if isinstance(value, base)), type(value).__name__)


def _check_leaf(value: object, where: str) -> None:
    at = f"{where}: " if where else ""
    if value is None or isinstance(value, (bool, int)):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotPlain(f"{at}{value} is not a number that JSON knows.")
        return
    if isinstance(value, str) or _is_vaulted(value):
        _check_text(str(value), where)
        return
    # The value is not shown: it may be part of a secret.
    raise NotPlain(f"{at}is a {_kind(value)}. Put it in quotes to make it text.")


def _written_out(value: object) -> object:
    """Return what stands for I(value) in JSON, for the containers and vault values that json does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if _is_vaulted(value) else _children(value)


def plain(value: object) -> object:
    """Return I(value) as plain JSON data. Raises NotPlain, naming the place, for what JSON cannot say."""
    check_size(value)

    def walk(node: object, where: str) -> None:
        if _children(node) is None:
            _check_leaf(node, where)
        else:
            for place, child in _items(node, where):
                walk(child, place)

    walk(value, "")
    # The round trip drops Ansible's tags and lazy containers, which PyYAML and deepcopy refuse.
    result: object = json.loads(json.dumps(value, default=_written_out))
    return result

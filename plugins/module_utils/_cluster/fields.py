# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Does a live object already hold what we want, under our name? Decided without asking the server.

The wanted manifest, the live object and our entry in its `managedFields` are walked together. The entry tells
which lists are merged by key (`k:`), which are sets (`v:`) and which values are atomic, so no schema is needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from .plain import Manifest

FIELD_MANAGER = "openclaw.kubernetes"

Path = tuple[str, ...]

# Identity, or owned by nobody: never compared.
_IDENTITY = frozenset({"apiVersion", "kind"})
_METADATA_IDENTITY = frozenset({"name", "namespace"})

# Values the API server fills into parts that belong to us as a whole (atomic lists and maps). Anything else found
# there beyond the wanted fields is a leftover of ours.
_ATOMIC_DEFAULTS: dict[str, tuple[Any, ...]] = {
    "apiGroup": ("rbac.authorization.k8s.io",),
    "apiVersion": ("v1",),
    "creationTimestamp": (None,),
    "defaultMode": (420,),
    "divisor": ("0",),
    "expirationSeconds": (3600,),
    "kind": ("PersistentVolumeClaim",),
    "protocol": ("TCP",),
    "status": ({"phase": "Pending"},),
    "volumeMode": ("Filesystem",),
}

_QUANTITY_PARENTS = frozenset(
    {
        "requests",
        "limits",
        "hard",
        "capacity",
        "default",
        "defaultRequest",
        "max",
        "min",
        "maxLimitRequestRatio",
    }
)
_QUANTITY_FIELDS = frozenset({"sizeLimit", "divisor"})
_QUANTITY = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$")
_FACTORS: dict[str, Decimal] = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), start=1)},
    **{unit: Decimal(1024) ** power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)},
}


class Absent:
    """Stands for a value that is not there; None is a value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True)
class Change:
    """One field that differs. `owner` marks fields equal in value but not yet, or no longer, ours to hold."""

    path: Path
    live: Any
    wanted: Any
    owner: bool = False


class _Node(NamedTuple):
    path: Path
    wanted: Any
    live: Any
    owned: Manifest | None


def quantity(value: Any) -> Decimal | None:
    """The number behind a Kubernetes quantity (`500m`, `1Gi`, `2`), or None if it is none."""
    match = _QUANTITY.match(str(value)) if not isinstance(value, bool) else None
    if match is None:
        return None
    number, suffix, exponent = match.groups()
    try:
        return Decimal(number) * (_FACTORS[suffix] if suffix else Decimal(10) ** int(exponent or 0))
    except InvalidOperation:
        return None


def owned_fields(live: Manifest, manager: str = FIELD_MANAGER) -> Manifest | None:
    """What `manager` applied to the object, in the notation of fieldsV1; None when it never did."""
    for entry in live.get("metadata", {}).get("managedFields") or ():
        if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource"):
            fields: Manifest = entry.get("fieldsV1") or {}
            return fields
    return None


def changes(wanted: Manifest, live: Manifest) -> list[Change]:
    """Every field that keeps `live` from being what applying `wanted` would make it."""
    owned = owned_fields(live)
    found: list[Change] = []
    for key, value in wanted.items():
        if key in _IDENTITY:
            continue
        field = None if owned is None else owned.get(f"f:{key}")
        if key == "metadata":
            value = {name: item for name, item in value.items() if name not in _METADATA_IDENTITY}
            if not value:
                continue
        found.extend(_compare(_Node((key,), value, live.get(key, ABSENT), field)))
    if owned is not None:
        found.extend(_leftovers((), wanted, live, owned))
    return found


def _compare(node: _Node) -> Iterator[Change]:
    path, wanted, live, owned = node
    if live is ABSENT:
        if not _vanishes(wanted):
            yield Change(path, ABSENT, wanted)
    elif isinstance(wanted, dict) and isinstance(live, dict):
        yield from _compare_maps(node)
    elif isinstance(wanted, list) and isinstance(live, list):
        yield from _compare_lists(node)
    elif not same(path, wanted, live):
        yield Change(path, live, wanted)
    elif owned is None:
        yield Change(path, live, wanted, owner=True)


def _vanishes(wanted: Any) -> bool:
    """Empty lists are dropped by the server; sending them again would change nothing."""
    return wanted is None or wanted == []


def _compare_maps(node: _Node) -> Iterator[Change]:
    path, wanted, live, owned = node
    if owned is None:
        if not wanted:
            yield Change(path, live, wanted, owner=True)
    elif not owned and wanted:
        # An atomic map is ours as a whole, its server defaults included.
        yield from _compare_atomic(path, wanted, live)
        return
    for key, value in wanted.items():
        field = None if owned is None else owned.get(f"f:{key}")
        yield from _compare(_Node((*path, key), value, live.get(key, ABSENT), field))


def _compare_atomic(path: Path, wanted: Any, live: Any) -> Iterator[Change]:
    if isinstance(wanted, dict) and isinstance(live, dict):
        for key, value in wanted.items():
            if key not in live:
                if not _vanishes(value):
                    yield Change((*path, key), ABSENT, value)
            else:
                yield from _compare_atomic((*path, key), value, live[key])
        for key, value in live.items():
            if key not in wanted and not _is_default(key, value):
                yield Change((*path, key), value, ABSENT)
    elif isinstance(wanted, list) and isinstance(live, list) and len(wanted) == len(live):
        for index, (wanted_item, live_item) in enumerate(zip(wanted, live, strict=True)):
            yield from _compare_atomic((*path, f"[{index}]"), wanted_item, live_item)
    elif not same(path, wanted, live):
        yield Change(path, live, wanted)


def _is_default(key: str, value: Any) -> bool:
    return any(same((key,), default, value) for default in _ATOMIC_DEFAULTS.get(key, ()))


def _compare_lists(node: _Node) -> Iterator[Change]:
    path, wanted, live, owned = node
    if owned is None:
        yield from _compare_unowned(path, wanted, live)
        return
    keyed = [(json.loads(field[2:]), children) for field, children in owned.items() if field.startswith("k:")]
    if keyed:
        yield from _compare_keyed(path, wanted, live, keyed)
    elif any(field.startswith("v:") for field in owned):
        for value in wanted:
            if value not in live or f"v:{json.dumps(value, separators=(',', ':'))}" not in owned:
                yield Change((*path, f"[{value}]"), ABSENT if value not in live else value, value, value in live)
    else:
        yield from _compare_atomic(path, wanted, live)


def _compare_unowned(path: Path, wanted: list[Any], live: list[Any]) -> Iterator[Change]:
    """A list that was never ours: nothing tells its kind, so elements pair by name, or else by position."""
    if not all(isinstance(item, dict) for item in (*wanted, *live)):
        yield Change(path, live, wanted, owner=same(path, wanted, live))
        return
    named = all("name" in item for item in (*wanted, *live))
    for index, item in enumerate(wanted):
        step = (*path, f"[{item['name'] if named else index}]")
        key: Manifest = {"name": item["name"]} if named else {}
        other = _element(live, key) if named else (live[index] if index < len(live) else ABSENT)
        yield from _compare(_Node(step, item, other, None))


def _compare_keyed(
    path: Path, wanted: list[Any], live: list[Any], keyed: list[tuple[Manifest, Manifest]]
) -> Iterator[Change]:
    order: list[int] = []
    for item in wanted:
        entry = next((entry for entry in keyed if _has_key(item, entry[0])), None)
        key = entry[0] if entry else {}
        position = next((index for index, other in enumerate(live) if entry and _has_key(other, key, whole=True)), None)
        step = (*path, f"[{_label(item, key)}]")
        if entry is None or position is None:
            yield Change(step, ABSENT, item)
            continue
        order.append(position)
        yield from _compare(_Node(step, item, live[position], entry[1]))
    if order != sorted(order):
        # The order of init containers, for one, is behaviour.
        yield Change(path, live, wanted)


def _has_key(item: Any, key: Manifest, whole: bool = False) -> bool:
    """Whether `item` is the list element `key` names. A wanted item may leave defaulted key fields out."""
    if not isinstance(item, dict):
        return False
    given = [name for name in key if name in item]
    if whole and len(given) < len(key):
        return False
    return bool(given) and all(item[name] == key[name] for name in given)


def _label(item: Any, key: Manifest) -> str:
    """How a person finds this element: by name if it has one, otherwise by its merge key."""
    if not isinstance(item, dict):
        return str(item)
    if "name" in item:
        return str(item["name"])
    names = [name for name in key if name in item] or sorted(item)[:1]
    return ",".join(f"{name}={item[name]}" for name in names)


def _leftovers(path: Path, wanted: Any, live: Any, owned: Manifest) -> Iterator[Change]:
    """Fields we own that are wanted no longer: applying again removes them."""
    for field, children in owned.items():
        mark, _colon, rest = field.partition(":")
        if mark == "f":
            yield from _leftover_field(path, rest, wanted, live, children)
        elif mark == "k":
            key = json.loads(rest)
            item = _element(wanted, key)
            other = _element(live, key, whole=True)
            if item is ABSENT:
                if other is not ABSENT:
                    yield Change((*path, f"[{_label(other, key)}]"), other, ABSENT)
            elif children:
                yield from _leftovers((*path, f"[{_label(item, key)}]"), {**key, **item}, other, children)
        elif mark == "v":
            value = json.loads(rest)
            if not isinstance(wanted, list) or value not in wanted:
                yield Change((*path, f"[{value}]"), value, ABSENT)


def _leftover_field(path: Path, name: str, wanted: Any, live: Any, children: Manifest) -> Iterator[Change]:
    value = wanted.get(name, ABSENT) if isinstance(wanted, dict) else ABSENT
    other = live.get(name, ABSENT) if isinstance(live, dict) else ABSENT
    if value is ABSENT or value is None:
        if other is not ABSENT:
            yield Change((*path, name), other, ABSENT)
    elif children:
        yield from _leftovers((*path, name), value, other, children)


def _element(items: Any, key: Manifest, whole: bool = False) -> Any:
    if not isinstance(items, list):
        return ABSENT
    return next((item for item in items if _has_key(item, key, whole)), ABSENT)


def same(path: Path, wanted: Any, live: Any) -> bool:
    """Equality of JSON values; quantities are equal when their numbers are."""
    if wanted == live:
        # In Python True equals 1, in JSON it does not.
        return isinstance(wanted, bool) is isinstance(live, bool)
    if _is_quantity(path):
        number = quantity(wanted)
        return number is not None and number == quantity(live)
    return False


def _is_quantity(path: Path) -> bool:
    return bool(path) and (path[-1] in _QUANTITY_FIELDS or (len(path) > 1 and path[-2] in _QUANTITY_PARENTS))

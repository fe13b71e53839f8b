# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Plain JSON data out of whatever Ansible hands over."""

from __future__ import annotations

import json
from typing import Any, TypeAlias, cast

from .errors import EngineError

# A Kubernetes object is open JSON: its schema lives in the API server, not here.
Manifest: TypeAlias = dict[str, Any]

MAX_NODES = 200_000
MAX_DEPTH = 100
MAX_TEXT = 16 * 1024 * 1024


def plain(objects: Any, option: str = "objects") -> list[Manifest]:
    """Return `objects` as a list of untagged mappings, lists and scalars, free of shared references.

    JSON text of such a list is parsed. The size of anything else is counted before it is expanded: a YAML alias bomb
    is small in memory and endless as text.
    """
    if isinstance(objects, str):
        return _parsed(objects, option)
    if not isinstance(objects, (list, tuple)):
        raise _not_a_list(option)
    _refuse_oversize(objects, option)
    try:
        text = json.dumps(objects, default=_decrypted, allow_nan=False)
    except (TypeError, ValueError) as exc:
        raise EngineError([f"{option}: not plain JSON data: {exc}"]) from exc
    return cast("list[Manifest]", json.loads(text))


def _parsed(text: str, option: str) -> list[Manifest]:
    if len(text) > MAX_TEXT:
        raise _too_large(option)
    try:
        objects = json.loads(text)
    except (ValueError, RecursionError):
        objects = None
    if not isinstance(objects, list):
        raise _not_a_list(option)
    return objects


def _not_a_list(option: str) -> EngineError:
    # The value itself is not shown: it may hold secrets.
    return EngineError(
        [
            f"{option}: neither a list nor JSON text of one. Write: {option}: "
            "\"{{ lookup('openclaw.kubernetes.instance') | openclaw.kubernetes.manifests }}\""
        ]
    )


def _too_large(option: str) -> EngineError:
    return EngineError(
        [
            f"{option}: too large: more than {MAX_NODES} values, {MAX_TEXT // 1024 // 1024} MiB of text "
            f"or {MAX_DEPTH} levels (YAML aliases count each time they are used)"
        ]
    )


def _decrypted(value: Any) -> str:
    """Inline vaulted strings are not JSON strings; they decrypt when turned into text."""
    if getattr(value, "__ENCRYPTED__", False) or type(value).__name__ == "EncryptedString":
        return str(value)
    raise TypeError(f"a value of type {type(value).__name__} has no place in a Kubernetes object")


def _refuse_oversize(objects: Any, option: str) -> None:
    nodes = text = 0
    pending: list[tuple[Any, int]] = [(objects, 0)]
    while pending:
        value, depth = pending.pop()
        nodes += 1
        if isinstance(value, str):
            text += len(value)
        elif isinstance(value, dict):
            pending.extend((item, depth + 1) for item in value.values())
        elif isinstance(value, (list, tuple)):
            pending.extend((item, depth + 1) for item in value)
        if nodes > MAX_NODES or text > MAX_TEXT or depth > MAX_DEPTH:
            raise _too_large(option)

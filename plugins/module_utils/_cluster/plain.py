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
    """Return `objects` as untagged lists, mappings and scalars, free of shared references.

    The size is counted before anything is expanded: a YAML alias bomb is small in memory and
    endless as text.
    """
    _refuse_oversize(objects, option)
    try:
        text = json.dumps(objects, default=_decrypted, allow_nan=False)
    except (TypeError, ValueError) as exc:
        raise EngineError([f"{option}: not plain JSON data: {exc}"]) from exc
    return cast("list[Manifest]", json.loads(text))


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
            raise EngineError(
                [
                    f"{option}: too large: more than {MAX_NODES} values, {MAX_TEXT // 1024 // 1024} MiB of text "
                    f"or {MAX_DEPTH} levels (YAML aliases count each time they are used)"
                ]
            )

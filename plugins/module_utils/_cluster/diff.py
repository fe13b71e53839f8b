# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Differences as text, for `--diff`: what is live, what is wanted, nothing the server added."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from .fields import ABSENT, Change, Path
from .generated import SHOWN_GENERATED
from .identity import SECRETS_DIGEST
from .plain import Manifest
from .plan import CONFIGURED, CREATED, DELETED, Step

_BARE = re.compile(r"^[A-Za-z_/.][\w/.:@-]*$")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "~"})
_CONTEXT_LINES = 2
_INDENT = "  "

# A value as it may be shown; None shows it as it is.
Mask = Callable[[Path, Any], "str | None"]


def digest(value: Any) -> str:
    """A secret value, shown so that a change is visible and the value is not."""
    return f"sha256:{hashlib.sha256(str(value).encode()).hexdigest()[:8]}"


def of_step(step: Step, place: str, unforeseeable: bool) -> str:
    """The diff of one object; empty when it stays as it is. `place` is `<namespace>/<instance>`."""
    title = f"{place}: {step.title}"
    mask = _mask(step, unforeseeable)
    if step.action == CREATED and step.wanted is not None:
        return _document(title, "absent", "wanted", _created(step.wanted.manifest, mask))
    if step.action == CONFIGURED:
        return _document(title, "live", "wanted", _changed(step.changes, mask))
    if step.action == DELETED:
        return _document(title, "live", "absent", [f"-{step.title}"])
    return ""


def _mask(step: Step, unforeseeable: bool) -> Mask:
    """Secret values show as digests; what a check run cannot know looks the same in a real one."""
    generated = step.wanted.generated if step.wanted is not None else set()

    def mask(path: Path, value: Any) -> str | None:
        if step.kind.key == "Secret" and len(path) == 2 and path[0] == "data":
            return SHOWN_GENERATED if path[1] in generated else digest(value)
        if unforeseeable and step.live is None and path[-1:] == (SECRETS_DIGEST,):
            return SHOWN_GENERATED
        return None

    return mask


def _document(title: str, before: str, after: str, body: Iterable[str]) -> str:
    """One object's section of a diff."""
    return "\n".join([f"--- {title} ({before})", f"+++ {title} ({after})", *body, ""])


def _created(wanted: Manifest, mask: Mask) -> list[str]:
    """The wanted object, all of it new."""
    return [f"+{line}" for line in _block((), wanted, mask)]


def _changed(found: Iterable[Change], mask: Mask) -> list[str]:
    """Hunks of the fields that differ, grouped under the path they share."""
    lines: list[str] = []
    for parent, group in groupby(found, key=lambda change: change.path[:-1]):
        lines.append(f"@@ {dotted(parent) or '.'}")
        for change in group:
            lines.extend(_change(change, mask))
    return lines


def dotted(path: Path) -> str:
    """`spec.template.spec.containers[openclaw].image`"""
    text = ""
    for step in path:
        if step.startswith("["):
            text += step
        else:
            text += f".{step}" if text else step
    return text


def _change(change: Change, mask: Mask) -> Iterator[str]:
    if change.owner:
        yield f" {change.path[-1]}: (taken into ownership)"
        return
    if _is_long_text(change) and mask(change.path, change.wanted) is None:
        yield f" {change.path[-1]}: |"
        yield from _text_diff(change.live, change.wanted)
        return
    for sign, value in (("-", change.live), ("+", change.wanted)):
        if value is not ABSENT:
            yield from (f"{sign}{line}" for line in _entry(change.path, value, mask))


def _is_long_text(change: Change) -> bool:
    texts = (change.live, change.wanted)
    return all(isinstance(text, str) for text in texts) and any("\n" in text for text in texts)


def _text_diff(live: str, wanted: str) -> Iterator[str]:
    pairs = difflib.unified_diff(live.splitlines(), wanted.splitlines(), n=_CONTEXT_LINES, lineterm="")
    for line in list(pairs)[2:]:
        yield line if line.startswith("@@") else f"{line[0]}{_INDENT}{line[1:]}"


def _block(path: Path, value: Any, mask: Mask) -> list[str]:
    """Nested data in the manner of YAML; short, stable, for reading only."""
    if isinstance(value, dict) and value:
        return [line for key, item in value.items() for line in _entry((*path, str(key)), item, mask)]
    if isinstance(value, list) and value:
        lines: list[str] = []
        for index, item in enumerate(value):
            first, *rest = _block((*path, f"[{index}]"), item, mask)
            lines.append(f"- {first}")
            lines.extend(f"{_INDENT}{line}" for line in rest)
        return lines
    return [_scalar(path, value, mask)]


def _entry(path: Path, value: Any, mask: Mask) -> list[str]:
    name = path[-1]
    if mask(path, value) is None:
        if isinstance(value, (dict, list)) and value:
            return [f"{name}:", *(f"{_INDENT}{line}" for line in _block(path, value, mask))]
        if isinstance(value, str) and "\n" in value:
            return [f"{name}: |", *(f"{_INDENT}{line}" for line in value.splitlines())]
    return [f"{name}: {_scalar(path, value, mask)}"]


def _scalar(path: Path, value: Any, mask: Mask) -> str:
    masked = mask(path, value)
    if masked is not None:
        return masked
    if isinstance(value, str) and _BARE.match(value) and value.lower() not in _RESERVED:
        return value
    return json.dumps(value, ensure_ascii=False)

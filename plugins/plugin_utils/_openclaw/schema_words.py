# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of values that JSON has, and how to speak of them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence

_MAX_SHOWN = 60
MAX_CHOICES = 12
_ALIKE = 0.65
ARTICLES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a map",
    "string": "text",
}


def nearest(name: str, known: Sequence[str]) -> str:
    """Return the end of a sentence that names what somebody who typed I(name) most likely meant."""
    found = difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE)
    return f" Did you mean {found[0]}?" if found else ""


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


KINDS: Mapping[str, Callable[[object], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: is_number(value) and float(str(value)).is_integer(),
    "null": lambda value: value is None,
    "number": is_number,
    "object": lambda value: isinstance(value, Mapping),
    "string": lambda value: isinstance(value, str),
}


def types_of(node: Mapping[str, object]) -> tuple[str, ...]:
    """Return the kinds of values that a part of a schema takes."""
    types = node.get("type", tuple(KINDS))
    return (types,) if isinstance(types, str) else tuple(map(str, types if isinstance(types, (list, tuple)) else ()))


def kind_of(value: object) -> str:
    """Return what a person calls the kind of I(value)."""
    return next((ARTICLES[name] for name, is_kind in KINDS.items() if is_kind(value)), "unknown")


def either(words: Sequence[str]) -> str:
    """Return the words as a choice between them."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def shown(value: object) -> str:
    """Return a value as an error may show it."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def any_of_these(choices: Sequence[object]) -> str:
    """Return the sentence that names the only values that can stand somewhere."""
    words = [choice if isinstance(choice, str) else json.dumps(choice) for choice in choices]
    if len(words) == 1:
        return f"must be {words[0]}."
    more = ", …" if len(words) > MAX_CHOICES else ""
    return f"must be one of {', '.join(words[:MAX_CHOICES])}{more}."

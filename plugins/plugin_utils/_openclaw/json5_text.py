# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON5 text to plain data, strict about what JSON5 readers are lax about."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import NoReturn

try:
    import json5

    JSON5_ERROR: Exception | None = None
except ImportError as error:
    JSON5_ERROR = error

MAX_BYTES = 256 * 1024
_MAX_DEPTH = 64
_PLACE = re.compile(r"<string>:(?P<line>\d+)\s+(?P<reason>.*?)\s+at column (?P<column>\d+)\s*$", re.DOTALL)
_KIBIBYTE = 1024


class Json5Error(ValueError):
    """Text that is not the JSON5 document it should be; says line and column where they are known."""


class Json5Missing(Json5Error):
    """The package that reads JSON5 is not there, so nobody can say what the text is."""


class _Refused(Exception):
    """What a hook refuses. Not a ValueError, which the parsers would take for a mistake in the syntax."""


def _unique(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise _Refused(f'the key "{key}" stands twice in one object. Remove one of them.')
        result[key] = value
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not a number that OpenClaw can read.")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse_constant(digits)


def _depth(text: str) -> int:
    """Return how deep brackets nest, strings left out roughly: enough to stop before the parser's recursion does."""
    deepest = depth = 0
    quote = ""
    skip = False
    for character in text:
        if skip:
            skip = False
        elif character == "\\":
            skip = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}]":
            depth -= 1
        elif character == "\n":
            quote = ""
    return deepest


def _demand_package() -> None:
    if JSON5_ERROR is not None:
        raise Json5Missing("the Python package json5 is not installed beside ansible-core. Run: pip install json5")


def _parse_json5(text: str) -> object:
    _demand_package()
    try:
        return json5.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)
    except ValueError as error:
        place = _PLACE.search(str(error))
        if place is None:
            raise Json5Error(f"is not JSON5: {error}") from None
        reason = place["reason"].rstrip(",").replace("\n", "\\n")
        raise Json5Error(f"is not JSON5: line {place['line']}, column {place['column']}: {reason}.") from None


def _parse(text: str) -> object:
    try:
        # Strict JSON is read a hundred times faster; most generated documents are.
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)
    except ValueError:
        return _parse_json5(text)


def parse_object(text: str) -> dict[str, object]:
    """Return the object in the JSON5 document I(text). Raises Json5Error (a ValueError) with the reason."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise Json5Error(f"has {size // _KIBIBYTE} KiB; at most {MAX_BYTES // _KIBIBYTE} KiB are allowed.")
    if _depth(text) > _MAX_DEPTH:
        raise Json5Error(f"is nested deeper than {_MAX_DEPTH} levels.")
    try:
        parsed = _parse(text)
    except _Refused as refusal:
        raise Json5Error(str(refusal)) from None
    except RecursionError:  # the json5 package takes about fourteen calls a level
        raise Json5Error("is nested too deeply for JSON5. Write it as a YAML map or as strict JSON.") from None
    if not isinstance(parsed, dict):
        raise Json5Error("is not an object. Write { ... }.")
    return parsed


def lax_value(text: str) -> object:
    """Return the value in the JSON5 text I(text), read as laxly as JSON5 readers do.

    Raises Json5Missing, and ValueError or RecursionError for text that is not JSON5.
    """
    _demand_package()
    value: object = json5.loads(text)
    return value

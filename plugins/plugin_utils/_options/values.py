# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One value of one option: coerced by Ansible's own argument specs, checked, and every problem in words."""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Iterable

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .formats import check_for
from .schema import Option

_MAX_SHOWN = 60
# Two letters swapped in a word of three are that far from it.
_ALIKE = 0.65
_WANTED = {
    "bool": "true or false. Write true or false",
    "int": "a whole number. Write it without quotes or units",
    "float": "a number. Write it without quotes or units",
    "list": "a list. Write one entry per line, each behind a dash",
    "dict": "a map. Write name: value pairs",
    "str": "text. Write it in quotes",
    "path": "a path. Write it in quotes",
}


def shown(option: Option, value: object) -> str:
    """Return I(value) as an error may show it: short, and never a secret."""
    if option.secret:
        return "(value hidden)"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that somebody who typed I(name) most likely meant."""
    found = difflib.get_close_matches(name, list(known), cutoff=_ALIKE)
    # The same letters in another order are a slip of the fingers, also where another name is as near.
    return next((other for other in found if sorted(other) == sorted(name)), found[0]) if found else None


@functools.cache
def validator(option: Option) -> ArgumentSpecValidator:
    """Return what checks type and choices of one option; making it takes longer than using it."""
    kept = ("type", "elements", "choices", "options", "required_together", "no_log")
    return ArgumentSpecValidator({option.name: {key: option.spec[key] for key in kept if key in option.spec}})


def _choice_problem(option: Option, value: object) -> str | None:
    choices = option.spec.get("choices")
    if not isinstance(choices, list):
        return None
    for entry in value if isinstance(value, list) else [value]:
        if entry not in choices:
            near = nearest(str(entry), map(str, choices))
            hint = f" Did you mean {near}?" if near else ""
            return f"{shown(option, entry)} is not one of {', '.join(map(str, choices))}.{hint}"
    return None


def _format_problem(option: Option, value: object) -> str | None:
    check = check_for(option.name)
    if check is None:
        return None
    for entry in value if isinstance(value, list) else [value]:
        # An empty text is how a survey says "not set" for an option without a default.
        if isinstance(entry, str) and (entry or option.default is not None):
            reason = check(entry)
            if reason is not None:
                return f"{shown(option, entry)} {reason}"
    return None


def coerce(option: Option, value: object) -> tuple[object, str | None]:
    """Return the value in the option's type and, if there is one, the problem with it."""
    if option.type == "str" and isinstance(value, float):
        # 2026.10 without quotes is the number 2026.1: text that YAML has changed already cannot be trusted.
        return value, f"{shown(option, value)} was read as a number, which can lose digits. Write it in quotes."
    if option.type == "str" and isinstance(value, (dict, list, bool)):
        return value, f"{shown(option, value)} is not {_WANTED['str']}."
    result = validator(option).validate({option.name: value})
    coerced = result.validated_parameters.get(option.name)
    if result.error_messages:
        problem = _choice_problem(option, coerced if coerced is not None else value)
        return value, problem or f"{shown(option, value)} is not {_WANTED.get(option.type, option.type)}."
    return coerced, _format_problem(option, coerced)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about updates that need to know OpenClaw's versions."""

from __future__ import annotations

from collections.abc import Mapping

from .update_window import KEYS, window
from .versions import bounds

Instance = Mapping[str, object]


def constraint_unreadable(instance: Instance) -> list[str]:
    """A constraint that is misread would let in what it was to keep out."""
    try:
        bounds(str(instance["update_constraint"] or ""))
    except ValueError as part:
        return [
            f'openclaw_update_constraint  "{part}" is not a version with a sign before it. Write for example '
            ">=2026.9, <2026.12."
        ]
    return []


def window_unusable(instance: Instance) -> list[str]:
    """A window that is misread would be open at another time."""
    given = instance["update_windows"]
    problems = []
    for name, value in (given if isinstance(given, Mapping) else {}).items():
        at = f"openclaw_update_windows  {name}:"
        try:
            if not isinstance(value, Mapping):
                raise ValueError(f"is not a map of {', '.join(KEYS)}.")
            window(value)
        except ValueError as reason:
            problems.append(f"{at} {reason}")
    return problems


RULES = (constraint_unreadable, window_unusable)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about updates: their steps, their waves, and what is counted."""

from __future__ import annotations

import re
from collections.abc import Callable

from .access import Instance, entries, mapping, whole

_WAVE = re.compile(r"[1-9][0-9]*|(100|[1-9]?[0-9])%")
_VERSION = re.compile(r"20\d\d\.\d{1,2}\.\d{1,4}(-((alpha|beta)\.)?\d{1,4})?")
_MANY = 10**6
# The least and the most, and what is wrong with anything else.
_RANGES = {
    "update_max_failures": (1, _MANY, "less than 1: no update would begin."),
    "update_max_failed_percentage": (0, 100, "not between 0 and 100."),
    "rollback_keep": (2, _MANY, "less than 2: there would be nothing to go back to."),
}


def steps_unknown(instance: Instance) -> list[str]:
    """A step is a release."""
    return [
        f'openclaw_update_steps  "{step}" is not a release. Write for example "2026.9.6", in quotes.'
        for step in map(str, entries(instance, "update_steps"))
        if not _VERSION.fullmatch(step)
    ]


def waves_unusable(instance: Instance) -> list[str]:
    """A wave is a number of instances, or a share of them."""
    return [
        f'openclaw_update_waves  "{wave}" is neither a number nor a percentage. Write for example [1, "20%", "100%"].'
        for wave in entries(instance, "update_waves")
        if not _WAVE.fullmatch(str(wave)) or str(wave) == "0%"
    ]


def numbers_out_of_range(instance: Instance) -> list[str]:
    """Counts that would switch off what they count."""
    return [
        f"openclaw_{option}  {whole(instance, option)} is {reason}"
        for option, (least, most, reason) in _RANGES.items()
        if not least <= whole(instance, option) <= most
    ]


def automatic_without_windows(instance: Instance) -> list[str]:
    """A schedule that runs at noon restarts the gateway at noon."""
    if not instance["update_automatic_enabled"] or mapping(instance, "update_windows"):
        return []
    return [
        "openclaw_update_automatic_enabled  is true without openclaw_update_windows: the gateway restarts whenever the "
        "playbook update runs and there is a newer release."
    ]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    steps_unknown,
    waves_unusable,
    numbers_out_of_range,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (automatic_without_windows,)

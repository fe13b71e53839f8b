# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When an instance may be updated by itself: hours of days of the week, in a time zone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = ("days", "from", "until", "timezone")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Window:
    """From a time of some days until another time, of the next day if that is not later."""

    days: frozenset[int]
    begins: time
    ends: time
    zone: ZoneInfo

    def covers(self, now: datetime) -> bool:
        """Return whether I(now) lies in it: on the clock of its zone, also where that is put forward or back."""
        there = now.astimezone(self.zone)
        clock = there.time().replace(tzinfo=None)
        if self.begins < self.ends:
            return there.weekday() in self.days and self.begins <= clock < self.ends
        yesterday = (there - timedelta(days=1)).weekday()
        return (there.weekday() in self.days and clock >= self.begins) or (yesterday in self.days and clock < self.ends)


def window(given: Mapping[str, object]) -> Window:
    """Read a window, C({days, from, until, timezone}). Raises ValueError with what is wrong with it."""
    unknown = next((key for key in given if key not in KEYS), None)
    if unknown is not None:
        raise ValueError(f"{unknown}: is not one of {', '.join(KEYS)}.")
    days = given.get("days", list(DAYS))
    if not isinstance(days, list) or not days or any(day not in DAYS for day in days):
        raise ValueError(f"days: is not a list of {', '.join(DAYS)}.")
    begins, ends = _time(given, "from"), _time(given, "until")
    if begins == ends and {"from", "until"} & set(given):
        raise ValueError("begins when it ends. Leave both out for whole days.")
    return Window(
        frozenset(DAYS.index(str(day)) for day in days),
        begins,
        ends,
        _zone(given.get("timezone", "UTC")),
    )


def _time(given: Mapping[str, object], key: str) -> time:
    found = _TIME.fullmatch(str(given.get(key, "00:00")))
    if found is None:
        raise ValueError(f'{key}: "{given[key]}" is not a time of the day. Write for example "02:00", in quotes.')
    return time(int(found[1]), int(found[2]))


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise ValueError(f'timezone: "{name}" is not known here. Write for example Europe/Berlin.') from None


def is_open(windows: Mapping[str, object], now: datetime) -> bool:
    """Return whether one of the windows is open. Without any it always is."""
    return not windows or any(window(given).covers(now) for given in windows.values() if isinstance(given, dict))

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenClaw's versions: months of the calendar, a number in them, and what comes before and after a release.

C(2026.9.6-alpha.1) < C(2026.9.6-beta.2) < C(2026.9.6) < C(2026.9.6-1), the last being a correction. From number 33 on
a month is maintained apart from the regular releases.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

STABLE, EXTENDED_STABLE, BETA = "stable", "extended-stable", "beta"

_ALPHA, _BETA, _FINAL = 0, 1, 2
_STAGES = {"alpha": _ALPHA, "beta": _BETA}
_TAG = re.compile(r"v?(20\d\d)\.(\d{1,2})\.(\d{1,4})(?:-(alpha|beta)\.(\d{1,4})|-(\d{1,4}))?(?:-([a-z][a-z0-9-]*))?")
_PART = re.compile(r"\s*(==|!=|>=|<=|>|<)?\s*v?(\d{4}(?:\.\d{1,2}(?:\.\d{1,4}(?:-[a-z0-9.-]+)?)?)?)\s*")
_MAINTAINED = 33
# A release repairs what was retired in about two months before it. Whoever comes from further back stops on the way.
MOST_MONTHS = 2

_COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    "": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True, order=True)
class Version:
    """A release, in the order in which they came."""

    year: int
    month: int
    patch: int
    stage: int = _FINAL
    number: int = 0

    @property
    def is_final(self) -> bool:
        return self.stage == _FINAL

    @property
    def is_maintenance(self) -> bool:
        """Whether it is a release of a month that is over, kept up for those who stay on it."""
        return self.patch >= _MAINTAINED

    @property
    def months(self) -> int:
        return self.year * 12 + self.month

    @property
    def parts(self) -> tuple[int, ...]:
        return self.year, self.month, self.patch

    def __str__(self) -> str:
        base = f"{self.year}.{self.month}.{self.patch}"
        stage = next((name for name, stage in _STAGES.items() if stage == self.stage), "")
        if stage:
            return f"{base}-{stage}.{self.number}"
        return f"{base}-{self.number}" if self.number else base


@dataclass(frozen=True)
class Release:
    """What a tag names: a version, and which build of it, such as C(slim)."""

    tag: str
    version: Version
    variant: str = ""


def release(tag: str) -> Release | None:
    """Return the release that an image tag names; None for one that names none, such as C(latest)."""
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    year, month, patch, stage, number, correction, variant = found.groups()
    if not 1 <= int(month) <= 12:
        return None
    version = Version(
        int(year), int(month), int(patch), _STAGES.get(stage or "", _FINAL), int(number or correction or 0)
    )
    return Release(tag, version, variant or "")


# -- channels and constraints --------------------------------------------------------------------------------------

_CHANNELS: dict[str, Callable[[Version], bool]] = {
    STABLE: lambda version: version.is_final and not version.is_maintenance,
    EXTENDED_STABLE: lambda version: version.is_final and version.is_maintenance,
    # The newest of both: a beta that was overtaken by its release is not offered any more.
    BETA: lambda version: version.stage >= _BETA and not version.is_maintenance,
}
CHANNELS = tuple(_CHANNELS)


@dataclass(frozen=True)
class Bound:
    """One part of a constraint. Of a version that is written short only what is written counts."""

    sign: str
    parts: tuple[int, ...]
    version: Version | None = None

    def admits(self, version: Version) -> bool:
        """Return whether a version keeps to it."""
        compare = _COMPARISONS[self.sign]
        if self.version is not None:
            return compare(version, self.version)
        return compare(version.parts[: len(self.parts)], self.parts)


def bounds(constraint: str) -> list[Bound]:
    """Read a constraint such as C(>=2026.9, !=2026.9.4). Raises ValueError with the part that is none."""
    return [_bound(part) for part in constraint.split(",")] if constraint.strip() else []


def _bound(part: str) -> Bound:
    found = _PART.fullmatch(part)
    whole = release(found[2]) if found else None
    if found is None or ("-" in found[2] and (whole is None or whole.variant)):
        raise ValueError(part.strip())
    parts = tuple(int(number) for number in found[2].partition("-")[0].split("."))
    return Bound(found[1] or "", parts, whole.version if whole else None)


def offered(
    tags: Iterable[str], *, channel: str, constraint: str = "", variant: str = "", without: Iterable[Version] = ()
) -> list[Release]:
    """Return the releases among I(tags) that fit, the oldest first. I(without) are those that failed here."""
    wanted, failed = bounds(constraint), set(without)
    found = {each.version: each for tag in tags if (each := release(tag)) and each.variant == variant}
    return [
        found[version]
        for version in sorted(found)
        if _CHANNELS[channel](version) and version not in failed and all(bound.admits(version) for bound in wanted)
    ]


# -- the way -------------------------------------------------------------------------------------------------------


def skipped(running: Version, target: Version, steps: Iterable[Version] = ()) -> str:
    """Return why an update from one to the other must not be one step; empty if it may."""
    between = sorted(step for step in steps if running < step < target)
    if between:
        return f"{between[0]} must not be skipped (openclaw_update_steps)"
    if target.months - running.months > MOST_MONTHS:
        return (
            f"it is {target.months - running.months} months newer, and a release repairs what was retired in the "
            f"{MOST_MONTHS} months before it alone"
        )
    return ""


def next_step(running: Version, releases: Sequence[Release], steps: Iterable[Version] = ()) -> Release | None:
    """Return the furthest of I(releases) that one step may go to; None if there is nothing newer."""
    on_the_way = list(steps)
    reachable = [each for each in releases if each.version > running and not skipped(running, each.version, on_the_way)]
    return reachable[-1] if reachable else None

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two people write one file: what was applied last, what the instance made of it, and what the inventory says now.

Pure: three configurations in, one out, with everything a person has to know about it. What only one side changed is
kept. Where both changed the same setting to something else, the inventory wins, and the conflict is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from .config_layers import named
from .config_paths import INSTANCE, INVENTORY, Path, Rules, dotted

_BOTH = "both"
# Written by OpenClaw itself, for itself: without it, it takes the file for a damaged one.
_ALWAYS_INSTANCE: dict[Path, str] = {("meta",): INSTANCE}


class _Absent:
    """No value at all, which is something else than null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


@dataclass(frozen=True)
class Conflict:
    """A setting that the instance changed and the inventory has another value for; that of the inventory was taken."""

    path: str
    theirs: object
    ours: object
    protected: bool = False


@dataclass
class Merged:
    """The result of a merge, and what it took from whom.

    conflicts: edits that were undone. removals: what left the inventory and so the file. edits: paths of what the
    instance has changed, and keeps.
    """

    config: dict[str, object] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    removals: list[str] = field(default_factory=list)
    edits: list[str] = field(default_factory=list)


def merged(
    base: Mapping[str, object] | None,
    theirs: Mapping[str, object] | None,
    ours: Mapping[str, object],
    rules: Rules | None = None,
) -> Merged:
    """Return what becomes of the file: I(base) was applied last, I(theirs) is in the instance, I(ours) is wanted.

    Without I(theirs) there is nothing to merge with. Without I(base) every difference is one that both made.
    """
    if theirs is None:
        return Merged(config=dict(ours))
    given = rules or Rules()
    merge = _Merge(Rules(owners={**_ALWAYS_INSTANCE, **given.owners}, keys=given.keys))
    found = merge.maps(_Sides(ABSENT if base is None else base, theirs, ours), (), _BOTH)
    merge.result.config = found if isinstance(found, dict) else {}
    return merge.result


@dataclass(frozen=True)
class _Sides:
    """One place in the three configurations."""

    base: object
    theirs: object
    ours: object

    def each(self, change: Callable[[object], object]) -> _Sides:
        return _Sides(change(self.base), change(self.theirs), change(self.ours))

    def at(self, key: str) -> _Sides:
        return self.each(lambda side: side.get(key, ABSENT) if isinstance(side, Mapping) else ABSENT)

    @property
    def keys(self) -> Iterable[str]:
        return dict.fromkeys(
            key for side in (self.theirs, self.ours, self.base) if isinstance(side, Mapping) for key in side
        )

    @property
    def are_maps(self) -> bool:
        """Whether the place can be merged key by key: both sides have a map there, or one of them has nothing yet.

        A map that the instance removed altogether is one change: half of it would be worth nothing.
        """
        if isinstance(self.theirs, Mapping) and isinstance(self.ours, Mapping):
            return True
        if self.theirs is ABSENT:
            return self.base is ABSENT and isinstance(self.ours, Mapping)
        base_fits = self.base is ABSENT or isinstance(self.base, Mapping)
        return self.ours is ABSENT and isinstance(self.theirs, Mapping) and base_fits

    def by_name(self, key: str) -> _Sides | None:
        """Return the lists of the place as maps by the names of their entries; None where that cannot be done."""
        if not key or self.theirs is ABSENT:
            return None
        lists = self.each(lambda side: side if side is ABSENT else named(side, key))
        return None if None in (lists.base, lists.theirs, lists.ours) else lists


class _Merge:
    """One merge under way."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.result = Merged()

    def _place(self, sides: _Sides, path: Path, above: str) -> object:
        owner = self._rules.owner(path, above)
        if sides.are_maps:
            return self.maps(sides, path, owner)
        lists = sides.by_name(self._rules.key(path))
        if lists is not None:
            return self._entries(lists, path, owner)
        return self._value(sides, path, owner)

    def maps(self, sides: _Sides, path: Path, owner: str) -> object:
        """Merge key by key; a map that stays empty is there if the side that changed that says so."""
        found = {key: self._place(sides.at(key), (*path, key), owner) for key in sides.keys}
        kept = {key: value for key, value in found.items() if value is not ABSENT}
        return kept if kept or self._stays(sides, owner) else ABSENT

    @staticmethod
    def _stays(sides: _Sides, owner: str) -> bool:
        there = {INVENTORY: sides.ours is not ABSENT, INSTANCE: sides.theirs is not ABSENT}
        if owner == _BOTH:
            changed = there[INSTANCE] != (sides.base is not ABSENT)
            return there[INSTANCE if changed else INVENTORY]
        return there[owner]

    def _entries(self, sides: _Sides, path: Path, owner: str) -> object:
        """Merge a list by the names of its entries. An entry that one side removed is removed or kept as a whole."""
        found = {}
        for name in sides.keys:
            entry, at = sides.at(name), (*path, name)
            whole = ABSENT in (entry.theirs, entry.ours)
            merge = self._value if whole else self._place
            found[name] = merge(entry, at, self._rules.owner(at, owner) if whole else owner)
        kept = {name: value for name, value in found.items() if value is not ABSENT}
        if not kept and not self._stays(sides, owner):
            return ABSENT
        return [kept[name] for name in self._order(sides) if name in kept]

    @staticmethod
    def _order(sides: _Sides) -> Iterable[str]:
        """The inventory's order if it changed there, else the instance's; what only the other side has comes last."""
        each = (sides.base, sides.theirs, sides.ours)
        base, theirs, ours = (list(side) if isinstance(side, Mapping) else [] for side in each)
        lead, rest = (theirs, ours) if ours == base else (ours, theirs)
        return dict.fromkeys([*lead, *rest])

    def _value(self, sides: _Sides, path: Path, owner: str) -> object:
        if owner == INSTANCE:
            return self._theirs(sides, path, owner)
        if same(sides.theirs, sides.ours):
            return sides.ours
        if same(sides.theirs, sides.base):
            if sides.ours is ABSENT:
                self.result.removals.append(dotted(path))
            return sides.ours
        if owner == _BOTH and same(sides.ours, sides.base):
            return self._theirs(sides, path, owner)
        return self._conflict(sides, path, owner == INVENTORY)

    def _theirs(self, sides: _Sides, path: Path, owner: str) -> object:
        """Take what the instance has, but not past a rule about something deeper."""
        if self._rules.reach_below(path):
            if isinstance(sides.theirs, Mapping):
                return self.maps(_Sides(ABSENT, sides.theirs, ABSENT), path, owner)
            if isinstance(sides.ours, Mapping) and sides.theirs is ABSENT:
                return self.maps(_Sides(sides.base, {}, sides.ours), path, owner) or ABSENT
            if isinstance(sides.ours, Mapping):
                return self._conflict(sides, path, True)
        if owner == _BOTH:
            self.result.edits.append(dotted(path))
        return sides.theirs

    def _conflict(self, sides: _Sides, path: Path, protected: bool) -> object:
        self.result.conflicts.append(Conflict(dotted(path), sides.theirs, sides.ours, protected))
        return sides.ours


def same(one: object, other: object) -> bool:
    """Whether two values are the same JSON: true is not 1 there."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths into the configuration as people write them: keys with dots between them, C(*) for any one key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Path = tuple[str, ...]

ANY = "*"
_KEY = re.compile(r"[^\s.*\[\]]+|\*")

INVENTORY = "inventory"
INSTANCE = "instance"


def parsed(text: str) -> Path:
    """Return the keys of a path. Raises ValueError with what is wrong with it."""
    keys = tuple(text.split("."))
    if not all(_KEY.fullmatch(key) for key in keys):
        raise ValueError("is not a path. Write keys with dots between them, and * for any one key.")
    return keys


def dotted(path: Path) -> str:
    """Return the path as people write it."""
    return ".".join(path)


def fits(pattern: Path, path: Path) -> bool:
    """Whether the two say the same, as far as the shorter one goes."""
    return all(wanted in (ANY, key) for wanted, key in zip(pattern, path, strict=False))


@dataclass(frozen=True)
class Rules:
    """Who has the say at which path, and which lists have entries with names.

    owners: INVENTORY or INSTANCE by pattern. keys: the key that names an entry, by the pattern of its list.
    """

    owners: Mapping[Path, str] = field(default_factory=dict)
    keys: Mapping[Path, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, protected: Iterable[str] = (), ignored: Iterable[str] = (), keys: Mapping[str, object] | None = None
    ) -> Rules:
        """Return the rules of these options; where two paths are the same, the inventory has the say."""
        return cls(
            owners={
                parsed(path): owner for owner, paths in ((INSTANCE, ignored), (INVENTORY, protected)) for path in paths
            },
            keys={parsed(path): str(key) for path, key in (keys or {}).items()},
        )

    def owner(self, path: Path, above: str) -> str:
        """Return who has the say at I(path), where I(above) has it one step higher."""
        found = [owner for pattern, owner in self.owners.items() if len(pattern) == len(path) and fits(pattern, path)]
        return INVENTORY if INVENTORY in found else (found or [above])[0]

    def reach_below(self, path: Path) -> bool:
        """Whether somebody has the say at something below I(path)."""
        return any(len(pattern) > len(path) and fits(pattern, path) for pattern in self.owners)

    def key(self, path: Path) -> str:
        """Return the key that names the entries of the list at I(path); empty for a list that is one value."""
        return next(
            (key for pattern, key in self.keys.items() if len(pattern) == len(path) and fits(pattern, path)), ""
        )

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who contributed which setting of the declared configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .config_live import shown
from .config_merge import ABSENT, same
from .config_paths import Path, dotted

Contribution = tuple[str, Mapping[str, object]]
_GAP = "  "
_TRANSLATED = "openclaw_config, under a retired name"


@dataclass(frozen=True)
class Origin:
    """One setting, and whose it is: the last one that set it, or all of a list that was joined."""

    path: str
    value: object
    sources: tuple[str, ...]


def origins(declared: Mapping[str, object], contributions: Iterable[Contribution]) -> list[Origin]:
    """Return every setting of I(declared) with its sources; I(contributions) stand in the order in which they count."""
    given = list(contributions)
    return [Origin(dotted(path), value, _sources(path, value, given)) for path, value in _settings(declared, ())]


def lines(found: Iterable[Origin]) -> list[str]:
    """Return one line for each setting: path, value, sources. What may be a secret is not shown."""
    cells = [(one.path, shown(one.path, one.value), ", ".join(one.sources)) for one in found]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(2)]
    return [
        f"{path.ljust(widths[0])}{_GAP}{value.ljust(widths[1])}{_GAP}{sources}".rstrip()
        for path, value, sources in cells
    ]


def _settings(value: Mapping[str, object], at: Path) -> Iterator[tuple[Path, object]]:
    for key, child in sorted(value.items()):
        if isinstance(child, Mapping) and child:
            yield from _settings(child, (*at, key))
        else:
            yield (*at, key), child


def _sources(path: Path, value: object, contributions: list[Contribution]) -> tuple[str, ...]:
    mentions = [(name, _at(config, path)) for name, config in contributions]
    naming = [(name, found) for name, found in mentions if found is not ABSENT]
    if isinstance(value, list) and not any(same(found, value) for _name, found in naming[-1:]):
        return tuple(name for name, found in naming if isinstance(found, list))
    # A setting that nobody wrote under this name was declared under one that OpenClaw has retired.
    return tuple(name for name, _found in naming[-1:]) or (_TRANSLATED,)


def _at(config: object, path: Path) -> object:
    for key in path:
        config = config.get(key, ABSENT) if isinstance(config, Mapping) else ABSENT
    return config

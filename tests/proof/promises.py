# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of promises: what the project says it does, and what shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LIST = Path(__file__).resolve().with_name("promises.yml")


@dataclass(frozen=True)
class Measured:
    """A figure that another command wrote down, with its limit."""

    name: str
    by: str
    """The command to type for it."""
    at_most: float | None = None
    at_least: float | None = None

    def holds(self, value: float) -> bool:
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)


@dataclass(frozen=True)
class Command:
    """A command that shows the promise by ending well."""

    argv: tuple[str, ...]
    counts: str = ""
    """Regular expression; what it finds in the output is the figure, and it has to find something."""
    noun: str = ""
    """What is counted. Without it the figure is what the expression's group holds."""


@dataclass(frozen=True)
class Promise:
    """Exactly one of tests, command and measured shows it."""

    id: str
    area: str
    says: str
    tests: tuple[str, ...] = ()
    """pytest node ids: a file, a test, or one case of a test."""
    command: Command | None = None
    measured: Measured | None = None


def read(path: Path = LIST) -> tuple[dict[str, str], list[Promise]]:
    """Returns the areas with their titles, and the promises in the order of the list."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    promises = [_promise(area, entry) for area, content in document.items() for entry in content["promises"]]
    return {area: content["title"] for area, content in document.items()}, promises


def _promise(area: str, entry: dict[str, Any]) -> Promise:
    known = dict(entry)
    tests = tuple(known.pop("tests", ()))
    command = known.pop("command", None)
    measured = known.pop("measured", None)
    return Promise(
        area=area,
        tests=tests,
        command=Command(tuple(command["run"].split()), *(command.get(key, "") for key in ("counts", "noun")))
        if command
        else None,
        measured=Measured(**measured) if measured else None,
        **known,
    )

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a promise's test, command or figure came to, in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from console import duration
from figures import Figure
from promises import Command, Measured, Promise


@dataclass(frozen=True)
class Verdict:
    holds: bool
    figure: str

    @property
    def word(self) -> str:
        return "ok" if self.holds else "FALLS SHORT"


@dataclass(frozen=True)
class Case:
    """One pytest case of the run."""

    node: str
    outcome: str
    """passed, failed or skipped."""
    reason: str = ""
    figures: tuple[str, ...] = field(default=())
    """What the test recorded with `record_property("figure", ...)`: words that stand for themselves."""
    seconds: float | None = None
    """What it recorded with `record_property("seconds", ...)`: how long the thing took that the promise is about."""


def read_cases(junit: Path) -> list[Case]:
    if not junit.is_file():
        return []
    return [_case(element) for element in ElementTree.parse(junit).iter("testcase")]


def _case(element: ElementTree.Element) -> Case:
    node = f"{element.get('classname', '').replace('.', '/')}.py::{element.get('name')}"
    properties = [(entry.get("name"), entry.get("value", "")) for entry in element.iterfind("properties/property")]
    figures = tuple(value for name, value in properties if name == "figure")
    seconds = max((float(value) for name, value in properties if name == "seconds"), default=None)
    for tag, outcome in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = element.find(tag)
        if found is not None:
            return Case(node, outcome, (found.get("message") or "").strip().split("\n")[0], figures, seconds)
    return Case(node, "passed", figures=figures, seconds=seconds)


def of_tests(wanted: Iterable[str], cases: Iterable[Case]) -> Verdict:
    """All cases of the named tests passed, and each name has at least one."""
    seen = list(cases)
    ours: dict[str, Case] = {}
    for name in wanted:
        matching = [case for case in seen if case.node == name or case.node.startswith((f"{name}::", f"{name}["))]
        if not matching:
            return Verdict(False, f"{name} did not run")
        ours.update({case.node: case for case in matching})
    bad = [case for case in ours.values() if case.outcome != "passed"]
    if bad:
        name = bad[0].node.rpartition("::")[2]
        return Verdict(False, f"{len(bad)} of {len(ours)} cases {bad[0].outcome}, first {name}: {bad[0].reason[:120]}")
    figures = list(dict.fromkeys(text for case in ours.values() for text in case.figures))
    seconds = [case.seconds for case in ours.values() if case.seconds is not None]
    if seconds:
        figures.append(f"at most {duration(max(seconds))}")
    count = f"{len(ours)} case{'s' if len(ours) > 1 else ''}"
    return Verdict(True, "; ".join([*figures, count]))


def of_command(command: Command, code: int, output: str) -> Verdict:
    found = [match.group(match.re.groups and 1) for match in re.finditer(command.counts, output, re.MULTILINE)]
    if code != 0:
        return Verdict(False, f"{' '.join(command.argv)}: exit code {code}")
    if command.counts and not found:
        return Verdict(False, f"{' '.join(command.argv)}: shows no {command.noun or 'figure'}")
    if command.noun:
        return Verdict(True, f"{len(found)} {command.noun}")
    return Verdict(True, ", ".join(found) or "ends well")


def of_measured(measured: Measured, figures: Mapping[str, Figure]) -> Verdict:
    figure = figures.get(measured.name)
    if figure is None:
        return Verdict(False, f"not measured: {measured.by}")
    return Verdict(measured.holds(figure.value), figure.text)


def nodes_to_run(promises: Iterable[Promise]) -> list[str]:
    """Each test once, although several promises may name it, or its file."""
    wanted = list(dict.fromkeys(name for promise in promises for name in promise.tests))
    return [name for name in wanted if not any(name.startswith((f"{other}::", f"{other}[")) for other in wanted)]

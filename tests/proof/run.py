# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the promises on a cluster, say of each whether it holds and with which figure, and write docs/proof.md.

Usage: run.py [AREA]      KUBECONFIG and OPENCLAW_TEST_* lead to the cluster; `make proof` sets them

Ends with 1 if a promise falls short.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]

import figures  # noqa: E402
import machine  # noqa: E402
import source  # noqa: E402
from cluster_access import SIDE_BY_SIDE  # noqa: E402
from console import Failure, Step, run_logged  # noqa: E402
from environment import BUILD, ROOT  # noqa: E402
from page import write_page  # noqa: E402
from promises import Promise, read  # noqa: E402
from verdict import Case, Verdict, nodes_to_run, of_command, of_measured, of_tests, read_cases  # noqa: E402

REPORTS = BUILD / "reports"
JUNIT = REPORTS / "proof.xml"
LOG = BUILD / "logs" / "proof.log"


@dataclass(frozen=True)
class Before:
    """What `make test` has shown of the same source, where that is to count."""

    cases: tuple[Case, ...] = ()
    targets: tuple[str, ...] = ()

    def output(self, argv: tuple[str, ...]) -> str | None:
        """Return what a make target printed; None if it did not pass, or was not run."""
        log = BUILD / "logs" / f"{argv[-1]}.log"
        shown = argv[0] == "make" and argv[-1] in self.targets and log.is_file()
        return log.read_text(encoding="utf-8") if shown else None


def main(area: str) -> int:
    areas, promises = read()
    if area and area not in areas:
        Failure(f"there is no area {area}", f"one of {', '.join(areas)}").show()
        return 1
    chosen = [promise for promise in promises if area in ("", promise.area)]
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text("", encoding="utf-8")
    earlier = before()
    cases = run_tests(nodes_to_run(chosen), earlier.cases)
    measured = figures.read_all()
    commands: dict[tuple[str, ...], tuple[int, str]] = {}
    verdicts = {promise.id: judge(promise, cases, measured, commands, earlier) for promise in chosen}
    for promise in chosen:
        verdict = verdicts[promise.id]
        print(f"{verdict.word:11}  {promise.id}  {verdict.figure:44}  {promise.says}")
    figures.record(measured)
    write_page(areas, chosen, verdicts, machine.sentence(machine.describe()))
    short = [name for name, verdict in verdicts.items() if not verdict.holds]
    print(f"\n{len(chosen) - len(short)} promises hold, {len(short)} fall short. The page: docs/proof.md")
    if short:
        print(f"  next    the log of the tests and commands: {LOG.relative_to(ROOT)}")
    return 1 if short else 0


def before() -> Before:
    """Return what the last `make test` in this checkout has shown, if that is to count (LAST=1)."""
    if not os.environ.get("PROOF_LAST"):
        return Before()
    targets = source.passed(REPORTS)
    if targets is None:
        raise Failure("LAST=1: the last `make test` was about another source", "make proof, without LAST")
    cases = (case for report in ("unit.xml", "integration.xml") for case in read_cases(REPORTS / report))
    return Before(tuple(cases), tuple(targets))


def run_tests(wanted: list[str], earlier: Sequence[Case]) -> list[Case]:
    """One pytest run for all that did not pass before; a failing test is a verdict, not an error."""
    JUNIT.parent.mkdir(parents=True, exist_ok=True)
    JUNIT.unlink(missing_ok=True)
    nodes = [node for node in wanted if not of_tests([node], earlier).holds]
    if not nodes:
        return list(earlier)
    step = Step(f"{len(nodes)} tests and files of tests")
    argv = [sys.executable, "-m", "pytest", "-v", "-rA", f"--junitxml={JUNIT}", *SIDE_BY_SIDE, *nodes]
    code, _output = run_logged(step, argv, LOG, os.environ, ROOT)
    cases = read_cases(JUNIT)
    again = {case.node for case in cases}
    earlier = [case for case in earlier if case.node not in again]
    if code not in (0, 1):
        step.finish(f"pytest ended with {code}")
    else:
        step.ok(f"({len(cases)} cases)")
    return [*earlier, *cases]


def judge(
    promise: Promise,
    cases: list[Case],
    measured: Mapping[str, figures.Figure],
    commands: dict[tuple[str, ...], tuple[int, str]],
    earlier: Before,
) -> Verdict:
    if promise.measured:
        return of_measured(promise.measured, measured)
    if promise.command:
        argv = promise.command.argv
        shown = earlier.output(argv)
        if shown is not None:
            commands[argv] = (0, shown)
        if argv not in commands:
            step = Step(" ".join(argv))
            commands[argv] = run_logged(step, argv, LOG, without_make(os.environ), ROOT)
            step.ok()
        return of_command(promise.command, *commands[argv])
    return of_tests(promise.tests, cases)


def without_make(inherited: Mapping[str, str]) -> dict[str, str]:
    """A make inside of make would take over its parent's flags."""
    return {name: value for name, value in inherited.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
    except Failure as failure:
        failure.show()
        sys.exit(1)

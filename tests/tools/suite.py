# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a change must pass, in one go: `suite.py test` and `suite.py test-all`.

Each step is a make target that also runs alone. A failing step does not stop the ones that do not need it, so one run
shows all that is wrong. The last line is plain: `N passed, N failed`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree

import figures
import source
from cluster_access import own_kubeconfig
from console import duration
from environment import BUILD, ROOT

REPORTS = BUILD / "reports"
LOGS = BUILD / "logs"


@dataclass(frozen=True)
class Part:
    """One step of the suite."""

    target: str
    reports: str = ""
    """Glob of the JUnit files it writes to build/reports; a part without any, and without a tally, is one case."""
    needs: str = ""
    """The part that must have passed before this one makes sense."""
    next_step: str = ""
    arguments: tuple[str, ...] = ()
    tally: str = ""
    """Pattern of its closing line, with the groups `passed` and `failed` or `total`."""


NETPOL_TALLY = r"(?P<passed>\d+) of (?P<total>\d+) NetworkPolicy specs pass"
CLUSTER = Part(
    "cluster",
    next_step="tests/cluster/cluster status; the logs are named there. `make cluster-down` clears what is left",
    arguments=("SET=test",),
)
GATE = (
    Part("lint", next_step="mend what it names; `make format` rewrites what ruff can"),
    Part("unit", "unit.xml", next_step="make unit"),
    CLUSTER,
    Part("integration", "integration.xml", "cluster", "make integration T=<file or test name>"),
    Part("matrix", "matrix-*.xml", next_step="make matrix"),
    Part("netpol", needs="cluster", next_step="tests/cluster/netpol shows the failing spec", tally=NETPOL_TALLY),
)
SLOW = (
    Part(
        "netpol",
        needs="cluster",
        next_step="tests/cluster/netpol --all",
        arguments=("NETPOL=--all",),
        tally=NETPOL_TALLY,
    ),
    Part(
        "proof",
        needs="cluster",
        next_step="make proof AREA=<area>",
        # What passed a moment ago is not run again.
        arguments=("LAST=1",),
        tally=r"(?P<passed>\d+) promises hold, (?P<failed>\d+) fall short",
    ),
    Part("bench", needs="cluster", next_step="make bench"),
)
EVERY_IMAGE = tuple(replace(part, arguments=("SET=all",)) if part is CLUSTER else part for part in GATE[:-1])
"""The gate without its last part, on a cluster that has the images of every test."""
NEEDS_BUILTIN = ("cluster", "netpol", "bench")
"""Left out when KUBECONFIG names a cluster of the person's own: nothing is installed on that machine's network."""


@dataclass
class Result:
    outcome: str
    seconds: float = 0.0
    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)
    next_step: str = ""
    note: str = ""


def main(arguments: list[str]) -> int:
    parts = GATE if arguments == ["test"] else (*EVERY_IMAGE, *SLOW)
    started = time.monotonic()
    cold = figures.machine_is_cold()
    REPORTS.mkdir(parents=True, exist_ok=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    source.note(REPORTS)
    results: dict[str, Result] = {}
    for number, part in enumerate(parts, start=1):
        results[part.target] = run(part, f"[{number}/{len(parts)}]", results)
    seconds = time.monotonic() - started
    code = summary(results, seconds)
    if cold and code == 0 and arguments == ["test"]:
        figures.write("test-cold", figures.Figure(seconds, duration(seconds), f"{os.cpu_count()} cores"))
    return code


def run(part: Part, position: str, earlier: dict[str, Result]) -> Result:
    if own_kubeconfig() and part.target in NEEDS_BUILTIN:
        return Result("not run", note="KUBECONFIG names a cluster of yours")
    needed = earlier.get(part.needs)
    if needed and needed.failed:
        return Result("FAILED", failed=1, next_step=needed.next_step, note=f"not run: it needs {part.needs}")
    print(f"\n{position} make {part.target} {' '.join(part.arguments)}".rstrip(), flush=True)
    started = time.monotonic()
    for old in REPORTS.glob(part.reports) if part.reports else ():
        old.unlink()
    code, output = stream(["make", "--no-print-directory", part.target, *part.arguments], LOGS / f"{part.target}.log")
    result = count(part, code, output)
    result.seconds = time.monotonic() - started
    result.next_step = part.next_step
    return result


def stream(argv: list[str], log: Path) -> tuple[int, str]:
    """Show the output as it comes and keep it."""
    lines = []
    with log.open("w", encoding="utf-8") as copy:
        process = subprocess.Popen(
            argv,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        for line in process.stdout or ():
            lines.append(line)
            copy.write(line)
            print(line, end="", flush=True)
    return process.wait(), "".join(lines)


def count(part: Part, code: int, output: str) -> Result:
    """How many cases passed and failed. A part that failed has at least one failed case."""
    passed, failed, skipped = junit_totals(REPORTS.glob(part.reports)) if part.reports else (0, 0, [])
    told = re.search(part.tally, output) if part.tally else None
    if told:
        numbers = {name: int(number) for name, number in told.groupdict().items()}
        passed = numbers["passed"]
        failed = numbers["failed"] if "failed" in numbers else numbers["total"] - passed
    elif not part.reports:
        passed = int(code == 0)
    if code != 0:
        failed = max(failed, 1)
    return Result("FAILED" if failed else "ok", passed=passed, failed=failed, skipped=skipped)


def junit_totals(files: Iterable[Path]) -> tuple[int, int, list[str]]:
    passed = failed = 0
    skipped = []
    for file in files:
        for case in ElementTree.parse(file).iter("testcase"):
            skip = case.find("skipped")
            if skip is not None:
                skipped.append(f"{case.get('name')}: {skip.get('message')}")
            elif case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            else:
                passed += 1
    return passed, failed, skipped


def summary(results: dict[str, Result], seconds: float) -> int:
    print("\nSummary")
    for name, result in results.items():
        cases = f"{result.passed + result.failed} cases" if result.passed + result.failed > 1 else ""
        skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
        print(f"  {name:12} {result.outcome:8} {duration(result.seconds):>9}  {cases}{skipped}{result.note}".rstrip())
    for result in results.values():
        for skip in result.skipped:
            print(f"  skipped     {skip}")
    for name, result in results.items():
        if result.failed:
            print(f"  next        {name}: {result.next_step}   (log: build/logs/{name}.log)")
    passed = sum(result.passed for result in results.values())
    failed = sum(result.failed for result in results.values())
    integration = results.get("integration", Result("not run"))
    print(f"  integration cases: {integration.passed + integration.failed}, all cases: {passed + failed}")
    print(f"  total time: {duration(seconds)}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

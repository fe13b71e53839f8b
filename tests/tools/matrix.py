# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse the playbooks and run the unit tests on every ansible-core we support, and one file of cluster tests too.

tests/integration/test_cores.py runs if a cluster does. A deprecation announced by our code is a failure. Which
combination did not run, and why, is said at the end.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cluster_access import running_cluster
from console import Failure, duration, tail
from environment import BUILD, CACHE, ROOT, find_python, link_collection, make_venv, tool_environment

CORES_TEST = ROOT / "tests" / "integration" / "test_cores.py"
REPORTS = BUILD / "reports"
ANNOUNCEMENT = re.compile(r"DEPRECATION WARNING")


@dataclass(frozen=True)
class Combination:
    core: str
    python: str
    requirement: str
    released: bool = True

    @property
    def name(self) -> str:
        return f"ansible-core {self.core} on Python {self.python}"


COMBINATIONS = (
    Combination("2.18", "3.11", "ansible-core>=2.18,<2.19"),
    Combination("2.20", "3.12", "ansible-core>=2.20,<2.21"),
    Combination("2.21", "3.13", "ansible-core>=2.21,<2.22"),
    # Release candidates count until 2.22.0 is out.
    Combination("2.22", "3.13", "ansible-core>=2.22.0rc1,<2.23", released=False),
)


def main() -> int:
    link_collection()
    REPORTS.mkdir(parents=True, exist_ok=True)
    for old in REPORTS.glob("matrix-*.xml"):
        old.unlink()
    try:
        cluster = running_cluster() if CORES_TEST.is_file() else {}
    except Failure:
        cluster = {}
    results = {combination.name: run_combination(combination, cluster) for combination in COMBINATIONS}
    if not cluster:
        print("matrix: no cluster runs, so only the unit tests ran (make cluster)")
    for name, result in results.items():
        print(f"matrix: {name:34} {result}")
    return 1 if any(result.startswith("FAILED") for result in results.values()) else 0


def run_combination(combination: Combination, cluster: dict[str, str]) -> str:
    """Returns `ok ...`, `not run: why` or `FAILED ...`."""
    started = time.monotonic()
    python = find_python(combination.python)
    if python is None:
        return f"not run: this machine has no Python {combination.python} (pyenv install {combination.python})"
    venv = CACHE / "venvs" / f"core-{combination.core}-py{combination.python}"
    try:
        make_venv(venv, python, [ROOT / "tests" / "requirements-matrix.txt"], [combination.requirement])
    except Failure as failure:
        last_line = failure.log.strip().rsplit("\n", 1)[-1]
        outcome = "FAILED" if combination.released else "not run"
        return f"{outcome}: {combination.requirement} could not be installed ({last_line})"
    print(f"\n== {combination.name}", flush=True)
    environment = environment_of(venv, cluster)
    failed = [] if playbooks_parse(environment) else ["playbooks"]
    for part, arguments in tests(combination, cluster):
        command = [str(venv / "bin" / "python"), "-m", "pytest", "-q", "--tb=short", "-p", "deprecations", *arguments]
        if subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode != 0:
            failed.append(part)
    elapsed = duration(time.monotonic() - started)
    return f"FAILED ({', '.join(failed)}), {elapsed}" if failed else f"ok  {elapsed}"


def environment_of(venv: Path, cluster: dict[str, str]) -> dict[str, str]:
    environment = tool_environment()
    environment["PATH"] = f"{venv / 'bin'}{os.pathsep}{environment['PATH']}"
    environment["PYTHONPATH"] = str(ROOT / "tests" / "tools")
    environment["ANSIBLE_DEPRECATION_WARNINGS"] = "1"
    environment.update(cluster)
    return environment


def playbooks_parse(environment: dict[str, str]) -> bool:
    """Every playbook, with the roles and actions it names, is understood by this core without a deprecation."""
    names = [f"openclaw.kubernetes.{path.stem}" for path in sorted((ROOT / "playbooks").glob("*.yml"))]
    checked = subprocess.run(
        ["ansible-playbook", "--syntax-check", "-i", "examples/quickstart/hosts.yml", *names],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if checked.returncode == 0 and not ANNOUNCEMENT.search(checked.stderr):
        return True
    print(tail(checked.stdout + checked.stderr))
    return False


def tests(combination: Combination, cluster: dict[str, str]) -> list[tuple[str, list[str]]]:
    report = f"--junitxml={REPORTS}/matrix-{combination.core}"
    # The house rules do not depend on the core.
    house_rules = f"--ignore={ROOT / 'tests' / 'unit' / 'test_repository.py'}"
    unit = ["-n2", str(ROOT / "tests" / "unit"), house_rules, f"{report}-unit.xml"]
    cores = [str(CORES_TEST), f"{report}-cluster.xml"]
    return [("unit", unit), ("cluster", cores)] if cluster else [("unit", unit)]


if __name__ == "__main__":
    sys.exit(main())

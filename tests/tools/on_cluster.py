# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run what needs a cluster: on that of KUBECONFIG, else on the built-in one, which is started if it is down.

Usage: on_cluster.py integration [FILE-OR-NAME]
       on_cluster.py proof [AREA]
       on_cluster.py bench
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cluster_access import CLUSTER, SIDE_BY_SIDE, own_kubeconfig, running_cluster
from console import Failure
from environment import BUILD, ROOT, VENV, tool_environment

PYTHON = str(VENV / "bin" / "python")
INTEGRATION = ROOT / "tests" / "integration"
AREAS_OF_ALL_IMAGES = ("", "pod", "network")
"""Areas of the promises that need images which take long to make; no area is all of them."""
WITHOUT_SLOW = ("-m", "not slow")
"""All of the tests take longer than a change may wait; make proof runs the slow ones, and so does naming them."""


def main(what: str, choice: str) -> int:
    try:
        if not own_kubeconfig():
            start_builtin_cluster("all" if what == "proof" and choice in AREAS_OF_ALL_IMAGES else "test")
        environment = {**tool_environment(), **running_cluster()}
        argv = command(what, choice)
    except Failure as failure:
        failure.show()
        return 1
    return subprocess.run(argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode


def start_builtin_cluster(chosen: str) -> None:
    started = subprocess.run([str(CLUSTER), "up", "--set", chosen], stdin=subprocess.DEVNULL, check=False)
    if started.returncode != 0:
        raise Failure("the built-in cluster did not start", "make cluster-down, then make cluster")


def command(what: str, choice: str) -> list[str]:
    if what == "proof":
        return [PYTHON, str(ROOT / "tests" / "proof" / "run.py"), *([choice] if choice else [])]
    if what == "bench":
        return [PYTHON, str(ROOT / "tests" / "bench" / "run.py")]
    report = f"--junitxml={BUILD / 'reports' / 'integration.xml'}"
    tests = chosen_tests(choice)
    return [
        PYTHON,
        "-m",
        "pytest",
        "-v",
        "--durations=10",
        report,
        *((*SIDE_BY_SIDE, *WITHOUT_SLOW) if tests == [str(INTEGRATION)] else ()),
        *tests,
    ]


def chosen_tests(choice: str) -> list[str]:
    """The files whose name holds the choice; else the tests whose name does; else all of them."""
    if not choice:
        return [str(INTEGRATION)]
    if Path(choice).exists():
        return [choice]
    files = sorted(str(path) for path in INTEGRATION.rglob(f"test_*{choice.removeprefix('test_')}*.py"))
    return files or [str(INTEGRATION), "-k", choice]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""))

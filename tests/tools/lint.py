# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All static checks, one after the other; every one runs, so one call shows everything there is to mend."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

from console import Step, duration, run_logged
from environment import BUILD, ROOT, VENV, tool_environment

BIN = VENV / "bin"


@dataclass(frozen=True)
class Check:
    name: str
    argv: tuple[str, ...]
    next_step: str


CHECKS = (
    Check("ruff", ("ruff", "check", "--quiet", "."), "make format mends most of it"),
    Check("format", ("ruff", "format", "--quiet", "--diff", "."), "make format"),
    Check("mypy", ("mypy", "-p", "ansible_collections.openclaw.kubernetes.plugins"), "give it the type it asks for"),
    Check("mypy of the tools", ("mypy", "tests/tools"), "give it the type it asks for"),
    Check("yamllint", ("yamllint", "--strict", "."), "mend the YAML"),
    Check(
        "ansible-lint", ("ansible-lint", "--offline", "-q", "--nocolor"), "mend it; a skip needs its reason beside it"
    ),
    Check("changelog", ("antsibull-changelog", "lint"), "mend the file in changelogs/fragments"),
    Check("generated pages", ("python", "tests/tools/role_readmes.py", "--check"), "make docs"),
    Check("sanity", ("python", "tests/tools/sanity.py"), "make sanity S='--test <name>' runs one of them"),
)


def main() -> int:
    failed = [check.name for check in CHECKS if not passes(check)]
    if failed:
        print(f"\nFAILED  lint: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def passes(check: Check) -> bool:
    started = time.monotonic()
    step = Step(f"lint: {check.name}")
    log = BUILD / "logs" / f"lint-{check.name.replace(' ', '-')}.log"
    log.unlink(missing_ok=True)
    code, output = run_logged(step, [str(BIN / check.argv[0]), *check.argv[1:]], log, tool_environment(), ROOT)
    if code == 0:
        step.ok()
        return True
    step.finish(f"FAILED  {duration(time.monotonic() - started)}")
    print(output.rstrip())
    print(f"  next    {check.next_step}")
    return False


if __name__ == "__main__":
    sys.exit(main())

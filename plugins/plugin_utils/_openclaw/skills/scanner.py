# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scanner of others, where it is installed: asked when a skill is locked, and its findings go into the lock."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .findings import SEVERITIES, Finding
from .tree import Tree

COMMAND = "skill-scanner"
"""Of the package C(cisco-ai-skill-scanner), in an environment of its own."""
_TIMEOUT = 300
_SAID = 200
# No key reaches it, so nothing is sent to anybody.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


class NotScanned(Exception):
    """Why the scanner has no answer."""


def version() -> str:
    """Return the scanner and its version; empty if there is none."""
    if shutil.which(COMMAND) is None:
        return ""
    said = _run([COMMAND, "--version"]).split()
    return f"{COMMAND} {said[-1]}" if said else COMMAND


def scan(name: str, tree: Tree) -> list[Finding]:
    """Return what the scanner finds in the skill. Raises NotScanned."""
    with tempfile.TemporaryDirectory(prefix="openclaw-scan-") as folder:
        skill, report = Path(folder, name), Path(folder, "report.json")
        for path, file in tree.items():
            place = skill / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.content)
        # It says 0 even when it finds something critical, so only the report counts.
        _run([COMMAND, "scan", str(skill), "--format", "json", "--output-json", str(report)])
        try:
            told = json.loads(report.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise NotScanned(f"{COMMAND} left no report") from None
    findings = told.get("findings") if isinstance(told, dict) else None
    if not isinstance(findings, list):
        raise NotScanned(f"the report of {COMMAND} has no findings; is it another program?")
    return [_finding(each) for each in findings if isinstance(each, dict)]


def _finding(told: Mapping[str, object]) -> Finding:
    severity = str(told.get("severity") or "").lower()
    line = told.get("line_number")
    return Finding(
        rule=str(told.get("rule_id") or "unnamed").lower().replace("_", "-"),
        # What it only mentions is low; what it names in a new way is taken seriously.
        severity=severity if severity in SEVERITIES else "low" if severity in ("info", "safe") else "high",
        message=" ".join(str(told.get("title") or told.get("description") or "").split())[:_SAID],
        file=str(told.get("file_path") or "").rpartition("/")[2],
        line=line if isinstance(line, int) else 0,
    )


def _run(argv: list[str]) -> str:
    environment = {name: value for name, value in os.environ.items() if name in _PASSED_ON}
    try:
        ended = subprocess.run(
            argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise NotScanned(f"{COMMAND} cannot be run: {type(problem).__name__}") from None
    if ended.returncode:
        lines = ended.stderr.decode(errors="replace").strip().splitlines()
        raise NotScanned(f"{COMMAND} ended with {ended.returncode}: {(lines[-1] if lines else '')[:_SAID]}")
    return ended.stdout.decode(errors="replace")

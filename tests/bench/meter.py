# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one command costs: wall time, CPU of its process tree, CPU of the apiserver, and the requests it sent."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
QUIET_SHARE = 0.10
QUIET_LIMIT = 30.0


class CommandFailed(Exception):
    """The measured command did not do its work, so its time means nothing."""


@dataclass(frozen=True)
class Cost:
    wall: float
    cpu: float
    """CPU seconds of the command with everything it started."""
    apiserver_cpu: float
    requests: dict[str, int] = field(default_factory=dict)
    """By verb of the audit log; dry runs are counted under their verb and again as `dry run`."""


class Apiserver:
    """The apiserver that writes this audit log."""

    def __init__(self, audit_log: Path) -> None:
        self.audit_log = audit_log
        self._process = _process_writing(audit_log)

    def cpu(self) -> float:
        try:
            stat = (self._process / "stat").read_text(encoding="ascii")
        except FileNotFoundError as gone:
            raise CommandFailed("the apiserver was restarted in the middle of a measurement") from gone
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def settle(self) -> None:
        """Wait until the controllers have done what the last command gave them to do."""
        deadline = time.monotonic() + QUIET_LIMIT
        before = self.cpu()
        while time.monotonic() < deadline:
            time.sleep(1.0)
            now = self.cpu()
            if now - before < QUIET_SHARE:
                return
            before = now

    def measure(self, argv: Sequence[str], environment: Mapping[str, str], cwd: Path, log: Path, mark: str) -> Cost:
        """Run the command. `mark` is the namespace prefix by which the audit log's lines are told apart."""
        log.parent.mkdir(parents=True, exist_ok=True)
        self.settle()
        with self.audit_log.open(encoding="utf-8") as audit, log.open("w", encoding="utf-8") as output:
            audit.seek(0, os.SEEK_END)
            apiserver_before = self.cpu()
            started = time.monotonic()
            process = subprocess.Popen(
                list(argv), cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
            _pid, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            apiserver_cpu = self.cpu() - apiserver_before
            requests = _count(audit.readlines(), mark)
        if process.returncode != 0:
            raise CommandFailed(f"{' '.join(argv)}: exit code {process.returncode}, see {log}")
        return Cost(wall, usage.ru_utime + usage.ru_stime, apiserver_cpu, requests)


def _process_writing(audit_log: Path) -> Path:
    flag = f"--audit-log-path={audit_log}".encode()
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if flag in cmdline.read_bytes().split(b"\0"):
                return cmdline.parent
        except OSError:
            continue  # the process ended while we looked
    raise CommandFailed(f"no apiserver on this machine writes {audit_log}")


def _count(lines: Sequence[str], mark: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for line in lines:
        event = json.loads(line)
        if event["user"]["username"].startswith("system:") or not _concerns(event, mark):
            continue
        found[event["verb"]] += 1
        if "dryRun=" in event["requestURI"]:
            found["dry run"] += 1
    return dict(found)


def _concerns(event: Mapping[str, object], mark: str) -> bool:
    """Whether the request is about the fleet; discovery and lists over all namespaces name no namespace."""
    about = event.get("objectRef")
    if not isinstance(about, dict):
        return str(event["requestURI"]).startswith(("/api", "/openapi", "/version"))
    place = str(about.get("namespace") or (about.get("name") if about.get("resource") == "namespaces" else "") or "")
    return place.startswith(mark) if place else event["verb"] == "list"

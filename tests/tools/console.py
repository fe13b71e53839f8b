# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the repository's programs show: numbered steps, signs of life on long ones, and failures with a next step.

Runs on the Python that the machine has, before there is a virtual environment: standard library only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LABEL_WIDTH = 50
QUIET_SECONDS = 30.0
"""Without a terminal, a running step says so this often."""

TAIL_LINES = 40


class Failure(Exception):
    """Something went wrong in a way that the person at the keyboard can act on."""

    def __init__(self, what: str, next_step: str, log: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step
        self.log = log

    def show(self) -> None:
        if self.log:
            print(self.log.rstrip(), file=sys.stderr)
        print(f"\nFAILED  {self.what}\n  next    {self.next_step}", file=sys.stderr)


def duration(seconds: float) -> str:
    """Seconds the way people say them: `14 s`, `4 m 20 s`, `1 h 02 m`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} m"


class Step:
    """One line of progress: `[2/6] Cluster .......... ok  6 s`."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.dots = "." * max(3, LABEL_WIDTH - len(label) - 1)
        self.started = time.monotonic()
        self._terminal = sys.stdout.isatty()
        self._last_sign = self.started
        if self._terminal:
            print(f"{label} {self.dots} ", end="", flush=True)

    def sign_of_life(self, doing: str) -> None:
        """Tell what the step is at: in place on a terminal, now and then in a log."""
        elapsed = time.monotonic() - self.started
        if self._terminal:
            room = max(10, terminal_width() - LABEL_WIDTH - 14)
            print(f"\r\033[K{self.label} {self.dots} {duration(elapsed)}  {doing[:room]}", end="", flush=True)
        elif time.monotonic() - self._last_sign >= QUIET_SECONDS:
            self._last_sign = time.monotonic()
            print(f"      {self.label}: {duration(elapsed)}, {doing[:100]}", flush=True)

    def finish(self, outcome: str) -> None:
        start_of_line = "\r\033[K" if self._terminal else ""
        print(f"{start_of_line}{self.label} {self.dots} {outcome}", flush=True)

    def ok(self, note: str = "") -> None:
        elapsed = duration(time.monotonic() - self.started)
        self.finish(f"ok  {elapsed}{'   ' + note if note else ''}")


def terminal_width() -> int:
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 80


def run_logged(
    step: Step,
    argv: Sequence[str],
    log: Path,
    environment: Mapping[str, str],
    cwd: Path,
) -> tuple[int, str]:
    """Run a program with its output in a log file; the step shows its latest line. Returns (code, output)."""
    lines: list[str] = []
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as out:
        out.write(f"$ {' '.join(argv)}\n")
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )

        def read_output() -> None:
            if process.stdout is None:
                return
            for line in process.stdout:
                out.write(line)
                out.flush()
                lines.append(line)

        reader = threading.Thread(target=read_output, daemon=True)
        reader.start()
        try:
            while process.poll() is None:
                step.sign_of_life(last_words(lines))
                reader.join(timeout=0.5)
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
        # A program that leaves a daemon behind (the cluster does) may leave it our pipe: do not wait for that one.
        reader.join(timeout=2)
    return process.returncode, "".join(lines)


def last_words(lines: Sequence[str]) -> str:
    return next((line.strip() for line in reversed(lines) if line.strip()), "starting")


def tail(text: str, count: int = TAIL_LINES) -> str:
    return "\n".join(text.rstrip().splitlines()[-count:])

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees while it works: one line per step, and errors that say what to do."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


class ClusterError(Exception):
    """Something failed: what, why (the log's end), and what to do about it."""

    def __init__(self, what: str, *, log: Path | None = None, advice: str = "") -> None:
        """Keep `what`; `log` is quoted at its end, `advice` is the last line."""
        super().__init__(what)
        self.what = what
        self.log = log
        self.advice = advice

    def report(self) -> str:
        """Return the whole message."""
        lines = [f"error: {self.what}"]
        if self.log is not None:
            lines += [f"  | {line}" for line in last_lines(self.log)] + [f"  log: {self.log}"]
        if self.advice:
            lines.append(f"  do: {self.advice}")
        return "\n".join(lines)


def last_lines(log: Path, count: int = 15) -> list[str]:
    """Return the last lines of a log, long ones cut."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - 32768))
            text = stream.read().decode(errors="replace")
    except OSError:
        return []
    return [line[:300] for line in text.splitlines() if line.strip()][-count:]


def duration(seconds: float) -> str:
    """Format seconds as `0.4 s`, `12 s` or `4 m 20 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} m {rest} s" if minutes else f"{rest} s"


@contextmanager
def step(title: str, heartbeat: float = 30.0) -> Iterator[None]:
    """Print `title ... ok 12 s`; in between, the time that has passed, so that nobody thinks it hangs."""
    started = time.monotonic()
    done = threading.Event()

    def beat() -> None:
        while not done.wait(heartbeat):
            print(f" {duration(time.monotonic() - started)} ...", end="", flush=True)

    print(f"{title} ...", end="", flush=True)
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        done.set()
        thread.join()
        print(f" failed after {duration(time.monotonic() - started)}", flush=True)
        raise
    done.set()
    thread.join()
    print(f" ok {duration(time.monotonic() - started)}", flush=True)


def run(
    command: Sequence[str | Path],
    *,
    what: str,
    log: Path | None = None,
    advice: str = "",
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command to its end and return its output; with `log` the output goes there instead.

    Raises:
        ClusterError: it could not start or returned non-zero.

    """
    words = [str(word) for word in command]
    try:
        if log is None:
            result = subprocess.run(
                words, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
            output = result.stdout
        else:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as stream:
                stream.write(f"+ {' '.join(words)}\n".encode())
                stream.flush()
                result = subprocess.run(
                    words,
                    cwd=cwd,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=stream,
                    text=True,
                    check=False,
                )
            output = ""
    except OSError as error:
        raise ClusterError(f"{what}: {error}", advice=advice) from error
    if result.returncode != 0:
        detail = "" if log else f": {(result.stderr or result.stdout).strip()[-2000:]}"
        raise ClusterError(f"{what}: `{words[0]}` ended with {result.returncode}{detail}", log=log, advice=advice)
    return output


def note(text: str) -> None:
    """Print a line to the error stream."""
    print(text, file=sys.stderr, flush=True)

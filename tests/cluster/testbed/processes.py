# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, recognise and end long-running processes.

A process is known by its id *and* its start time, recorded in a file, so a recycled id is never taken for ours and
`down` never ends a process that this cluster did not start.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testbed.progress import ClusterError


@dataclass(frozen=True)
class Record:
    """One started process, as written to its file."""

    pid: int
    started: int
    fingerprint: str

    def alive(self) -> bool:
        """Tell whether this very process still runs."""
        return start_time(self.pid) == self.started


def start_time(pid: int) -> int | None:
    """Return when a process started (clock ticks since boot), or None when there is none or it is a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The command name is in parentheses and may hold blanks: count fields after the last one.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def boot_id() -> str:
    """Return the id of this boot: start times of another boot mean nothing."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class Processes:
    """The processes of one cluster."""

    def __init__(self, records: Path, logs: Path, prefix: Sequence[str]) -> None:
        """Keep record files in `records`, logs in `logs`; `prefix` goes before each command (it must exec)."""
        self._records = records
        self._logs = logs
        self._prefix = list(prefix)
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def log(self, name: str) -> Path:
        """Return the log of a process."""
        return self._logs / f"{name}.log"

    def recorded(self) -> dict[str, Record]:
        """Return the processes on record that run now."""
        found: dict[str, Record] = {}
        if not self._records.is_dir():
            return found
        for path in sorted(self._records.glob("*.json")):
            record = self._read(path)
            if record is not None and record.alive():
                found[path.stem] = record
        return found

    def alive(self, name: str) -> bool:
        """Tell whether the named process runs."""
        record = self._read(self._records / f"{name}.json")
        return record is not None and record.alive()

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        files: Iterable[Path] = (),
        environment: Mapping[str, str] | None = None,
    ) -> bool:
        """Start a process unless it runs already with the same command, program and `files`; tell if it was started."""
        words = [str(word) for word in command]
        fingerprint = _fingerprint(words, [Path(words[0]), *files])
        record = self._read(self._records / f"{name}.json")
        if record is not None and record.alive():
            if record.fingerprint == fingerprint:
                return False
            self.stop([name])
        self._records.mkdir(parents=True, exist_ok=True)
        self._logs.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as stream:
            process = subprocess.Popen(
                [*self._prefix, *words],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        started = start_time(process.pid)
        if started is None:
            raise ClusterError(f"{name} ended at once", log=self.log(name))
        self._write(name, Record(process.pid, started, fingerprint))
        self._started[name] = process
        return True

    def check(self, name: str) -> None:
        """Raise if a process of this run has ended."""
        process = self._started.get(name)
        if process is not None and process.poll() is not None:
            raise ClusterError(f"{name} ended with {process.returncode}", log=self.log(name))

    def check_all(self) -> None:
        """Raise if any process of this run has ended."""
        for name in self._started:
            self.check(name)

    def stop(self, names: Iterable[str], grace: float = 0.0) -> None:
        """End the named processes: SIGTERM and `grace` seconds first, if any; forget them."""
        targets = {name: record for name in names if (record := self._read(self._records / f"{name}.json"))}
        if grace:
            for record in targets.values():
                _signal(record, signal.SIGTERM)
            _wait_gone(targets.values(), grace)
        for record in targets.values():
            _signal(record, signal.SIGKILL)
        survivors = _wait_gone(targets.values(), 10.0)
        if survivors:
            raise ClusterError(
                f"processes {[record.pid for record in survivors]} do not end", advice="look at them with ps"
            )
        for name in targets:
            (self._records / f"{name}.json").unlink(missing_ok=True)
            process = self._started.pop(name, None)
            if process is not None:
                process.poll()  # reap it

    def _read(self, path: Path) -> Record | None:
        try:
            found = json.loads(path.read_text())
            if found["boot"] != boot_id():
                return None
            return Record(found["pid"], found["started"], found["fingerprint"])
        except (OSError, ValueError, KeyError):
            # Absent, or half-written by a run that was killed: as good as absent.
            return None

    def _write(self, name: str, record: Record) -> None:
        path = self._records / f"{name}.json"
        content = {"pid": record.pid, "started": record.started, "boot": boot_id(), "fingerprint": record.fingerprint}
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(content))
        temporary.replace(path)


def _fingerprint(words: Sequence[str], files: Iterable[Path]) -> str:
    digest = hashlib.sha256("\0".join(words).encode())
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        if status.st_size > 1 << 20:  # a program: its name holds its version, its time the rest
            digest.update(f"{status.st_size} {status.st_mtime_ns}".encode())
        else:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _signal(record: Record, number: int) -> None:
    if record.alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, number)


def _wait_gone(records: Iterable[Record], seconds: float) -> list[Record]:
    deadline = time.monotonic() + seconds
    left = [record for record in records if record.alive()]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [record for record in left if record.alive()]
    return left

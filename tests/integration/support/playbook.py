# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a playbook the way a person does, and keep what came of it as data."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .inventory import Inventory

COLLECTION = Path(__file__).resolve().parents[3]
COLLECTIONS_PATH = COLLECTION / "build" / "collections"
CALLBACKS = Path(__file__).resolve().parent / "callback_plugins"
# Python keeps deprecations of imported code to itself unless told otherwise.
_PLAYBOOK = (sys.executable, "-W", "default::DeprecationWarning", "-m", "ansible", "playbook")
# What a test passes on from its own environment: nothing that could name a cluster or an Ansible setting.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Task:
    """One result of one task on one host."""

    host: str
    name: str
    action: str
    outcome: str
    result: Mapping[str, Any]

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def message(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def objects(self) -> list[dict[str, str]]:
        """What `apply` did with each object."""
        return list(self.result.get("objects") or [])


@dataclass
class Run:
    """A finished ansible-playbook."""

    rc: int
    stdout: str
    stderr: str
    seconds: float
    tasks: list[Task] = field(default_factory=list)
    recap: dict[str, dict[str, int]] = field(default_factory=dict)
    raw_events: str = ""

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def everything(self) -> str:
        """All that a callback or a person could get to see."""
        return self.output + self.raw_events

    def changed(self, host: str) -> int:
        return self.recap[host]["changed"]

    def of(self, action: str, host: str | None = None) -> list[Task]:
        """The results of one action, such as `openclaw.kubernetes.apply`."""
        return [task for task in self.tasks if task.action == action and host in (None, task.host)]

    def failures(self, host: str | None = None) -> list[Task]:
        return [task for task in self.tasks if task.outcome in ("failed", "unreachable") and host in (None, task.host)]

    @property
    def error(self) -> str:
        """The messages of everything that failed; what Ansible itself said when no task got so far."""
        return "\n".join(task.message for task in self.failures()) or self.stderr

    def diff(self, host: str | None = None) -> str:
        """The prepared diffs of all apply tasks that changed something, as one text."""
        texts = []
        for task in self.of("openclaw.kubernetes.apply", host):
            given = task.result.get("diff") or []
            texts += [part.get("prepared", "") for part in (given if isinstance(given, list) else [given])]
        return "\n".join(texts)

    def ok(self) -> Run:
        """Itself, if the run succeeded; used where a test needs a run only as its setting."""
        if self.rc != 0:
            raise AssertionError(f"ansible-playbook ended with {self.rc}\n{self.stdout[-6000:]}\n{self.stderr[-3000:]}")
        return self


def run(
    playbook: str,
    inventory: Inventory,
    *arguments: str,
    check: bool = False,
    diff: bool = False,
    verbosity: int = 0,
    extra: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 300,
    on_start: Callable[[int], None] | None = None,
    collections_path: Path = COLLECTIONS_PATH,
) -> Run:
    """Run a playbook, by its name in the collection or by path. A run that hangs is ended and raises TimeoutError.

    on_start gets the process id, for tests that end the run themselves.
    """
    events = inventory.folder / f"events-{time.monotonic_ns()}.jsonl"
    name = playbook if playbook.endswith((".yml", ".yaml")) else f"openclaw.kubernetes.{playbook}"
    argv = [*_PLAYBOOK, name, "-i", str(inventory.hosts_file), *arguments]
    argv += ["--check"] * check + ["--diff"] * diff + [f"-{'v' * verbosity}"] * bool(verbosity)
    if extra:
        argv += ["-e", json.dumps(dict(extra))]
    started = time.monotonic()
    with (
        (inventory.folder / "stdout").open("w+", encoding="utf-8") as stdout,
        (inventory.folder / "stderr").open("w+", encoding="utf-8") as stderr,
    ):
        process = subprocess.Popen(
            argv,
            cwd=inventory.folder,
            env=_environment(inventory, events, collections_path, env or {}),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            if on_start:
                on_start(process.pid)
            rc = process.wait(timeout)
        except BaseException as stopped:
            kill_tree(process.pid)
            process.wait()
            if isinstance(stopped, subprocess.TimeoutExpired):
                stdout.seek(0)
                raise TimeoutError(f"{name} did not end within {timeout} s:\n{stdout.read()[-3000:]}") from None
            raise
        stdout.seek(0)
        stderr.seek(0)
        finished = Run(rc, stdout.read(), stderr.read(), time.monotonic() - started)
    return _with_events(finished, events)


def _environment(
    inventory: Inventory, events: Path, collections_path: Path, extra: Mapping[str, str]
) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        **inherited,
        "HOME": str(inventory.home),
        "ANSIBLE_COLLECTIONS_PATH": str(collections_path),
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "task_events",
        "ANSIBLE_DEPRECATION_WARNINGS": "1",
        "ANSIBLE_NOCOLOR": "1",
        "OPENCLAW_TEST_EVENTS": str(events),
        **extra,
    }


def _with_events(finished: Run, events: Path) -> Run:
    if not events.exists():
        return finished
    finished.raw_events = events.read_text(encoding="utf-8")
    for line in finished.raw_events.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue  # the last line of a run that was killed while writing it
        if event["event"] == "recap":
            finished.recap = event["hosts"]
        else:
            task = Task(event["host"], event["task"], event["action"], event["outcome"], event["result"])
            finished.tasks.append(task)
    return finished


def kill_tree(pid: int) -> None:
    """SIGKILL a process we started and all its descendants: Ansible's workers live in sessions of their own."""
    for victim in (pid, *_descendants(pid)):
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        waiting = [child for parent in waiting for child in children.get(parent, [])]
        found += waiting
    return found

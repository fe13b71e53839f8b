# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What renews a lease lives as long as the playbook, not as long as the task that started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import heartbeat


def until(true: Callable[[], bool], within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def beats(tmp_path: Path) -> Path:
    return tmp_path / "beats"


def beating(beats: Path, lives: bool = True) -> Callable[[], bool]:
    def beat() -> bool:
        with beats.open("a", encoding="utf-8") as stream:
            stream.write(f"{os.getpid()}\n")
        return lives

    return beat


def count(beats: Path) -> int:
    return len(beats.read_text(encoding="utf-8").splitlines()) if beats.exists() else 0


def gone(beats: Path) -> bool:
    return not Path(f"/proc/{beats.read_text(encoding='utf-8').split()[0]}").exists()


@pytest.mark.parametrize("with_descriptor", [True, False], ids=["told", "asking"])
def test_it_beats_until_the_playbook_is_killed_and_stops_then(
    tmp_path: Path, beats: Path, with_descriptor: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not with_descriptor:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    playbook = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    stopped = tmp_path / "stopped"
    heartbeat.start(playbook.pid, beating(beats), stopped.touch, every=0.0)
    assert until(lambda: count(beats) >= 2)
    assert not stopped.exists()
    playbook.kill()
    playbook.wait()
    assert until(stopped.exists)
    assert until(lambda: gone(beats))


def test_it_ends_with_the_lease(tmp_path: Path, beats: Path) -> None:
    stopped = tmp_path / "stopped"
    heartbeat.start(os.getpid(), beating(beats, lives=False), stopped.touch, every=0.0)
    assert until(lambda: count(beats) == 1)
    assert until(lambda: gone(beats))
    assert not stopped.exists()


def test_an_error_is_no_end(beats: Path) -> None:
    beat = beating(beats)

    def failing() -> bool:
        beat()
        if count(beats) < 3:
            raise OSError("no cluster")
        return False

    heartbeat.start(os.getpid(), failing, lambda: None, every=0.0)
    assert until(lambda: count(beats) == 3)


def test_it_keeps_nothing_open(beats: Path) -> None:
    reading, writing = os.pipe()
    heartbeat.start(os.getpid(), beating(beats, lives=False), lambda: None, every=1.0)
    os.close(writing)
    # The end of the stream comes at once, not when the process ends.
    assert os.read(reading, 1) == b""
    assert not beats.exists()
    os.close(reading)

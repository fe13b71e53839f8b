# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A process that renews a lease while a playbook runs, and frees it when the playbook is gone, however that ended."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress

EVERY = 15.0
_LOOK = 0.5
_MOST_FILES = 65536


def start(alive: int, beat: Callable[[], bool], stop: Callable[[], object], every: float = EVERY) -> None:
    """Call `beat` again and again until it says False; `stop` once the process `alive` is gone.

    The caller is a worker that ends with its task: the process belongs to nobody and has nothing open.
    """
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        if os.fork() == 0:
            _detach()
            _keep(_Watched(alive), beat, stop, every)
    finally:
        os._exit(0)


def _detach() -> None:
    """Leave the session and close what was inherited: a pipe that stays open would keep its reader waiting."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.closerange(0, _MOST_FILES)
    for number in range(3):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)


def _keep(watched: _Watched, beat: Callable[[], bool], stop: Callable[[], object], every: float) -> None:
    due = time.monotonic() + every
    while watched.lives(_LOOK):
        if time.monotonic() >= due:
            # An error is no end: the cluster may be back before the lease expires.
            with suppress(Exception):
                if not beat():
                    return
            due = time.monotonic() + every
    with suppress(Exception):
        stop()


class _Watched:
    """A process that is no child of ours."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._poll: select.poll | None = None
        # Linux tells at once, and cannot be misled by a number that is given to another process.
        with suppress(AttributeError, OSError):
            descriptor = os.pidfd_open(pid)
            self._poll = select.poll()
            self._poll.register(descriptor, select.POLLIN)

    def lives(self, patience: float) -> bool:
        """Wait that many seconds, or until it is gone."""
        if self._poll is not None:
            return not self._poll.poll(patience * 1000)
        time.sleep(patience)
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

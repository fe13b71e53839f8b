# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long an instance does not serve while something is done to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from .instance import Instance

_EVERY = 0.5


@dataclass
class Downtime:
    """Seconds in which the pod was not ready, as long as somebody has looked."""

    seconds: float = 0.0


@contextmanager
def downtime(instance: Instance) -> Iterator[Downtime]:
    """Look again and again, in the background."""
    found, ended = Downtime(), threading.Event()

    def look() -> None:
        before = time.monotonic()
        while not ended.wait(_EVERY):
            now = time.monotonic()
            # A request that fails says nothing about the instance.
            with suppress(Exception):
                if not instance.ready():
                    found.seconds += now - before
            before = now

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join(30)

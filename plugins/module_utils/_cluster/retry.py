# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""When to try a request again, and how long to wait before."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

TRANSIENT_STATUS = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True)
class RetryPolicy:
    """Budgets in seconds. A server that cannot even be connected to gets the shorter one."""

    budget: float = 60.0
    connect_budget: float = 10.0
    first_pause: float = 0.2
    longest_pause: float = 5.0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    jitter: Callable[[], float] = field(default=random.random, repr=False)


class Attempts:
    """The attempts of one request: counts them and grants pauses until the budget is spent."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._started = policy.clock()
        self.count = 0

    @property
    def elapsed(self) -> float:
        return self._policy.clock() - self._started

    def pause(self, *, connecting: bool = False, asked: float | None = None) -> bool:
        """Sleep before the next attempt; False when the budget does not allow another one."""
        exponential = self._policy.first_pause * 2.0 ** (self.count - 1)
        # Full jitter on the upper half: forks that failed together must not return together.
        wait = min(exponential, self._policy.longest_pause) * (0.5 + 0.5 * self._policy.jitter())
        if asked is not None:
            wait = max(asked, wait)
        budget = self._policy.connect_budget if connecting else self._policy.budget
        if self.elapsed + wait > budget:
            return False
        self._policy.sleep(wait)
        return True


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds asked for by a `Retry-After` header: a number or an HTTP date; None when absent or unreadable."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())

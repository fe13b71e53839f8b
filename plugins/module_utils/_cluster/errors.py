# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the engine raises: errors made of problems a person can act on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class EngineError(Exception):
    """The run cannot go on. `problems` names every reason found, one sentence each."""

    def __init__(self, problems: Iterable[str], summary: str = "") -> None:
        self.problems: list[str] = list(problems)
        self.summary = summary
        super().__init__(self.text)

    @property
    def failure(self) -> dict[str, Any]:
        """What a task says that ends with this error."""
        return {"failed": True, "msg": self.text, "problems": self.problems}

    @property
    def text(self) -> str:
        """One readable block: the summary, then a line for each problem."""
        if len(self.problems) == 1 and not self.summary:
            return self.problems[0]
        head = self.summary or f"{len(self.problems)} problems were found"
        return "\n".join([f"{head}:", *(f"- {problem}" for problem in self.problems)])


class ApiError(EngineError):
    """The API server answered with an error status, or gave no usable answer (status 0)."""

    def __init__(
        self,
        *,
        host: str,
        verb: str,
        target: str,
        attempts: int,
        status: int,
        message: str,
        reason: str = "",
        causes: Iterable[dict[str, str]] = (),
    ) -> None:
        self.host = host
        self.verb = verb
        self.target = target
        self.attempts = attempts
        self.status = status
        self.message = message
        self.reason = reason
        self.causes = list(causes)
        tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        code = f" {status} {reason}".rstrip() if status else ""
        super().__init__([f"{verb} {target} at {host} failed{code} after {tries}: {message}"])


class Unreachable(ApiError):
    """No connection to the API server could be made."""

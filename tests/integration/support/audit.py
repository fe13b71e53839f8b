# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asked the API server for what: its audit log, read between two points."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .cluster import Cluster, Refused

WRITE_VERBS = frozenset({"create", "update", "patch", "delete", "deletecollection"})
# Questions that are asked by POST and store nothing.
_QUESTIONS = frozenset(
    {
        "selfsubjectaccessreviews",
        "selfsubjectrulesreviews",
        "subjectaccessreviews",
        "tokenreviews",
        "selfsubjectreviews",
    }
)


@dataclass(frozen=True)
class Request:
    verb: str
    resource: str
    name: str
    namespace: str
    dry_run: bool
    code: int
    user_agent: str

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.verb} {self.resource} {place}{self.name} -> {self.code}{' (dry run)' * self.dry_run}"


@dataclass(frozen=True)
class Seen:
    """What one account asked for between two points of the log."""

    requests: list[Request]

    @property
    def writes(self) -> list[str]:
        """Everything that asks for a change, dry runs included."""
        return [str(request) for request in self._changes]

    @property
    def real_writes(self) -> list[str]:
        return [str(request) for request in self._changes if not request.dry_run]

    @property
    def dry_runs(self) -> list[str]:
        return [str(request) for request in self._changes if request.dry_run]

    @property
    def reviews(self) -> list[str]:
        return [str(request) for request in self.requests if request.resource in _QUESTIONS]

    @property
    def _changes(self) -> list[Request]:
        return [
            request
            for request in self.requests
            if request.verb in WRITE_VERBS
            and request.resource not in _QUESTIONS
            # Running a command is a "create" by name; it changes no object.
            and not request.resource.endswith("/exec")
        ]


class AuditLog:
    """The audit log of one cluster. A mark is a position in it."""

    def __init__(self, cluster: Cluster, path: Path, user: str) -> None:
        self._cluster = cluster
        self._path = path
        self._user = user

    def mark(self) -> int:
        """A point that every request answered so far lies before."""
        marker = f"mark-{uuid.uuid4().hex}"
        before = self._path.stat().st_size
        try:
            self._cluster.request("GET", f"/api/v1/namespaces/{marker}")
        except Refused as refused:
            if refused.status != 404:
                raise
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with self._path.open("rb") as log:
                log.seek(before)
                found = log.read().find(marker.encode())
            if found >= 0:
                return before + found + len(marker)
            time.sleep(0.05)
        raise AssertionError(f"the audit log {self._path} does not show a request that was just answered")

    def since(self, mark: int, user: str | None = None) -> Seen:
        """The requests since `mark` of the account that runs the playbooks, or of `user`."""
        end = self.mark()
        with self._path.open("rb") as log:
            log.seek(mark)
            lines = log.read(end - mark).split(b"\n")[1:-1]
        wanted = user or self._user
        # A request that goes on, such as a command in a container, is there twice: when it starts and when it ends.
        events = {event["auditID"]: event for event in (json.loads(line) for line in lines if line)}
        return Seen([_request(event) for event in events.values() if event["user"]["username"] == wanted])


def _request(event: dict[str, Any]) -> Request:
    target = event.get("objectRef") or {}
    resource = target.get("resource", event["requestURI"])
    return Request(
        verb=event["verb"],
        resource=f"{resource}/{target['subresource']}" if target.get("subresource") else resource,
        name=target.get("name", ""),
        namespace=target.get("namespace", ""),
        dry_run="dryRun=All" in event["requestURI"],
        code=(event.get("responseStatus") or {}).get("code", 0),
        user_agent=event.get("userAgent", ""),
    )

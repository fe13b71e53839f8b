# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for `Cluster` where a test is about the order of calls or the passing of time, not about Kubernetes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import ApiError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.fields import FIELD_MANAGER
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.kinds import Kind

Manifest = dict[str, Any]


def refusal(status: int, message: str = "no", reason: str = "") -> ApiError:
    return ApiError(host="h", verb="V", target="t", attempts=1, status=status, message=message, reason=reason)


def _merge(found: Manifest, patch: Manifest) -> None:
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, dict):
            _merge(found.setdefault(key, {}), value)
        else:
            found[key] = value


def _without_lists(given: Manifest) -> Manifest:
    return {
        key: _without_lists(value) if isinstance(value, dict) else value
        for key, value in given.items()
        if not isinstance(value, list)
    }


@dataclass
class FakeCluster:
    """`objects` by kind key and name; `calls` in order. `before_call` may change the objects, as time does."""

    objects: dict[tuple[str, str], Manifest] = field(default_factory=dict)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    logs: str = ""
    log_requests: list[tuple[str, str, bool]] = field(default_factory=list)
    before_call: Callable[[], None] = lambda: None
    managers: list[str] = field(default_factory=list)
    now: datetime = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

    def _note(self, verb: str, kind: Kind, name: str) -> None:
        self.before_call()
        self.calls.append((verb, kind.key, name))

    def list(self, kind: Kind, namespace: str, selector: str = "", fields: str = "") -> list[Manifest]:
        self._note("list", kind, selector or fields)
        found = [manifest for (key, _name), manifest in self.objects.items() if key == kind.key]
        if fields.startswith("involvedObject.uid="):
            found = [event for event in found if event["involvedObject"]["uid"] == fields.partition("=")[2]]
        return copy.deepcopy(found)

    def get(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        self._note("get", kind, name)
        return copy.deepcopy(self.objects.get((kind.key, name)))

    def create(self, kind: Kind, namespace: str, manifest: Manifest) -> Manifest:
        name = manifest["metadata"]["name"]
        self._note("create", kind, name)
        if (kind.key, name) in self.objects:
            raise refusal(409, "exists", "AlreadyExists")
        stored = copy.deepcopy(manifest)
        stored["metadata"].update(uid=f"uid-{len(self.calls)}", resourceVersion="1")
        self.objects[(kind.key, name)] = stored
        return copy.deepcopy(stored)

    def merge(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        patch: Manifest,
        *,
        manager: str = FIELD_MANAGER,
        dry_run: bool = False,
    ) -> Manifest:
        self._note("dry-run merge" if dry_run else "merge", kind, name)
        if (kind.key, name) not in self.objects:
            raise refusal(404)
        self.managers.append(manager)
        found = self.objects[(kind.key, name)]
        changed = copy.deepcopy(found) if dry_run else found
        metadata = changed["metadata"]
        patch = copy.deepcopy(patch)
        seen = patch.get("metadata", {}).pop("resourceVersion", None)
        if seen not in (None, metadata.get("resourceVersion")):
            raise refusal(409, "the object has been modified", "Conflict")
        metadata["resourceVersion"] = str(int(metadata.get("resourceVersion", "0")) + 1)
        _merge(changed, patch)
        return copy.deepcopy(changed)

    def apply(
        self, kind: Kind, namespace: str, manifest: Manifest, *, force: bool = False, dry_run: bool = False
    ) -> tuple[bool, Manifest]:
        """Only to change single values of what is there: nothing is taken away, and lists stay as they are."""
        name = manifest["metadata"]["name"]
        self._note("dry-run apply" if dry_run else "apply", kind, name)
        found = self.objects[(kind.key, name)]
        changed = copy.deepcopy(found) if dry_run else found
        _merge(changed, _without_lists(manifest))
        return False, copy.deepcopy(changed)

    def delete(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        resource_version: str = "",
        dry_run: bool = False,
        foreground: bool = False,
    ) -> Manifest | None:
        self._note("delete", kind, name)
        found = self.objects.get((kind.key, name))
        if found is None or (uid and found["metadata"].get("uid") != uid):
            return None
        if resource_version and found["metadata"].get("resourceVersion") != resource_version:
            return None
        del self.objects[(kind.key, name)]
        return {"kind": "Status"}

    def log(
        self, namespace: str, pod: str, container: str, *, lines: int, previous: bool = False, limit: int = 0
    ) -> str:
        self.log_requests.append((pod, container, previous))
        return self.logs

    def each(self, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        return [work(item) for item in items]

    @property
    def writes(self) -> list[tuple[str, str, str]]:
        return [call for call in self.calls if call[0] not in ("list", "get")]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What an operation has done so far, written to the cluster before each step: a killed one can be finished or undone.

Only the holder of the Lease writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .cluster import Cluster
from .errors import ApiError, EngineError
from .identity import is_of
from .kinds import known
from .lease import labels, name_for
from .plain import Manifest

RUNNING, STOPPED, DONE, UNDONE, ABANDONED = "running", "stopped", "done", "undone", "abandoned"

_TEXTS = ("operation", "state", "holder", "since", "step")
_DOCUMENTS = ("steps", "parameters", "recorded")


@dataclass(frozen=True)
class Entry:
    """One operation. `steps` are done, `step` was begun after them; `recorded` is what the steps found out."""

    operation: str
    state: str
    holder: str
    since: str
    step: str = ""
    steps: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    recorded: dict[str, Any] = field(default_factory=dict)

    @property
    def unfinished(self) -> bool:
        """Whether it has to be finished or undone. One that is running may be so because its run was killed."""
        return self.state in (RUNNING, STOPPED)

    def begun(self, step: str, record: Mapping[str, Any]) -> Entry:
        """With the next step begun, which ends the one before."""
        steps = [*self.steps, self.step] if self.step and self.step != step else self.steps
        return replace(self, step=step, steps=steps, recorded={**self.recorded, **record})

    def ended(self, outcome: str) -> Entry:
        if outcome != DONE:
            return replace(self, state=outcome)
        return replace(self.begun("", {}), state=DONE)

    @property
    def facts(self) -> dict[str, Any]:
        """For the result of a task."""
        return {**asdict(self), "unfinished": self.unfinished}


class Journal:
    """ConfigMap `<instance>-operation`."""

    def __init__(self, cluster: Cluster, instance: str, namespace: str) -> None:
        self._cluster = cluster
        self._instance = instance
        self._namespace = namespace
        self._kind = known("ConfigMap")
        self._name = name_for(instance)

    def read(self) -> Entry | None:
        """The last operation, or None if there was none."""
        found = self._get()
        data = (found or {}).get("data") or {}
        if "operation" not in data:
            return None
        try:
            documents = {key: json.loads(data[key]) for key in _DOCUMENTS if key in data}
        except ValueError as exc:
            raise EngineError(
                [f"ConfigMap {self._name}: is the journal of the last operation, but cannot be read: {exc}"]
            ) from exc
        texts: dict[str, Any] = {key: str(data.get(key, "")) for key in _TEXTS}
        return Entry(**texts, **documents)

    def write(self, entry: Entry) -> None:
        """Replace what it says."""
        values = asdict(entry)
        data = {key: str(values[key]) for key in _TEXTS}
        data |= {key: json.dumps(values[key], sort_keys=True, ensure_ascii=False) for key in _DOCUMENTS}
        if not self._merged(data):
            try:
                self._cluster.create(self._kind, self._namespace, self._new(data))
            except ApiError as exc:
                # Our own first attempt, whose answer was lost.
                if exc.status != 409 or not self._merged(data):
                    raise

    def _merged(self, data: Mapping[str, str]) -> bool:
        """Whether there was a journal to write to."""
        try:
            self._cluster.merge(self._kind, self._namespace, self._name, {"data": data})
        except ApiError as exc:
            if exc.status != 404:
                raise
            return False
        return True

    def remove(self) -> bool:
        found = self._get()
        if found is None:
            return False
        uid = found["metadata"]["uid"]
        return self._cluster.delete(self._kind, self._namespace, self._name, uid=uid) is not None

    def _get(self) -> Manifest | None:
        found = self._cluster.get(self._kind, self._namespace, self._name)
        if found is not None and not is_of(found, self._instance):
            raise EngineError([f"ConfigMap {self._name}: exists in namespace {self._namespace}, but is not ours"])
        return found

    def _new(self, data: Mapping[str, str]) -> Manifest:
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": self._name, "namespace": self._namespace, "labels": labels(self._instance)},
            "data": dict(data),
        }

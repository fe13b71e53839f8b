# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The record of which kinds an instance's parts have on the cluster.

It is widened before the first write and narrowed after the last deletion, so a run killed in between leaves
nothing that a later run would not look for. An instance without a record has no objects at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .cluster import Cluster
from .errors import ApiError, EngineError
from .identity import COMPONENT_LABEL, INSTANCE_LABEL, MANAGED_BY, MANAGED_BY_LABEL, is_of
from .kinds import known
from .plain import Manifest

COMPONENT = "inventory"

Entries = dict[str, frozenset[str]]


class Inventory:
    """ConfigMap `<instance>-inventory`: one data key for each part, holding its kinds."""

    def __init__(self, instance: str, namespace: str, live: Manifest | None) -> None:
        self._instance = instance
        self._namespace = namespace
        self._live = live
        self.entries: Entries = {
            part: frozenset(text.split()) for part, text in ((live or {}).get("data") or {}).items()
        }

    @staticmethod
    def name_for(instance: str) -> str:
        return f"{instance}-{COMPONENT}"

    @classmethod
    def among(cls, config_maps: Iterable[Manifest], instance: str, namespace: str) -> Inventory:
        """Pick the record out of a listing of the instance's ConfigMaps."""
        name = cls.name_for(instance)
        return cls(instance, namespace, next((item for item in config_maps if item["metadata"]["name"] == name), None))

    def kinds_of(self, parts: Iterable[str]) -> set[str]:
        return {kind for part in parts for kind in self.entries.get(part, ())}

    def widen(self, cluster: Cluster, wanted: Mapping[str, frozenset[str]]) -> bool:
        """Record `wanted` in addition to what is recorded; True when that took a write."""
        missing = {
            part: self.entries.get(part, frozenset()) | kinds
            for part, kinds in wanted.items()
            if not kinds <= self.entries.get(part, frozenset())
        }
        if not missing:
            return False
        self._write(cluster, missing)
        return True

    def outdated(self, remaining: Mapping[str, frozenset[str]]) -> Entries:
        """The entries that a run which ends with `remaining` still has to change."""
        return {part: kinds for part, kinds in remaining.items() if kinds != self.entries.get(part, frozenset())}

    def narrow(self, cluster: Cluster, remaining: Mapping[str, frozenset[str]]) -> bool:
        """Record exactly `remaining` for the parts it names; drop the record with its last part."""
        changed = self.outdated(remaining)
        if not changed or self._live is None:
            return False
        left = {**self.entries, **changed}
        if any(left.values()):
            self._write(cluster, changed)
            return True
        # Another part may have been recorded meanwhile: then the version differs and the record stays.
        metadata = self._live["metadata"]
        gone = cluster.delete(
            known("ConfigMap"),
            self._namespace,
            metadata["name"],
            uid=metadata["uid"],
            resource_version=metadata["resourceVersion"],
        )
        if gone is None:
            self._write(cluster, changed)
        self.entries = left
        return True

    def _write(self, cluster: Cluster, changed: Entries) -> None:
        """A merge patch touches the named parts only: roles running at the same time do not fight."""
        kind, name = known("ConfigMap"), self.name_for(self._instance)
        data = {part: " ".join(sorted(kinds)) or None for part, kinds in changed.items()}
        if self._live is None:
            try:
                self._live = cluster.create(kind, self._namespace, self._new(data))
            except ApiError as exc:
                if exc.status != 409:
                    raise
                self._join(cluster, name)
                self._live = cluster.merge(kind, self._namespace, name, {"data": data})
        else:
            try:
                self._live = cluster.merge(kind, self._namespace, name, {"data": data})
            except ApiError as exc:
                if exc.status != 404:
                    raise
                everything = {part: " ".join(sorted(kinds)) for part, kinds in {**self.entries, **changed}.items()}
                self._live = cluster.create(kind, self._namespace, self._new(everything))
        self.entries.update(changed)

    def _join(self, cluster: Cluster, name: str) -> None:
        """Somebody created the record first: another part of this instance, or a stranger."""
        found = cluster.get(known("ConfigMap"), self._namespace, name)
        if found is not None and not is_of(found, self._instance):
            raise EngineError(
                [f"ConfigMap {name}: exists and is not ours, but the record of the instance has to have this name"]
            )

    def _new(self, data: Mapping[str, str | None]) -> Manifest:
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self.name_for(self._instance),
                "namespace": self._namespace,
                "labels": {
                    INSTANCE_LABEL: self._instance,
                    MANAGED_BY_LABEL: MANAGED_BY,
                    COMPONENT_LABEL: COMPONENT,
                },
            },
            "data": {part: text for part, text in data.items() if text},
        }

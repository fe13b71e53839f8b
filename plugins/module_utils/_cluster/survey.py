# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What is on the cluster, read with as few requests as the question needs."""

from __future__ import annotations

from collections.abc import Iterable

from .cluster import Cluster
from .errors import ApiError, EngineError
from .identity import Ref, name_of, selector
from .inventory import Inventory
from .kinds import Kind, known
from .manifests import Scope
from .plain import Manifest


class Survey:
    """The instance's live objects, by kind, and single other objects on demand."""

    def __init__(self, cluster: Cluster, scope: Scope, *, brings_namespace: bool = False) -> None:
        """`brings_namespace`: the namespace is among what is wanted; where it is missing, so is everything in it."""
        self._cluster = cluster
        self._scope = scope
        self._found: dict[Ref, Manifest | None] = {}
        self.objects: dict[Ref, Manifest] = {}
        self.kinds: dict[str, Kind] = {}
        self.listed: set[str] = set()
        empty = brings_namespace and self.namespace is None
        config_maps = [] if empty else self._list(known("ConfigMap"))
        self.inventory = Inventory.among(config_maps, scope.instance, scope.namespace)

    def list_kinds(self, keys: Iterable[str]) -> None:
        """Read every object of the instance of these kinds, unless that was done before."""
        kinds = [kind for key in sorted(set(keys) - self.listed) if (kind := self._cluster.kinds.of_key(key))]
        self._cluster.each(self._list, kinds)

    def _list(self, kind: Kind) -> list[Manifest]:
        self.listed.add(kind.key)
        self.kinds[kind.key] = kind
        if kind.key == "Namespace":
            namespace = self.namespace
            items = [] if namespace is None else [namespace]
        else:
            items = self._cluster.list(kind, self._scope.namespace, selector(self._scope.instance))
        for item in items:
            self.objects[(kind.key, name_of(item))] = item
        return items

    @property
    def namespace(self) -> Manifest | None:
        """The namespace itself, read once."""
        try:
            return self.find(known("Namespace"), self._scope.namespace)
        except ApiError as exc:
            if exc.status != 403:
                raise
            # A deployer confined to its namespace may not look at it: it has to exist then.
            return {"metadata": {"name": self._scope.namespace, "labels": {}}}

    def find(self, kind: Kind, name: str) -> Manifest | None:
        """One object by name, whoever it belongs to."""
        ref = (kind.key, name)
        if ref in self.objects:
            return self.objects[ref]
        if ref not in self._found:
            self._found[ref] = self._cluster.get(kind, self._scope.namespace, name)
        return self._found[ref]

    def adopt(self, kind: Kind, name: str) -> None:
        """Treat an object that does not carry our labels like one of ours."""
        found = self.find(kind, name)
        if found is not None:
            self.kinds[kind.key] = kind
            self.objects[(kind.key, name)] = found

    def adopt_namespace(self, stored: Manifest) -> None:
        """The namespace was created after it had been looked for."""
        self._found[("Namespace", self._scope.namespace)] = stored

    def refuse_terminating(self) -> None:
        namespace = self.namespace
        if namespace is not None and namespace["metadata"].get("deletionTimestamp"):
            raise EngineError(
                [f"namespace {self._scope.namespace} is being deleted: wait until it is gone, then run again"]
            )

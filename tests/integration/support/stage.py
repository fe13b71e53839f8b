# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One test's place on a cluster: names nobody else has, inventories, and everything gone afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from .cluster import Cluster, wait_until
from .inventory import Inventory

_GONE_WITHIN = 120


class Stage:
    """Hands out names and inventories; removes every namespace it named, also after a failure."""

    def __init__(
        self,
        cluster: Cluster,
        kubeconfig: str,
        home: Path,
        folder: Path,
        defaults: Mapping[str, object] | None = None,
    ) -> None:
        self.cluster = cluster
        self._kubeconfig = kubeconfig
        self.folder = folder
        self._home = home
        self._defaults = dict(defaults or {})
        self._namespaces: list[str] = []
        self._inventories = 0

    def name(self, stem: str = "t") -> str:
        """A short unique name for an instance and its namespace, to be removed at the end."""
        return self.remove_later(f"{stem}-{uuid.uuid4().hex[:6]}")

    def remove_later(self, namespace: str) -> str:
        self._namespaces.append(namespace)
        return namespace

    def drop(self, namespace: str) -> None:
        """Remove a namespace before the end, without waiting."""
        self.cluster.delete("Namespace", namespace)

    def inventory(self, **variables: object) -> Inventory:
        """A new inventory on this cluster; the variables are those of the group all."""
        self._inventories += 1
        inventory = Inventory(self.folder / f"inventory-{self._inventories}", self._home, self._kubeconfig)
        return inventory.all(**{**self._defaults, **variables})

    def instance(self, stem: str = "t", **variables: object) -> tuple[str, Inventory]:
        """An inventory of one instance, and the instance's name, which is its namespace's too."""
        name = self.name(stem)
        return name, self.inventory().host(name, **variables)

    def namespace(self, name: str, labels: Mapping[str, str] | None = None) -> str:
        """Create a namespace that is not ours."""
        self.remove_later(name)
        self.cluster.create(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels or {})}}
        )
        return name

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the namespaces, and wait until those that had pods on a node have released it."""
        used_the_node = [namespace for namespace in self._namespaces if self._stop_pods(namespace)]
        for namespace in self._namespaces:
            self.cluster.delete("Namespace", namespace)
        for namespace in used_the_node:
            wait_until(f"namespace {namespace} is gone", lambda: self._gone(namespace), _GONE_WITHIN)  # noqa: B023

    def _stop_pods(self, namespace: str) -> bool:
        """Stop its pods at once: what a test left unfinished in them need not be waited for. True if it had any."""
        running = [pod for pod in self.cluster.list("Pod", namespace) if pod["spec"].get("nodeName")]
        for controller in self.cluster.list("StatefulSet", namespace) if running else []:
            self.cluster.delete("StatefulSet", controller["metadata"]["name"], namespace)
        for pod in running:
            self.cluster.delete("Pod", pod["metadata"]["name"], namespace, grace=2)
        return bool(running)

    def _gone(self, namespace: str) -> bool:
        found = self.cluster.find("Namespace", namespace)
        if found is not None and not found["metadata"].get("deletionTimestamp"):
            self.cluster.delete("Namespace", namespace)
        return found is None

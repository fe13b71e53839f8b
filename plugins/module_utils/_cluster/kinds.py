# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The kinds the engine knows without asking the API server, and how to ask for the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from .errors import ApiError
from .plain import Manifest

# Tiers are written in this order and pruned in the opposite one.
NAMESPACE, LIMITS, IDENTITY, BINDING, CONTENT, VOLUME, SERVICE, WORKLOAD, OTHER = range(9)


@dataclass(frozen=True)
class Kind:
    """One resource type: where it is served and how the engine treats it."""

    group: str
    version: str
    name: str
    plural: str
    namespaced: bool = True
    tier: int = OTHER
    protected: bool = False
    workload: bool = False

    @property
    def key(self) -> str:
        """`ConfigMap`, `apps/StatefulSet`: the form used by the inventory."""
        return f"{self.group}/{self.name}" if self.group else self.name

    @property
    def inert(self) -> bool:
        """Whether no object of this kind starts anything: a process, a disk, an address outside of the cluster."""
        return LIMITS <= self.tier <= CONTENT

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str, name: str = "") -> str:
        """The request path of the collection, or of the object `name` in it."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{quote(namespace, safe='')}" if self.namespaced else ""
        tail = f"/{quote(name, safe='')}" if name else ""
        return f"{root}{scope}/{self.plural}{tail}"


_APPS, _RBAC, _NET = "apps", "rbac.authorization.k8s.io", "networking.k8s.io"
_GATEWAY, _MONITORING, _SNAPSHOT = "gateway.networking.k8s.io", "monitoring.coreos.com", "snapshot.storage.k8s.io"

_TABLE = (
    # A namespace takes every volume in it along, so it is protected like the volumes themselves.
    Kind("", "v1", "Namespace", "namespaces", namespaced=False, tier=NAMESPACE, protected=True),
    Kind("", "v1", "ResourceQuota", "resourcequotas", tier=LIMITS),
    Kind("", "v1", "LimitRange", "limitranges", tier=LIMITS),
    Kind("", "v1", "ServiceAccount", "serviceaccounts", tier=IDENTITY),
    Kind(_RBAC, "v1", "Role", "roles", tier=IDENTITY),
    Kind(_RBAC, "v1", "RoleBinding", "rolebindings", tier=BINDING),
    Kind("", "v1", "Secret", "secrets", tier=CONTENT, protected=True),
    Kind("", "v1", "ConfigMap", "configmaps", tier=CONTENT),
    Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", tier=VOLUME, protected=True),
    Kind(_NET, "v1", "NetworkPolicy", "networkpolicies", tier=CONTENT),
    Kind("cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies", tier=CONTENT),
    Kind("networking.gke.io", "v1alpha1", "FQDNNetworkPolicy", "fqdnnetworkpolicies", tier=CONTENT),
    Kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", tier=CONTENT),
    Kind("", "v1", "Service", "services", tier=SERVICE),
    Kind(_APPS, "v1", "StatefulSet", "statefulsets", tier=WORKLOAD, workload=True),
    Kind(_APPS, "v1", "Deployment", "deployments", tier=WORKLOAD, workload=True),
    Kind(_APPS, "v1", "DaemonSet", "daemonsets", tier=WORKLOAD),
    Kind("batch", "v1", "Job", "jobs", tier=WORKLOAD, workload=True),
    Kind("batch", "v1", "CronJob", "cronjobs", tier=WORKLOAD),
    Kind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    Kind("coordination.k8s.io", "v1", "Lease", "leases"),
    Kind(_NET, "v1", "Ingress", "ingresses"),
    Kind(_GATEWAY, "v1", "Gateway", "gateways"),
    Kind(_GATEWAY, "v1", "HTTPRoute", "httproutes"),
    Kind(_GATEWAY, "v1beta1", "ReferenceGrant", "referencegrants"),
    Kind("route.openshift.io", "v1", "Route", "routes"),
    Kind(_MONITORING, "v1", "ServiceMonitor", "servicemonitors"),
    Kind(_MONITORING, "v1", "PodMonitor", "podmonitors"),
    Kind(_MONITORING, "v1", "PrometheusRule", "prometheusrules"),
    Kind(_SNAPSHOT, "v1", "VolumeSnapshot", "volumesnapshots"),
    # Read only: the engine looks at these to judge the objects above.
    Kind("", "v1", "Pod", "pods"),
    Kind("", "v1", "Event", "events"),
    Kind("storage.k8s.io", "v1", "StorageClass", "storageclasses", namespaced=False),
    Kind("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", namespaced=False),
    Kind("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", namespaced=False),
    Kind(_GATEWAY, "v1", "GatewayClass", "gatewayclasses", namespaced=False),
)

KNOWN: dict[str, Kind] = {kind.key: kind for kind in _TABLE}


def known(key: str) -> Kind:
    """A kind of the table; a missing one is a mistake in the engine itself."""
    return KNOWN[key]


class Kinds:
    """Resolves manifests and inventory entries to kinds, asking the server only for unknown ones."""

    def __init__(self, fetch: Callable[[str], Manifest]) -> None:
        """`fetch(path)` returns a discovery document and raises ApiError (404 when not served)."""
        self._fetch = fetch
        self._found: dict[tuple[str, str, str], Kind | None] = {}

    def of_manifest(self, manifest: Manifest) -> Kind | None:
        """The kind of a manifest, or None when the server does not serve it."""
        group, _slash, version = str(manifest["apiVersion"]).rpartition("/")
        name = str(manifest["kind"])
        kind = KNOWN.get(f"{group}/{name}" if group else name)
        if kind is not None and kind.version == version:
            return kind
        return self._discover(group, version, name)

    def of_key(self, key: str) -> Kind | None:
        """The kind behind an inventory entry; None when its definition is gone from the server."""
        kind = KNOWN.get(key)
        if kind is not None:
            return kind
        group, _slash, name = key.rpartition("/")
        try:
            version = self._fetch(f"/apis/{group}")["preferredVersion"]["version"]
        except ApiError as exc:
            if exc.status == 404:
                return None
            raise
        return self._discover(group, str(version), name)

    def _discover(self, group: str, version: str, name: str) -> Kind | None:
        wanted = (group, version, name)
        if wanted not in self._found:
            self._found[wanted] = self._ask(*wanted)
        return self._found[wanted]

    def _ask(self, group: str, version: str, name: str) -> Kind | None:
        try:
            served = self._fetch(f"/apis/{group}/{version}" if group else f"/api/{version}")
        except ApiError as exc:
            if exc.status == 404:
                return None
            raise
        for resource in served.get("resources", []):
            if resource.get("kind") == name and "/" not in resource["name"]:
                return Kind(group, version, name, resource["name"], namespaced=bool(resource["namespaced"]))
        return None

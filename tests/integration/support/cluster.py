# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster as the tests see it, past the collection: plain requests, no code shared with the engine."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from kubernetes import config
from kubernetes.client import ApiClient, CoreV1Api
from kubernetes.stream import stream

Manifest = dict[str, Any]

USER_AGENT = "openclaw-tests"

# kind -> (API path, plural); everything an instance can own, and what tests put beside it.
KINDS: Mapping[str, tuple[str, str]] = {
    "ConfigMap": ("/api/v1", "configmaps"),
    "Event": ("/api/v1", "events"),
    "LimitRange": ("/api/v1", "limitranges"),
    "Namespace": ("/api/v1", "namespaces"),
    "Node": ("/api/v1", "nodes"),
    "PersistentVolume": ("/api/v1", "persistentvolumes"),
    "PersistentVolumeClaim": ("/api/v1", "persistentvolumeclaims"),
    "Pod": ("/api/v1", "pods"),
    "ResourceQuota": ("/api/v1", "resourcequotas"),
    "Secret": ("/api/v1", "secrets"),
    "Service": ("/api/v1", "services"),
    "ServiceAccount": ("/api/v1", "serviceaccounts"),
    "Deployment": ("/apis/apps/v1", "deployments"),
    "StatefulSet": ("/apis/apps/v1", "statefulsets"),
    "Job": ("/apis/batch/v1", "jobs"),
    "CronJob": ("/apis/batch/v1", "cronjobs"),
    "HorizontalPodAutoscaler": ("/apis/autoscaling/v2", "horizontalpodautoscalers"),
    "Ingress": ("/apis/networking.k8s.io/v1", "ingresses"),
    "Lease": ("/apis/coordination.k8s.io/v1", "leases"),
    "NetworkPolicy": ("/apis/networking.k8s.io/v1", "networkpolicies"),
    "PodDisruptionBudget": ("/apis/policy/v1", "poddisruptionbudgets"),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    "StorageClass": ("/apis/storage.k8s.io/v1", "storageclasses"),
}
_CLUSTER_WIDE = frozenset({"Namespace", "Node", "PersistentVolume", "StorageClass"})
OWNED = (
    "ConfigMap",
    "CronJob",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "LimitRange",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
)
# Made by Kubernetes in every namespace.
_NOT_OURS = {("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")}
_SECRETS_DIGEST = "openclaw.kubernetes/secrets-digest"
_SERVER_METADATA = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink")


class Refused(Exception):
    """The API server said no to a request of the test itself."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


@dataclass(frozen=True)
class Executed:
    rc: int
    stdout: str
    stderr: str


class Cluster:
    """One cluster, as the administrator of its kubeconfig."""

    def __init__(self, kubeconfig: str) -> None:
        self.kubeconfig = kubeconfig
        self._client: ApiClient = config.new_client_from_config(kubeconfig)
        self._client.user_agent = USER_AGENT
        self.server: str = self._client.configuration.host

    @property
    def certificate_authority(self) -> str:
        """The certificate that signs the server's, as a kubeconfig holds it; empty if a public authority does."""
        path = self._client.configuration.ssl_ca_cert
        return base64.b64encode(Path(path).read_bytes()).decode() if path else ""

    # -- requests ----------------------------------------------------------------------------------------------

    def request(
        self,
        verb: str,
        path: str,
        body: object = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Manifest:
        headers = {"User-Agent": USER_AGENT, "Content-Type": content_type}
        for setting in self._client.configuration.auth_settings().values():
            if setting["value"]:
                headers[setting["key"]] = setting["value"]
        answer = self._client.rest_client.pool_manager.request(
            verb,
            f"{self.server}{path}{'?' + urlencode(query) if query else ''}",
            body=None if body is None else json.dumps(body),
            headers=headers,
            timeout=30.0,
        )
        if answer.status >= 400:
            raise Refused(answer.status, answer.data.decode(errors="replace")[:500])
        parsed: Manifest = json.loads(answer.data)
        return parsed

    def _path(self, kind: str, namespace: str, name: str = "") -> str:
        base, plural = KINDS[kind]
        place = "" if kind in _CLUSTER_WIDE else f"/namespaces/{namespace}"
        return f"{base}{place}/{plural}" + (f"/{name}" if name else "")

    def get(self, kind: str, name: str, namespace: str = "") -> Manifest:
        return self.request("GET", self._path(kind, namespace, name))

    def find(self, kind: str, name: str, namespace: str = "") -> Manifest | None:
        try:
            return self.get(kind, name, namespace)
        except Refused as refused:
            if refused.status != 404:
                raise
            return None

    def list(self, kind: str, namespace: str = "", selector: str = "") -> list[Manifest]:
        query = {"labelSelector": selector} if selector else None
        items: list[Manifest] = self.request("GET", self._path(kind, namespace), query=query)["items"]
        return items

    def create(self, manifest: Manifest) -> Manifest:
        namespace = manifest["metadata"].get("namespace", "")
        return self.request("POST", self._path(manifest["kind"], namespace), manifest)

    def apply(self, manifest: Manifest, manager: str, force: bool = False) -> Manifest:
        """Server-side apply in the name of another manager than ours."""
        metadata = manifest["metadata"]
        path = self._path(manifest["kind"], metadata.get("namespace", ""), metadata["name"])
        query = {"fieldManager": manager, "force": str(force).lower()}
        return self.request("PATCH", path, manifest, query, "application/apply-patch+yaml")

    def merge(self, kind: str, name: str, namespace: str, patch: Manifest, manager: str = "kubectl-edit") -> Manifest:
        path = self._path(kind, namespace, name)
        return self.request("PATCH", path, patch, {"fieldManager": manager}, "application/merge-patch+json")

    def remove(self, path: str) -> None:
        """Delete what stands at an API path, if it is there."""
        try:
            self.request("DELETE", path)
        except Refused as refused:
            if refused.status != 404:
                raise

    def delete(self, kind: str, name: str, namespace: str = "", grace: int | None = None) -> None:
        options: Manifest = {"propagationPolicy": "Background"}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        try:
            self.request("DELETE", self._path(kind, namespace, name), options)
        except Refused as refused:
            if refused.status not in (404, 409):
                raise

    def logs(self, pod: str, namespace: str, container: str = "") -> str:
        query = {"container": container} if container else {}
        answer = CoreV1Api(self._client).read_namespaced_pod_log(pod, namespace, **query)
        return str(answer)

    def exec(self, pod: str, namespace: str, *argv: str, container: str = "", timeout: float = 60) -> Executed:
        # The stream patches its client: it gets one of its own.
        api = CoreV1Api(config.new_client_from_config(self.kubeconfig))
        session = stream(
            api.connect_get_namespaced_pod_exec,
            pod,
            namespace,
            command=list(argv),
            stdout=True,
            stderr=True,
            stdin=False,
            _preload_content=False,
            **({"container": container} if container else {}),
        )
        session.run_forever(timeout=timeout)
        if session.is_open():
            session.close()
            raise TimeoutError(f"{argv} in {pod} did not end within {timeout} s")
        return Executed(session.returncode, session.read_stdout(timeout=1), session.read_stderr(timeout=1))

    # -- what tests ask ----------------------------------------------------------------------------------------

    def secret_value(self, name: str, key: str, namespace: str) -> str:
        return base64.b64decode(self.get("Secret", name, namespace)["data"][key]).decode()

    def namespace_names(self) -> set[str]:
        return {item["metadata"]["name"] for item in self.list("Namespace")}

    def objects(self, namespace: str, kinds: Iterable[str] = OWNED) -> dict[tuple[str, str], Manifest]:
        """Every object of these kinds in a namespace, by kind and name, as the server has it."""
        found = {(kind, item["metadata"]["name"]): item for kind in kinds for item in self.list(kind, namespace)}
        return {ref: item for ref, item in found.items() if ref not in _NOT_OURS}

    def contents(self, namespace: str) -> dict[tuple[str, str], Manifest]:
        """Every object but its status: equal before and after means that nobody but a controller wrote."""
        objects = self.objects(namespace)
        for item in objects.values():
            item.pop("status", None)
            metadata = item["metadata"]
            del metadata["resourceVersion"]
            metadata["managedFields"] = [
                entry for entry in metadata.get("managedFields", []) if entry.get("subresource") != "status"
            ]
        return objects


def normalised(objects: Mapping[tuple[str, str], Manifest], *names: str) -> dict[tuple[str, str], Manifest]:
    """Objects without what the server adds, values of Secrets and the instance's names: two deployments compare.

    Who owns which field stays: it decides what the next run does.
    """
    result = {}
    for (kind, name), item in objects.items():
        copy = json.loads(json.dumps(item))
        metadata = copy["metadata"]
        owners = sorted(
            json.dumps([entry["manager"], entry["operation"], entry["fieldsV1"]], sort_keys=True)
            for entry in metadata.get("managedFields", [])
            if entry["manager"].startswith("openclaw.kubernetes")
        )
        for key in _SERVER_METADATA:
            metadata.pop(key, None)
        metadata["owners"] = owners
        copy.pop("status", None)
        template = copy.get("spec", {}).get("template", {}).get("metadata", {}).get("annotations", {})
        if _SECRETS_DIGEST in template:
            template[_SECRETS_DIGEST] = "(digest of random values)"
        if kind == "Secret":
            copy["data"] = dict.fromkeys(copy.get("data") or {}, "(value)")
        if kind == "Service":
            for key in ("clusterIP", "clusterIPs"):
                copy["spec"].pop(key, None)
        text = json.dumps(copy)
        for own in names:
            text, name = text.replace(own, "NAME"), name.replace(own, "NAME")
        result[(kind, name)] = json.loads(text)
    return result


def wait_until(what: str, condition: Callable[[], Any], timeout: float = 60, pause: float = 0.5) -> Any:
    """Return the first true value of `condition`; an AssertionError that says what did not happen otherwise."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout:.0f} s still not: {what}")
        time.sleep(pause)


def load_manifests(text: str) -> list[Manifest]:
    return [document for document in yaml.safe_load_all(text) if document]

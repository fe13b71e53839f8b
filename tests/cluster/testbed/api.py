# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client for the few Kubernetes API calls that the cluster's own set-up needs; standard library only."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import tempfile
from pathlib import Path
from typing import cast

from testbed.progress import ClusterError

JSON = dict[str, "JSON"] | list["JSON"] | str | int | float | bool | None
Object = dict[str, JSON]

_PATHS = {
    "v1/ConfigMap": "/api/v1/namespaces/{namespace}/configmaps",
    "v1/Namespace": "/api/v1/namespaces",
    "v1/Node": "/api/v1/nodes",
    "v1/PersistentVolumeClaim": "/api/v1/namespaces/{namespace}/persistentvolumeclaims",
    "v1/Pod": "/api/v1/namespaces/{namespace}/pods",
    "v1/Secret": "/api/v1/namespaces/{namespace}/secrets",
    "v1/Service": "/api/v1/namespaces/{namespace}/services",
    "v1/ServiceAccount": "/api/v1/namespaces/{namespace}/serviceaccounts",
    "apps/v1/Deployment": "/apis/apps/v1/namespaces/{namespace}/deployments",
    "rbac.authorization.k8s.io/v1/ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "storage.k8s.io/v1/CSIDriver": "/apis/storage.k8s.io/v1/csidrivers",
    "storage.k8s.io/v1/CSINode": "/apis/storage.k8s.io/v1/csinodes",
    "storage.k8s.io/v1/StorageClass": "/apis/storage.k8s.io/v1/storageclasses",
}


class API:
    """An apiserver (or a kubelet), spoken to as the user of a kubeconfig."""

    def __init__(self, kubeconfig: Path, *, address: str | None = None) -> None:
        """Read a kubeconfig as `pki` writes it; `address` (host:port) talks to another server of the same authority."""
        content = json.loads(kubeconfig.read_text())
        cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
        server: str = address or cluster["server"].removeprefix("https://")
        self._host, _colon, port = server.partition(":")
        self._port = int(port)
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._context = ssl.create_default_context(cadata=authority)
        with tempfile.NamedTemporaryFile() as pair:
            pair.write(base64.b64decode(user["client-certificate-data"]) + base64.b64decode(user["client-key-data"]))
            pair.flush()
            self._context.load_cert_chain(pair.name)

    def request(
        self, method: str, path: str, body: JSON | bytes = None, content_type: str = "application/json"
    ) -> tuple[int, str]:
        """Send one request; return status and text. Raises OSError when the server is not there."""
        connection = http.client.HTTPSConnection(self._host, self._port, timeout=20, context=self._context)
        try:
            headers = {"Content-Type": content_type, "Accept": "application/json", "User-Agent": "test-cluster"}
            sent = body if body is None or isinstance(body, bytes) else json.dumps(body)
            connection.request(method, path, sent, headers)
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def ok(self, path: str) -> bool:
        """Tell whether a health path answers 200."""
        try:
            return self.request("GET", path)[0] == 200
        except OSError:
            return False

    def get(self, api: str, name: str, namespace: str = "") -> Object | None:
        """Return an object, or None when it does not exist. `api` is `apps/v1/Deployment`."""
        status, text = self.request("GET", f"{_PATHS[api].format(namespace=namespace)}/{name}")
        if status == 404:
            return None
        if status != 200:
            raise ClusterError(f"GET {api} {name}: {status} {text[:300]}")
        return cast(Object, json.loads(text))

    def apply(self, wanted: Object) -> None:
        """Server-side apply one object."""
        metadata = cast(Object, wanted["metadata"])
        path = _PATHS[f"{wanted['apiVersion']}/{wanted['kind']}"].format(namespace=metadata.get("namespace", ""))
        self._apply(f"{path}/{metadata['name']}", wanted, f"{wanted['kind']} {metadata['name']}")

    def define(self, name: str, definition: str) -> None:
        """Server-side apply the definition of a kind, which is YAML."""
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
        self._apply(path, definition.encode(), f"CustomResourceDefinition {name}")

    def _apply(self, path: str, body: Object | bytes, what: str) -> None:
        query = "fieldManager=test-cluster&force=true&fieldValidation=Strict"
        status, text = self.request("PATCH", f"{path}?{query}", body, "application/apply-patch+yaml")
        if status not in (200, 201):
            raise ClusterError(f"cannot apply {what}: {status} {text[:500]}")


def dig(found: JSON, *keys: str | int) -> JSON:
    """Walk into nested maps and lists; None when a step is missing."""
    for key in keys:
        if isinstance(found, dict) and isinstance(key, str):
            found = found.get(key)
        elif isinstance(found, list) and isinstance(key, int) and key < len(found):
            found = found[key]
        else:
            return None
    return found


def condition(found: JSON, kind: str) -> bool:
    """Tell whether an object's status condition is True."""
    conditions = dig(found, "status", "conditions")
    return isinstance(conditions, list) and any(
        dig(entry, "type") == kind and dig(entry, "status") == "True" for entry in conditions
    )

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The physical limit: requests from one process over kept-alive connections, with nothing around them.

Usage: raw_requests.py patch FOLDER    one server-side apply per object of the manifests in FOLDER
       raw_requests.py list FOLDER     one LIST by label per kind that occurs there, over all namespaces
       raw_requests.py delete PREFIX   remove every namespace with that prefix and what is in it; not measured

Needs KUBECONFIG. RAW_CONNECTIONS says how many connections (8).
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3
import yaml

CONNECTIONS = int(os.environ.get("RAW_CONNECTIONS", "8"))
SELECTOR = "app.kubernetes.io/managed-by=openclaw.kubernetes"
PLURALS = {
    "ConfigMap": "configmaps",
    "LimitRange": "limitranges",
    "Namespace": "namespaces",
    "NetworkPolicy": "networkpolicies",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "ResourceQuota": "resourcequotas",
    "Secret": "secrets",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
    "StatefulSet": "statefulsets",
}
# Leaves first: the controllers would otherwise make pods again while their namespace goes.
LEFT_IN_NAMESPACE = (
    "/apis/apps/v1/{at}/statefulsets",
    "/api/v1/{at}/pods",
    "/apis/apps/v1/{at}/controllerrevisions",
    "/api/v1/{at}/services",
    "/apis/discovery.k8s.io/v1/{at}/endpointslices",
    "/api/v1/{at}/endpoints",
    "/api/v1/{at}/persistentvolumeclaims",
    "/api/v1/{at}/configmaps",
    "/api/v1/{at}/secrets",
    "/api/v1/{at}/serviceaccounts",
    "/api/v1/{at}/resourcequotas",
    "/api/v1/{at}/limitranges",
    "/api/v1/{at}/events",
    "/apis/events.k8s.io/v1/{at}/events",
    "/apis/networking.k8s.io/v1/{at}/networkpolicies",
)


class Server:
    """The apiserver of the kubeconfig's current context, where the test cluster writes certificates inline."""

    def __init__(self, kubeconfig: Path) -> None:
        document = yaml.load(kubeconfig.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        context = _named(document["contexts"], document["current-context"])["context"]
        cluster = _named(document["clusters"], context["cluster"])["cluster"]
        user = _named(document["users"], context["user"])["user"]
        address = urlsplit(cluster["server"])
        tls = ssl.create_default_context(cadata=b64decode(cluster["certificate-authority-data"]).decode())
        with tempfile.NamedTemporaryFile() as pair:  # the ssl module reads a client's certificate from files only
            pair.write(b64decode(user["client-certificate-data"]) + b64decode(user["client-key-data"]))
            pair.flush()
            tls.load_cert_chain(pair.name)
        self._pool = urllib3.HTTPSConnectionPool(
            str(address.hostname), address.port, maxsize=CONNECTIONS, ssl_context=tls, retries=False
        )

    def send(self, verb: str, path: str, body: object = None, content_type: str = "application/json") -> bytes:
        """Returns the body of a 2xx answer, nothing for 404; anything else ends the program."""
        encoded = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        answer = self._pool.request(verb, path, body=encoded, headers={"Content-Type": content_type})
        if answer.status == 404:
            return b""
        if answer.status > 299:
            raise SystemExit(f"{verb} {path}: {answer.status} {answer.data[:300].decode(errors='replace')}")
        return answer.data

    def in_parallel(self, one: Callable[[str], object], paths: Iterable[str]) -> None:
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            list(threads.map(one, paths))


def _named(entries: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


def collection_path(manifest: dict[str, object], namespace: str = "") -> str:
    version = str(manifest["apiVersion"])
    base = f"/apis/{version}" if "/" in version else f"/api/{version}"
    at = f"/namespaces/{namespace}" if namespace else ""
    return f"{base}{at}/{PLURALS[str(manifest['kind'])]}"


def read_manifests(folder: Path) -> list[dict[str, object]]:
    return [manifest for file in sorted(folder.glob("*.json")) for manifest in json.loads(file.read_bytes())]


def patch_all(server: Server, folder: Path) -> str:
    """The namespaces first, then everything at once."""
    bodies: dict[str, dict[str, object]] = {}
    for manifest in read_manifests(folder):
        metadata = manifest["metadata"]
        if isinstance(metadata, dict):
            path = collection_path(manifest, str(metadata.get("namespace", "")))
            bodies[f"{path}/{metadata['name']}?fieldManager=raw&fieldValidation=Strict&force=true"] = manifest

    def patch(path: str) -> None:
        server.send("PATCH", path, bodies[path], "application/apply-patch+yaml")

    server.in_parallel(patch, [path for path, manifest in bodies.items() if manifest["kind"] == "Namespace"])
    server.in_parallel(patch, [path for path, manifest in bodies.items() if manifest["kind"] != "Namespace"])
    return f"patched {len(bodies)}"


def list_all(server: Server, folder: Path) -> str:
    """What a no-op has to read at least; the answers are parsed."""
    manifests = read_manifests(folder)
    found: list[int] = []

    def read(path: str) -> None:
        found.append(len(json.loads(server.send("GET", path))["items"]))

    paths = sorted({collection_path(manifest) for manifest in manifests})
    server.in_parallel(read, [f"{path}?labelSelector={quote(SELECTOR)}" for path in paths])
    if sum(found) < len(manifests):
        raise SystemExit(f"listed {sum(found)} of {len(manifests)} objects")
    return f"listed {sum(found)} objects with {len(paths)} requests"


def delete_all(server: Server, prefix: str) -> str:
    """Empty the namespaces here: the namespace controller allows itself 20 requests a second."""
    listed = json.loads(server.send("GET", "/api/v1/namespaces"))["items"]
    names = [item["metadata"]["name"] for item in listed if item["metadata"]["name"].startswith(prefix)]

    def empty(name: str) -> None:
        namespace = f"/api/v1/namespaces/{name}"
        server.send("DELETE", namespace, {"propagationPolicy": "Background"})
        at = f"namespaces/{name}"
        for path in LEFT_IN_NAMESPACE:
            server.send("DELETE", path.format(at=at), {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
        claims = json.loads(server.send("GET", f"/api/v1/{at}/persistentvolumeclaims") or b'{"items": []}')["items"]
        for claim in claims:
            path = f"/api/v1/{at}/persistentvolumeclaims/{claim['metadata']['name']}"
            server.send("PATCH", path, {"metadata": {"finalizers": None}}, "application/merge-patch+json")
        released = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {"finalizers": []}}
        server.send("PUT", f"{namespace}/finalize", released)

    server.in_parallel(empty, names)
    return f"deleted {len(names)} namespaces"


def main(what: str, target: str) -> str:
    server = Server(Path(os.environ["KUBECONFIG"]))
    started = time.monotonic()
    if what == "delete":
        said = delete_all(server, target)
    else:
        said = {"patch": patch_all, "list": list_all}[what](server, Path(target))
    return f"{said} in {time.monotonic() - started:.2f} s"


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2]))

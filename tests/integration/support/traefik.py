# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Traefik of the tests: an Ingress class and a Gateway that nobody else has, asked at ports of the node."""

from __future__ import annotations

import base64
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websocket import WebSocket, create_connection

from .authority import Authority, Signed
from .cluster import Cluster, Manifest, wait_until
from .stage import Stage

# What the certificate of the Gateway is for.
DOMAIN = "example.com"
# The listeners of the Gateway, which Traefik calls entry points.
PLAIN, SECURE = "web", "websecure"
_SECTIONS = {"http": PLAIN, "https": SECURE}
_PORTS = {PLAIN: (80, 8000), SECURE: (443, 8443)}
_HEALTH = 8080
_IMAGE = "docker.io/library/traefik:v3.6.12"
_LABELS = {"app": "traefik"}
_GATEWAY, _TLS = "gateway", "gateway-tls"
_PATIENCE, _LONGEST = 30, 120

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_GATEWAY_API = "/apis/gateway.networking.k8s.io/v1"
_READ, _STATUS = ["get", "list", "watch"], ["update"]
_RULES = [
    {
        "apiGroups": [""],
        "resources": ["configmaps", "namespaces", "nodes", "pods", "secrets", "services"],
        "verbs": _READ,
    },
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _READ},
    {"apiGroups": ["networking.k8s.io"], "resources": ["ingressclasses", "ingresses"], "verbs": _READ},
    {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses/status"], "verbs": _STATUS},
    {"apiGroups": ["gateway.networking.k8s.io", "traefik.io"], "resources": ["*"], "verbs": [*_READ, *_STATUS]},
]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Traefik:
    """One Traefik; its namespace is also the name of its Ingress class and of its class of Gateways."""

    cluster: Cluster
    name: str
    ca_file: Path

    @property
    def entry_point(self) -> dict[str, object]:
        """Whom an instance has to let in, as its option takes it."""
        return {"namespace": self.name, "pods": _LABELS}

    def parent(self, section: str = SECURE) -> dict[str, object]:
        """The listener of the Gateway that a route is attached to, as the option takes it."""
        return {"name": _GATEWAY, "namespace": self.name, "section": section}

    def address(self, section: str = SECURE) -> str:
        """Where the machine of the tests reaches it."""
        nodes = self.cluster.list("Node")[0]["status"]["addresses"]
        node = next(each["address"] for each in nodes if each["type"] == "InternalIP")
        ports = self.cluster.get("Service", "traefik", self.name)["spec"]["ports"]
        return f"{node}:{next(port['nodePort'] for port in ports if port['name'] == section)}"

    @property
    def service_address(self) -> str:
        """Where pods reach it, at the usual ports."""
        return str(self.cluster.get("Service", "traefik", self.name)["spec"]["clusterIP"])

    @property
    def certificate(self) -> str:
        """The certificate of its Gateway."""
        return self.cluster.secret_value(_TLS, "tls.crt", self.name)

    def addresses(self) -> list[str]:
        """The addresses of its pods that serve, as a gateway sees them."""
        pods = self.cluster.list("Pod", self.name, "app=traefik")
        return [pod["status"]["podIP"] for pod in pods if _is_true(pod, "Ready")]

    def restart(self) -> None:
        """Put another pod into the place of the one that is there."""
        before = self.addresses()
        for pod in self.cluster.list("Pod", self.name, "app=traefik"):
            self.cluster.delete("Pod", pod["metadata"]["name"], self.name, grace=0)
        wait_until("another Traefik runs", lambda: len(self.addresses()) == 1 and self.addresses() != before)

    def supported_features(self) -> list[str]:
        """What it says about its Gateways."""
        found = self.cluster.request("GET", f"{_GATEWAY_API}/gatewayclasses/{self.name}")
        return [str(feature["name"]) for feature in found["status"]["supportedFeatures"]]

    # -- asking ----------------------------------------------------------------------------------------------------

    def connect(self, url: str) -> socket.socket:
        """A connection as a browser makes it, that takes certificates of the tests' authority alone."""
        named = urlsplit(url)
        host, _colon, port = self.address(_SECTIONS[named.scheme]).partition(":")
        link = socket.create_connection((host, int(port)), _PATIENCE)
        if named.scheme == "http":
            return link
        return ssl.create_default_context(cafile=str(self.ca_file)).wrap_socket(link, server_hostname=named.hostname)

    def ask(self, url: str, body: object = None, **headers: str) -> Answer:
        """Get a page, or post JSON; redirects are answers like any other."""
        named = urlsplit(url)
        connection = HTTPConnection(named.netloc)
        text = None if body is None else json.dumps(body)
        sent = headers if text is None else {"Content-Type": "application/json", **headers}
        with self.connect(url) as connection.sock:
            connection.sock.settimeout(_LONGEST)
            connection.request("GET" if text is None else "POST", named.path or "/", text, sent)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read().decode(errors="replace"))

    def converse(self, url: str, **headers: str) -> WebSocket:
        """Open a WebSocket as a page of that address does."""
        named = urlsplit(url)
        return create_connection(
            f"{named.scheme.replace('http', 'ws')}://{named.netloc}{named.path or '/'}",
            socket=self.connect(url),
            origin=f"{named.scheme}://{named.netloc}",
            header=headers,
            timeout=_PATIENCE,
        )


@contextmanager
def traefik(stage: Stage, authority: Authority) -> Iterator[Traefik]:
    """Start a Traefik with a Gateway, and wait until it serves; what is not in its namespace goes at the end."""
    cluster = stage.cluster
    name = stage.namespace(stage.name("traefik"))
    ca_file = stage.folder / f"{name}.pem"
    ca_file.write_text(authority.certificate, encoding="utf-8")
    wide = _cluster_wide(name)
    try:
        for path, manifest in wide.items():
            cluster.request("POST", path.rpartition("/")[0], manifest)
        for manifest in _in_its_namespace(name, authority.sign(f"*.{DOMAIN}")):
            cluster.create(manifest)
        cluster.request("POST", f"{_GATEWAY_API}/namespaces/{name}/gateways", _gateway(name))
        started = Traefik(cluster, name, ca_file)
        wait_until("Traefik runs", started.addresses, 90)
        gateway = f"{_GATEWAY_API}/namespaces/{name}/gateways/{_GATEWAY}"
        wait_until("its Gateway is programmed", lambda: _is_true(cluster.request("GET", gateway), "Programmed"), 30)
        yield started
    finally:
        for path in wide:
            cluster.remove(path)


def tls_secret(name: str, namespace: str, signed: Signed) -> Manifest:
    """A certificate as an Ingress or a Gateway takes it."""
    pair = {"tls.crt": signed.certificate, "tls.key": signed.key}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": "kubernetes.io/tls",
        "data": {key: base64.b64encode(text.encode()).decode() for key, text in pair.items()},
    }


def _is_true(found: Manifest, condition: str) -> bool:
    conditions = found.get("status", {}).get("conditions", [])
    return any(each["type"] == condition and each["status"] == "True" for each in conditions)


def _cluster_wide(name: str) -> dict[str, Manifest]:
    """API path to object. The class of Gateways has a label, so that Traefiks side by side leave each other's alone."""
    metadata = {"name": name, "labels": {"app": name}}
    subject = {"kind": "ServiceAccount", "name": "traefik", "namespace": name}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    return {
        f"{_RBAC}/clusterroles/{name}": {"metadata": metadata, "rules": _RULES},
        f"{_RBAC}/clusterrolebindings/{name}": {"metadata": metadata, "roleRef": role, "subjects": [subject]},
        f"/apis/networking.k8s.io/v1/ingressclasses/{name}": {
            "metadata": metadata,
            "spec": {"controller": "traefik.io/ingress-controller"},
        },
        f"{_GATEWAY_API}/gatewayclasses/{name}": {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": metadata,
            "spec": {"controllerName": "traefik.io/gateway-controller"},
        },
    }


def _in_its_namespace(name: str, signed: Signed) -> list[Manifest]:
    metadata = {"name": "traefik", "namespace": name, "labels": _LABELS}
    ports = [{"name": section, "port": port, "targetPort": section} for section, (port, _inner) in _PORTS.items()]
    service = {"type": "NodePort", "selector": _LABELS, "ports": ports}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        tls_secret(_TLS, name, signed),
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": service},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": _deployment(name)},
    ]


def _deployment(name: str) -> dict[str, Any]:
    container = {
        "name": "traefik",
        "image": _IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": [
            *(f"--entrypoints.{section}.address=:{inner}" for section, (_port, inner) in _PORTS.items()),
            "--ping=true",
            "--global.checknewversion=false",
            "--global.sendanonymoususage=false",
            f"--providers.kubernetesingress.ingressclass={name}",
            "--providers.kubernetescrd=true",
            f"--providers.kubernetesgateway.labelselector=app={name}",
        ],
        "ports": [{"name": section, "containerPort": inner} for section, (_port, inner) in _PORTS.items()],
        "readinessProbe": {"httpGet": {"path": "/ping", "port": _HEALTH}, "periodSeconds": 1},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    pod = {"serviceAccountName": "traefik", "terminationGracePeriodSeconds": 1, "containers": [container]}
    return {
        "selector": {"matchLabels": _LABELS},
        "template": {"metadata": {"labels": _LABELS}, "spec": pod},
    }


def _gateway(name: str) -> Manifest:
    """Ports are those on which Traefik listens in its pod: that is how it finds its entry points."""
    everywhere = {"namespaces": {"from": "All"}}
    tls = {"mode": "Terminate", "certificateRefs": [{"group": "", "kind": "Secret", "name": _TLS}]}
    listeners = [
        {"name": PLAIN, "port": _PORTS[PLAIN][1], "protocol": "HTTP", "allowedRoutes": everywhere},
        {"name": SECURE, "port": _PORTS[SECURE][1], "protocol": "HTTPS", "allowedRoutes": everywhere, "tls": tls},
    ]
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": _GATEWAY, "namespace": name},
        "spec": {"gatewayClassName": name, "listeners": listeners},
    }

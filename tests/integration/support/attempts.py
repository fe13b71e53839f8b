# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attempts to connect, made inside pods: who gets through to where."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .cluster import Cluster, Executed, Manifest, wait_until

OPEN = "open"
IMAGE = "ghcr.io/openclaw/openclaw:2026.9.6"
_CONTAINER = "client"

# What a policy drops is silent, so each attempt has its time, and all of them run at once.
TRY = """
import { connect } from "node:net";
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";

const limit = 3000;
const ways = {
  tcp: ({ host, port }) => new Promise((end) => {
    const socket = connect({ host, port, timeout: limit });
    socket.on("connect", () => end("open")).on("timeout", () => end("timeout")).on("error", ({ code }) => end(code));
  }),
  udp: ({ host, port }) => new Promise((end) => {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    socket.on("message", () => end("open")).on("error", ({ code }) => end(code));
    socket.send("ping", port, host);
    setTimeout(end, limit, "timeout");
  }),
  dns: ({ host }) => lookup(host).then(() => "open", ({ code }) => code),
};
const attempts = JSON.parse(process.argv[1]).map(async (target) => [target.name, await ways[target.protocol](target)]);
console.log(JSON.stringify(Object.fromEntries(await Promise.all(attempts))));
process.exit();
"""

Exec = Callable[..., Executed]


@dataclass(frozen=True)
class Target:
    """Where an attempt goes."""

    name: str
    host: str
    port: int = 0
    protocol: str = "tcp"


def outcomes(execute: Exec, targets: Iterable[Target]) -> dict[str, str]:
    """How each attempt ended, made by a container with Node.js: C(open), C(timeout) or the code of an error."""
    wanted = json.dumps([asdict(target) for target in targets])
    said = execute("node", "--input-type=module", "-e", TRY, wanted)
    if said.rc != 0:
        raise AssertionError(f"the attempts ended with {said.rc}: {said.stderr[-2000:]}")
    found: dict[str, str] = json.loads(said.stdout)
    return found


def ipv6_of(pod: Manifest) -> str:
    """The address of IPv6 that a pod has beside the other one."""
    (found,) = [each["ip"] for each in pod["status"]["podIPs"] if ":" in each["ip"]]
    return str(found)


@dataclass(frozen=True)
class Client:
    """A pod that tries."""

    cluster: Cluster
    namespace: str
    name: str

    @property
    def address(self) -> str:
        return str(self.pod["status"]["podIP"])

    @property
    def pod(self) -> Manifest:
        return self.cluster.get("Pod", self.name, self.namespace)

    def exec(self, *argv: str) -> Executed:
        return self.cluster.exec(self.name, self.namespace, *argv, timeout=60)


def client_pod(namespace: str, name: str, labels: Mapping[str, str], command: list[str]) -> Manifest:
    """A pod that any namespace takes."""
    security: dict[str, Any] = {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {
        "name": _CONTAINER,
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "securityContext": security,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "restartPolicy": "Never",
            "containers": [container],
        },
    }


def new_client(
    cluster: Cluster, namespace: str, name: str, labels: Mapping[str, str] | None = None, *, listens: int = 0
) -> Client:
    """Start a pod that waits to be told, in a namespace that exists; it can listen at a port meanwhile."""
    listening = ["node", "-e", f"require('node:net').createServer((socket) => socket.end()).listen({listens})"]
    cluster.create(client_pod(namespace, name, labels or {}, listening if listens else ["sleep", "3600"]))
    wait_until(f"{name} runs", lambda: cluster.get("Pod", name, namespace)["status"].get("phase") == "Running")
    return Client(cluster, namespace, name)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network policy is in force: who reaches the gateway, and what the agent reaches."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster, Manifest, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

# Prints what happened to a connection, from inside the gateway's container.
_CONNECT = (
    "const [host,port]=process.argv.slice(1);const s=require('net').connect({host,port:+port});"
    "const end=t=>{console.log(t);process.exit(0)};s.setTimeout(4000,()=>end('timeout'));"
    "s.on('connect',()=>end('connected'));s.on('error',e=>end(e.code))"
)


def _client(namespace: str, serving: bool = False) -> Manifest:
    """A pod that stays; with a web server on port 8080 if asked for."""
    serve = ["busybox", "httpd", "-f", "-p", "8080", "-h", "/tmp"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "client", "namespace": namespace},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "client",
                    "image": "ghcr.io/openclaw/tools:1",
                    "imagePullPolicy": "IfNotPresent",
                    "command": serve if serving else ["sleep", "3600"],
                }
            ],
        },
    }


@pytest.fixture(scope="module")
def neighbour(shared_stage: Stage) -> str:
    """A namespace with a pod that serves on port 8080."""
    namespace = shared_stage.namespace(shared_stage.name("neighbour"))
    shared_stage.cluster.create(_client(namespace, serving=True))
    wait_until(
        "the neighbour runs",
        lambda: (
            shared_stage.cluster.get("Pod", "client", namespace)["status"].get("podIP")
            and shared_stage.cluster.get("Pod", "client", namespace)["status"]["phase"] == "Running"
        ),
    )
    return namespace


def _get(cluster: Cluster, namespace: str, address: str, port: int, path: str = "/") -> str:
    """What a client in that namespace gets for a GET; empty when it does not get through."""
    request = f"GET {path} HTTP/1.1\\r\\nHost: {address}:{port}\\r\\nConnection: close\\r\\n\\r\\n"
    script = f"printf '{request}' | nc -w 4 {address} {port}"
    return cluster.exec("client", namespace, "sh", "-c", script).stdout


def _reaches_the_gateway(instance: Instance, namespace: str) -> bool:
    address = instance.cluster.get("Service", instance.name, instance.name)["spec"]["clusterIP"]
    return '"ok":true' in _get(instance.cluster, namespace, address, 18789, "/healthz")


def _from_the_gateway(instance: Instance, host: str, port: int) -> str:
    return instance.exec("node", "-e", _CONNECT, host, str(port)).stdout.strip()


def test_another_namespace_reaches_the_gateway_only_when_it_is_named(live: Instance, neighbour: str) -> None:
    assert not _reaches_the_gateway(live, neighbour)
    uid = live.uid()

    live.site(openclaw_networkpolicy_ingress_namespaces=[neighbour]).ok()
    wait_until("the neighbour reaches the gateway", lambda: _reaches_the_gateway(live, neighbour), 20)
    assert live.uid() == uid

    live.site(openclaw_networkpolicy_ingress_namespaces=[]).ok()
    wait_until("the neighbour is shut out again", lambda: not _reaches_the_gateway(live, neighbour), 20)


def test_gateway_reaches_the_declared_model_and_dns(live: Instance, model: str) -> None:
    assert _from_the_gateway(live, f"model.{model}.svc", 4010) == "connected"


def test_gateway_reaches_no_pod_of_another_namespace(live: Instance, neighbour: str) -> None:
    address = live.cluster.get("Pod", "client", neighbour)["status"]["podIP"]
    assert "HTTP/1.1 404" in _get(live.cluster, neighbour, address, 8080), "the neighbour does not serve at all"
    assert _from_the_gateway(live, address, 8080) != "connected"


def test_gateway_reaches_neither_node_nor_apiserver(live: Instance) -> None:
    server = urlsplit(live.cluster.server)
    targets = [
        (live.pod()["status"]["hostIP"], 10250),
        (server.hostname or "", server.port or 443),
        (live.cluster.get("Service", "kubernetes", "default")["spec"]["clusterIP"], 443),
        ("169.254.169.254", 80),
    ]
    outcomes = {target: _from_the_gateway(live, *target) for target in targets}
    assert [target for target, outcome in outcomes.items() if outcome == "connected" or not outcome] == []


def test_same_targets_are_reachable_without_the_policy(live: Instance, neighbour: str) -> None:
    """What the two tests above find closed is open to a pod that no policy isolates."""
    server = urlsplit(live.cluster.server)
    for host, port in ((live.pod()["status"]["hostIP"], 10250), (server.hostname or "", server.port or 443)):
        said = live.cluster.exec("client", neighbour, "nc", "-w", "4", host, str(port))
        assert said.rc == 0, f"{host}:{port} cannot be reached by anybody"


def test_namespace_enforces_the_restricted_standard(live: Instance) -> None:
    labels = live.cluster.get("Namespace", live.name)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    with pytest.raises(Exception, match="violates PodSecurity"):
        live.cluster.create(_client(live.name))


def test_agent_cannot_write_outside_its_volume(live: Instance) -> None:
    said = live.exec("node", "-e", "require('fs').writeFileSync('/app/owned','x')")
    assert said.rc != 0
    assert "EROFS" in said.stderr
    script = "console.log(process.getuid(), require('fs').existsSync('/var/run/secrets/kubernetes.io'))"
    who = live.exec("node", "-e", script)
    assert who.stdout.split() == ["1000", "false"]


def test_policies_are_back_after_they_were_deleted(live: Instance, neighbour: str) -> None:
    live.cluster.delete("NetworkPolicy", f"{live.name}-deny", live.name)
    live.cluster.delete("NetworkPolicy", f"{live.name}-gateway", live.name)
    wait_until("the way is open", lambda: _reaches_the_gateway(live, neighbour), 20)
    run("site", live.inventory).ok()
    wait_until("the way is closed", lambda: not _reaches_the_gateway(live, neighbour), 20)

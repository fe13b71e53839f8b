# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network policies, by packets: each way is shown open without them, then as declared, then open again.

Hosts of every kind of address stand outside the cluster; clients stand in it, named and not named.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.attempts import (
    OPEN,
    Client,
    Target,
    client_pod,
    new_client,
    outcomes,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Manifest, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.identity import identity
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, model_options
from ansible_collections.openclaw.kubernetes.tests.integration.support.outside import Listener, outside
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

pytestmark = pytest.mark.needs_image("terminal")

GATEWAY, TERMINAL, KUBELET, SERVING = 18789, 7681, 10250, 8080
PUBLIC, CLUSTERS_OWN, DECLARED, METADATA = "203.0.113.10", "203.0.113.200", "10.200.0.9", "169.254.169.254"
PRIVATE = ("10.200.0.1", "172.20.77.1", "192.168.77.1", "100.64.77.1")

LISTENERS = (
    *(Listener("tcp", PUBLIC, port) for port in (443, 80, 22)),
    Listener("udp", PUBLIC, 443),
    Listener("tcp", CLUSTERS_OWN, 443),
    *(Listener("tcp", address, 443) for address in PRIVATE),
    *(Listener("tcp", DECLARED, port) for port in (8200, 443)),
    Listener("tcp", METADATA, 80),
    *(Listener(protocol, METADATA, 53) for protocol in ("tcp", "udp")),
)

# What the gateway may reach with the policy of this file. Everything is open without.
WAYS_OUT = {
    "dns": True,
    "model": True,
    "public-443": True,
    "public-80": False,
    "public-22": False,
    "public-443-udp": False,
    "public-address-of-the-cluster": False,
    **{f"private-{address}": False for address in PRIVATE},
    "declared": True,
    "declared-host-other-port": False,
    "metadata-80": False,
    "metadata-53": False,
    "metadata-53-udp": False,
    "apiserver": False,
    "apiserver-service": False,
    "kubelet": False,
    "other-instance": False,
    "unlabelled-pod": False,
}
# Who may reach the instance. Named are, for the gateway's port, the pods labelled app=front in one namespace.
WAYS_IN = {
    "front: gateway": True,
    "front: gateway through the Service": True,
    "front: terminal": False,
    "beside the front: gateway": False,
    "stranger: gateway": False,
    "stranger: gateway through the Service": False,
    "stranger: terminal": False,
    "stranger with the label: gateway": False,
    "own namespace: gateway": False,
    "own namespace: terminal": False,
}
NAMED_BY_THE_NODE = ("metadata-53", "metadata-53-udp")

Outcomes = dict[str, str]


@pytest.fixture(scope="module")
def hosts() -> Iterator[None]:
    if not os.environ.get("OPENCLAW_TEST_NETNS"):
        pytest.skip("needs OPENCLAW_TEST_NETNS: run on the built-in cluster (make integration)")
    with outside(LISTENERS):
        yield


@pytest.fixture(scope="module")
def front(shared_stage: Stage) -> str:
    """The namespace of the entry point."""
    return shared_stage.namespace(shared_stage.name("front"))


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, hosts: None, front: str, model: str) -> Instance:
    """An instance that nothing isolates yet."""
    name = shared_stage.namespace(shared_stage.name("matrix"))
    data = {key: base64.b64encode(b"guest").decode() for key in ("username", "password")}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-login", "namespace": name}, "data": data}
    shared_stage.cluster.create(secret)
    inventory = shared_stage.inventory().host(
        name,
        **model_options(model),
        openclaw_terminal_enabled=True,
        openclaw_terminal_secret="web-login",
        openclaw_entry_points={"front": {"namespace": front, "pods": {"app": "front"}, "proxy": False}},
        openclaw_networkpolicy_egress_to={"vault": {"cidr": [DECLARED], "ports": [8200]}},
        openclaw_networkpolicy_cluster_ranges=["203.0.113.128/25"],
        openclaw_networkpolicy_enabled=False,
    )
    return Instance(shared_stage.cluster, name, inventory, deployed=run("site", inventory).ok())


@pytest.fixture(scope="module")
def clients(shared_stage: Stage, instance: Instance, front: str) -> dict[str, Client]:
    elsewhere = shared_stage.namespace(shared_stage.name("stranger"))
    cluster = shared_stage.cluster
    return {
        "front": new_client(cluster, front, "front", {"app": "front"}),
        "beside the front": new_client(cluster, front, "beside"),
        "stranger": new_client(cluster, elsewhere, "stranger", listens=SERVING),
        "stranger with the label": new_client(cluster, elsewhere, "imitator", {"app": "front"}),
        "own namespace": new_client(cluster, instance.name, "own"),
    }


@pytest.fixture(scope="module")
def other(live: Instance, instance: Instance) -> Iterator[Instance]:
    """Another instance, which lets this one in."""
    live.site(openclaw_networkpolicy_ingress_namespaces=[instance.name]).ok()
    yield live
    live.site(openclaw_networkpolicy_ingress_namespaces=[]).ok()


def targets(instance: Instance, other: Instance, clients: dict[str, Client], model: str) -> list[Target]:
    """Where the gateway tries to get."""
    cluster = instance.cluster
    server, node = urlsplit(cluster.server), instance.pod()["status"]["hostIP"]
    return [
        Target("dns", "kubernetes.default.svc", protocol="dns"),
        Target("model", f"model.{model}.svc", 4010),
        *(Target(f"public-{port}", PUBLIC, port) for port in (443, 80, 22)),
        Target("public-443-udp", PUBLIC, 443, "udp"),
        Target("public-address-of-the-cluster", CLUSTERS_OWN, 443),
        *(Target(f"private-{address}", address, 443) for address in PRIVATE),
        Target("declared", DECLARED, 8200),
        Target("declared-host-other-port", DECLARED, 443),
        Target("metadata-80", METADATA, 80),
        Target("metadata-53", METADATA, 53),
        Target("metadata-53-udp", METADATA, 53, "udp"),
        Target("apiserver", server.hostname or "", server.port or 443),
        Target("apiserver-service", cluster.get("Service", "kubernetes", "default")["spec"]["clusterIP"], 443),
        Target("kubelet", node, KUBELET),
        Target("other-instance", other.pod()["status"]["podIP"], GATEWAY),
        Target("unlabelled-pod", clients["stranger"].address, SERVING),
    ]


def ways_in(instance: Instance, clients: dict[str, Client]) -> Outcomes:
    pod = instance.pod()["status"]["podIP"]
    service = instance.cluster.get("Service", instance.name, instance.name)["spec"]["clusterIP"]
    doors = {
        "gateway": Target("gateway", pod, GATEWAY),
        "gateway through the Service": Target("gateway through the Service", service, GATEWAY),
        "terminal": Target("terminal", pod, TERMINAL),
    }
    tried = {who: outcomes(client.exec, doors.values()) for who, client in clients.items()}
    return {f"{who}: {door}": ended for who, doors_of in tried.items() for door, ended in doors_of.items()}


@pytest.fixture(scope="module")
def matrix(
    instance: Instance, other: Instance, clients: dict[str, Client], model: str
) -> dict[str, dict[str, Outcomes]]:
    """How every attempt ended: without policies, with them, with the node's DNS beside, and without them again."""

    def attempts() -> dict[str, Outcomes]:
        out = outcomes(instance.exec, targets(instance, other, clients, model))
        return {"out": out, "in": ways_in(instance, clients)}

    def in_force(wanted: bool) -> None:
        pod = Target("gateway", instance.pod()["status"]["podIP"], GATEWAY)
        closed = "the policies are in force" if wanted else "the policies are gone"
        wait_until(closed, lambda: (outcomes(clients["stranger"].exec, [pod])["gateway"] != OPEN) is wanted, 30)

    uid = instance.uid()
    found = {"before": attempts()}
    instance.site(openclaw_networkpolicy_enabled=True).ok()
    in_force(True)
    found["with"] = attempts()
    instance.site(openclaw_networkpolicy_node_dns_enabled=True).ok()
    way = Target("dns", METADATA, 53)
    wait_until("the node's DNS is open", lambda: outcomes(instance.exec, [way])["dns"] == OPEN, 30)
    found["with the node's DNS"] = attempts()
    instance.site(openclaw_networkpolicy_enabled=False, openclaw_networkpolicy_node_dns_enabled=False).ok()
    in_force(False)
    found["after"] = attempts()
    assert instance.uid() == uid, "policies restart no pod"
    return found


@pytest.mark.parametrize("way", WAYS_OUT)
def test_way_out(way: str, matrix: dict[str, dict[str, Outcomes]]) -> None:
    assert matrix["before"]["out"][way] == OPEN, "without a policy it is not open either"
    assert (matrix["with"]["out"][way] == OPEN) is WAYS_OUT[way]
    assert matrix["after"]["out"][way] == OPEN


@pytest.mark.parametrize("way", WAYS_OUT)
def test_way_out_with_the_dns_of_the_node(way: str, matrix: dict[str, dict[str, Outcomes]]) -> None:
    assert (matrix["with the node's DNS"]["out"][way] == OPEN) is (WAYS_OUT[way] or way in NAMED_BY_THE_NODE)


@pytest.mark.parametrize("way", WAYS_IN)
def test_way_in(way: str, matrix: dict[str, dict[str, Outcomes]]) -> None:
    assert matrix["before"]["in"][way] == OPEN, "without a policy it is not open either"
    assert (matrix["with"]["in"][way] == OPEN) is WAYS_IN[way]
    assert matrix["after"]["in"][way] == OPEN


# What the matrix cannot show


IPV6 = {
    ("2606:4700::10", "TCP", 443): True,
    ("2606:4700::10", "TCP", 80): False,
    ("2606:4700::10", "UDP", 443): False,
    ("2600:1f00::10", "TCP", 443): False,
    ("fd00:77::1", "TCP", 443): False,
    ("fd00:77::9", "TCP", 8200): True,
    ("fe80::1", "TCP", 443): False,
    ("fd00:ec2::254", "TCP", 80): False,
    ("fd00:ec2::254", "UDP", 53): False,
    ("2002:a00:1::1", "TCP", 443): False,
    ("64:ff9b::a00:1", "TCP", 443): False,
    ("::1", "TCP", 443): False,
}


def opens(rules: list[Manifest], address: str, protocol: str, port: int) -> bool:
    """Whether a policy lets packets to an address out, read as the API defines it."""
    found = ipaddress.ip_address(address)
    return any(
        found in ipaddress.ip_network(block["cidr"])
        and not any(found in ipaddress.ip_network(hole) for hole in block.get("except", []))
        for rule in rules
        if any(
            each.get("protocol", "TCP") == protocol and each.get("port", port) == port
            for each in rule.get("ports", [{"protocol": protocol}])
        )
        for block in (peer["ipBlock"] for peer in rule["to"] if "ipBlock" in peer)
    )


@pytest.fixture(scope="module")
def isolated(instance: Instance, matrix: dict[str, dict[str, Outcomes]]) -> Instance:
    """The same instance with its policies again, and with the ranges of a cluster that speaks IPv6, too."""
    instance.site(
        openclaw_networkpolicy_enabled=True,
        openclaw_networkpolicy_egress_to={"vault": {"cidr": [DECLARED, "fd00:77::9"], "ports": [8200]}},
        openclaw_networkpolicy_cluster_ranges=["203.0.113.128/25", "2600:1f00::/40"],
    ).ok()
    return instance


@pytest.mark.parametrize("way", IPV6, ids=lambda way: f"{way[0]}-{way[1]}-{way[2]}")
def test_ipv6_twin_as_the_stored_policy_has_it(way: tuple[str, str, int], isolated: Instance) -> None:
    """The built-in cluster has no IPv6: what its API server keeps is read instead of tried."""
    policy = isolated.cluster.get("NetworkPolicy", f"{isolated.name}-gateway", isolated.name)
    assert opens(policy["spec"]["egress"], *way) is IPV6[way]


_HOLD = """
import { connect } from "node:net";
import { existsSync } from "node:fs";

const socket = connect({ host: process.argv[1], port: Number(process.argv[2]) });
let last = 0;
socket.on("data", () => { last = Date.now(); });
socket.on("error", () => {});
await new Promise((end) => {
  const beat = setInterval(() => {
    socket.write("x");
    if (existsSync("/tmp/let-go")) { clearInterval(beat); end(); }
  }, 200);
});
console.log(JSON.stringify({ last, now: Date.now() }));
process.exit();
"""


def test_what_is_connected_already_and_what_is_not(
    isolated: Instance, record_property: Callable[[str, object], None]
) -> None:
    """The API leaves connections that are open to the network plugin; new ones are refused at once."""
    way = Target("closed", PUBLIC, 80)
    isolated.site(openclaw_networkpolicy_enabled=False).ok()
    wait_until("it is open", lambda: outcomes(isolated.exec, [way])["closed"] == OPEN, 30)
    answers: list[Any] = []

    def hold() -> None:
        script = ("node", "--input-type=module", "-e", _HOLD, PUBLIC, "80")
        said = isolated.cluster.exec(isolated.pod_name, isolated.name, *script, container="openclaw", timeout=200)
        answers.append(json.loads(said.stdout))

    holding = threading.Thread(target=hold)
    holding.start()
    try:
        isolated.site(openclaw_networkpolicy_enabled=True).ok()
        wait_until("a new connection is refused", lambda: outcomes(isolated.exec, [way])["closed"] != OPEN, 30)
        time.sleep(3)
    finally:
        isolated.exec("touch", "/tmp/let-go")
        holding.join(30)
        isolated.exec("rm", "-f", "/tmp/let-go")
    (answer,) = answers
    kept = answer["now"] - answer["last"] < 1500
    record_property("figure", f"a connection from before {'goes on' if kept else 'is cut'}")
    assert answer["last"], "it was never connected"


_RACE = """
import { connect } from "node:net";

const once = () => new Promise((end) => {
  const socket = connect({ host: process.argv[1], port: Number(process.argv[2]), timeout: 250 });
  const done = (open) => () => { socket.destroy(); end(open); };
  socket.on("connect", done(true)).on("timeout", done(false)).on("error", done(false));
});
let open = 0;
while (performance.now() < 4000) {
  if (await once()) open = performance.now();
  await new Promise((end) => setTimeout(end, 5));
}
console.log(Math.round(open));
"""
_RACERS = 5


def test_how_long_a_new_pod_is_open(isolated: Instance, record_property: Callable[[str, object], None]) -> None:
    """A pod may start before the network plugin knows its address: measured from its first program on."""
    cluster, labels = isolated.cluster, {"app.kubernetes.io/name": "openclaw"}
    labels["app.kubernetes.io/instance"] = isolated.name
    command = ["node", "--input-type=module", "-e", _RACE, PUBLIC, "80"]
    open_for = []
    for number in range(_RACERS):
        name = f"racer-{number}"
        cluster.create(client_pod(isolated.name, name, labels, command))
        wait_until(
            f"{name} ends",
            lambda name=name: cluster.get("Pod", name, isolated.name)["status"].get("phase") == "Succeeded",
        )
        open_for.append(int(cluster.logs(name, isolated.name)))
        cluster.delete("Pod", name, isolated.name)
    record_property("figure", f"open for at most {max(open_for)} ms")
    assert max(open_for) < 3000, "it stays open"


# What verify makes of it


@contextmanager
def enforcer_asleep() -> Iterator[None]:
    """The built-in cluster with policies that nobody enforces: what enforces them is stopped, and goes on at the "
    "end."""
    record = Path(os.environ["OPENCLAW_TEST_AUDIT_LOG"]).parents[1] / "processes" / "policy.json"
    pid = json.loads(record.read_text(encoding="utf-8"))["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_verify_tells_a_cluster_that_enforces_no_policies(isolated: Instance) -> None:
    # A declared range may hold the API server, which is not tried then.
    isolated.site(openclaw_networkpolicy_enabled=False, openclaw_networkpolicy_egress_to={}).ok()
    way = Target("closed", PUBLIC, 80)
    wait_until("nothing is closed", lambda: outcomes(isolated.exec, [way])["closed"] == OPEN, 30)
    with enforcer_asleep():
        failed = isolated.site(openclaw_networkpolicy_enabled=True)
        warned = run("verify", isolated.inventory, extra={"openclaw_networkpolicy_enforcement": "warn"})
        ignored = run("verify", isolated.inventory, extra={"openclaw_networkpolicy_enforcement": "ignore"})
    assert failed.rc != 0
    assert (
        "the cluster does not enforce network policies: the pod reaches the API server and the figures" in failed.error
    )
    assert "openclaw_networkpolicy_enforcement" in failed.error
    assert "warning: the cluster does not enforce network policies" in warned.ok().stdout
    assert "does not enforce" not in ignored.ok().stdout

    wait_until("the policies are in force", lambda: outcomes(isolated.exec, [way])["closed"] != OPEN, 30)
    assert "warning: the" not in run("verify", isolated.inventory).ok().stdout


def test_verify_names_the_policies_of_others_that_open_the_pods(isolated: Instance) -> None:
    foreign: Manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "allow-all", "namespace": isolated.name},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]},
    }
    isolated.cluster.create(foreign)
    way = Target("closed", PUBLIC, 80)
    try:
        wait_until("it opens the pods", lambda: outcomes(isolated.exec, [way])["closed"] == OPEN, 30)
        verified = run("verify", isolated.inventory).ok()
    finally:
        isolated.cluster.delete("NetworkPolicy", "allow-all", isolated.name)
    told = "the NetworkPolicy allow-all, which is not of this instance, opens ingress from everywhere; egress to"
    assert told in verified.stdout
    wait_until("they are closed again", lambda: outcomes(isolated.exec, [way])["closed"] != OPEN, 30)


def test_verify_works_for_who_may_not_see_policies(isolated: Instance, tmp_path: Path) -> None:
    reading: list[Manifest] = [
        {
            "apiGroups": [""],
            "resources": ["pods", "services", "secrets", "events", "configmaps"],
            "verbs": ["get", "list"],
        },
        {"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["get", "create"]},
        {"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": ["get", "list"]},
    ]
    with identity(isolated.cluster, tmp_path, reading) as reader:
        verified = run("verify", isolated.inventory, extra={"openclaw_kubeconfig": reader.kubeconfig}).ok()
    assert "policies of others that open the pods could not be looked for" in verified.stdout


def test_verify_misses_policies_that_are_gone(isolated: Instance) -> None:
    """Last in the file."""
    for suffix in ("deny", "gateway"):
        isolated.cluster.delete("NetworkPolicy", f"{isolated.name}-{suffix}", isolated.name)
    failed = run("verify", isolated.inventory)
    assert failed.rc != 0
    assert "its network policies are not on the cluster; run the site playbook." in failed.error
    run("site", isolated.inventory).ok()

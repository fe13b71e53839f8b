# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network policies, by packets: each way is shown open without them, then as declared, then open again.

Hosts of every kind of address stand outside the cluster; clients stand in it, named and not named.
"""

from __future__ import annotations

import json
import os
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
    outcomes,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Manifest, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.identity import identity
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.outside import Listener, outside
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage
from ansible_collections.openclaw.kubernetes.tests.integration.support.ways import (
    KUBELET,
    SERVING,
    TERMINAL,
    WAYS_IN,
    Hosts,
    Outcomes,
    assert_shown,
    new_clients,
    open_instance,
    ways_in,
)

pytestmark = pytest.mark.needs_image("terminal")

GATEWAY = 18789
PUBLIC, METADATA = "203.0.113.10", "169.254.169.254"
PUBLIC_IPV6 = "2606:4700::20"
HOSTS = Hosts(
    public=PUBLIC,
    clusters_own="203.0.113.200",
    cluster_range="203.0.113.128/25",
    declared="10.200.0.9",
    metadata=METADATA,
    private=("10.200.0.1", "172.20.77.1", "192.168.77.1", "100.64.77.1"),
)
# What the gateway may reach with the policy of this file. Everything is open without.
WAYS_OUT = {
    **HOSTS.open_to_the_gateway,
    "dns": True,
    "model": True,
    "apiserver": False,
    "apiserver-service": False,
    "kubelet": False,
    "other-instance": False,
    "unlabelled-pod": False,
}
NAMED_BY_THE_NODE = ("metadata-53", "metadata-53-udp")


@pytest.fixture(scope="module")
def hosts() -> Iterator[None]:
    if not os.environ.get("OPENCLAW_TEST_NETNS"):
        pytest.skip("needs OPENCLAW_TEST_NETNS: run on the built-in cluster (make integration)")
    with outside([*HOSTS.listeners, Listener("tcp", PUBLIC_IPV6, 80)]):
        yield


@pytest.fixture(scope="module")
def front(shared_stage: Stage) -> str:
    """The namespace of the entry point."""
    return shared_stage.namespace(shared_stage.name("front"))


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, hosts: None, front: str, model: str) -> Instance:
    return open_instance(shared_stage, "matrix", HOSTS, front, model)


@pytest.fixture(scope="module")
def clients(shared_stage: Stage, instance: Instance, front: str) -> dict[str, Client]:
    return new_clients(shared_stage, instance, front)


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
        *HOSTS.targets,
        Target("dns", "kubernetes.default.svc", protocol="dns"),
        Target("model", f"model.{model}.svc", 4010),
        Target("apiserver", server.hostname or "", server.port or 443),
        Target("apiserver-service", cluster.get("Service", "kubernetes", "default")["spec"]["clusterIP"], 443),
        Target("kubelet", node, KUBELET),
        Target("other-instance", other.pod()["status"]["podIP"], GATEWAY),
        Target("unlabelled-pod", clients["stranger"].address, SERVING),
    ]


def doors(instance: Instance) -> list[Target]:
    """Where clients try to get in."""
    pod = instance.pod()["status"]["podIP"]
    service = instance.cluster.get("Service", instance.name, instance.name)["spec"]["clusterIP"]
    return [
        Target("gateway", pod, GATEWAY),
        Target("gateway through the Service", service, GATEWAY),
        Target("terminal", pod, TERMINAL),
    ]


@pytest.fixture(scope="module")
def matrix(
    instance: Instance, other: Instance, clients: dict[str, Client], model: str
) -> dict[str, dict[str, Outcomes]]:
    """How every attempt ended: without policies, with them, with the node's DNS beside, and without them again."""

    def attempts() -> dict[str, Outcomes]:
        out = outcomes(instance.exec, targets(instance, other, clients, model))
        return {"out": out, "in": ways_in(clients, doors(instance))}

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
    assert_shown(way, WAYS_OUT[way], *(matrix[state]["out"] for state in ("before", "with", "after")))


@pytest.mark.parametrize("way", WAYS_OUT)
def test_way_out_with_the_dns_of_the_node(way: str, matrix: dict[str, dict[str, Outcomes]]) -> None:
    assert (matrix["with the node's DNS"]["out"][way] == OPEN) is (WAYS_OUT[way] or way in NAMED_BY_THE_NODE)


@pytest.mark.parametrize("way", WAYS_IN)
def test_way_in(way: str, matrix: dict[str, dict[str, Outcomes]]) -> None:
    assert_shown(way, WAYS_IN[way], *(matrix[state]["in"] for state in ("before", "with", "after")))


# What the matrix cannot show


@pytest.fixture(scope="module")
def isolated(instance: Instance, matrix: dict[str, dict[str, Outcomes]]) -> Instance:
    """The same instance with its policies again."""
    instance.site(openclaw_networkpolicy_enabled=True).ok()
    return instance


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

const once = (host) => new Promise((end) => {
  const socket = connect({ host, port: 80, timeout: 250 });
  const done = (open) => () => { socket.destroy(); end(open); };
  socket.on("connect", done(true)).on("timeout", done(false)).on("error", done(false));
});
const race = async (host) => {
  let open = 0;
  while (performance.now() < 4000) {
    if (await once(host)) open = performance.now();
    await new Promise((end) => setTimeout(end, 5));
  }
  return Math.round(open);
};
console.log(JSON.stringify(await Promise.all(process.argv.slice(1).map(race))));
"""
_RACERS = 5


def test_how_long_a_new_pod_is_open(
    isolated: Instance, clients: dict[str, Client], record_property: Callable[[str, object], None]
) -> None:
    """A pod may start before the network plugin knows its addresses: measured from its first program on."""
    cluster, labels = isolated.cluster, {"app.kubernetes.io/name": "openclaw"}
    labels["app.kubernetes.io/instance"] = isolated.name
    goals = [Target(host, host, 80) for host in (PUBLIC, PUBLIC_IPV6)]
    assert set(outcomes(clients["stranger"].exec, goals).values()) == {OPEN}
    command = ["node", "--input-type=module", "-e", _RACE, *(goal.host for goal in goals)]
    open_for: list[list[int]] = []
    for number in range(_RACERS):
        name = f"racer-{number}"
        cluster.create(client_pod(isolated.name, name, labels, command))
        wait_until(
            f"{name} ends",
            lambda name=name: cluster.get("Pod", name, isolated.name)["status"].get("phase") == "Succeeded",
        )
        open_for.append(json.loads(cluster.logs(name, isolated.name)))
        cluster.delete("Pod", name, isolated.name)
    four, six = map(max, zip(*open_for, strict=True))
    record_property("figure", f"open for at most {four} ms, over IPv6 {six} ms")
    assert max(four, six) < 3000, "it stays open"


# What verify makes of it


@contextmanager
def nobody_enforces(instance: Instance) -> Iterator[None]:
    """As on a cluster that ignores policies: what enforces them here leaves out namespaces with this label."""

    def label(value: str | None) -> None:
        instance.cluster.merge("Namespace", instance.name, "", {"metadata": {"labels": {"testbed/unenforced": value}}})

    label("")
    try:
        yield
    finally:
        label(None)


def test_verify_tells_a_cluster_that_enforces_no_policies(isolated: Instance) -> None:
    # A declared range may hold the API server, which is not tried then.
    isolated.site(openclaw_networkpolicy_enabled=False, openclaw_networkpolicy_egress_to={}).ok()
    way = Target("closed", PUBLIC, 80)
    wait_until("nothing is closed", lambda: outcomes(isolated.exec, [way])["closed"] == OPEN, 30)
    with nobody_enforces(isolated):
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

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance of both families: its Service, and the network policies over IPv6 by packets.

The twin of test_network_matrix. OpenClaw listens on IPv4 alone, so the proxy of the pod stands before it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.attempts import (
    OPEN,
    Client,
    Target,
    ipv6_of,
    outcomes,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Manifest, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.outside import outside
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

pytestmark = pytest.mark.needs_image("nginx", "terminal")

GATEWAY, FRONT, APISERVER = 18789, 18790, 6443
HOSTS = Hosts(
    public="2606:4700::10",
    clusters_own="2600:1f00::10",
    cluster_range="2600:1f00::/40",
    declared="fd00:77::9",
    metadata="fd00:ec2::254",
    # Of a site; three that may carry an address of IPv4: 6to4, NAT64 and Teredo; and of documentation.
    private=("fd00:77::1", "2002:a00:1::1", "64:ff9b::a00:1", "2001:0:a00:1::1", "2001:db8:77::1"),
)
# What the gateway may reach with the policy of this file. Everything is open without.
WAYS_OUT = {
    **HOSTS.open_to_the_gateway,
    "own-service": True,
    "apiserver": False,
    "kubelet": False,
    "unlabelled-pod": False,
}
_ASK = """
const [url, token, question] = process.argv.slice(1);
const body = JSON.stringify({ model: "openclaw", messages: [{ role: "user", content: question }] });
const headers = { "content-type": "application/json", authorization: "Bearer " + token };
const answer = await fetch(url + "/v1/chat/completions", { method: "POST", body, headers });
console.log(JSON.stringify({ status: answer.status, said: await answer.text() }));
"""
_LOOK_UP = """
import { lookup } from "node:dns/promises";

const found = await lookup(process.argv[1], { all: true });
console.log(JSON.stringify(found.map(({ address }) => address)));
"""


@pytest.fixture(scope="module")
def hosts() -> Iterator[None]:
    if not os.environ.get("OPENCLAW_TEST_NETNS"):
        pytest.skip("needs OPENCLAW_TEST_NETNS: run on the built-in cluster (make integration)")
    with outside(HOSTS.listeners):
        yield


@pytest.fixture(scope="module")
def front(shared_stage: Stage) -> str:
    """The namespace of the entry point."""
    return shared_stage.namespace(shared_stage.name("front"))


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, hosts: None, front: str, model: str) -> Instance:
    return open_instance(
        shared_stage,
        "dual",
        HOSTS,
        front,
        model,
        openclaw_service_ip_family_policy="RequireDualStack",
        openclaw_gateway_proxy_enabled=True,
        # The node's DNS has an address of IPv4: nothing of IPv6 is opened for it.
        openclaw_networkpolicy_node_dns_enabled=True,
    )


@pytest.fixture(scope="module")
def clients(shared_stage: Stage, instance: Instance, front: str) -> dict[str, Client]:
    return new_clients(shared_stage, instance, front)


def service(instance: Instance) -> Manifest:
    spec: Manifest = instance.cluster.get("Service", instance.name, instance.name)["spec"]
    return spec


@pytest.fixture(scope="module")
def matrix(instance: Instance, clients: dict[str, Client]) -> dict[str, dict[str, Outcomes]]:
    """How every attempt ended: without policies, with them, and without them again. In the end they are in force."""
    pod = instance.pod()
    _ipv4, node = (each["ip"] for each in pod["status"]["hostIPs"])
    own = Target("own-service", service(instance)["clusterIPs"][1], GATEWAY)
    targets = [
        *HOSTS.targets,
        own,
        Target("apiserver", node, APISERVER),
        Target("kubelet", node, KUBELET),
        Target("unlabelled-pod", ipv6_of(clients["stranger"].pod), SERVING),
    ]
    gateway, terminal = (
        Target(name, ipv6_of(pod), port) for name, port in (("gateway", FRONT), ("terminal", TERMINAL))
    )
    doors = [gateway, replace(own, name="gateway through the Service"), terminal]

    def attempts(isolated: bool) -> dict[str, Outcomes]:
        instance.site(openclaw_networkpolicy_enabled=isolated).ok()
        state = "the policies are in force" if isolated else "the policies are gone"
        wait_until(state, lambda: (outcomes(clients["stranger"].exec, [gateway])["gateway"] != OPEN) is isolated, 30)
        return {"out": outcomes(instance.exec, targets), "in": ways_in(clients, doors)}

    found = {"before": attempts(False), "with": attempts(True), "after": attempts(False)}
    attempts(True)
    return found


@pytest.mark.parametrize("way", WAYS_OUT)
def test_way_out(way: str, matrix: dict[str, dict[str, Outcomes]]) -> None:
    assert_shown(way, WAYS_OUT[way], *(matrix[state]["out"] for state in ("before", "with", "after")))


@pytest.mark.parametrize("way", WAYS_IN)
def test_way_in(way: str, matrix: dict[str, dict[str, Outcomes]]) -> None:
    assert_shown(way, WAYS_IN[way], *(matrix[state]["in"] for state in ("before", "with", "after")))


def test_agent_answers_at_the_address_of_each_family(
    instance: Instance, clients: dict[str, Client], matrix: dict[str, dict[str, Outcomes]]
) -> None:
    spec = service(instance)
    assert (spec["ipFamilyPolicy"], spec["ipFamilies"]) == ("RequireDualStack", ["IPv4", "IPv6"])

    def asked(script: str, *arguments: str) -> Any:
        return json.loads(clients["front"].exec("node", "--input-type=module", "-e", script, *arguments).stdout)

    assert sorted(asked(_LOOK_UP, f"{instance.name}.{instance.name}.svc")) == sorted(spec["clusterIPs"])
    four, six = spec["clusterIPs"]
    for host in (four, f"[{six}]"):
        answer = asked(_ASK, f"http://{host}:{GATEWAY}", instance.token(), "ping:family")
        assert answer["status"] == 200, host
        assert "pong:family" in answer["said"]


def test_a_service_gets_a_second_family_and_keeps_it_until_told(stage: Stage, audit: AuditLog) -> None:
    name, inventory = stage.instance("families", openclaw_state="suspended")
    run("site", inventory).ok()
    first = stage.cluster.get("Service", name, name)["spec"]["clusterIP"]

    # Unset, it is left to the cluster, and so stays as it is.
    for policy, families in (("PreferDualStack", 2), (None, 2), ("SingleStack", 1), ("RequireDualStack", 2)):
        inventory.host(name, openclaw_service_ip_family_policy=policy)
        run("site", inventory).ok()
        addresses = stage.cluster.get("Service", name, name)["spec"]["clusterIPs"]
        assert (len(addresses), addresses[0]) == (families, first), policy
        mark = audit.mark()
        assert run("site", inventory).ok().changed(name) == 0, policy
        assert audit.since(mark).writes == []

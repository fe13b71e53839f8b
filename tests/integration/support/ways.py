# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of network policies try: hosts outside the cluster of one address family, and clients inside.

A way is shown open without policies, then as declared, then open again.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .attempts import OPEN, Client, Target, new_client, outcomes
from .instance import Instance, model_options
from .outside import Listener
from .playbook import run
from .stage import Stage

TERMINAL, KUBELET, SERVING = 7681, 10250, 8080
Outcomes = dict[str, str]


@dataclass(frozen=True)
class Hosts:
    """Addresses outside the cluster, of one family."""

    public: str
    clusters_own: str
    """A public one of the cluster itself, in C(cluster_range)."""
    cluster_range: str
    declared: str
    metadata: str
    private: tuple[str, ...]

    @property
    def targets(self) -> list[Target]:
        return [
            *(Target(f"public-{port}", self.public, port) for port in (443, 80, 22)),
            Target("public-443-udp", self.public, 443, "udp"),
            Target("public-address-of-the-cluster", self.clusters_own, 443),
            *(Target(f"private-{address}", address, 443) for address in self.private),
            Target("declared", self.declared, 8200),
            Target("declared-host-other-port", self.declared, 443),
            Target("metadata-80", self.metadata, 80),
            Target("metadata-53", self.metadata, 53),
            Target("metadata-53-udp", self.metadata, 53, "udp"),
        ]

    @property
    def listeners(self) -> list[Listener]:
        return [Listener(target.protocol, target.host, target.port) for target in self.targets]

    @property
    def open_to_the_gateway(self) -> dict[str, bool]:
        """Which of them the gateway may reach with the policies of C(open_instance)."""
        return {target.name: target.name in ("public-443", "declared") for target in self.targets}


# Who may reach an instance. Named are, for the gateway's port, the pods labelled app=front in one namespace.
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


def open_instance(stage: Stage, stem: str, hosts: Hosts, front: str, model: str, **options: object) -> Instance:
    """Deploy an instance with a terminal, which nothing isolates yet."""
    name = stage.namespace(stage.name(stem))
    data = {key: base64.b64encode(b"guest").decode() for key in ("username", "password")}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-login", "namespace": name}, "data": data}
    stage.cluster.create(secret)
    inventory = stage.inventory().host(
        name,
        **model_options(model),
        openclaw_terminal_enabled=True,
        openclaw_terminal_secret="web-login",
        openclaw_entry_points={"front": {"namespace": front, "pods": {"app": "front"}, "proxy": False}},
        openclaw_networkpolicy_egress_to={"vault": {"cidr": [hosts.declared], "ports": [8200]}},
        openclaw_networkpolicy_cluster_ranges=[hosts.cluster_range],
        openclaw_networkpolicy_enabled=False,
        **options,
    )
    return Instance(stage.cluster, name, inventory, deployed=run("site", inventory).ok())


def new_clients(stage: Stage, instance: Instance, front: str) -> dict[str, Client]:
    """Start those who try to get in, named and not named."""
    elsewhere, cluster = stage.namespace(stage.name("stranger")), stage.cluster
    return {
        "front": new_client(cluster, front, "front", {"app": "front"}),
        "beside the front": new_client(cluster, front, "beside"),
        "stranger": new_client(cluster, elsewhere, "stranger", listens=SERVING),
        "stranger with the label": new_client(cluster, elsewhere, "imitator", {"app": "front"}),
        "own namespace": new_client(cluster, instance.name, "own"),
    }


def ways_in(clients: Mapping[str, Client], doors: Iterable[Target]) -> Outcomes:
    """How everybody's attempts at these doors ended."""
    wanted = list(doors)
    tried = {who: outcomes(client.exec, wanted) for who, client in clients.items()}
    return {f"{who}: {door}": ended for who, doors_of in tried.items() for door, ended in doors_of.items()}


def assert_shown(way: str, allowed: bool, before: Outcomes, during: Outcomes, after: Outcomes) -> None:
    """A way that was never open shows nothing by being closed."""
    assert before[way] == OPEN, "without a policy it is not open either"
    assert (during[way] == OPEN) is allowed
    assert after[way] == OPEN

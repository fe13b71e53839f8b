# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Cloudflare Tunnel out of the pod: clients come through the edge, and by no other way.

cloudflared itself cannot be had here: a stand-in with its command line and its files goes out to an edge of the test,
through the network policies, and shows there what the Secret holds. The unit tests pin command line and files.
"""

from __future__ import annotations

import base64
import json
import os
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.attempts import (
    OPEN,
    Target,
    new_client,
    outcomes,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Executed, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.edge import (
    ADDRESS,
    CLIENT,
    PORT,
    Edge,
    Tunnel,
    edge,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, model_options
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import COLLECTION
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

pytestmark = pytest.mark.needs_image("cloudflared")

CERTIFICATES = COLLECTION / "tests" / "unit" / "plugins" / "module_utils" / "cluster" / "certificates"
AUTHORITY = CERTIFICATES / "authority.pem"
# Names of the certificate: the instance knows the first one only.
HOST = "claw.example.com"
OTHER = f"second.{HOST}"
GATEWAY = 18789


def _tunnel() -> Tunnel:
    return Tunnel(str(uuid.uuid4()), f"account-{uuid.uuid4().hex}", base64.b64encode(uuid.uuid4().bytes).decode())


def _token(tunnel: Tunnel) -> str:
    content = {"a": tunnel.account, "t": tunnel.name, "s": tunnel.secret}
    return base64.b64encode(json.dumps(content).encode()).decode()


def _credentials(tunnel: Tunnel) -> str:
    return json.dumps({"AccountTag": tunnel.account, "TunnelID": tunnel.name, "TunnelSecret": tunnel.secret})


# The key of the Secret, what it holds, and what the option calls the tunnel: nothing for one that is managed at
# Cloudflare.
WAYS: dict[str, tuple[Callable[[Tunnel], str], str]] = {
    "token": (_token, ""),
    "credentials.json": (_credentials, "claws"),
}
TUNNELS = {key: _tunnel() for key in WAYS}
STOLEN = _tunnel()


@pytest.fixture(scope="module")
def outer_edge() -> Iterator[Edge]:
    if not os.environ.get("OPENCLAW_TEST_NETNS"):
        pytest.skip("needs OPENCLAW_TEST_NETNS: run on the built-in cluster (make integration)")
    with edge([*TUNNELS.values(), STOLEN], CERTIFICATES / f"{HOST}.pem", AUTHORITY) as running:
        yield running


@dataclass
class Tunnelled:
    """An instance at the end of a tunnel."""

    instance: Instance
    edge: Edge
    tunnel: Tunnel
    managed_here: bool

    def log(self) -> str:
        return self.instance.cluster.logs(self.instance.pod_name, self.instance.name, "cloudflared")

    def client(self, host: str = HOST) -> HTTPConnection:
        return self.edge.client(self.tunnel, host)

    def ask(self, question: str, host: str = HOST, token: str = "") -> tuple[int, str]:
        """Put a question to the agent as a client of the edge; HTTP status and answer."""
        body = json.dumps({"model": "openclaw", "messages": [{"role": "user", "content": question}]})
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token or self.instance.token()}"}
        client = self.client(host)
        client.request("POST", "/v1/chat/completions", body, headers)
        answer = client.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            return answer.status, text
        return 200, str(json.loads(text)["choices"][0]["message"]["content"])

    def knock(self, mark: str) -> tuple[int, str]:
        """Begin a session and end it; HTTP status and the first event."""
        key = base64.b64encode(uuid.uuid4().bytes).decode()
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        headers = {"Origin": f"https://{HOST}", "User-Agent": mark, "Sec-WebSocket-Key": key, **upgrade}
        client = self.client()
        client.request("GET", "/", headers=headers)
        answer = client.getresponse()
        found = re.search(rb'"event":"([^"]+)"', answer.fp.read1(4096) if answer.status == 101 else b"")
        client.close()
        return answer.status, found[1].decode() if found else ""


def _instance(stage: Stage, key: str, content: str, model: str, tunnel: Tunnel, outer_edge: Edge) -> Instance:
    """An instance with a tunnel, not deployed yet; `verify` comes to it as clients do."""
    name = stage.namespace(stage.name("tunnelled"))
    data = {key: base64.b64encode(content.encode()).decode()}
    metadata = {"name": "tunnel", "namespace": name}
    stage.cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})
    inventory = stage.inventory().host(
        name,
        **model_options(model),
        openclaw_hostname=HOST,
        openclaw_cloudflared_enabled=True,
        openclaw_cloudflared_secret="tunnel",
        openclaw_cloudflared_tunnel=WAYS[key][1],
        openclaw_cloudflared_args=["--protocol=http2", "--loglevel=debug", f"--edge={ADDRESS}:{PORT}"],
        openclaw_verify_entry_address=outer_edge.place(tunnel),
        openclaw_verify_entry_ca=str(AUTHORITY),
    )
    return Instance(stage.cluster, name, inventory)


@pytest.fixture(scope="module", params=WAYS)
def tunnelled(shared_stage: Stage, model: str, outer_edge: Edge, request: pytest.FixtureRequest) -> Tunnelled:
    """A tunnel that is managed at Cloudflare, and one that is managed here."""
    key = str(request.param)
    (content, name), tunnel = WAYS[key], TUNNELS[key]
    instance = _instance(shared_stage, key, content(tunnel), model, tunnel, outer_edge)
    instance.deployed = instance.site().ok()
    return Tunnelled(instance, outer_edge, tunnel, managed_here=bool(name))


def _probe(instance: Instance) -> Executed:
    """Ask what the kubelet asks."""
    (container,) = (each for each in instance.pod()["spec"]["initContainers"] if each["name"] == "cloudflared")
    command = container["livenessProbe"]["exec"]["command"]
    return instance.cluster.exec(instance.pod_name, instance.name, *command, container="cloudflared")


def test_verify_comes_through_the_tunnel(tunnelled: Tunnelled) -> None:
    """A WebSocket and the origin of its pages included."""
    assert tunnelled.instance.deployed
    assert f"answers through its Service and https://{HOST}, runs the declared" in tunnelled.instance.deployed.stdout


def test_it_runs_the_tunnel_of_its_secret_and_its_probe_finds_it(tunnelled: Tunnelled) -> None:
    assert f"tunnelID={tunnelled.tunnel.name}" in tunnelled.log()
    assert tunnelled.tunnel.secret not in tunnelled.log()
    said = _probe(tunnelled.instance)
    assert (said.rc, said.stderr) == (0, "")


def test_what_it_brings_is_answered(tunnelled: Tunnelled) -> None:
    """The gateway would refuse it with 403 if it did not believe what the tunnel says about the client."""
    assert tunnelled.ask("ping:tunnel") == (200, "pong:tunnel")
    assert tunnelled.ask("ping:tunnel", token="wrong")[0] == 401


def test_the_gateway_knows_from_whom_it_comes(tunnelled: Tunnelled) -> None:
    mark = f"knock-{uuid.uuid4().hex}"
    assert tunnelled.knock(mark) == (101, "connect.challenge")
    instance = tunnelled.instance

    def logged() -> re.Match[str] | None:
        log = instance.cluster.logs(instance.pod_name, instance.name, "openclaw")
        seen = re.compile(r"remote=(\S+) fwd=(\S+)")
        return next((found for line in log.splitlines() if mark in line and (found := seen.search(line))), None)

    assert wait_until("the gateway logs the session", logged, 20).groups() == ("127.0.0.1", CLIENT)


def test_a_tunnel_that_is_managed_here_takes_its_own_hosts_only(tunnelled: Tunnelled) -> None:
    assert tunnelled.ask("ping:other", host=OTHER)[0] == (404 if tunnelled.managed_here else 200)


def test_the_policies_leave_the_way_out_to_the_edge_and_none_in(tunnelled: Tunnelled, shared_stage: Stage) -> None:
    instance = tunnelled.instance
    stranger = new_client(shared_stage.cluster, shared_stage.namespace(shared_stage.name("stranger")), "stranger")
    ways_in = [
        Target("pod", instance.pod()["status"]["podIP"], GATEWAY),
        Target("service", f"{instance.name}.{instance.name}.svc", GATEWAY),
    ]
    # Nobody listens beside the edge's port: what gets through is refused there.
    ways_out = [Target("edge", ADDRESS, PORT), Target("beside", ADDRESS, PORT + 1)]
    assert outcomes(stranger.exec, ways_in) == {"pod": "timeout", "service": "timeout"}
    assert outcomes(stranger.exec, ways_out) == {"edge": OPEN, "beside": "ECONNREFUSED"}
    assert outcomes(instance.exec, ways_out) == {"edge": OPEN, "beside": "timeout"}


def test_a_secret_that_is_refused_is_explained(shared_stage: Stage, model: str, outer_edge: Edge) -> None:
    """cloudflared goes on trying, and nothing is wrong with the pod: only who comes by the entry point notices."""
    wrong = Tunnel(STOLEN.name, STOLEN.account, base64.b64encode(b"not the secret").decode())
    instance = _instance(shared_stage, "token", _token(wrong), model, STOLEN, outer_edge)

    refused = instance.site()

    assert refused.rc != 0
    assert f"https://{HOST}: Cloudflare has no connection of the tunnel (530)" in refused.error
    assert "openclaw_cloudflared_secret" in refused.error
    assert wrong.secret not in refused.everything
    said = _probe(instance)
    assert said.rc != 0
    assert "returned status code 503" in said.stderr


def test_a_token_that_is_none_fails_the_run_with_what_cloudflared_says(
    shared_stage: Stage, model: str, outer_edge: Edge
) -> None:
    instance = _instance(shared_stage, "token", "no-token-at-all", model, STOLEN, outer_edge)
    refused = instance.site()
    assert refused.rc != 0
    assert "Provided Tunnel token is not valid" in refused.error
    assert "no-token-at-all" not in refused.everything

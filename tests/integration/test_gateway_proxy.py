# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy in front of the gateway: everything works through it, and the gateway knows who its clients are."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.neighbour import LABELS, Neighbour, new_neighbour
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

pytestmark = pytest.mark.needs_image("nginx")
SOMEBODY = "203.0.113.7"
GATEWAY, ENTRY = "18789", "18791"
ANN = "ann@example.com"

_ASK = """
const [url, token, question, spoofed] = process.argv.slice(1);
const body = JSON.stringify({ model: "openclaw", stream: true, messages: [{ role: "user", content: question }] });
const headers = { "content-type": "application/json", authorization: "Bearer " + token, ...JSON.parse(spoofed) };
const answer = await fetch(url + "/v1/chat/completions", { method: "POST", body, headers });
const text = await answer.text();
const events = [...text.matchAll(/^data: (\\{.*\\})$/gm)].map(([, event]) => JSON.parse(event));
const parts = events.map(({ choices }) => choices?.[0]?.delta?.content ?? "");
console.log(JSON.stringify({ status: answer.status, said: answer.ok ? parts.join("") : text }));
"""
# Begins a session without saying who it is, so the gateway logs from where it came.
_KNOCK = """
const [url, spoofed] = process.argv.slice(1);
const socket = new WebSocket(url.replace("http", "ws"), { headers: JSON.parse(spoofed) });
const first = await new Promise((end) => {
  socket.onmessage = ({ data }) => end(JSON.parse(data).event);
  socket.onerror = () => end("refused");
  setTimeout(end, 10000, "nothing");
});
socket.close();
console.log(JSON.stringify(first));
"""
_CONNECT = (
    "const [host,port]=process.argv.slice(1);const s=(await import('node:net')).connect({host,port:+port});"
    "const end=t=>{console.log(JSON.stringify(t));process.exit()};s.setTimeout(4000,()=>end('timeout'));"
    "s.on('connect',()=>end('connected'));s.on('error',e=>end(e.code))"
)
_GET = """
const [url, headers] = process.argv.slice(1);
const answer = await fetch(url, { headers: JSON.parse(headers) });
console.log(JSON.stringify({ status: answer.status, said: await answer.text() }));
"""


@pytest.fixture(scope="module")
def neighbour(shared_stage: Stage) -> Neighbour:
    return new_neighbour(shared_stage)


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, neighbour: Neighbour, model: str) -> Instance:
    return new_instance(
        shared_stage,
        "fronted",
        model,
        openclaw_gateway_proxy_enabled=True,
        openclaw_networkpolicy_ingress_namespaces=[neighbour.namespace],
    )


def url(instance: Instance, port: str = GATEWAY) -> str:
    # An address: OpenClaw's client speaks without encryption only to private ones, and a name could be anything.
    return f"http://{instance.cluster.get('Service', instance.name, instance.name)['spec']['clusterIP']}:{port}"


def ask(neighbour: Neighbour, instance: Instance, question: str, port: str = GATEWAY, **spoofed: str) -> Any:
    return neighbour.script(_ASK, url(instance, port), instance.token(), question, json.dumps(spoofed))


def connecting(neighbour: Neighbour, host: str, port: str) -> object:
    """What became of a connection."""
    return neighbour.script(_CONNECT, host, port)


def address_seen_by_the_gateway(neighbour: Neighbour, instance: Instance, port: str = GATEWAY, **spoofed: str) -> str:
    """Where a session came from, as the gateway's log has it: fwd is the client, remote who brought it."""
    mark = f"knock-{uuid.uuid4().hex}"
    said = neighbour.script(_KNOCK, url(instance, port), json.dumps({**spoofed, "user-agent": mark}))
    assert said == "connect.challenge"

    def logged() -> re.Match[str] | None:
        log = instance.cluster.logs(instance.pod_name, instance.name, "openclaw")
        return next((found for line in log.splitlines() if mark in line and (found := SEEN.search(line))), None)

    seen = wait_until("the gateway logs the session", logged, 20)
    assert seen["remote"] == "127.0.0.1"
    return str(seen["client"])


SEEN = re.compile(r"remote=(?P<remote>\S+) fwd=(?P<client>\S+)")


def test_a_question_is_answered_through_the_proxy(neighbour: Neighbour, instance: Instance) -> None:
    assert ask(neighbour, instance, "ping:through") == {"status": 200, "said": "pong:through"}


def test_the_pod_asks_itself_through_its_service(instance: Instance) -> None:
    assert instance.ask("ping:own-service") == (200, "pong:own-service")


def test_a_session_of_openclaws_own_client(neighbour: Neighbour, instance: Instance) -> None:
    address = url(instance).replace("http", "ws")
    called = neighbour.exec(
        *("env", "HOME=/tmp", "OPENCLAW_STATE_DIR=/tmp/state", "XDG_CACHE_HOME=/tmp/cache"),
        *("node", "/app/openclaw.mjs", "gateway", "call", "health", "--json"),
        *("--url", address, "--token", instance.token(), "--timeout", "20000"),
    )
    assert called.rc == 0, called.stderr[-2000:]
    assert json.loads(called.stdout[called.stdout.index("{") :])["ok"] is True


def test_the_cli_in_the_pod_needs_no_proxy(instance: Instance) -> None:
    assert instance.config_in_force()["gateway"]["trustedProxies"] == ["127.0.0.1"]


def test_the_gateway_itself_is_out_of_reach(neighbour: Neighbour, instance: Instance) -> None:
    assert connecting(neighbour, instance.pod()["status"]["podIP"], GATEWAY) != "connected"


def test_the_gateway_knows_its_client(neighbour: Neighbour, instance: Instance) -> None:
    assert address_seen_by_the_gateway(neighbour, instance) == neighbour.address


@pytest.mark.parametrize(
    "spoofed",
    [
        {"x-forwarded-for": SOMEBODY},
        {"x-forwarded-for": "127.0.0.1"},
        {"x-forwarded-for": f"{SOMEBODY}, 127.0.0.1", "x-real-ip": SOMEBODY, "forwarded": f"for={SOMEBODY}"},
        {"x-forwarded-host": "evil.example.com", "x-forwarded-proto": "https"},
    ],
    ids=["somebody", "loopback", "all", "host"],
)
def test_what_clients_say_about_themselves_is_overwritten(
    neighbour: Neighbour, instance: Instance, spoofed: dict[str, str]
) -> None:
    assert address_seen_by_the_gateway(neighbour, instance, **spoofed) == neighbour.address
    assert ask(neighbour, instance, "ping:spoofed", **spoofed) == {"status": 200, "said": "pong:spoofed"}


def test_an_answer_arrives_although_the_pod_stops(neighbour: Neighbour, instance: Instance) -> None:
    """The proxy stays as long as it has something to bring."""
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(ask(neighbour, instance, "slow:10")))
    asking.start()
    uid = instance.uid()
    # Long enough for the turn to begin, short enough for it not to end.
    time.sleep(5)
    instance.cluster.delete("Pod", instance.pod_name, instance.name)
    asking.join(60)
    assert answers == [{"status": 200, "said": "slept"}]
    wait_until("its successor is ready", lambda: instance.ready() and instance.uid() != uid, 120)


def test_a_named_proxy_is_believed(neighbour: Neighbour, instance: Instance) -> None:
    """From here on the tests change the instance."""
    instance.site(openclaw_trusted_proxies=[neighbour.address]).ok()
    chain = {"x-forwarded-for": f"198.51.100.1, {SOMEBODY}", "x-forwarded-proto": "https"}
    assert address_seen_by_the_gateway(neighbour, instance, **chain) == SOMEBODY


# Proxies that are named by their pods

EDGE = "198.51.100.9"


@pytest.fixture(scope="module")
def bystander(shared_stage: Stage) -> Neighbour:
    """A pod with the labels of the proxy in another namespace; it may reach the gateway like anybody."""
    return new_neighbour(shared_stage)


@pytest.fixture(scope="module")
def entered(instance: Instance, neighbour: Neighbour, bystander: Neighbour) -> Instance:
    """The instance behind a proxy that is known by its pods, and behind another one before that."""
    instance.site(
        openclaw_entry_points={"edge": {"namespace": neighbour.namespace, "pods": LABELS}},
        openclaw_trusted_proxies=[EDGE],
        openclaw_networkpolicy_ingress_namespaces=[neighbour.namespace, bystander.namespace],
    ).ok()
    return instance


@pytest.mark.parametrize(
    "chain",
    [SOMEBODY, f"198.51.100.1, {SOMEBODY}", f"198.51.100.1, {SOMEBODY}, {EDGE}"],
    ids=["one", "spoofed", "edge"],
)
def test_a_proxy_is_believed_at_the_port_of_proxies(chain: str, entered: Instance, neighbour: Neighbour) -> None:
    said = {"x-forwarded-for": chain, "x-real-ip": "198.51.100.1"}
    assert address_seen_by_the_gateway(neighbour, entered, ENTRY, **said) == SOMEBODY
    assert ask(neighbour, entered, "ping:entered", ENTRY, **said) == {"status": 200, "said": "pong:entered"}


def test_the_same_proxy_is_not_believed_at_the_port_of_everybody(entered: Instance, neighbour: Neighbour) -> None:
    assert address_seen_by_the_gateway(neighbour, entered, **{"x-forwarded-for": SOMEBODY}) == neighbour.address


def test_a_proxy_that_names_no_client_is_told_so(entered: Instance, neighbour: Neighbour) -> None:
    told = neighbour.script(_GET, f"{url(entered, ENTRY)}/healthz", "{}")
    assert told["status"] == 403
    assert "the request has no X-Forwarded-For" in told["said"]


def test_nobody_else_reaches_the_port_of_proxies(entered: Instance, neighbour: Neighbour, bystander: Neighbour) -> None:
    address = entered.pod()["status"]["podIP"]
    wait_until("the proxy gets in", lambda: connecting(neighbour, address, ENTRY) == "connected", 20)
    assert connecting(bystander, address, "18790") == "connected"
    assert connecting(bystander, address, ENTRY) != "connected"


def test_users_are_named_at_the_port_of_proxies_alone(entered: Instance, neighbour: Neighbour) -> None:
    entered.site(openclaw_gateway_auth="trusted-proxy", openclaw_gateway_users=[ANN]).ok()
    try:
        user = {"x-forwarded-for": SOMEBODY, "x-forwarded-user": ANN}
        assert ask(neighbour, entered, "ping:ann", ENTRY, **user) == {"status": 200, "said": "pong:ann"}
        assert ask(neighbour, entered, "ping:eve", ENTRY, **{**user, "x-forwarded-user": "eve"})["status"] == 401
        assert ask(neighbour, entered, "ping:ann", **user)["status"] == 401
        assert entered.config_in_force()["gateway"]["auth"]["mode"] == "trusted-proxy"
    finally:
        entered.site(openclaw_gateway_auth=None, openclaw_gateway_users=None).ok()


def test_the_port_of_proxies_goes_with_them(entered: Instance, neighbour: Neighbour) -> None:
    """Last in the file."""
    entered.site(openclaw_entry_points=None, openclaw_trusted_proxies=None).ok()
    ports = entered.cluster.get("Service", entered.name, entered.name)["spec"]["ports"]
    assert [port["name"] for port in ports] == ["gateway"]
    assert connecting(neighbour, entered.pod()["status"]["podIP"], ENTRY) != "connected"

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Cloudflare Tunnel into the pod: what it brings is answered, and the gateway knows from whom it comes.

cloudflared itself cannot be had here: a stand-in with its command line and its files takes what asks on port 7844 of
the pod's loopback for what Cloudflare brings. The unit tests pin command line and files.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, model_options
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

pytestmark = pytest.mark.needs_image("cloudflared")

HOST = "claw.example.com"
# Whom the stand-in brings.
CLIENT = "203.0.113.7"
# Puts a question where Cloudflare's requests arrive; without one it begins a session, and tells its first event.
_ASK = """
const { request } = require("node:http");
const [host, token, question, mark] = process.argv.slice(1);
const end = (answer) => { console.log(JSON.stringify(answer)); process.exit(0); };
const place = { host: "127.0.0.1", port: 7844 };
if (question) {
  const body = JSON.stringify({ model: "openclaw", messages: [{ role: "user", content: question }] });
  const headers = { host, "content-type": "application/json", authorization: "Bearer " + token };
  const asked = request({ ...place, path: "/v1/chat/completions", method: "POST", headers }, async (answer) => {
    const text = Buffer.concat(await answer.toArray()).toString();
    const said = answer.statusCode === 200 ? JSON.parse(text).choices[0].message.content : text;
    end({ status: answer.statusCode, said });
  });
  asked.on("error", (error) => end({ status: 0, said: error.code }));
  asked.end(body);
} else {
  const key = Buffer.alloc(16).toString("base64");
  const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
  const headers = { host, origin: "https://" + host, "user-agent": mark, "sec-websocket-key": key, ...upgrade };
  const asked = request({ ...place, path: "/", headers });
  asked.on("response", (answer) => end({ status: answer.statusCode }));
  asked.on("upgrade", (answer, socket, head) => {
    const told = (data) => end({ status: answer.statusCode, said: data.toString().match(/"event":"([^"]+)"/)?.[1] });
    if (head.length) told(head); else socket.once("data", told);
  });
  asked.end();
}
"""


@dataclass
class Tunnelled:
    """An instance at the end of a tunnel."""

    instance: Instance
    tunnel: str
    managed_here: bool

    def log(self) -> str:
        return self.instance.cluster.logs(self.instance.pod_name, self.instance.name, "cloudflared")

    def bring(self, question: str, host: str = HOST, token: str = "", mark: str = "") -> dict[str, Any]:
        known = token or self.instance.token()
        said = self.instance.exec("node", "-e", _ASK, host, known, question, mark)
        assert said.rc == 0, said.stderr[-2000:]
        answer: dict[str, Any] = json.loads(said.stdout)
        return answer


def _namespace_with_secret(stage: Stage, key: str, content: str) -> str:
    name = stage.namespace(stage.name("tunnelled"))
    data = {key: base64.b64encode(content.encode()).decode()}
    metadata = {"name": "tunnel", "namespace": name}
    stage.cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})
    return name


def _options(model: str) -> dict[str, object]:
    return {
        **model_options(model),
        "openclaw_hostname": HOST,
        "openclaw_cloudflared_enabled": True,
        "openclaw_cloudflared_secret": "tunnel",
        "openclaw_cloudflared_args": ["--protocol=http2", "--loglevel=debug"],
        # Nobody here knows the name.
        "openclaw_verify_entry_enabled": False,
    }


@pytest.fixture(scope="module", params=["token", "credentials.json"])
def tunnelled(shared_stage: Stage, model: str, request: pytest.FixtureRequest) -> Tunnelled:
    """A tunnel that is managed at Cloudflare, and one that is managed here."""
    key, tunnel = str(request.param), str(uuid.uuid4())
    secret = base64.b64encode(b"secret of the tests").decode()
    token = base64.b64encode(json.dumps({"a": "account", "t": tunnel, "s": secret}).encode()).decode()
    credentials = json.dumps({"AccountTag": "account", "TunnelID": tunnel, "TunnelSecret": secret})
    managed_here = key != "token"
    name = _namespace_with_secret(shared_stage, key, credentials if managed_here else token)
    options = {**_options(model), "openclaw_cloudflared_tunnel": "claws" if managed_here else ""}
    inventory = shared_stage.inventory().host(name, **options)
    instance = Instance(shared_stage.cluster, name, inventory, deployed=run("site", inventory).ok())
    return Tunnelled(instance, tunnel, managed_here)


def test_it_runs_the_tunnel_of_its_secret(tunnelled: Tunnelled) -> None:
    assert f"tunnelID={tunnelled.tunnel}" in tunnelled.log()


def test_its_probe_finds_it(tunnelled: Tunnelled) -> None:
    instance = tunnelled.instance
    pod = instance.pod()
    (container,) = (each for each in pod["spec"]["initContainers"] if each["name"] == "cloudflared")
    probe = container["livenessProbe"]["exec"]["command"]
    said = instance.cluster.exec(instance.pod_name, instance.name, *probe, container="cloudflared")
    assert (said.rc, said.stderr) == (0, "")


def test_what_it_brings_is_answered(tunnelled: Tunnelled) -> None:
    """The gateway would refuse it with 403 if it did not believe what the tunnel says about the client."""
    assert tunnelled.bring("ping:tunnel") == {"status": 200, "said": "pong:tunnel"}
    assert tunnelled.bring("ping:tunnel", token="wrong")["status"] == 401


def test_the_gateway_knows_from_whom_it_comes(tunnelled: Tunnelled) -> None:
    mark = f"knock-{uuid.uuid4().hex}"
    assert tunnelled.bring("", mark=mark) == {"status": 101, "said": "connect.challenge"}
    instance = tunnelled.instance

    def logged() -> re.Match[str] | None:
        log = instance.cluster.logs(instance.pod_name, instance.name, "openclaw")
        seen = re.compile(r"remote=(\S+) fwd=(\S+)")
        return next((found for line in log.splitlines() if mark in line and (found := seen.search(line))), None)

    assert wait_until("the gateway logs the session", logged, 20).groups() == ("127.0.0.1", CLIENT)


def test_a_tunnel_that_is_managed_here_takes_its_own_hosts_only(tunnelled: Tunnelled) -> None:
    answer = tunnelled.bring("ping:other", host="other.example.com")
    assert answer["status"] == (404 if tunnelled.managed_here else 200)


def test_a_token_that_is_none_fails_the_run_with_what_cloudflared_says(shared_stage: Stage, model: str) -> None:
    name = _namespace_with_secret(shared_stage, "token", "no-token-at-all")
    refused = run("site", shared_stage.inventory().host(name, **_options(model)))
    assert refused.rc != 0
    assert "Provided Tunnel token is not valid" in refused.error
    assert "no-token-at-all" not in refused.everything

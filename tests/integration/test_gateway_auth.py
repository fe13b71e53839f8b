# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How clients prove who they are: by a token, by a password, or by the word of a proxy; and whose pages may ask."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.device import Device
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.neighbour import Neighbour, new_neighbour
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

HOST = "claw.example.com"
ORIGIN = f"https://{HOST}"
CLIENT = "203.0.113.7"
ANN = "ann@example.com"

_ASK = """
const [url, question, headers] = process.argv.slice(1);
const body = JSON.stringify({ model: "openclaw", messages: [{ role: "user", content: question }] });
const sent = { "content-type": "application/json", ...JSON.parse(headers) };
const answer = await fetch(url + "/v1/chat/completions", { method: "POST", body, headers: sent });
const text = await answer.text();
const said = answer.ok ? JSON.parse(text).choices[0].message.content : text;
console.log(JSON.stringify({ status: answer.status, said }));
"""


@pytest.fixture(scope="module")
def proxy(shared_stage: Stage) -> Neighbour:
    """Who speaks for clients, where a test says so."""
    return new_neighbour(shared_stage)


@pytest.fixture(scope="module")
def stranger(shared_stage: Stage) -> Neighbour:
    """Somebody else who reaches the gateway."""
    return new_neighbour(shared_stage)


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, proxy: Neighbour, stranger: Neighbour, model: str) -> Instance:
    """One instance, whose way of signing in each test of this file sets as it needs it."""
    return new_instance(
        shared_stage,
        "auth",
        model,
        openclaw_networkpolicy_ingress_namespaces=[proxy.namespace, stranger.namespace],
    )


def url(instance: Instance) -> str:
    # An address: OpenClaw's client speaks without encryption only to private ones, and a name could be anything.
    return f"http://{instance.cluster.get('Service', instance.name, instance.name)['spec']['clusterIP']}:18789"


def ask(who: Neighbour, instance: Instance, question: str = "ping:hello", **headers: str) -> Any:
    return who.script(_ASK, url(instance), question, json.dumps(headers))


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def password(instance: Instance) -> str:
    return instance.cluster.secret_value(f"{instance.name}-gateway-password", "password", instance.name)


def mode_in_force(instance: Instance) -> str:
    """As the gateway tells a program of the pod, which has to be let in for that."""
    mode: str = instance.config_in_force()["gateway"]["auth"]["mode"]
    return mode


def switched(instance: Instance, **options: object) -> Run:
    """Run site, which verifies what it has done, and see that it was one rollout and that the next run has no work."""
    uid, generation = instance.uid(), _generation(instance)
    changed = instance.site(**options).ok()
    assert instance.uid() != uid
    assert _generation(instance) == generation + 1
    assert instance.site().ok().changed(instance.name) == 0
    return changed


def _generation(instance: Instance) -> int:
    found: int = instance.cluster.get("StatefulSet", instance.name, instance.name)["metadata"]["generation"]
    return found


# A password


def test_a_password_lets_in_and_nothing_else_does(instance: Instance, stranger: Neighbour) -> None:
    token = instance.token()
    changed = switched(instance, openclaw_gateway_auth="password", openclaw_verify_prompt="ping:verified")

    assert mode_in_force(instance) == "password"
    secret = password(instance)
    assert len(secret) >= 40
    assert secret not in changed.everything
    assert ask(stranger, instance, **bearer(secret)) == {"status": 200, "said": "pong:hello"}
    assert ask(stranger, instance, **bearer(token))["status"] == 401
    assert ask(stranger, instance)["status"] == 401
    verified = run("verify", instance.inventory).ok()
    assert "pong:verified" in verified.stdout
    assert secret not in verified.everything


def test_the_way_back_to_the_token_is_the_same_token(instance: Instance, stranger: Neighbour) -> None:
    instance.site(openclaw_gateway_auth="password").ok()
    token, secret = instance.token(), password(instance)

    switched(instance, openclaw_gateway_auth=None)

    assert mode_in_force(instance) == "token"
    assert instance.token() == token
    assert ask(stranger, instance, **bearer(token)) == {"status": 200, "said": "pong:hello"}
    assert ask(stranger, instance, **bearer(secret))["status"] == 401
    # What was made once exists nowhere else: leaving the inventory is not consent to lose it.
    assert password(instance) == secret


def test_a_password_of_an_existing_secret(instance: Instance, stranger: Neighbour) -> None:
    own = "correct-horse-battery-staple-0123456789"
    instance.cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "my-password", "namespace": instance.name},
            "data": {"passphrase": base64.b64encode(own.encode()).decode()},
        }
    )
    existing = {"openclaw_gateway_password_secret": "my-password", "openclaw_gateway_password_key": "passphrase"}

    switched(instance, openclaw_gateway_auth="password", **existing)

    assert ask(stranger, instance, **bearer(own)) == {"status": 200, "said": "pong:hello"}
    instance.site(openclaw_gateway_auth=None, **dict.fromkeys(existing)).ok()


def test_two_ways_at_once_are_refused_before_anything_is_changed(instance: Instance) -> None:
    uid = instance.uid()
    config = {"gateway": {"auth": {"mode": "password"}}}
    refused = run("site", instance.inventory, extra={"openclaw_gateway_auth": "token", "openclaw_config": config})
    assert refused.rc != 0
    assert 'gateway.auth.mode: "password" is another one than token' in refused.error
    assert instance.uid() == uid


# The word of a proxy


@pytest.fixture
def named(instance: Instance, proxy: Neighbour) -> Instance:
    """The instance, with users whom the proxy names."""
    instance.site(
        openclaw_gateway_auth="trusted-proxy",
        openclaw_gateway_users=[ANN],
        openclaw_gateway_user_devices_enabled=True,
        openclaw_trusted_proxies=[proxy.address],
        openclaw_allowed_origins=[ORIGIN],
        openclaw_verify_prompt="ping:verified",
    ).ok()
    return instance


def by_proxy(user: str) -> dict[str, str]:
    return {"x-forwarded-for": CLIENT, "x-forwarded-user": user}


def test_an_allowed_user_gets_in_and_another_does_not(named: Instance, proxy: Neighbour) -> None:
    assert ask(proxy, named, **by_proxy(ANN)) == {"status": 200, "said": "pong:hello"}
    assert ask(proxy, named, **by_proxy("eve@example.com"))["status"] == 401
    assert ask(proxy, named, **{"x-forwarded-for": CLIENT})["status"] == 401


def test_who_is_no_proxy_names_nobody(named: Instance, stranger: Neighbour) -> None:
    spoofed = ask(stranger, named, **by_proxy(ANN))
    assert (spoofed["status"], "proxy_attribution_required" in spoofed["said"]) == (403, True)
    assert ask(stranger, named)["status"] == 401


def test_the_password_is_for_programs_of_the_pod_alone(named: Instance, stranger: Neighbour) -> None:
    assert mode_in_force(named) == "trusted-proxy"
    assert ask(stranger, named, **bearer(password(named)))["status"] == 401
    verified = run("verify", named.inventory).ok()
    assert "pong:verified" in verified.stdout


def test_the_browser_of_an_allowed_user_is_paired_without_asking(named: Instance, proxy: Neighbour) -> None:
    at = url(named).replace("http", "ws")
    browser = Device(proxy, at, ORIGIN, "ann's browser", headers=by_proxy(ANN))
    paired = browser.connect(token="")
    assert paired["ok"], paired
    assert "operator.write" in paired["scopes"]
    other = Device(proxy, at, ORIGIN, "eve's browser", headers=by_proxy("eve@example.com"))
    assert not other.connect(token="")["ok"]


def test_the_way_back_is_one_rollout(named: Instance, stranger: Neighbour) -> None:
    switched(
        named,
        openclaw_gateway_auth=None,
        openclaw_gateway_users=None,
        openclaw_gateway_user_devices_enabled=None,
        openclaw_trusted_proxies=None,
        openclaw_allowed_origins=None,
    )
    assert mode_in_force(named) == "token"
    assert ask(stranger, named, **bearer(named.token())) == {"status": 200, "said": "pong:hello"}


# Whose pages may ask


def test_what_is_exposed_is_what_the_gateway_is_told(instance: Instance, proxy: Neighbour, stranger: Neighbour) -> None:
    instance.site(
        openclaw_hostname=HOST,
        openclaw_hostname_aliases=["agent.example.org"],
        openclaw_ingress_enabled=True,
        openclaw_ingress_class="nobodys",
        openclaw_ingress_controller="generic",
        openclaw_ingress_https_redirect_enabled=False,
        openclaw_verify_entry_enabled=False,
        openclaw_allowed_origins=["https://other.example.com"],
        openclaw_entry_points={"edge": {"cidr": [proxy.address]}},
        openclaw_config={"gateway": {"trustedProxies": ["192.0.2.7"]}},
    ).ok()

    gateway = instance.config_in_force()["gateway"]
    origins = ["https://agent.example.org", ORIGIN, "https://other.example.com"]
    assert gateway["controlUi"]["allowedOrigins"] == origins
    assert gateway["publicOrigin"] == ORIGIN
    assert sorted(gateway["trustedProxies"]) == sorted(["192.0.2.7", proxy.address])

    # The proxy is believed, and a page of another origin is refused.
    assert ask(proxy, instance, **bearer(instance.token()), **{"x-forwarded-for": CLIENT})["status"] == 200
    at = url(instance).replace("http", "ws")
    for origin in origins:
        told = Device(stranger, at, origin, "a browser").connect(token=instance.token())
        assert told["code"] == "PAIRING_REQUIRED", (origin, told)
    told = Device(stranger, at, "https://evil.example.com", "a page").connect(token=instance.token())
    assert told["code"] == "CONTROL_UI_ORIGIN_NOT_ALLOWED", told

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a real Traefik makes of each option of the Ingress and of the HTTPRoute, asked over the network."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from websocket import WebSocketBadStatusException

from ansible_collections.openclaw.kubernetes.tests.integration.support.authority import Authority
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, model_options
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage
from ansible_collections.openclaw.kubernetes.tests.integration.support.traefik import (
    PLAIN,
    Answer,
    Traefik,
    tls_secret,
    traefik,
)

pytestmark = pytest.mark.needs_image("traefik", "nginx")

HOST, ALIAS = "claw.example.com", "alias.example.com"
URL = f"https://{HOST}"
CERTIFICATE = "own-tls"
YEAR = "max-age=31536000"
LIMIT = 5
# Traefik gives a client a minute to send its request, and nobody a minute to answer it.
LONG = 70


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def entry(shared_stage: Stage, authority: Authority) -> Iterator[Traefik]:
    with traefik(shared_stage, authority) as started:
        yield started


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, model: str, entry: Traefik, authority: Authority) -> Instance:
    """An instance with an Ingress; tests that change it change it back."""
    name = shared_stage.namespace(shared_stage.name("served"))
    shared_stage.cluster.create(tls_secret(CERTIFICATE, name, authority.sign(HOST)))
    inventory = shared_stage.inventory().host(
        name,
        **model_options(model),
        openclaw_hostname=HOST,
        openclaw_hostname_aliases=[ALIAS],
        openclaw_ingress_enabled=True,
        openclaw_ingress_class=entry.name,
        openclaw_ingress_tls_secret=CERTIFICATE,
        openclaw_ingress_hsts_max_age="8760h",
        openclaw_gateway_proxy_enabled=True,
        openclaw_entry_points={"traefik": entry.entry_point},
        openclaw_verify_entry_address=entry.address(),
        openclaw_verify_entry_ca=str(entry.ca_file),
    )
    return Instance(shared_stage.cluster, name, inventory, deployed=run("site", inventory).ok())


def asked(entry: Traefik, instance: Instance, question: str) -> Answer:
    """Put a question to the agent, with its token."""
    body = {"model": "openclaw", "messages": [{"role": "user", "content": question}]}
    return entry.ask(f"{URL}/v1/chat/completions", body, Authorization=f"Bearer {instance.token()}")


def said(answer: Answer) -> object:
    return json.loads(answer.body)["choices"][0]["message"]["content"] if answer.status == 200 else answer.body


def first_frame(entry: Traefik, url: str, **headers: str) -> object:
    """The first event over a WebSocket; the status of the answer when it does not open."""
    try:
        link = entry.converse(url, **headers)
    except WebSocketBadStatusException as refused:
        return refused.status_code
    try:
        return json.loads(link.recv())["event"]
    finally:
        link.close()


# -- the Ingress ---------------------------------------------------------------------------------------------------


def test_site_verifies_every_name(instance: Instance) -> None:
    assert instance.deployed
    assert f"its Service and {URL} and https://{ALIAS}" in instance.deployed.stdout


def test_plain_http_is_sent_to_https_with_its_path(entry: Traefik, instance: Instance) -> None:
    answer = entry.ask(f"http://{HOST}/chat")
    assert (answer.status, answer.headers["location"]) == (301, f"{URL}/chat")
    # A browser takes no notice of this header over plain HTTP, and whoever is on the way could have written it.
    assert "strict-transport-security" not in answer.headers


def test_browsers_are_told_to_insist_on_https(entry: Traefik, instance: Instance) -> None:
    assert entry.ask(URL).headers["strict-transport-security"] == YEAR
    instance.site(openclaw_ingress_hsts_max_age=None).ok()
    wait_until("the header goes", lambda: "strict-transport-security" not in entry.ask(URL).headers, 20)


def test_pages_answers_and_websockets_get_through(entry: Traefik, instance: Instance) -> None:
    assert "data-openclaw-control-ui" in entry.ask(URL).body
    assert said(asked(entry, instance, "ping:traefik")) == "pong:traefik"
    assert [first_frame(entry, url) for url in (URL, f"https://{ALIAS}")] == ["connect.challenge"] * 2


def test_a_long_answer_is_waited_for(
    entry: Traefik, instance: Instance, record_property: Callable[[str, object], None]
) -> None:
    started = time.monotonic()
    assert said(asked(entry, instance, f"slow:{LONG}")) == "slept"
    record_property("figure", f"an answer after {time.monotonic() - started:.0f} s")


def test_a_flood_is_limited_and_a_burst_is_not(
    entry: Traefik, instance: Instance, record_property: Callable[[str, object], None]
) -> None:
    def statuses(number: int) -> Counter[int]:
        return Counter(entry.ask(f"{URL}/healthz").status for _each in range(number))

    assert statuses(100) == {200: 100}
    instance.site(openclaw_ingress_rate_limit=LIMIT).ok()
    try:
        wait_until("the limit is there", lambda: 429 in statuses(10 * LIMIT), 20)
        time.sleep(6)
        assert statuses(4 * LIMIT) == {200: 4 * LIMIT}
        started = time.monotonic()
        flood = statuses(40 * LIMIT)
        seconds = time.monotonic() - started
        assert flood[429] > 0
        assert flood[200] <= 5 * LIMIT + (seconds + 1) * LIMIT
        record_property("figure", f"{flood[200]} of {flood.total()} requests pass in {seconds:.1f} s at {LIMIT}/s")
    finally:
        instance.site(openclaw_ingress_rate_limit=None).ok()


def test_a_password_is_asked_for_before_the_gateway_is(entry: Traefik, instance: Instance) -> None:
    site = instance.site(openclaw_ingress_basic_auth_enabled=True).ok()
    assert f"{URL}: asks for a password first" in site.stdout
    try:
        password = instance.cluster.secret_value(f"{instance.name}-basic-auth", "password", instance.name)
        right, wrong = (
            {"Authorization": f"Basic {base64.b64encode(f'openclaw:{each}'.encode()).decode()}"}
            for each in (password, "wrong")
        )
        assert entry.ask(URL).headers["www-authenticate"] == 'Basic realm="OpenClaw"'
        assert [entry.ask(URL, **sent).status for sent in ({}, wrong, right)] == [401, 401, 200]
        told = [first_frame(entry, URL, **sent) for sent in ({}, wrong, right)]
        assert told == [401, 401, "connect.challenge"]
        # Such clients have one header for two secrets: the option's description says so.
        assert asked(entry, instance, "ping:nobody").status == 401
    finally:
        instance.site(openclaw_ingress_basic_auth_enabled=None).ok()
    wait_until("nobody is asked any more", lambda: entry.ask(URL).status == 200, 20)


def test_below_a_path_nothing_else_is_served(entry: Traefik, instance: Instance) -> None:
    site = instance.site(openclaw_ingress_path="/claw").ok()
    try:
        assert f"its Service and {URL}/claw and https://{ALIAS}/claw" in site.stdout
        assert "data-openclaw-control-ui" in entry.ask(f"{URL}/claw/").body
        assert entry.ask(f"{URL}/").status == 404
        assert first_frame(entry, f"{URL}/claw") == "connect.challenge"
    finally:
        instance.site(openclaw_ingress_path=None).ok()


# -- the HTTPRoute -------------------------------------------------------------------------------------------------

TIMEOUT = 3


@pytest.fixture(scope="module")
def routed(instance: Instance, entry: Traefik) -> Instance:
    """The same instance by a route: from here on there is no Ingress."""
    header = {"name": "Strict-Transport-Security", "value": YEAR}
    instance.site(
        openclaw_ingress_enabled=None,
        openclaw_ingress_class=None,
        openclaw_ingress_tls_secret=None,
        openclaw_route_parent=entry.parent(),
        openclaw_route_https_redirect_section=PLAIN,
        openclaw_route_filters=[{"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": [header]}}],
    ).ok()
    return instance


def test_a_route_serves_what_the_ingress_did(entry: Traefik, routed: Instance) -> None:
    assert routed.cluster.list("Ingress", routed.name) == []
    assert "data-openclaw-control-ui" in entry.ask(URL).body
    assert said(asked(entry, routed, "ping:route")) == "pong:route"
    assert [first_frame(entry, url) for url in (URL, f"https://{ALIAS}")] == ["connect.challenge"] * 2


def test_a_route_sends_plain_http_to_https_with_its_path(entry: Traefik, routed: Instance) -> None:
    answer = entry.ask(f"http://{HOST}/chat")
    assert (answer.status, answer.headers["location"]) == (301, f"{URL}/chat")


def test_filters_of_a_route_are_followed(entry: Traefik, routed: Instance) -> None:
    assert entry.ask(URL).headers["strict-transport-security"] == YEAR
    routed.site(openclaw_route_filters=None).ok()
    wait_until("the header goes", lambda: "strict-transport-security" not in entry.ask(URL).headers, 20)


def test_a_filter_that_the_gateway_does_not_know_is_explained(entry: Traefik, routed: Instance) -> None:
    mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": routed.name, "port": 18789}}}
    failed = routed.site(openclaw_route_filters=[mirror])
    assert failed.rc != 0
    assert f"{URL}: the Gateway does not follow the route (500)" in failed.error
    assert "openclaw_route_filters" in failed.error
    routed.site(openclaw_route_filters=None).ok()


def test_a_timeout_that_the_gateway_does_not_know_is_told(entry: Traefik, routed: Instance) -> None:
    assert "HTTPRouteRequestTimeout" not in entry.supported_features()
    site = routed.site(openclaw_route_timeout=f"{TIMEOUT}s").ok()
    # It is in what the task returns, which Ansible shows as JSON.
    assert f'openclaw_route_timeout  "{TIMEOUT}s" is not kept' in site.stdout.replace("\\", "")
    assert said(asked(entry, routed, f"slow:{3 * TIMEOUT}")) == "slept"
    routed.site(openclaw_route_timeout=None).ok()


def test_a_route_of_another_namespace_needs_the_grant(entry: Traefik, routed: Instance) -> None:
    """Last in the file. The route is somebody's own, in the namespace of Traefik."""
    host = "granted.example.com"
    parent = {"name": entry.parent()["name"], "sectionName": entry.parent()["section"]}
    backend = {"name": routed.name, "namespace": routed.name, "port": 18791}
    route = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "granted", "namespace": entry.name},
        "spec": {"parentRefs": [parent], "hostnames": [host], "rules": [{"backendRefs": [backend]}]},
    }
    path = f"/apis/gateway.networking.k8s.io/v1/namespaces/{entry.name}/httproutes"
    routed.cluster.request("POST", path, route)
    wait_until("the route is refused", lambda: entry.ask(f"https://{host}/healthz").status == 500, 20)
    routed.site(openclaw_route_grants=[entry.name]).ok()
    wait_until("the route is followed", lambda: entry.ask(f"https://{host}/healthz").status == 200, 20)
    routed.site(openclaw_route_grants=None).ok()
    wait_until("the grant is gone", lambda: entry.ask(f"https://{host}/healthz").status == 500, 20)

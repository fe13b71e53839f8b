# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person opens the link, is paired and talks: a real Chromium, a real Traefik, by Ingress and by HTTPRoute with TLS.

What the person saw is kept in build/screenshots.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.authority import Authority, Signed
from ansible_collections.openclaw.kubernetes.tests.integration.support.browser import Browser, Tab, new_browser
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, model_options
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage
from ansible_collections.openclaw.kubernetes.tests.integration.support.traefik import Traefik, tls_secret, traefik
from ansible_collections.openclaw.kubernetes.tests.integration.test_devices import devices, link_in

pytestmark = pytest.mark.needs_image("traefik", "chromium", "nginx")

WAYS = ("ingress", "route")
HOSTS = {way: f"{way}.example.com" for way in WAYS}
CERTIFICATE = "own-tls"
# A person would look for the box to type in, and for an answer above it.
COMPOSER = ".agent-chat__composer-combobox textarea"
FOCUS = f"(() => {{ const box = document.querySelector('{COMPOSER}'); box?.focus(); return !!box && !box.disabled }})()"
ANSWER = "[...document.querySelectorAll('.chat-group.assistant')].some((said) => said.innerText.includes('{}'))"
GATE = "!!document.querySelector('openclaw-login-gate')?.innerText"
MINUTES = 10


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def entry(shared_stage: Stage, authority: Authority) -> Iterator[Traefik]:
    with traefik(shared_stage, authority) as started:
        yield started


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Signed:
    """What the Ingress names; a route is served with what the Gateway has."""
    return authority.sign(HOSTS["ingress"])


@pytest.fixture(scope="module")
def instances(shared_stage: Stage, model: str, entry: Traefik, certificate: Signed) -> dict[str, Instance]:
    """An instance for each way; the first run of each verifies it."""
    options: dict[str, dict[str, object]] = {
        "ingress": {
            "openclaw_ingress_enabled": True,
            "openclaw_ingress_class": entry.name,
            "openclaw_ingress_tls_secret": CERTIFICATE,
        },
        "route": {"openclaw_route_parent": entry.parent()},
    }
    return {way: _exposed(shared_stage, model, entry, certificate, way, options[way]) for way in WAYS}


def _exposed(
    stage: Stage, model: str, entry: Traefik, certificate: Signed, way: str, options: dict[str, object]
) -> Instance:
    name = stage.namespace(stage.name(way))
    stage.cluster.create(tls_secret(CERTIFICATE, name, certificate))
    inventory = stage.inventory().host(
        name,
        **model_options(model),
        **options,
        openclaw_hostname=HOSTS[way],
        openclaw_gateway_proxy_enabled=True,
        openclaw_entry_points={"traefik": entry.entry_point},
        openclaw_verify_entry_address=entry.address(),
        openclaw_verify_entry_ca=str(entry.ca_file),
    )
    return Instance(stage.cluster, name, inventory, deployed=run("site", inventory).ok())


@pytest.fixture(scope="module")
def browser(shared_stage: Stage, entry: Traefik, certificate: Signed) -> Browser:
    keys = [certificate.certificate, entry.certificate]
    return new_browser(shared_stage, entry.service_address, HOSTS.values(), keys)


@pytest.fixture(scope="module")
def tabs(browser: Browser) -> dict[str, Tab]:
    return {way: browser.tab() for way in WAYS}


def open_sockets(tab: Tab) -> list[dict[str, Any]]:
    return [each for each in tab.sockets() if "opened" in each and "closed" not in each]


@pytest.mark.parametrize("way", WAYS)
def test_without_a_link_the_page_comes_and_nobody_is_let_in(
    way: str, instances: dict[str, Instance], tabs: dict[str, Tab]
) -> None:
    tab = tabs[way]
    tab.open(f"https://{HOSTS[way]}/")
    tab.wait_for("the page asks who this is", GATE)
    tab.screenshot(f"{way}-stranger")
    assert tab.run("isSecureContext") is True
    assert tab.run(FOCUS) is False
    assert "0 waiting, 0 paired" in devices(instances[way]).ok().stdout


@pytest.mark.parametrize("way", WAYS)
def test_the_link_pairs_the_browser_and_the_agent_answers(
    way: str, instances: dict[str, Instance], tabs: dict[str, Tab], record_property: Callable[[str, object], None]
) -> None:
    instance, tab = instances[way], tabs[way]
    link = link_in(devices(instance, link_enabled=True))
    assert link.startswith(f"https://{HOSTS[way]}/")

    started = time.monotonic()
    tab.open(link)
    tab.wait_for("the page lets the person type", FOCUS)
    loaded = time.monotonic() - started
    tab.screenshot(f"{way}-paired")
    tab.write(f"ping:by-{way}")
    tab.wait_for("the agent answers in the page", ANSWER.format(f"pong:by-{way}"))
    answered = time.monotonic() - started - loaded
    tab.screenshot(f"{way}-answered")

    assert [each["url"] for each in open_sockets(tab)] == [f"wss://{HOSTS[way]}/"]
    assert "0 waiting, 1 paired" in devices(instance).ok().stdout
    record_property("figure", f"{way}: paired in {loaded:.0f} s, answered in {answered:.0f} s")


@pytest.mark.parametrize("way", WAYS)
def test_the_link_is_not_in_the_page_and_the_browser_is_known_from_then_on(
    way: str, instances: dict[str, Instance], tabs: dict[str, Tab]
) -> None:
    tab = tabs[way]
    assert "bootstrapToken" not in tab.run("location.href")
    tab.open(f"https://{HOSTS[way]}/")
    tab.wait_for("the browser is let in again", FOCUS)
    assert "0 waiting, 1 paired" in devices(instances[way]).ok().stdout


def test_another_pod_of_the_controller_is_believed_at_once(
    instances: dict[str, Instance], entry: Traefik, tabs: dict[str, Tab]
) -> None:
    """The list of trusted proxies would have its address; here nothing has to follow it."""
    before, uids = entry.addresses(), {way: instances[way].uid() for way in WAYS}
    entry.restart()
    assert entry.addresses() != before
    for way in WAYS:
        run("verify", instances[way].inventory).ok()
        tabs[way].wait_for("the page is connected again", FOCUS)
        assert open_sockets(tabs[way])
        assert instances[way].uid() == uids[way]


@pytest.mark.slow
def test_a_websocket_stays_up_for_ten_minutes(
    tabs: dict[str, Tab], record_property: Callable[[str, object], None]
) -> None:
    """The person looks at the page and does nothing. Only make proof and make test-all have the images for this."""
    for way in WAYS:
        tabs[way].open(f"https://{HOSTS[way]}/")
        tabs[way].wait_for("the page is connected", FOCUS)
    time.sleep(MINUTES * 60)
    for way in WAYS:
        tabs[way].screenshot(f"{way}-ten-minutes")
        (only,) = tabs[way].sockets()
        assert "closed" not in only
        assert only["age"] >= MINUTES * 60_000
        record_property("figure", f"{way}: {only['age'] / 60_000:.1f} minutes, {only['received']} frames came")
        # It is not just open: what is asked over it is answered.
        assert tabs[way].run(FOCUS)
        tabs[way].write("ping:still-here")
        tabs[way].wait_for("the agent answers over it", ANSWER.format("pong:still-here"))
        assert len(tabs[way].sockets()) == 1

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gateway is told about how people reach it, and what cannot work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.config import declared_config
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
Resolve = Callable[[Json], Resolved]
# A proxy by its address, so that whatever else is on has somebody who brings clients.
BROUGHT: Json = {"hostname": "claw.example.com", "trusted_proxies": ["192.0.2.7"]}
INGRESS: Json = {**BROUGHT, "ingress_enabled": True}


def gateway_of(instance: Json) -> Any:
    return declared_config(instance)["gateway"]


def full(options: Json) -> Json:
    return {f"openclaw_{option}": value for option, value in options.items()}


# Origins


def test_a_gateway_that_nobody_reaches_from_outside_is_told_nothing(make_instance: MakeInstance) -> None:
    assert set(gateway_of(make_instance())) == {"mode", "bind", "port", "auth"}
    assert set(gateway_of(make_instance(hostname="claw.example.com"))) == {"mode", "bind", "port", "auth"}


def test_the_origins_are_those_of_what_is_exposed_and_of_the_user_twice(make_instance: MakeInstance) -> None:
    found = gateway_of(
        make_instance(
            **INGRESS,
            hostname_aliases=["agent.example.org"],
            allowed_origins=["tauri://localhost", "https://claw.example.com"],
            config={"gateway": {"controlUi": {"allowedOrigins": ["https://b.example.com", "http://localhost:5173"]}}},
        )
    )
    assert found["controlUi"]["allowedOrigins"] == [
        "http://localhost:5173",
        "https://agent.example.org",
        "https://b.example.com",
        "https://claw.example.com",
        "tauri://localhost",
    ]


@pytest.mark.parametrize(
    "options, origin",
    [
        ({"ingress_enabled": True}, "https://claw.example.com"),
        ({"ingress_enabled": True, "ingress_tls_enabled": False}, "http://claw.example.com"),
        ({"route_parent": {"name": "main"}}, "https://claw.example.com"),
        ({"route_parent": {"name": "main"}, "route_scheme": "http"}, "http://claw.example.com"),
        ({"openshift_route_enabled": True}, "https://claw.example.com"),
    ],
)
def test_the_origin_has_the_scheme_of_its_entry_point(options: Json, origin: str, make_instance: MakeInstance) -> None:
    assert gateway_of(make_instance(**BROUGHT, **options))["controlUi"]["allowedOrigins"] == [origin]


def test_origins_alone(make_instance: MakeInstance) -> None:
    found = gateway_of(make_instance(allowed_origins=["https://b.example.com", "https://a.example.com"]))
    assert found["controlUi"] == {"allowedOrigins": ["https://a.example.com", "https://b.example.com"]}
    assert "publicOrigin" not in found


def test_links_name_the_main_address(make_instance: MakeInstance) -> None:
    assert gateway_of(make_instance(**INGRESS, hostname_aliases=["b.example.com"]))["publicOrigin"] == (
        "https://claw.example.com"
    )
    own = {"gateway": {"publicOrigin": "https://elsewhere.example.com"}}
    assert gateway_of(make_instance(**INGRESS, config=own))["publicOrigin"] == "https://elsewhere.example.com"


def test_links_never_name_an_address_without_tls(make_instance: MakeInstance) -> None:
    """OpenClaw refuses its whole configuration with such a one."""
    plain = gateway_of(make_instance(**INGRESS, ingress_tls_enabled=False))
    assert "publicOrigin" not in plain
    both = make_instance(**INGRESS, ingress_tls_enabled=False, route_parent={"name": "main"})
    assert gateway_of(both)["publicOrigin"] == "https://claw.example.com"


# The path


def test_the_path_of_the_user_interface(make_instance: MakeInstance) -> None:
    assert gateway_of(make_instance(**INGRESS, ingress_path="/claw"))["controlUi"]["basePath"] == "/claw"
    assert "basePath" not in gateway_of(make_instance(**INGRESS))["controlUi"]
    own = {"gateway": {"controlUi": {"basePath": "/ui"}}}
    found = gateway_of(make_instance(**INGRESS, ingress_path="/claw", config=own))
    assert found["controlUi"]["basePath"] == "/ui"


def test_two_paths_are_refused(resolved: Resolve) -> None:
    given = full({**INGRESS, "ingress_path": "/claw", "route_parent": {"name": "main"}})
    assert resolved(given).problems == [
        "openclaw_route_parent  leads to /, and openclaw_ingress_enabled to /claw: the user interface has one path. "
        "Use the same for both."
    ]
    assert resolved({**given, "openclaw_route_path": "/claw"}).problems == []
    own = {"gateway": {"controlUi": {"basePath": "/claw"}}}
    assert resolved({**given, "openclaw_config": own}).problems == []


# Proxies


def test_the_proxies_are_those_of_every_option_and_of_the_user(make_instance: MakeInstance) -> None:
    found = gateway_of(
        make_instance(
            trusted_proxies=["192.0.2.7"],
            entry_points={
                "edge": {"cidr": ["198.51.100.0/28", "192.0.2.7"]},
                "office": {"cidr": ["203.0.113.0/24"], "proxy": False},
            },
            config={"gateway": {"trustedProxies": ["2001:db8::7"]}},
        )
    )
    assert found["trustedProxies"] == ["192.0.2.7", "198.51.100.0/28", "2001:db8::7"]


def test_behind_the_proxy_of_the_pod_the_gateway_knows_that_one_alone(make_instance: MakeInstance) -> None:
    found = gateway_of(make_instance(gateway_proxy_enabled=True, trusted_proxies=["192.0.2.7"]))
    assert found["trustedProxies"] == ["127.0.0.1"]


@pytest.mark.parametrize(
    "option, value", [("ingress_enabled", True), ("route_parent", {"name": "main"}), ("openshift_route_enabled", True)]
)
def test_clients_that_nobody_brings_are_refused(option: str, value: object, resolved: Resolve) -> None:
    given = full({"hostname": "claw.example.com", option: value})
    (problem,) = resolved(given).problems
    assert problem.startswith(f"openclaw_{option}  nobody is named who brings clients")
    assert "{proxy: {namespace: <namespace>, pods: {<label>: <value>}}} with openclaw_gateway_proxy_enabled" in problem
    brought: list[Json] = [
        {"openclaw_trusted_proxies": ["192.0.2.7"]},
        {"openclaw_entry_points": {"edge": {"cidr": ["192.0.2.7"]}}},
        {"openclaw_config": {"gateway": {"trustedProxies": ["192.0.2.7"]}}},
        {
            "openclaw_entry_points": {"edge": {"namespace": "edge", "pods": {"app": "edge"}}},
            "openclaw_gateway_proxy_enabled": True,
        },
    ]
    for named in brought:
        assert resolved({**given, **named}).problems == []
    for unnamed in (
        {"openclaw_entry_points": {"edge": {"cidr": ["192.0.2.7"], "proxy": False}}},
        {"openclaw_config": {"gateway": {"trustedProxies": ["192.0.2.7"]}}, "openclaw_gateway_proxy_enabled": True},
    ):
        assert len(resolved({**given, **unnamed}).problems) == 1


# What is said without being refused


def test_a_seeded_gateway_has_to_be_told(resolved: Resolve) -> None:
    seeded = {**full(INGRESS), "openclaw_config_mode": "seed"}
    (warning,) = (text for text in resolved(seeded).warnings if "seed" in text)
    assert 'set gateway.controlUi.allowedOrigins to ["https://claw.example.com"]' in warning
    assert 'gateway.publicOrigin to "https://claw.example.com"' in warning
    assert 'gateway.trustedProxies to ["192.0.2.7"]' in warning
    assert not any("seed" in text for text in resolved({"openclaw_config_mode": "seed"}).warnings)


def test_a_listener_without_tls_is_warned_of(resolved: Resolve) -> None:
    given = full({**BROUGHT, "route_parent": {"name": "main"}})
    assert not any("openclaw_route_scheme" in warning for warning in resolved(given).warnings)
    plain = {**given, "openclaw_route_scheme": "http"}
    assert any(warning.startswith("openclaw_route_scheme  http:") for warning in resolved(plain).warnings)


@pytest.mark.parametrize(
    "option, value, warned",
    [
        ("service_ip_family_policy", "SingleStack", False),
        ("service_ip_family_policy", "PreferDualStack", True),
        ("service_ip_families", ["IPv6"], True),
        ("service_ip_families", ["IPv4"], False),
    ],
)
def test_an_address_of_ipv6_leads_nowhere_without_the_proxy(
    option: str, value: object, warned: bool, resolved: Resolve
) -> None:
    def told(options: Json) -> bool:
        return any("listens on IPv4 alone" in warning for warning in resolved(full(options)).warnings)

    assert told({option: value}) is warned
    assert not told({option: value, "gateway_proxy_enabled": True})

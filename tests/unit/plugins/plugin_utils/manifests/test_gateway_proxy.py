# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy in the pod: where clients arrive, what the gateway is told, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
ON: Json = {"gateway_proxy_enabled": True}


def template_of(instance: Json) -> Any:
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    spec: Any = stateful_set["spec"]
    return spec["template"]


def files_of(instance: Json) -> Any:
    return BUILDERS["config"](instance)[0]["data"]


def gateway_of(instance: Json) -> Any:
    return json.loads(files_of(instance)["openclaw.json"])["gateway"]


def test_clients_reach_the_proxy_by_the_name_that_was_the_gateways(make_instance: MakeInstance) -> None:
    instance = make_instance(**ON)
    ports = {
        port["name"]: (container["name"], port["containerPort"])
        for container in template_of(instance)["spec"]["containers"]
        for port in container["ports"]
    }
    assert ports == {"gateway-inside": ("openclaw", 18789), "gateway": ("gateway-proxy", 18790)}
    assert BUILDERS["service"](instance) == BUILDERS["service"](make_instance())


def test_the_pod_may_ask_itself_through_the_proxy(make_instance: MakeInstance) -> None:
    """A policy sees the port of the pod, not that of the Service."""

    def own_ports(instance: Json) -> list[Any]:
        policies: list[Any] = BUILDERS["networkpolicy"](instance)
        return [
            port["port"]
            for rule in policies[1]["spec"]["egress"]
            for port in rule["ports"]
            if rule["to"][0].get("podSelector") == policies[1]["spec"]["podSelector"]
        ]

    assert own_ports(make_instance()) == [18789]
    assert own_ports(make_instance(**ON)) == [18790]


def test_the_gateway_listens_to_the_proxy_alone(make_instance: MakeInstance) -> None:
    found = gateway_of(make_instance(**ON))
    assert (found["bind"], found["trustedProxies"]) == ("loopback", ["127.0.0.1"])


def test_what_the_user_says_wins(make_instance: MakeInstance) -> None:
    trusted = ["127.0.0.1", "10.9.0.0/16"]
    found = gateway_of(make_instance(**ON, config={"gateway": {"bind": "lan", "trustedProxies": trusted}}))
    assert (found["bind"], found["trustedProxies"]) == ("lan", trusted)


@pytest.mark.parametrize(
    "gateway, said",
    [
        ({"trustedProxies": ["10.0.0.1"]}, "gateway.trustedProxies: lacks 127.0.0.1"),
        ({"auth": {"mode": "trusted-proxy"}}, "gateway.auth.mode: trusted-proxy"),
        ({"bind": "tailnet"}, "gateway.bind"),
    ],
)
def test_a_configuration_that_defeats_the_proxy_is_refused(
    gateway: Json, said: str, make_instance: MakeInstance
) -> None:
    with pytest.raises(ValueError, match=said):
        make_instance(**ON, config={"gateway": gateway})


def test_loopback_is_only_for_a_gateway_behind_the_proxy(make_instance: MakeInstance) -> None:
    make_instance(**ON, config={"gateway": {"bind": "loopback"}})
    with pytest.raises(ValueError, match=r"gateway\.bind"):
        make_instance(config={"gateway": {"bind": "loopback"}})


def test_a_way_past_the_proxy_is_warned_of(resolved: Callable[[Json], Any]) -> None:
    options = {"openclaw_gateway_proxy_enabled": True, "openclaw_config": {"gateway": {"bind": "lan"}}}
    assert any("past the proxy" in warning for warning in resolved(options).warnings)


def test_a_seeded_gateway_has_to_be_told(resolved: Callable[[Json], Any]) -> None:
    options = {"openclaw_gateway_proxy_enabled": True, "openclaw_config_mode": "seed"}
    assert any("was seeded before" in warning for warning in resolved(options).warnings)


@pytest.mark.parametrize("entry, hint", [("10.1.2.3/8", "10.0.0.0/8"), ("ingress", "is not an IP address or range")])
def test_proxies_before_it_are_addresses(entry: str, hint: str, make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match=f"openclaw_gateway_proxy_trusted .*{hint}"):
        make_instance(**ON, gateway_proxy_trusted=[entry])


def test_only_named_proxies_are_believed(make_instance: MakeInstance) -> None:
    nobody = files_of(make_instance(**ON))["nginx.conf"]
    assert "set_real_ip_from" not in nobody
    assert "geo $realip_remote_addr $believed {\n        default 0;\n    }" in nobody
    some = files_of(make_instance(**ON, gateway_proxy_trusted=["10.0.0.0/8", "fd00::1"]))["nginx.conf"]
    assert "    set_real_ip_from 10.0.0.0/8;\n    set_real_ip_from fd00::1;\n" in some
    assert "        10.0.0.0/8 1;\n        fd00::1 1;\n" in some


@pytest.mark.parametrize("mode", ["readonly", "overwrite", "seed"])
def test_another_configuration_of_the_proxy_restarts_the_pod(mode: str, make_instance: MakeInstance) -> None:
    before, after = (
        template_of(make_instance(**ON, config_mode=mode, gateway_proxy_trusted=trusted))["metadata"]["annotations"]
        for trusted in ([], ["10.0.0.0/8"])
    )
    assert before != after

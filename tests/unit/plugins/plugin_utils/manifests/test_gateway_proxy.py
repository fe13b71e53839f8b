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
    assert gateway_of(make_instance(**ON, config={"gateway": {"bind": "lan"}}))["bind"] == "lan"


def test_the_gateway_trusts_the_proxy_beside_those_of_the_user(make_instance: MakeInstance) -> None:
    given = {"gateway": {"trustedProxies": ["10.9.0.1"], "bind": "lan"}}
    assert gateway_of(make_instance(**ON, config=given))["trustedProxies"] == ["10.9.0.1", "127.0.0.1"]


def test_a_bind_that_the_service_does_not_reach_is_refused(make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match=r"gateway\.bind"):
        make_instance(**ON, config={"gateway": {"bind": "tailnet"}})


def test_proxies_that_the_gateway_never_sees_are_warned_of(resolved: Callable[[Json], Any]) -> None:
    def told(gateway: Json) -> bool:
        options = {"openclaw_gateway_proxy_enabled": True, "openclaw_config": {"gateway": gateway}}
        return any("never sees 10.9.0.1. Write that in" in warning for warning in resolved(options).warnings)

    assert told({"trustedProxies": ["127.0.0.1", "10.9.0.1"]})
    assert not told({"trustedProxies": ["127.0.0.1"]})
    assert not told({"trustedProxies": ["10.9.0.1"], "bind": "lan"})


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


def test_only_named_proxies_are_believed(make_instance: MakeInstance) -> None:
    nobody = files_of(make_instance(**ON))["nginx.conf"]
    assert "set_real_ip_from" not in nobody
    assert "geo $realip_remote_addr $believed {\n        default 0;\n    }" in nobody
    some = files_of(make_instance(**ON, trusted_proxies=["10.1.0.0/16", "fd00::1"]))["nginx.conf"]
    assert "    set_real_ip_from 10.1.0.0/16;\n    set_real_ip_from fd00::1;\n" in some
    assert "        10.1.0.0/16 1;\n        fd00::1 1;\n" in some


@pytest.mark.parametrize("mode", ["readonly", "overwrite", "seed"])
def test_another_configuration_of_the_proxy_restarts_the_pod(mode: str, make_instance: MakeInstance) -> None:
    before, after = (
        template_of(make_instance(**ON, config_mode=mode, trusted_proxies=trusted))["metadata"]["annotations"]
        for trusted in ([], ["10.1.0.0/16"])
    )
    assert before != after


# Proxies that are named by their pods


BY_PODS: Json = {**ON, "entry_points": {"edge": {"namespace": "edge", "pods": {"app": "traefik"}}}}


def ports_of(instance: Json) -> Json:
    (proxy,) = (each for each in template_of(instance)["spec"]["containers"] if each["name"] == "gateway-proxy")
    return {port["name"]: port["containerPort"] for port in proxy["ports"]}


def servers_of(instance: Json) -> dict[str, str]:
    """The servers of the proxy by where they listen."""
    servers = files_of(instance)["nginx.conf"].split("    server {\n")[1:]
    return {server.split("listen ", 1)[1].split(";")[0]: server for server in servers}


@pytest.mark.parametrize(
    "entry_points",
    [
        {},
        {"edge": {"cidr": ["192.0.2.7"]}},
        {"office": {"namespace": "office", "pods": {"app": "office"}, "proxy": False}},
    ],
)
def test_without_them_there_is_no_port_for_them(entry_points: Json, make_instance: MakeInstance) -> None:
    instance = make_instance(**ON, entry_points=entry_points)
    assert ports_of(instance) == {"gateway": 18790}
    assert list(servers_of(instance)) == ["18790"]


def test_they_have_a_port_of_their_own(make_instance: MakeInstance) -> None:
    instance = make_instance(**BY_PODS)
    assert ports_of(instance) == {"gateway": 18790, "entry": 18791}
    assert list(servers_of(instance)) == ["18790", "18791"]


def test_what_they_say_arrives_as_they_said_it(make_instance: MakeInstance) -> None:
    """The server behind that port sets nothing of what it is told, and speaks from an address that is believed."""
    entry = servers_of(make_instance(**BY_PODS))["18791"]
    assert "proxy_pass http://127.0.0.1:18790;" in entry
    assert "proxy_bind 127.0.0.2;" in entry
    assert "X-Forwarded" not in entry.replace("the request has no X-Forwarded-For", "")


def test_they_are_believed_like_proxies_with_an_address(make_instance: MakeInstance) -> None:
    text = files_of(make_instance(**BY_PODS, trusted_proxies=["192.0.2.7"]))["nginx.conf"]
    assert "        default 0;\n        192.0.2.7 1;\n        127.0.0.2 1;\n" in text
    assert "    set_real_ip_from 192.0.2.7;\n    set_real_ip_from 127.0.0.2;\n" in text
    assert "127.0.0.2" not in files_of(make_instance(**ON))["nginx.conf"]


def test_who_names_no_client_is_told_so(make_instance: MakeInstance) -> None:
    entry = servers_of(make_instance(**BY_PODS))["18791"]
    assert 'return 403 "This port is for proxies that name their client' in entry
    assert "$http_x_forwarded_for $nobody_named" in files_of(make_instance(**BY_PODS))["nginx.conf"]


# Users whom proxies name


@pytest.mark.parametrize("named", [{"trusted_proxies": ["192.0.2.7"]}, {"entry_points": BY_PODS["entry_points"]}])
def test_users_are_named_by_proxies_that_are_believed_alone(named: Json, make_instance: MakeInstance) -> None:
    instance = make_instance(**ON, **named, gateway_auth="trusted-proxy", gateway_user_header="X-Auth-Name")
    text = files_of(instance)["nginx.conf"]
    assert (
        'map "$believed $http_x_auth_name" $client_user {\n        default "";\n        "~^1 (?<name>.+)$" $name;'
        in text
    )
    assert "proxy_set_header X-Auth-Name $client_user;" in servers_of(instance)["18790"]
    assert gateway_of(instance)["auth"]["trustedProxy"] == {"userHeader": "X-Auth-Name", "allowLoopback": True}


def test_nobody_is_named_otherwise(make_instance: MakeInstance) -> None:
    assert "$client_user" not in files_of(make_instance(**BY_PODS))["nginx.conf"]


def test_it_listens_to_both_families_where_the_service_has_both(make_instance: MakeInstance) -> None:
    """The gateway itself has IPv4 alone."""
    text = files_of(make_instance(**BY_PODS, service_ip_family_policy="PreferDualStack"))["nginx.conf"]
    for port in (18790, 18791):
        assert f"        listen {port};\n        listen [::]:{port};\n" in text
    assert "[::]" not in files_of(make_instance(**BY_PODS))["nginx.conf"]

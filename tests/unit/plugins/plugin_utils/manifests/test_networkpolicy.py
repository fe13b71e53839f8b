# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach the pod and what it may reach, option by option."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.feature import MONITORING, Port
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.isolation import forbidden_targets
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.networkpolicy import (
    networkpolicy_manifests,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.networkpolicy_ingress import ingress_rules

# Manifests are JSON of any shape; the tests look into them freely.
Json = dict
MakeInstance = Callable[..., Json]

BY_PODS = {"namespace": "traefik", "pods": {"app": "traefik"}}
BY_NAME = {"networkpolicy_egress": "providers-only", "networkpolicy_flavor": "cilium"}


def namespace(name: str) -> Json:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def ingress(make_instance: MakeInstance, **options: object) -> list[Any]:
    """What an instance lets in beyond the default."""
    usual = ingress_rules(make_instance(), [])
    return [rule for rule in ingress_rules(make_instance(**options), []) if rule not in usual]


def policies(make_instance: MakeInstance, **options: object) -> list[Any]:
    return networkpolicy_manifests(make_instance(**options))


def egress(make_instance: MakeInstance, **options: object) -> list[Any]:
    rules: list[Any] = policies(make_instance, **options)[1]["spec"]["egress"]
    return rules


def ports(rule: Json) -> list[object]:
    return [port["port"] for port in rule["ports"]]


# Who comes in


def test_a_proxy_named_by_its_pods_reaches_the_port_that_believes_it_and_no_other(make_instance: MakeInstance) -> None:
    (rule,) = ingress(make_instance, gateway_proxy_enabled=True, entry_points={"traefik": BY_PODS})
    assert rule["from"] == [{**namespace("traefik"), "podSelector": {"matchLabels": {"app": "traefik"}}}]
    assert ports(rule) == ["entry"]


@pytest.mark.parametrize(
    "entry, expected",
    [
        ({**BY_PODS, "ports": ["gateway"]}, ["entry", "gateway"]),
        ({**BY_PODS, "ports": ["gateway", "terminal"]}, ["entry", "gateway", "terminal"]),
        ({**BY_PODS, "ports": ["terminal"]}, ["terminal"]),
        ({**BY_PODS, "proxy": False}, ["gateway"]),
        ({"cidr": ["192.0.2.7"]}, ["gateway"]),
    ],
)
def test_an_entry_point_reaches_what_it_lists(entry: Json, expected: list[str], make_instance: MakeInstance) -> None:
    options = {"gateway_proxy_enabled": True, "terminal_enabled": True, "terminal_secret": "login"}
    (rule,) = ingress(make_instance, **options, entry_points={"e": entry})
    assert ports(rule) == expected


@pytest.mark.parametrize("entry", [{"cidr": ["192.0.2.7"]}, {**BY_PODS, "proxy": False}])
def test_nobody_else_gets_the_port_that_believes_whatever_it_lists(entry: Json, make_instance: MakeInstance) -> None:
    """An option that is refused must not open anything either; a rule without ports would open all of them."""
    unchecked = make_instance(gateway_proxy_enabled=True) | {"entry_points": {"e": {**entry, "ports": ["entry"]}}}
    assert ingress_rules(unchecked, []) == ingress_rules(make_instance(), [])


def test_a_port_of_the_user_is_that_of_the_pod(make_instance: MakeInstance) -> None:
    given = {"hooks": {"port": 80, "target_port": 8080}, "dns": {"port": 53, "protocol": "UDP"}}
    entry = {"cidr": ["192.0.2.7"], "ports": ["hooks", "dns"]}
    (rule,) = ingress(make_instance, service_ports=given, entry_points={"e": entry})
    assert rule["ports"] == [{"protocol": "TCP", "port": 8080}, {"protocol": "UDP", "port": 53}]


def test_a_port_of_the_user_is_closed_unless_an_entry_point_names_it(make_instance: MakeInstance) -> None:
    assert ingress(make_instance, service_ports={"hooks": {"port": 8080}}) == []


def test_metrics_are_open_to_the_monitoring_and_to_nobody_else(make_instance: MakeInstance) -> None:
    metrics = Port("metrics", 9090, clients=MONITORING)
    options = {"networkpolicy_monitoring_namespaces": ["monitoring"], "networkpolicy_ingress_namespaces": ["tools"]}
    found = {str(rule["from"]): ports(rule) for rule in ingress_rules(make_instance(**options), [metrics])}  # type: ignore[arg-type]
    assert found[str([namespace("monitoring")])] == ["metrics"]
    assert found[str([namespace("tools")])] == ["gateway"]
    assert ingress_rules(make_instance(), [metrics]) == ingress_rules(make_instance(), [])


def test_the_port_that_believes_is_not_for_namespaces(make_instance: MakeInstance) -> None:
    instance = make_instance(networkpolicy_ingress_namespaces=["tools"])
    assert ingress_rules(instance, [Port("entry", 18791)]) == ingress_rules(instance, [])


def test_the_own_namespace_comes_in_only_when_asked(make_instance: MakeInstance) -> None:
    (rule,) = ingress(make_instance, networkpolicy_same_namespace_enabled=True)
    assert rule == {"from": [namespace("support")], "ports": [{"protocol": "TCP", "port": "gateway"}]}


# What goes out


PROFILES: list[tuple[Json, bool, bool]] = [
    ({"networkpolicy_egress": "open-internet"}, True, True),
    (BY_NAME, False, True),
    ({"networkpolicy_egress": "providers-only", "proxy_url": "http://10.0.0.3:3128"}, False, True),
    ({"networkpolicy_egress": "internal"}, False, True),
    ({"networkpolicy_egress": "none"}, False, False),
]


@pytest.mark.parametrize("profile, internet, declared", PROFILES, ids=lambda value: str(value)[:60])
def test_each_profile_opens_what_it_says(
    profile: Json, internet: bool, declared: bool, make_instance: MakeInstance
) -> None:
    found = egress(make_instance, **profile, networkpolicy_egress_to={"vault": {"namespace": "vault", "ports": [8200]}})
    opened = [peer for rule in found for peer in rule["to"]]
    assert any("except" in peer.get("ipBlock", {}) for peer in opened) is internet
    assert (namespace("vault") in opened) is declared
    assert ports(found[0]) == [53, 53]


@pytest.mark.parametrize("profile, _internet, _declared", PROFILES, ids=lambda value: str(value)[:60])
def test_models_inside_the_cluster_are_open_with_every_profile(
    profile: Json, _internet: bool, _declared: bool, make_instance: MakeInstance
) -> None:
    config = {"models": {"providers": {"m": {"baseUrl": "http://ollama.models.svc:11434"}}}}
    assert any(namespace("models") in rule["to"] for rule in egress(make_instance, **profile, config=config))


@pytest.mark.parametrize(
    "way, rule",
    [
        ({"namespace": "a"}, {"to": [namespace("a")]}),
        ({"pods": {"b": "c"}}, {"to": [{"podSelector": {"matchLabels": {"b": "c"}}}]}),
        (
            {"namespace": "a", "pods": {"b": "c"}, "ports": [1, 2]},
            {
                "to": [{**namespace("a"), "podSelector": {"matchLabels": {"b": "c"}}}],
                "ports": [{"protocol": "TCP", "port": 1}, {"protocol": "TCP", "port": 2}],
            },
        ),
        (
            {"cidr": ["10.0.0.5", "fd00::/64"], "protocol": "UDP"},
            {
                "to": [{"ipBlock": {"cidr": "10.0.0.5/32"}}, {"ipBlock": {"cidr": "fd00::/64"}}],
                "ports": [{"protocol": "UDP"}],
            },
        ),
    ],
)
def test_a_declared_way_is_a_rule(way: Json, rule: Json, make_instance: MakeInstance) -> None:
    assert rule in egress(make_instance, networkpolicy_egress_to={"w": way})


def test_a_wide_range_leaves_out_where_a_cloud_keeps_credentials(make_instance: MakeInstance) -> None:
    found = egress(
        make_instance,
        networkpolicy_egress="internal",
        networkpolicy_egress_to={"all": {"cidr": ["0.0.0.0/0", "::/0"]}},
    )
    for address in ("169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fe80::1"):
        assert [block for block in blocks(found[-1]) if allows(block, address)] == []
    assert any(allows(block, "10.1.2.3") for block in blocks(found[-1]))


def blocks(rule: Json) -> list[Json]:
    return [peer["ipBlock"] for peer in rule["to"] if "ipBlock" in peer]


def allows(block: Json, address: str) -> bool:
    found = ipaddress.ip_address(address)
    return found in ipaddress.ip_network(block["cidr"]) and not any(
        found in ipaddress.ip_network(hole) for hole in block.get("except", [])
    )


def test_public_addresses_of_the_cluster_are_left_out_of_their_own_family(make_instance: MakeInstance) -> None:
    ranges = ["203.0.113.0/24", "2600:1f00::/40", "10.0.0.0/8", "fd00::/8"]
    public = egress(make_instance, networkpolicy_cluster_ranges=ranges)[-1]
    four, six = blocks(public)
    assert [range_ for range_ in ranges if range_ in four["except"]] == ["203.0.113.0/24", "10.0.0.0/8"]
    assert [range_ for range_ in ranges if range_ in six["except"]] == ["2600:1f00::/40"]
    assert len(four["except"]) == len(set(four["except"]))
    for block in (four, six):
        whole = ipaddress.ip_network(block["cidr"])
        # The API server refuses an exception that is not part of the range.
        assert all(ipaddress.ip_network(hole).subnet_of(whole) for hole in block["except"])  # type: ignore[arg-type]


def test_the_metadata_address_answers_names_only_and_only_when_asked(make_instance: MakeInstance) -> None:
    assert "169.254" not in str([rule["to"] for rule in egress(make_instance)[:2]])
    dns = egress(make_instance, networkpolicy_node_dns_enabled=True)[0]
    assert {block["cidr"] for block in blocks(dns)} == {"169.254.20.10/32", "169.254.169.254/32"}
    assert set(ports(dns)) == {53}


def test_rules_of_the_user_are_as_written(make_instance: MakeInstance) -> None:
    out = {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 8000, "endPort": 9000}]}
    into = {"from": [{"podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}]}
    spec = policies(
        make_instance,
        networkpolicy_egress="none",
        networkpolicy_egress_rules=[out],
        networkpolicy_ingress_rules=[into],
    )[1]["spec"]
    assert (spec["egress"][-1], spec["ingress"][-1]) == (out, into)


# By name


def names(make_instance: MakeInstance, **options: object) -> dict[str, list[str]]:
    """The names that Cilium opens, by port."""
    found = policies(make_instance, **{**BY_NAME, **options})[2:]
    return {
        rule["toPorts"][0]["ports"][0]["port"]: [name for each in rule["toFQDNs"] for name in each.values()]
        for policy in found
        for rule in policy["spec"]["egress"]
        if "toFQDNs" in rule
    }


def test_names_of_models_are_added_by_themselves(make_instance: MakeInstance) -> None:
    config = {
        "agents": {"defaults": {"model": "anthropic/claude-opus-4-6"}, "entries": {"a": {"imageModel": "google/x"}}},
        "models": {
            "providers": {"own": {"baseUrl": "https://llm.example.com:8443"}, "groq": {"apiKey": "${GROQ_API_KEY}"}}
        },
    }
    assert names(make_instance, config=config, networkpolicy_egress_names=["*.slack.com"]) == {
        "443": ["*.slack.com", "api.anthropic.com", "api.groq.com", "generativelanguage.googleapis.com"],
        "8443": ["llm.example.com"],
    }
    assert names(make_instance, config=config, networkpolicy_models_enabled=False) == {}


def test_names_that_features_need_are_added_too(make_instance: MakeInstance) -> None:
    tool = {"url": "https://dl.example.com:444/kubectl", "sha256": "0a" * 32}
    found = names(make_instance, tools={"kubectl": tool}, proxy_url="http://proxy.example.com:3128")
    assert found == {"444": ["dl.example.com"], "3128": ["proxy.example.com"]}


def test_without_anything_to_open_there_is_no_policy_by_name(make_instance: MakeInstance) -> None:
    for flavor in ("cilium", "gke"):
        assert len(policies(make_instance, networkpolicy_flavor=flavor)) == 2
        assert len(policies(make_instance, networkpolicy_flavor=flavor, networkpolicy_egress="providers-only")) == 2


def test_cilium_reads_the_answers_that_names_come_from(make_instance: MakeInstance) -> None:
    (policy,) = policies(make_instance, **BY_NAME, networkpolicy_egress_names=["a.example.com"])[2:]
    dns, named = policy["spec"]["egress"]
    assert dns["toEndpoints"][0]["matchLabels"]["k8s-app"] == "kube-dns"
    assert dns["toPorts"] == [{"ports": [{"port": "53", "protocol": "ANY"}], "rules": {"dns": [{"matchPattern": "*"}]}}]
    assert named["toFQDNs"] == [{"matchName": "a.example.com"}]


def test_policies_by_name_select_the_pods_that_the_others_deny(make_instance: MakeInstance) -> None:
    options = {"networkpolicy_egress": "providers-only", "networkpolicy_egress_names": ["a.example.com"]}
    for flavor, field in (("cilium", "endpointSelector"), ("gke", "podSelector")):
        _deny, gateway, named = policies(make_instance, **options, networkpolicy_flavor=flavor)
        assert named["spec"][field] == gateway["spec"]["podSelector"]


def test_through_a_proxy_the_proxy_is_the_only_way_out(make_instance: MakeInstance) -> None:
    found = policies(
        make_instance,
        networkpolicy_egress="providers-only",
        proxy_url="http://10.0.0.3:3128",
        config={"agents": {"defaults": {"model": "anthropic/claude-opus-4-6"}}},
    )
    _dns, own, *others = found[1]["spec"]["egress"]
    assert ports(own) == [18789]
    assert others == [{"to": [{"ipBlock": {"cidr": "10.0.0.3/32"}}], "ports": [{"protocol": "TCP", "port": 3128}]}]
    assert len(found) == 2


# What shows that policies hold


@pytest.mark.parametrize(
    "options, targets",
    [
        ({}, ["apiserver", "dns-metrics"]),
        ({"networkpolicy_egress": "none"}, ["apiserver", "dns-metrics"]),
        ({"networkpolicy_enabled": False}, []),
        ({"networkpolicy_enforcement": "ignore"}, []),
        # The API server may be any address, at any port.
        ({"networkpolicy_egress_to": {"a": {"cidr": ["10.0.0.5"], "ports": [6443]}}}, ["dns-metrics"]),
        ({"proxy_url": "http://10.0.0.3:3128"}, ["dns-metrics"]),
        ({"networkpolicy_egress_to": {"a": {"cidr": ["10.0.0.0/8"], "ports": [2049]}}}, ["dns-metrics"]),
        ({"networkpolicy_egress_to": {"a": {"cidr": ["10.0.0.0/8"]}}}, []),
        ({"networkpolicy_egress_to": {"a": {"cidr": ["10.0.0.5"], "ports": [53], "protocol": "UDP"}}}, None),
        ({"networkpolicy_egress_to": {"a": {"namespace": "kube-system"}}}, ["apiserver"]),
        ({"networkpolicy_egress_to": {"a": {"namespace": "kube-system", "ports": [53]}}}, None),
        ({"networkpolicy_egress_to": {"a": {"namespace": "vault"}}}, None),
        ({"config": {"models": {"providers": {"m": {"baseUrl": "http://m.kube-system.svc"}}}}}, ["apiserver"]),
        ({"networkpolicy_egress_rules": [{}]}, []),
        ({"networkpolicy_egress_rules": [{"to": [{"namespaceSelector": {}}]}]}, ["apiserver"]),
        ({"networkpolicy_egress_rules": [{"ports": [{"port": 9000, "endPort": 9999}]}]}, []),
        ({"networkpolicy_egress_rules": [{"to": [{"ipBlock": {"cidr": "nonsense"}}]}]}, []),
        ({**BY_NAME, "networkpolicy_cilium_egress_rules": [{"toEntities": ["all"]}]}, []),
        ({**BY_NAME, "networkpolicy_egress_names": ["a.example.com"]}, None),
        ({"networkpolicy_node_dns_enabled": True, "networkpolicy_cluster_ranges": ["203.0.113.0/24"]}, None),
    ],
)
def test_what_no_rule_opens_is_tried(options: Json, targets: list[str] | None, make_instance: MakeInstance) -> None:
    assert forbidden_targets(make_instance(**options)) == (["apiserver", "dns-metrics"] if targets is None else targets)


TAILNET = {"tailscale_enabled": True, "tailscale_auth_secret": "key"}


@pytest.mark.parametrize(
    "options", [{**TAILNET, "tailscale_apiserver": ["10.0.0.5:6443"]}, {**TAILNET, "networkpolicy_flavor": "cilium"}]
)
def test_who_keeps_something_at_the_apiserver_reaches_it(options: Json, make_instance: MakeInstance) -> None:
    assert forbidden_targets(make_instance(**options)) == ["dns-metrics"]


def test_cilium_knows_the_apiserver(make_instance: MakeInstance) -> None:
    (policy,) = policies(make_instance, **TAILNET, networkpolicy_flavor="cilium")[2:]
    assert policy["spec"]["egress"] == [{"toEntities": ["kube-apiserver"]}]

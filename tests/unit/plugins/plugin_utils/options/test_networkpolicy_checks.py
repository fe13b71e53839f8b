# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory may say about the network policies, and what it is told otherwise."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.ranges import (
    PUBLIC,
    holds_the_internet,
    is_public,
    lies_in,
)

Variables = dict[str, object]
Resolve = Callable[[Mapping[str, object]], Resolved]

BY_NAME: Variables = {"openclaw_networkpolicy_egress": "providers-only", "openclaw_networkpolicy_flavor": "cilium"}


def way(**fields: object) -> Variables:
    return {"openclaw_networkpolicy_egress_to": {"w": fields}}


@pytest.mark.parametrize(
    "variables, problem",
    [
        (
            {**BY_NAME, "openclaw_networkpolicy_egress_names": ["https://api.example.com/v1"]},
            'openclaw_networkpolicy_egress_names  "https://api.example.com/v1" is not a name on the Internet. '
            "Write for example api.anthropic.com or *.slack.com.",
        ),
        (
            {
                **BY_NAME,
                "openclaw_networkpolicy_flavor": "gke",
                "openclaw_networkpolicy_egress_names": ["**.slack.com"],
            },
            'openclaw_networkpolicy_egress_names  "**.slack.com" begins with **, which only Cilium knows. '
            "Write one * for each part.",
        ),
        (
            {"openclaw_networkpolicy_egress": "providers-only"},
            "openclaw_networkpolicy_egress  providers-only needs somebody who knows names. Set "
            "openclaw_networkpolicy_flavor to cilium or to gke, if the cluster has that, or openclaw_proxy_url, which "
            "everything goes through then.",
        ),
        (
            {"openclaw_networkpolicy_egress_to": {"w": "vault"}},
            "openclaw_networkpolicy_egress_to  w: is not a map. Write {namespace: <namespace>, ports: [<number>]}.",
        ),
        (
            way(namespace="vault", port=[8200]),
            "openclaw_networkpolicy_egress_to  w: port is not one of namespace, pods, cidr, ports, protocol. "
            "Did you mean ports?",
        ),
        (
            way(ports=[8200]),
            "openclaw_networkpolicy_egress_to  w: write either cidr, or namespace, pods or both.",
        ),
        (
            way(cidr=["10.0.0.0/8"], namespace="vault"),
            "openclaw_networkpolicy_egress_to  w: write either cidr, or namespace, pods or both.",
        ),
        (
            way(cidr="10.0.0.0/8"),
            "openclaw_networkpolicy_egress_to  w: cidr is not a list of ranges. Write cidr: [<range>].",
        ),
        (
            way(cidr=["10.1.2.3/8"]),
            'openclaw_networkpolicy_egress_to  w: cidr: "10.1.2.3/8" is not an IP address or range, such as 10.1.2.3 '
            "or 10.0.0.0/8. Write 10.0.0.0/8.",
        ),
        (
            way(cidr=["169.254.169.254"], ports=[80]),
            "openclaw_networkpolicy_egress_to  w: cidr: 169.254.169.254 is a link-local, metadata or reserved address. "
            "If it has to be open, write the rule in openclaw_networkpolicy_egress_rules.",
        ),
        (
            way(namespace="Vault"),
            'openclaw_networkpolicy_egress_to  w: namespace: "Vault" is not a DNS label: at most 63 lower-case '
            "letters, digits and dashes, no dash at the ends.",
        ),
        (
            way(pods={}),
            "openclaw_networkpolicy_egress_to  w: pods is not a map of labels. Write pods: {<label>: <text>}.",
        ),
        (
            way(namespace="vault", ports=8200),
            "openclaw_networkpolicy_egress_to  w: ports is not a list. Write ports: [<number>].",
        ),
        (
            way(namespace="vault", ports=["https"]),
            'openclaw_networkpolicy_egress_to  w: ports: "https" is not the number of a port. Write one from 1 to '
            "65535.",
        ),
        (
            way(namespace="vault", protocol="tcp"),
            'openclaw_networkpolicy_egress_to  w: protocol: "tcp" is not one of TCP, UDP, SCTP. Did you mean TCP?',
        ),
        (
            {"openclaw_networkpolicy_egress_rules": [{"from": [{"podSelector": {}}]}]},
            "openclaw_networkpolicy_egress_rules  rule 1: from is not one of to, ports.",
        ),
        (
            {"openclaw_networkpolicy_ingress_rules": [{}, {"form": []}]},
            "openclaw_networkpolicy_ingress_rules  rule 2: form is not one of from, ports. Did you mean from?",
        ),
        (
            {"openclaw_networkpolicy_cluster_ranges": ["0.0.0.0/0"]},
            'openclaw_networkpolicy_cluster_ranges  "0.0.0.0/0" holds the whole Internet. Write the ranges of the '
            "cluster alone, or set openclaw_networkpolicy_egress to internal.",
        ),
        (
            {"openclaw_networkpolicy_cluster_ranges": ["203.0.113.1/24"]},
            'openclaw_networkpolicy_cluster_ranges  "203.0.113.1/24" is not an IP address or range, such as 10.1.2.3 '
            "or 10.0.0.0/8. Write 203.0.113.0/24.",
        ),
        (
            {"openclaw_networkpolicy_monitoring_namespaces": ["Monitoring"]},
            'openclaw_networkpolicy_monitoring_namespaces  "Monitoring" is not a DNS label: at most 63 lower-case '
            "letters, digits and dashes, no dash at the ends.",
        ),
    ],
)
def test_a_problem_names_the_option_and_what_to_write(variables: Variables, problem: str, resolved: Resolve) -> None:
    assert resolved(variables).problems == [problem]


@pytest.mark.parametrize(
    "name",
    ["api.anthropic.com", "*.slack.com", "**.slack.com", "wss-*.slack.com", "bedrock-runtime.*.amazonaws.com", "a.b"],
)
def test_names_that_cilium_knows(name: str, resolved: Resolve) -> None:
    assert resolved({**BY_NAME, "openclaw_networkpolicy_egress_names": [name]}).problems == []


@pytest.mark.parametrize(
    "name", ["*", "*.com", "com", "api.*", "a..b", "10.0.0.1:443", "a.b/", "-a.com", "A.com", "a b.c"]
)
def test_what_is_no_name(name: str, resolved: Resolve) -> None:
    (problem,) = resolved({**BY_NAME, "openclaw_networkpolicy_egress_names": [name]}).problems
    assert problem.startswith(f'openclaw_networkpolicy_egress_names  "{name}" is not a name')


@pytest.mark.parametrize(
    "variables",
    [
        BY_NAME,
        {**BY_NAME, "openclaw_networkpolicy_flavor": "gke"},
        {"openclaw_networkpolicy_egress": "providers-only", "openclaw_proxy_url": "http://squid.proxies.svc:3128"},
        {"openclaw_networkpolicy_flavor": "cilium", "openclaw_networkpolicy_node_dns_enabled": True},
        {
            "openclaw_networkpolicy_flavor": "cilium",
            "openclaw_networkpolicy_cilium_ingress_rules": [{"fromEntities": ["a"]}],
        },
        {"openclaw_networkpolicy_cluster_ranges": ["203.0.113.0/24", "2600:1f00::/40"]},
        {"openclaw_networkpolicy_egress": "internal", **way(namespace="vault", pods={"a": "b"}, ports=[8200])},
        way(cidr=["0.0.0.0/0", "::/0", "10.0.0.5"], protocol="SCTP"),
        way(pods={"app": "cache"}),
    ],
)
def test_what_the_rules_allow(variables: Variables, resolved: Resolve) -> None:
    found = resolved(variables)
    assert (found.problems, found.warnings) == ([], [])


def test_without_policies_nobody_has_to_know_names(resolved: Resolve) -> None:
    off = {"openclaw_networkpolicy_enabled": False, "openclaw_networkpolicy_egress": "providers-only"}
    assert resolved(off).problems == []


@pytest.mark.parametrize(
    "variables, warning",
    [
        (
            {"openclaw_networkpolicy_egress_names": ["api.example.com"]},
            "openclaw_networkpolicy_egress_names  has no effect while openclaw_networkpolicy_egress is open-internet.",
        ),
        (
            {
                "openclaw_networkpolicy_egress": "providers-only",
                "openclaw_proxy_url": "http://squid.proxies.svc:3128",
                "openclaw_networkpolicy_egress_names": ["api.example.com"],
            },
            "openclaw_networkpolicy_egress_names  has no effect: the proxy of openclaw_proxy_url decides which names "
            "it lets through.",
        ),
        (
            {"openclaw_networkpolicy_egress": "none", **way(namespace="vault")},
            "openclaw_networkpolicy_egress_to  has no effect while openclaw_networkpolicy_egress is none. "
            "Set that to internal.",
        ),
        (
            {"openclaw_networkpolicy_flavor": "gke", "openclaw_networkpolicy_node_dns_enabled": True},
            "openclaw_networkpolicy_flavor  gke has no effect while openclaw_networkpolicy_egress is open-internet.",
        ),
        (
            {"openclaw_networkpolicy_cilium_egress_rules": [{"toEntities": ["all"]}]},
            "openclaw_networkpolicy_cilium_egress_rules  has no effect while openclaw_networkpolicy_flavor is "
            "kubernetes.",
        ),
        (
            {"openclaw_networkpolicy_cluster_ranges": ["10.0.0.0/8"]},
            'openclaw_networkpolicy_cluster_ranges  "10.0.0.0/8" has no effect: only public addresses are open.',
        ),
        (
            {"openclaw_networkpolicy_cluster_ranges": ["fd00::/8"]},
            'openclaw_networkpolicy_cluster_ranges  "fd00::/8" has no effect: only public addresses are open.',
        ),
        (
            {
                "openclaw_networkpolicy_egress": "internal",
                "openclaw_config": {"agents": {"defaults": {"model": "anthropic/claude-opus-4-6"}}},
            },
            "openclaw_networkpolicy_egress  internal closes the way to the model provider anthropic at "
            "api.anthropic.com. Use open-internet or providers-only, or a model inside the cluster.",
        ),
        (
            {**BY_NAME, "openclaw_config": {"agents": {"defaults": {"model": "amazon-bedrock/claude"}}}},
            "openclaw_networkpolicy_egress_names  is empty, and where the model provider amazon-bedrock listens is not "
            "known. Add the name of its API.",
        ),
        (
            {"openclaw_networkpolicy_egress": "internal", "openclaw_runtime_python": "3.13"},
            "openclaw_runtime_python  github.com is out of reach, since openclaw_networkpolicy_egress is internal. "
            "Use open-internet, or a mirror inside the cluster.",
        ),
        (
            {**BY_NAME, "openclaw_runtime_python": "3.13"},
            "openclaw_runtime_python  github.com is out of reach unless openclaw_networkpolicy_egress_names holds it, "
            "and where it leads to.",
        ),
        (
            {
                **BY_NAME,
                "openclaw_ollama_enabled": True,
                "openclaw_ollama_models": ["qwen3:8b"],
                "openclaw_networkpolicy_egress_names": ["clawhub.ai"],
            },
            "openclaw_networkpolicy_egress  providers-only closes the way to the registry of the model qwen3:8b: the "
            "pod only starts when its volume has it already. Use open-internet, or openclaw_ollama_existing_claim with "
            "the models.",
        ),
    ],
)
def test_what_works_but_is_unwise_is_a_warning(variables: Variables, warning: str, resolved: Resolve) -> None:
    found = resolved(variables)
    assert (found.problems, found.warnings) == ([], [warning])


@pytest.mark.parametrize(
    "variables",
    [
        {**BY_NAME, "openclaw_proxy_url": "http://proxy.example.com:3128"},
        {**BY_NAME, "openclaw_runtime_python": "3.13", "openclaw_networkpolicy_egress_names": ["github.com"]},
        {
            **BY_NAME,
            "openclaw_networkpolicy_egress_names": ["bedrock-runtime.eu-west-1.amazonaws.com"],
            "openclaw_config": {"agents": {"defaults": {"model": "amazon-bedrock/claude"}}},
        },
        {**BY_NAME, "openclaw_config": {"agents": {"defaults": {"model": "ollama/qwen3"}}}},
    ],
)
def test_what_is_open_by_name_is_in_reach(variables: Variables, resolved: Resolve) -> None:
    assert resolved(variables).warnings == []


# Ranges

NETWORKS = st.one_of(
    st.builds(
        lambda ip, bits: ipaddress.ip_network((ip, bits), strict=False), st.ip_addresses(v=4), st.integers(0, 32)
    ),
    st.builds(
        lambda ip, bits: ipaddress.ip_network((ip, bits), strict=False), st.ip_addresses(v=6), st.integers(0, 128)
    ),
)


@given(NETWORKS, NETWORKS)
def test_a_range_lies_in_another_as_the_standard_library_has_it(one: object, two: object) -> None:
    same_family = one.version == two.version  # type: ignore[attr-defined]
    assert lies_in(one, two) is (same_family and one.subnet_of(two))  # type: ignore[arg-type,attr-defined]


@given(NETWORKS)
def test_what_is_not_public_touches_no_public_address(network: object) -> None:
    assert isinstance(network, ipaddress.IPv4Network | ipaddress.IPv6Network)
    if not is_public(network):
        for public, holes in PUBLIC.items():
            whole = ipaddress.ip_network(public)
            inside = [ipaddress.ip_network(hole) for hole in holes]
            assert not lies_in(network, whole) or any(lies_in(network, hole) for hole in inside)


@pytest.mark.parametrize("cidr, whole", [("0.0.0.0/0", True), ("::/0", True), ("2000::/3", True), ("0.0.0.0/1", False)])
def test_the_whole_internet_is_in_it(cidr: str, whole: bool) -> None:
    assert holds_the_internet(ipaddress.ip_network(cidr)) is whole

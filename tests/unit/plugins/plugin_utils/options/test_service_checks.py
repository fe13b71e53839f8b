# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules about the Service refuse, warn of and allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Resolve = Callable[[Mapping[str, object]], Resolved]
Variables = dict[str, object]

TERMINAL: Variables = {"openclaw_terminal_enabled": True, "openclaw_terminal_secret": "web-login"}
LET_IN: Variables = {"openclaw_entry_points": {"lan": {"cidr": ["192.0.2.0/24"], "proxy": False}}}
NODE_PORT: Variables = {"openclaw_service_type": "NodePort", **LET_IN}
BALANCED: Variables = {"openclaw_service_type": "LoadBalancer", **LET_IN}
NO_NAME = "is not the name of a port. Write at most 15 lower-case letters, digits and dashes, with a letter."


def further(name: str = "web", **fields: object) -> Variables:
    return {"openclaw_service_ports": {name: {"port": 8080, **fields}}}


PROBLEMS: list[tuple[Variables, str]] = [
    # Types
    (
        {"openclaw_service_node_port": 30080},
        "openclaw_service_node_port  does not go with openclaw_service_type ClusterIP. Remove it, or write NodePort or "
        "LoadBalancer there.",
    ),
    (
        {"openclaw_service_external_traffic_policy": "Local"},
        "openclaw_service_external_traffic_policy  does not go with openclaw_service_type ClusterIP. Remove it, or "
        "write NodePort or LoadBalancer there.",
    ),
    (
        {**NODE_PORT, "openclaw_service_load_balancer_class": "internal"},
        "openclaw_service_load_balancer_class  does not go with openclaw_service_type NodePort. Remove it, or write "
        "LoadBalancer there.",
    ),
    (
        {**NODE_PORT, "openclaw_service_load_balancer_source_ranges": ["192.0.2.0/24"]},
        "openclaw_service_load_balancer_source_ranges  does not go with openclaw_service_type NodePort. Remove it, or "
        "write LoadBalancer there.",
    ),
    (
        {**BALANCED, "openclaw_service_load_balancer_class": "Example.com/internal"},
        'openclaw_service_load_balancer_class  "Example.com/internal" is not the class of a load balancer. Write a '
        "name, or example.com/name.",
    ),
    (
        {**BALANCED, "openclaw_service_load_balancer_source_ranges": ["192.0.2.7/24"]},
        'openclaw_service_load_balancer_source_ranges  "192.0.2.7/24" is not an IP address or range, such as 10.1.2.3 '
        "or 10.0.0.0/8. Write 192.0.2.0/24.",
    ),
    # Ports
    ({"openclaw_service_port": 0}, "openclaw_service_port  0 is not a port. Write a number from 1 to 65535."),
    (
        {**NODE_PORT, "openclaw_service_node_port": 65536},
        "openclaw_service_node_port  65536 is not a port. Write a number from 1 to 65535.",
    ),
    (further("web-for-the-team"), f"openclaw_service_ports  web-for-the-team: {NO_NAME}"),
    (further("8080"), f"openclaw_service_ports  8080: {NO_NAME}"),
    ({"openclaw_service_ports": {"web": 8080}}, "openclaw_service_ports  web: is not a map. Write {port: <number>}."),
    (
        {"openclaw_service_ports": {"web": {"target_port": 8080}}},
        "openclaw_service_ports  web: has no port. Write {port: <number>}.",
    ),
    (
        further(port="8080"),
        'openclaw_service_ports  web: port: "8080" is not a port. Write a number from 1 to 65535.',
    ),
    (
        further(targetPort=8081),
        "openclaw_service_ports  web: targetPort: is not one of port, target_port, protocol, node_port. Did you mean "
        "target_port?",
    ),
    (
        further(target_port=70000),
        'openclaw_service_ports  web: target_port: "70000" is not a port. Write a number from 1 to 65535, or the name '
        "of a container's port.",
    ),
    (further(protocol="tcp"), 'openclaw_service_ports  web: protocol: "tcp" is not one of TCP, UDP, SCTP.'),
    (
        {**NODE_PORT, **further(node_port="30080")},
        'openclaw_service_ports  web: node_port: "30080" is not a port. Write a number from 1 to 65535.',
    ),
    (
        further(node_port=30080),
        "openclaw_service_ports  web: node_port: does not go with openclaw_service_type ClusterIP. Remove it, or write "
        "NodePort or LoadBalancer there.",
    ),
    # Ports that something else has, or nothing
    (
        {**TERMINAL, "openclaw_service_port": 7681},
        "openclaw_service_port  7681 is the port terminal of the Service. Choose another one.",
    ),
    (
        further("gateway"),
        "openclaw_service_ports  gateway: its name is taken by the port gateway. Choose another one.",
    ),
    (
        {**TERMINAL, **further("terminal")},
        "openclaw_service_ports  terminal: its name is taken by the port terminal. Choose another one.",
    ),
    (
        further(port=18789),
        "openclaw_service_ports  web: port: 18789 is taken by the port gateway. Choose another one.",
    ),
    (
        {"openclaw_service_ports": {"web": {"port": 80}, "api": {"port": 80, "target_port": 8080}}},
        "openclaw_service_ports  web: port: 80 is taken by the port api. Choose another one.",
    ),
    (
        {**NODE_PORT, "openclaw_service_node_port": 30080, **further(node_port=30080)},
        "openclaw_service_ports  web: node_port: 30080 is taken by the port gateway. Choose another one.",
    ),
    (
        {**TERMINAL, **further(target_port="web")},
        'openclaw_service_ports  web: target_port: "web" is no port of a container. The pod has gateway, terminal.',
    ),
    # Families and affinity
    (
        {"openclaw_service_ip_families": ["IPv4", "IPv6"]},
        "openclaw_service_ip_families  names two families. Write one, or set openclaw_service_ip_family_policy to "
        "PreferDualStack or RequireDualStack.",
    ),
    (
        {"openclaw_service_ip_families": ["IPv6"], "openclaw_service_ip_family_policy": "RequireDualStack"},
        "openclaw_service_ip_families  names only IPv6, and openclaw_service_ip_family_policy is RequireDualStack. "
        "Write both families, the main one first, or remove the option.",
    ),
    (
        {"openclaw_service_ip_families": ["IPv6", "IPv6"], "openclaw_service_ip_family_policy": "RequireDualStack"},
        "openclaw_service_ip_families  names IPv6 more than once. Write each family once.",
    ),
    (
        {"openclaw_service_session_affinity_timeout": "25h"},
        'openclaw_service_session_affinity_timeout  "25h" is not between 1s and 24h. Write for example 3h, or remove '
        "the option.",
    ),
    (
        {"openclaw_service_session_affinity_timeout": "0"},
        'openclaw_service_session_affinity_timeout  "0" is not between 1s and 24h. Write for example 3h, or remove the '
        "option.",
    ),
    # Labels and annotations
    (
        {"openclaw_service_labels": {"tier": "a b"}},
        'openclaw_service_labels  tier: "a b" is not the value of a label. Write at most 63 letters, digits, dots and '
        "dashes.",
    ),
    (
        {"openclaw_service_annotations": {"a/b": 1}},
        "openclaw_service_annotations  a/b: 1 is not text. Write it in quotes.",
    ),
]


@pytest.mark.parametrize("variables, problem", PROBLEMS)
def test_what_is_wrong_is_one_problem_that_says_what_to_write(
    variables: Variables, problem: str, resolved: Resolve
) -> None:
    assert resolved(variables).problems == [problem]


@pytest.mark.parametrize(
    "variables, warning",
    [
        (
            {**NODE_PORT, "openclaw_service_node_port": 8080},
            "openclaw_service_node_port  8080 is outside of 30000 to 32767, which most clusters have for this.",
        ),
        (
            {**NODE_PORT, **further(node_port=443)},
            "openclaw_service_ports  web: node_port: 443 is outside of 30000 to 32767, which most clusters have for "
            "this.",
        ),
        (
            {"openclaw_service_type": "NodePort"},
            "openclaw_service_type  NodePort gives the gateway an address outside of the cluster, and the network "
            "policy lets in nobody from there. Write who comes in openclaw_entry_points, by cidr.",
        ),
    ],
)
def test_what_works_but_is_unwise_is_a_warning(variables: Variables, warning: str, resolved: Resolve) -> None:
    found = resolved(variables)
    assert (found.problems, found.warnings) == ([], [warning])


@pytest.mark.parametrize(
    "variables",
    [
        {**NODE_PORT, "openclaw_service_node_port": 30000, **further(node_port=32767)},
        {**NODE_PORT, **further(node_port=30080), "openclaw_service_external_traffic_policy": "Local"},
        {**BALANCED, "openclaw_service_load_balancer_class": "service.k8s.aws/nlb"},
        {**BALANCED, "openclaw_service_load_balancer_source_ranges": ["192.0.2.0/24", "2001:db8::1"]},
        further(port=18789, protocol="UDP"),
        further(target_port="gateway"),
        {**further(target_port="metrics"), "openclaw_sidecars": {"a": {"image": "b", "ports": [{"name": "metrics"}]}}},
        {"openclaw_service_ip_families": ["IPv6"]},
        {"openclaw_service_ip_families": ["IPv6"], "openclaw_service_ip_family_policy": "SingleStack"},
        {"openclaw_service_ip_family_policy": "PreferDualStack"},
        {"openclaw_service_session_affinity_timeout": "24h"},
        {"openclaw_service_session_affinity_timeout": ""},
        {"openclaw_service_type": "LoadBalancer", "openclaw_networkpolicy_ingress_rules": [{"ports": [{"port": 1}]}]},
    ],
)
def test_what_makes_sense_is_taken(variables: Variables, resolved: Resolve) -> None:
    found = resolved(variables)
    about_the_service = [warning for warning in found.warnings if warning.startswith("openclaw_service_")]
    assert (found.problems, about_the_service) == ([], [])


def test_all_problems_of_a_port_come_together(resolved: Resolve) -> None:
    found = resolved({"openclaw_service_ports": {"Web": {"port": 0, "protocol": "HTTP"}, "api": {}}})
    assert [problem.split(": ")[0] for problem in found.problems] == [
        "openclaw_service_ports  Web",
        "openclaw_service_ports  Web",
        "openclaw_service_ports  Web",
        "openclaw_service_ports  api",
    ]

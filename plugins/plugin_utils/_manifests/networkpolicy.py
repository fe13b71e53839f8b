# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach the gateway, and what the agent may reach."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from itertools import groupby

from .._openclaw.config import model_endpoints
from .._openclaw.endpoint import Endpoint
from .._openclaw.pod import PORT
from .._openclaw.replicas import user_configs
from .._options.access import Instance, entries, mapping
from .features.catalog import destinations_of, front_port_of, ports_of
from .features.feature import Port
from .identity import Manifest, metadata, name, selector

PART = "networkpolicy"

_NAMESPACE_NAME = "kubernetes.io/metadata.name"
# What is not the public Internet: this host, private, carrier-grade NAT, loopback, link-local with the metadata
# services, Azure's metadata service, protocol assignments, benchmarking, multicast and reserved ranges.
_NOT_PUBLIC_V4 = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
)
# Global unicast only, without Teredo, 6to4 and documentation, which can carry a private IPv4 address inside.
_PUBLIC_V6 = "2000::/3"
_NOT_PUBLIC_V6 = ("2001::/32", "2001:db8::/32", "2002::/16")
_HTTPS = 443


def _policy(instance: Instance, suffix: str, pods: dict[str, str], rules: Manifest) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(instance, PART, f"{name(instance)}-{suffix}", "networkpolicy"),
        "spec": {"podSelector": {"matchLabels": pods}, "policyTypes": ["Ingress", "Egress"], **rules},
    }


def _tcp(port: int | str) -> Manifest:
    return {"protocol": "TCP", "port": port}


def _namespace(namespace: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {_NAMESPACE_NAME: namespace}}}


def _host(address: object) -> Manifest:
    host = ip_address(str(address))
    return {"ipBlock": {"cidr": f"{host}/{host.max_prefixlen}"}}


def _dns_rule(instance: Instance) -> Manifest:
    """Port 53 of kube-dns, where packets arrive after the Service's address was translated, and of further servers."""
    dns = {**_namespace("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    servers = mapping(instance, "dns_config").get("nameservers")
    further = [_host(server) for server in servers] if isinstance(servers, list) else []
    return {"to": [dns, *further], "ports": [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]}


def _own_service_rule(instance: Instance) -> Manifest:
    """The gateway's own address, through which a verification asks it."""
    return {
        "to": [{"podSelector": {"matchLabels": selector(instance)}}],
        "ports": [_tcp(front_port_of(instance) or PORT)],
    }


def _public_rule(ports: list[int]) -> Manifest:
    return {
        "to": [
            {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_NOT_PUBLIC_V4)}},
            {"ipBlock": {"cidr": _PUBLIC_V6, "except": list(_NOT_PUBLIC_V6)}},
        ],
        "ports": [_tcp(port) for port in ports],
    }


def _way_to(instance: Instance, endpoint: Endpoint) -> Manifest | None:
    """Return the way to an endpoint whose place is known; None for a name on the public Internet."""
    namespace = endpoint.service_namespace
    if namespace is not None:
        # Policies see packets after the Service translated address and port, and the Service's target is not known
        # here: so the namespace that was declared as the endpoint's home is opened, for TCP.
        return {"to": [_namespace(namespace or str(instance["namespace"]))], "ports": [{"protocol": "TCP"}]}
    if endpoint.address is None:
        return None
    return {"to": [_host(endpoint.address)], "ports": [_tcp(endpoint.port)]}


def _destinations(instance: Instance) -> Iterator[Endpoint]:
    """Yield what the pod asks, beside the Internet: its models, and what its features need."""
    if instance["networkpolicy_models_enabled"]:
        for config in user_configs(instance).values():
            yield from model_endpoints(config)
    yield from destinations_of(instance)


def _egress_rules(instance: Instance) -> list[Manifest]:
    rules = [_dns_rule(instance), _own_service_rule(instance)]
    public_ports = {_HTTPS}
    for endpoint in _destinations(instance):
        if endpoint.in_the_pod or endpoint.forbidden:
            continue
        rule = _way_to(instance, endpoint)
        if rule is None:
            public_ports.add(endpoint.port)
        elif rule not in rules:
            rules.append(rule)
    if instance["networkpolicy_egress"] == "open-internet":
        rules.append(_public_rule(sorted(public_ports)))
    return rules


def _ingress_rules(instance: Instance) -> list[Manifest]:
    rules: list[Manifest] = [
        {"from": [{"podSelector": {"matchLabels": selector(instance)}}], "ports": [_tcp("gateway")]}
    ]
    gateway = Port("gateway", PORT)
    for clients, ports in groupby([gateway, *ports_of(instance)], key=lambda port: port.clients):
        namespaces = [_namespace(str(entry)) for entry in entries(instance, clients)]
        if namespaces:
            rules.append({"from": namespaces, "ports": [_tcp(port.name) for port in ports]})
    return rules


def networkpolicy_manifests(instance: Instance) -> list[Manifest]:
    """Return a policy that denies everything to every pod of the instance, and the one that opens what it needs."""
    if not instance["networkpolicy_enabled"]:
        return []
    gateway = selector(instance)
    every_pod = {key: value for key, value in gateway.items() if key != "app.kubernetes.io/component"}
    rules: Manifest = {"ingress": _ingress_rules(instance), "egress": _egress_rules(instance)}
    return [_policy(instance, "deny", every_pod, {}), _policy(instance, "gateway", gateway, rules)]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach the gateway, and what the agent may reach."""

from __future__ import annotations

from itertools import groupby

from .._openclaw.config import ModelEndpoint, model_endpoints
from .._openclaw.pod import PORT
from .._options.access import Instance, entries
from .features.catalog import ports_of
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


def _dns_rule() -> Manifest:
    """Port 53 of kube-dns, where packets arrive after the Service's address was translated."""
    dns = {**_namespace("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    return {"to": [dns], "ports": [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]}


def _own_service_rule(instance: Instance) -> Manifest:
    """The gateway's own address, through which a verification asks it."""
    return {"to": [{"podSelector": {"matchLabels": selector(instance)}}], "ports": [_tcp(PORT)]}


def _public_rule(ports: list[int]) -> Manifest:
    return {
        "to": [
            {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_NOT_PUBLIC_V4)}},
            {"ipBlock": {"cidr": _PUBLIC_V6, "except": list(_NOT_PUBLIC_V6)}},
        ],
        "ports": [_tcp(port) for port in ports],
    }


def _model_rule(instance: Instance, endpoint: ModelEndpoint) -> Manifest | None:
    """Return the way to a model whose place is known; None for a name on the public Internet."""
    namespace = endpoint.service_namespace
    if namespace is not None:
        # Policies see packets after the Service translated address and port, and the Service's target is not known
        # here: so the namespace that was declared as the model's home is opened, for TCP.
        return {"to": [_namespace(namespace or str(instance["namespace"]))], "ports": [{"protocol": "TCP"}]}
    if endpoint.address is None:
        return None
    cidr = f"{endpoint.address}/{endpoint.address.max_prefixlen}"
    return {"to": [{"ipBlock": {"cidr": cidr}}], "ports": [_tcp(endpoint.port)]}


def _egress_rules(instance: Instance) -> list[Manifest]:
    config = instance["config"]
    endpoints = list(model_endpoints(config)) if isinstance(config, dict) else []
    rules = [_dns_rule(), _own_service_rule(instance)]
    public_ports = {_HTTPS}
    for endpoint in endpoints if instance["networkpolicy_models_enabled"] else []:
        if endpoint.in_the_pod or endpoint.forbidden:
            continue
        rule = _model_rule(instance, endpoint)
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

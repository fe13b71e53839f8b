# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pod may reach, by address."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from .._openclaw.endpoint import Endpoint, forbidden_parts
from .._openclaw.models import declared_providers
from .._openclaw.pod import PORT
from .._openclaw.providers import provider_endpoints
from .._openclaw.replicas import wanted_configs
from .._options.access import Instance, entries, mapping, text
from .._options.ranges import PUBLIC, lies_in
from .as_written import fields
from .features.catalog import destinations_of, front_port_of, ways_of
from .features.feature import Way
from .identity import Manifest, selector
from .networkpolicy_peers import block, namespace, pods, tcp

_DNS_PORTS = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
DNS_NAMESPACE = "kube-system"
_DNS_PODS = {"k8s-app": "kube-dns"}
# NodeLocal DNSCache where it is a pod for the network, and its address elsewhere; the metadata service, which answers
# names with GKE's Cloud DNS.
_NODE_DNS_PODS = {"k8s-app": "node-local-dns"}
_NODE_DNS = ("169.254.20.10", "169.254.169.254")
_HTTPS = 443


def egress_rules(instance: Instance) -> list[Manifest]:
    """Return the ways out: those that every pod needs, those of the profile, and the user's own."""
    rules: list[Manifest] = []
    for rule in _rules(instance):
        if rule not in rules:
            rules.append(rule)
    return rules


def destinations(instance: Instance) -> list[Endpoint]:
    """Return what the pod asks outside itself: its models, and what its features need."""
    configs = wanted_configs(instance).values() if instance["networkpolicy_models_enabled"] else ()
    models = [endpoint for config in configs for endpoint in provider_endpoints(config, declared_providers(instance))]
    found = [*models, *destinations_of(instance)]
    return [endpoint for endpoint in found if not endpoint.in_the_pod and not endpoint.forbidden]


def dns_pods(instance: Instance) -> list[tuple[str, dict[str, str]]]:
    """Return namespace and labels of the pods that answer names."""
    further = [_NODE_DNS_PODS] if instance["networkpolicy_node_dns_enabled"] else []
    return [(DNS_NAMESPACE, labels) for labels in (_DNS_PODS, *further)]


def _rules(instance: Instance) -> Iterator[Manifest]:
    profile = text(instance, "networkpolicy_egress")
    asked = destinations(instance)
    yield dns_rule(instance)
    yield _own_service_rule(instance)
    yield from (way_to(instance, endpoint) for endpoint in asked if not endpoint.named_elsewhere)
    yield from ({"to": [block(each) for each in way.ranges], **_at(way)} for way in ways_of(instance) if way.ranges)
    if profile != "none":
        yield from (
            _declared_way(fields(way)) for _name, way in sorted(mapping(instance, "networkpolicy_egress_to").items())
        )
    if profile == "open-internet":
        yield from _public_rules(instance, sorted({_HTTPS, *(each.port for each in asked if each.named_elsewhere)}))
    yield from (fields(rule) for rule in entries(instance, "networkpolicy_egress_rules"))


def dns_rule(instance: Instance) -> Manifest:
    """Port 53 of kube-dns, where packets arrive after the Service's address was translated, and of further servers."""
    servers = mapping(instance, "dns_config").get("nameservers")
    further = [*(_NODE_DNS if instance["networkpolicy_node_dns_enabled"] else ())]
    further += map(str, servers if isinstance(servers, list) else ())
    cluster = [{**namespace(home), **pods(labels)} for home, labels in dns_pods(instance)]
    return {"to": [*cluster, *map(block, further)], "ports": [dict(port) for port in _DNS_PORTS]}


def _own_service_rule(instance: Instance) -> Manifest:
    """The gateway's own address, through which a verification asks it."""
    return {"to": [pods(selector(instance))], "ports": [tcp(front_port_of(instance) or PORT)]}


def way_to(instance: Instance, endpoint: Endpoint) -> Manifest:
    """Return the way to an endpoint whose place is known."""
    if endpoint.address is not None:
        return {"to": [block(endpoint.address)], "ports": [tcp(endpoint.port)]}
    # Policies see packets after the Service translated address and port, and the Service's target is not known here:
    # so the namespace that was declared as the endpoint's home is opened, for TCP.
    home = endpoint.service_namespace or str(instance["namespace"])
    return {"to": [namespace(home)], "ports": [{"protocol": "TCP"}]}


def _declared_way(given: Manifest) -> Manifest:
    """Return the way of one entry of the option C(networkpolicy_egress_to)."""
    protocol, ports = given.get("protocol", "TCP"), given.get("ports")
    rule: Manifest = {"to": _declared_place(given)}
    if isinstance(ports, list):
        rule["ports"] = [{"protocol": protocol, "port": port} for port in ports]
    elif "protocol" in given:
        rule["ports"] = [{"protocol": protocol}]
    return rule


def _declared_place(given: Manifest) -> list[Manifest]:
    home, labels, ranges = given.get("namespace"), given.get("pods"), given.get("cidr")
    if isinstance(ranges, list):
        return [block(each, forbidden_parts(str(each))) for each in ranges]
    return [{**(namespace(str(home)) if home else {}), **(pods(labels) if isinstance(labels, dict) else {})}]


def _at(way: Way) -> Manifest:
    """Return the ports of a way; without any it is open at all of them."""
    return {"ports": [{"protocol": way.protocol, "port": port} for port in way.ports] or [{"protocol": way.protocol}]}


def _public_rules(instance: Instance, ports: list[int]) -> Iterator[Manifest]:
    """Yield the way to the Internet at these ports of TCP, and at those that features need beside them."""
    yield {"to": internet(instance), "ports": [tcp(port) for port in ports]}
    for way in ways_of(instance):
        if not way.ranges and not way.apiserver:
            yield {"to": internet(instance), **_at(way)}


def internet(instance: Instance) -> list[Manifest]:
    """Return the public addresses, without those of the cluster itself."""
    own = [ip_network(str(each)) for each in entries(instance, "networkpolicy_cluster_ranges")]
    peers = []
    for public, holes in PUBLIC.items():
        left_out = [ip_network(hole) for hole in holes]
        for each in own:
            # The others are no part of it, or are left out anyway.
            if lies_in(each, ip_network(public)) and not any(lies_in(each, hole) for hole in left_out):
                left_out.append(each)
        peers.append(block(public, map(str, left_out)))
    return peers

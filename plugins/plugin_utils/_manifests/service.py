# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of the gateway, inside the cluster and, if it is to have one, outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from .._options.access import Instance, entries, mapping, text, whole
from .._options.formats import seconds
from .as_written import as_written
from .exposure import ENTRY, GATEWAY, entry_port
from .features.catalog import ports_of
from .features.gateway_proxy import ENTRY_PORT
from .identity import Manifest, metadata, name, selector

PART = "service"
# Options that are fields of the Service as they stand. What is unset is left to the cluster.
_FIELDS = {
    "service_load_balancer_class": "loadBalancerClass",
    "service_external_traffic_policy": "externalTrafficPolicy",
    "service_ip_family_policy": "ipFamilyPolicy",
    "service_ip_families": "ipFamilies",
}


@dataclass(frozen=True)
class ServicePort:
    """A port of the Service, and the port of the pod that it leads to: its number or its name."""

    name: str
    number: int
    target: int | str
    protocol: str = "TCP"
    node_port: int = 0


def service_manifests(instance: Instance) -> list[Manifest]:
    """Return the Service."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata(
                instance,
                PART,
                name(instance),
                annotations=mapping(instance, "service_annotations"),
                labels=mapping(instance, "service_labels"),
            ),
            "spec": {
                "type": text(instance, "service_type"),
                "selector": selector(instance),
                "ports": [_port(port) for port in (*own_ports(instance), *users_ports(instance))],
                **{field: as_written(instance[option]) for option, field in _FIELDS.items() if instance[option]},
                **_source_ranges(instance),
                **_session_affinity(instance),
            },
        }
    ]


def own_ports(instance: Instance) -> list[ServicePort]:
    """Return the port of the gateway, that of the proxies before it, and those of features."""
    gateway = ServicePort(
        GATEWAY, whole(instance, "service_port"), GATEWAY, node_port=whole(instance, "service_node_port")
    )
    entry = [ServicePort(ENTRY, ENTRY_PORT, ENTRY)] if entry_port(instance) == ENTRY else []
    features = [ServicePort(port.name, port.number, port.name) for port in ports_of(instance)]
    return [gateway, *entry, *features]


def users_ports(instance: Instance) -> list[ServicePort]:
    """Return the ports of the user's own, in the order of their names."""
    return [
        _users_port(port_name, given)
        for port_name, given in sorted(mapping(instance, "service_ports").items())
        if isinstance(given, Mapping)
    ]


def entry_port_number(instance: Instance) -> int:
    """Return the number of the port to which a route leads."""
    wanted = entry_port(instance)
    return next(port.number for port in own_ports(instance) if port.name == wanted)


def _users_port(port_name: str, given: Mapping[str, object]) -> ServicePort:
    number = whole(given, "port")
    target = given.get("target_port", number)
    return ServicePort(
        name=port_name,
        number=number,
        target=target if isinstance(target, int) else str(target),
        protocol=str(given.get("protocol", "TCP")),
        node_port=whole({"node_port": 0, **given}, "node_port"),
    )


def _port(port: ServicePort) -> Manifest:
    return {
        "name": port.name,
        "port": port.number,
        "targetPort": port.target,
        "protocol": port.protocol,
        **({"nodePort": port.node_port} if port.node_port else {}),
    }


def _source_ranges(instance: Instance) -> Manifest:
    """Return the ranges that a load balancer lets through; a single address is a range of one."""
    ranges = [str(ip_network(str(entry))) for entry in entries(instance, "service_load_balancer_source_ranges")]
    return {"loadBalancerSourceRanges": ranges} if ranges else {}


def _session_affinity(instance: Instance) -> Manifest:
    timeout = text(instance, "service_session_affinity_timeout")
    if not timeout:
        return {}
    return {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": seconds(timeout)}}}

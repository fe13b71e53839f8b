# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach the pod, and at which ports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._openclaw.pod import PORT
from .._options.access import Instance, entries, mapping
from .as_written import fields
from .exposure import ENTRY, GATEWAY, EntryPoint, entry_points
from .features.feature import Port
from .identity import Manifest, selector
from .networkpolicy_peers import block, namespace, pods, tcp


def ingress_rules(instance: Instance, ports: Sequence[Port]) -> list[Manifest]:
    """Return what opens the gateway's port, those of its features and those that entry points name."""
    return [
        {"from": [pods(selector(instance))], "ports": [tcp(GATEWAY)]},
        *_from_namespaces(instance, ports),
        *_from_entry_points(instance),
        *(fields(rule) for rule in entries(instance, "networkpolicy_ingress_rules")),
    ]


def _from_namespaces(instance: Instance, ports: Sequence[Port]) -> Iterator[Manifest]:
    """Yield a rule for each option that lists namespaces, with the ports that it is about."""
    by_clients: dict[str, list[str]] = {}
    for port in (Port(GATEWAY, PORT), *ports):
        if port.name != ENTRY:
            by_clients.setdefault(port.clients, []).append(port.name)
    for clients, names in by_clients.items():
        namespaces = entries(instance, clients)
        if namespaces:
            yield {"from": [namespace(str(each)) for each in namespaces], "ports": [tcp(name) for name in names]}
    if instance["networkpolicy_same_namespace_enabled"]:
        yield {"from": [namespace(str(instance["namespace"]))], "ports": [tcp(GATEWAY)]}


def _from_entry_points(instance: Instance) -> Iterator[Manifest]:
    for entry in entry_points(instance):
        ports = [_port(instance, name) for name in _port_names(instance, entry)]
        peers = [block(each) for each in entry.ranges] or [
            {**namespace(entry.namespace), **(pods(dict(entry.pods)) if entry.pods else {})}
        ]
        # A rule without ports would open all of them.
        if ports:
            yield {"from": peers, "ports": ports}


def _port_names(instance: Instance, entry: EntryPoint) -> list[str]:
    """Return the ports that an entry point reaches.

    A proxy that is named by its pods is led to the port where its word is taken; nobody else is, whatever it lists.
    """
    named = [name for name in entry.ports if name != ENTRY]
    believed = entry.proxy and entry.comes_and_goes and instance["gateway_proxy_enabled"]
    if not believed or not {GATEWAY, ENTRY} & set(entry.ports):
        return named
    listed = fields(mapping(instance, "entry_points")[entry.name]).get("ports")
    return [ENTRY, *(named if listed else [])]


def _port(instance: Instance, name: str) -> Manifest:
    """Return a port by its name. One that the user gave the Service leads to a port of the pod."""
    given = fields(mapping(instance, "service_ports").get(name))
    if not given:
        return tcp(name)
    return {"protocol": given.get("protocol", "TCP"), "port": given.get("target_port", given.get("port"))}

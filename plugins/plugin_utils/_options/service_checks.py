# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the Service. Ports that something else has already are known only where the pod is put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from .access import Instance, entries, mapping, text
from .exposure import entry_points
from .formats import seconds
from .values import nearest

_TYPE = "openclaw_service_type"
_ON_NODES = ("NodePort", "LoadBalancer")
# Options that only some types of a Service have.
_TYPES_WITH: dict[str, tuple[str, ...]] = {
    "service_node_port": _ON_NODES,
    "service_external_traffic_policy": _ON_NODES,
    "service_load_balancer_class": ("LoadBalancer",),
    "service_load_balancer_source_ranges": ("LoadBalancer",),
}
_PORT_KEYS = ("port", "target_port", "protocol", "node_port")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
_NO_PORT_NAME = "is not the name of a port. Write at most 15 lower-case letters, digits and dashes, with a letter."
_NO_PORT = "is not a port. Write a number from 1 to 65535"
_NODE_PORTS = range(30000, 32768)
_LONGEST_AFFINITY = 24 * 3600
_DUAL_STACK = ("PreferDualStack", "RequireDualStack")


def is_port(value: object) -> bool:
    """Whether I(value) is the number of a port."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**16


def port_out_of_range(instance: Instance) -> list[str]:
    """Ports are numbers of 16 bits."""
    return [
        f"openclaw_{option}  {instance[option]} {_NO_PORT}."
        for option in ("service_port", "service_node_port")
        if instance[option] is not None and not is_port(instance[option])
    ]


def option_of_another_type(instance: Instance) -> list[str]:
    """The cluster refuses what the type of the Service has no use for."""
    found = text(instance, "service_type")
    return [
        f"openclaw_{option}  does not go with {_TYPE} {found}. Remove it, or write {' or '.join(types)} there."
        for option, types in _TYPES_WITH.items()
        if instance[option] and found not in types
    ]


def _port_problems(instance: Instance, name: str, given: object) -> Iterator[str]:
    if not _PORT_NAME.fullmatch(name):
        yield _NO_PORT_NAME
    if not isinstance(given, Mapping):
        yield "is not a map. Write {port: <number>}."
        return
    for key in given:
        if key not in _PORT_KEYS:
            near = nearest(str(key), _PORT_KEYS)
            yield f"{key}: is not one of {', '.join(_PORT_KEYS)}.{f' Did you mean {near}?' if near else ''}"
    port, target, protocol = given.get("port"), given.get("target_port"), given.get("protocol", "TCP")
    if not is_port(port):
        yield f'port: "{port}" {_NO_PORT}.' if "port" in given else "has no port. Write {port: <number>}."
    if target is not None and not is_port(target) and not _PORT_NAME.fullmatch(str(target)):
        yield f'target_port: "{target}" {_NO_PORT}, or the name of a container\'s port.'
    if protocol not in _PROTOCOLS:
        yield f'protocol: "{protocol}" is not one of {", ".join(_PROTOCOLS)}.'
    yield from _node_port_problems(instance, given.get("node_port"))


def _node_port_problems(instance: Instance, node_port: object) -> Iterator[str]:
    if node_port is None:
        return
    if not is_port(node_port):
        yield f'node_port: "{node_port}" {_NO_PORT}.'
    if text(instance, "service_type") not in _ON_NODES:
        found = text(instance, "service_type")
        yield f"node_port: does not go with {_TYPE} {found}. Remove it, or write {' or '.join(_ON_NODES)} there."


def port_misspelt(instance: Instance) -> list[str]:
    """A further port has a name and a number, and may say where in the pod it leads to."""
    return [
        f"openclaw_service_ports  {name}: {problem}"
        for name, given in mapping(instance, "service_ports").items()
        for problem in _port_problems(instance, name, given)
    ]


def _node_ports(instance: Instance) -> Iterator[tuple[str, int]]:
    """Yield where each port of the nodes is chosen, and the port."""
    further = {
        f"openclaw_service_ports  {name}: node_port:": given.get("node_port")
        for name, given in mapping(instance, "service_ports").items()
        if isinstance(given, Mapping)
    }
    for at, port in {"openclaw_service_node_port ": instance["service_node_port"], **further}.items():
        if isinstance(port, int) and is_port(port):
            yield at, port


def node_port_unusual(instance: Instance) -> list[str]:
    """The range of ports on nodes is a setting of the cluster, which few change."""
    return [
        f"{at} {port} is outside of {_NODE_PORTS.start} to {_NODE_PORTS.stop - 1}, which most clusters have for this."
        for at, port in _node_ports(instance)
        if port not in _NODE_PORTS
    ]


def families_that_do_not_fit(instance: Instance) -> list[str]:
    """How many families there are is the policy's word. One that the cluster adds would be found as a change."""
    option, policy_option = "openclaw_service_ip_families", "openclaw_service_ip_family_policy"
    families, policy = entries(instance, "service_ip_families"), text(instance, "service_ip_family_policy")
    if len(families) != len(set(map(str, families))):
        return [f"{option}  names {families[0]} more than once. Write each family once."]
    if len(families) > 1 and policy not in _DUAL_STACK:
        return [f"{option}  names two families. Write one, or set {policy_option} to {' or '.join(_DUAL_STACK)}."]
    if len(families) == 1 and policy in _DUAL_STACK:
        return [
            f"{option}  names only {families[0]}, and {policy_option} is {policy}. Write both families, the main one "
            "first, or remove the option."
        ]
    return []


def affinity_out_of_range(instance: Instance) -> list[str]:
    """The cluster remembers a client for a day at most."""
    timeout = text(instance, "service_session_affinity_timeout")
    if not timeout or 0 < seconds(timeout) <= _LONGEST_AFFINITY:
        return []
    return [
        f'openclaw_service_session_affinity_timeout  "{timeout}" is not between 1s and 24h. '
        "Write for example 3h, or remove the option."
    ]


def nobody_let_in(instance: Instance) -> list[str]:
    """An address outside the cluster is of no use when the network policy knows nobody out there."""
    if text(instance, "service_type") not in _ON_NODES or not instance["networkpolicy_enabled"]:
        return []
    if any(entry.ranges for entry in entry_points(instance)) or entries(instance, "networkpolicy_ingress_rules"):
        return []
    return [
        f"{_TYPE}  {instance['service_type']} gives the gateway an address outside of the cluster, and the network "
        "policy lets in nobody from there. Write who comes in openclaw_entry_points, by cidr."
    ]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    port_out_of_range,
    option_of_another_type,
    port_misspelt,
    families_that_do_not_fit,
    affinity_out_of_range,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (node_port_unusual, nobody_let_in)

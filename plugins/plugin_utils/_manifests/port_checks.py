# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the ports of the Service that need to know which ports the pod and its features have."""

from __future__ import annotations

from collections.abc import Iterator

from .._options.access import Instance
from .additions import added_containers
from .features.catalog import features_of
from .identity import Manifest
from .pod_template import own_parts
from .service import ServicePort, own_ports, users_ports

_OPTION = "openclaw_service_ports"


def service_port_taken(instance: Instance) -> list[str]:
    """The gateway cannot have the number of a feature's port."""
    gateway, *others = own_ports(instance)
    return [
        f"openclaw_service_port  {gateway.number} is the port {other.name} of the Service. Choose another one."
        for other in others
        if other.number == gateway.number
    ]


def _of_one_only(port: ServicePort) -> Iterator[tuple[str, str]]:
    """Yield what no two ports of a Service share, and what to call it."""
    yield port.name, "its name"
    yield f"{port.number}/{port.protocol}", f"port: {port.number}"
    if port.node_port:
        yield f"node {port.node_port}/{port.protocol}", f"node_port: {port.node_port}"


def further_port_taken(instance: Instance) -> list[str]:
    """A Service has each name and each number once."""
    taken = {key: port.name for port in own_ports(instance) for key, _called in _of_one_only(port)}
    problems = []
    for port in users_ports(instance):
        for key, called in _of_one_only(port):
            if key in taken:
                problems.append(
                    f"{_OPTION}  {port.name}: {called} is taken by the port {taken[key]}. Choose another one."
                )
            taken.setdefault(key, port.name)
    return problems


def _port_names(containers: list[Manifest]) -> Iterator[str]:
    for container in containers:
        ports = container.get("ports")
        for port in ports if isinstance(ports, list) else ():
            if isinstance(port, dict) and "name" in port:
                yield str(port["name"])


def target_unknown(instance: Instance) -> list[str]:
    """A Service that leads to a name which no container has leads nowhere, and says nothing."""
    named = [port for port in users_ports(instance) if isinstance(port.target, str)]
    if not named:
        return []
    own = own_parts(instance, features_of(instance))
    added = [each for option in ("init_containers", "sidecars") for each in added_containers(instance, option)]
    known = list(_port_names([*own.init_containers, *own.containers, *added]))
    return [
        f'{_OPTION}  {port.name}: target_port: "{port.target}" is no port of a container. '
        f"The pod has {', '.join(known)}."
        for port in named
        if port.target not in known
    ]


PORT_RULES = (service_port_taken, further_port_taken, target_unknown)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the ports to which entry points lead."""

from __future__ import annotations

from .._options.access import Instance, mapping
from .._options.values import nearest
from .exposure import GATEWAY, entry_points
from .features.catalog import ports_of


def port_unknown(instance: Instance) -> list[str]:
    """An entry point is let in at ports that there are."""
    known = [GATEWAY, *(port.name for port in ports_of(instance)), *sorted(mapping(instance, "service_ports"))]
    return [
        f'openclaw_entry_points  {entry.name}: ports: "{port}" is not one of {", ".join(known)}.{_hint(port, known)}'
        for entry in entry_points(instance)
        for port in entry.ports
        if port not in known
    ]


def _hint(port: str, known: list[str]) -> str:
    near = nearest(port, known)
    return f" Did you mean {near}?" if near else ""


ENTRY_POINT_RULES = (port_unknown,)

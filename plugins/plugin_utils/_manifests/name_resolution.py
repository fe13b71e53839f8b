# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the pod finds the addresses of names."""

from __future__ import annotations

from ipaddress import ip_address

from .._options.access import Instance, mapping, text
from .as_written import as_written, fields
from .identity import Manifest


def name_resolution(instance: Instance) -> Manifest:
    """Return the fields of the pod's specification; none for what is not set."""
    found: Manifest = {
        "hostAliases": [
            {"ip": address, "hostnames": as_written(names)}
            for address, names in sorted(mapping(instance, "host_aliases").items(), key=lambda item: _order(item[0]))
        ],
        "dnsPolicy": text(instance, "dns_policy"),
        "dnsConfig": fields(mapping(instance, "dns_config")),
    }
    return {field: value for field, value in found.items() if value}


def _order(address: str) -> tuple[int, int]:
    parsed = ip_address(address)
    return parsed.version, int(parsed)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A place that the pod asks for something: a Service of the cluster, an address, or a name elsewhere."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Range = ipaddress.IPv4Network | ipaddress.IPv6Network

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Addresses where a cloud hands out the node's credentials, and such as no host has.
_FORBIDDEN = tuple(
    ipaddress.ip_network(cidr)
    for cidr in (
        "0.0.0.0/8",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "224.0.0.0/3",
        "::/128",
        "fd00:ec2::254/128",
        "fe80::/10",
        "ff00::/8",
    )
)


@dataclass(frozen=True)
class Endpoint:
    """Where somebody listens."""

    host: str
    port: int

    @property
    def service_namespace(self) -> str | None:
        """The namespace of the Service; empty text for the instance's own; None if it is not a Service name."""
        if self.address is not None:
            return None
        labels = self.host.rstrip(".").split(".")
        if len(labels) == 1 and labels[0] != "localhost":
            return ""
        return labels[1] if labels[2:] in (["svc"], ["svc", "cluster", "local"]) else None

    @property
    def address(self) -> Address | None:
        try:
            address = ipaddress.ip_address(self.host.strip("[]"))
        except ValueError:
            return None
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return mapped or address

    @property
    def in_the_pod(self) -> bool:
        """Whether it is the pod itself, which no policy stands between."""
        address = self.address
        return self.host.rstrip(".") == "localhost" if address is None else address.is_loopback

    @property
    def forbidden(self) -> bool:
        """Whether no way may be opened to it: a metadata service answers there, or nothing can."""
        address = self.address
        return address is not None and any(address in network for network in _FORBIDDEN)

    @property
    def named_elsewhere(self) -> bool:
        """Whether only a name outside the cluster is known; a policy knows addresses."""
        return self.address is None and self.service_namespace is None and not self.in_the_pod


def endpoint_of(url: str) -> Endpoint | None:
    """Return the host and port of a URL; None if it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return Endpoint(parts.hostname, port) if parts.hostname and port else None


def wholly_forbidden(cidr: str) -> bool:
    """Whether no way may be opened to any address of a range; False for what is no range."""
    given = _range_of(cidr)
    return given is not None and any(_lies_in(given, network) for network in _FORBIDDEN)


def forbidden_parts(cidr: str) -> list[str]:
    """Return the ranges within a range to which no way may be opened."""
    given = _range_of(cidr)
    return [str(network) for network in _FORBIDDEN if given is not None and _lies_in(network, given)]


def _range_of(cidr: str) -> Range | None:
    try:
        return ipaddress.ip_network(cidr)
    except ValueError:
        return None


def _lies_in(inner: Range, outer: Range) -> bool:
    return inner.network_address in outer and inner.prefixlen >= outer.prefixlen

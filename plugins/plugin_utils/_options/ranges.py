# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of addresses: what the public Internet is, and what lies in what."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network

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
# Teredo, documentation and 6to4, which can carry a private IPv4 address inside.
_NOT_PUBLIC_V6 = ("2001::/32", "2001:db8::/32", "2002::/16")
# The Internet, with what has to be left out of it. Of IPv6 only global unicast.
PUBLIC = {"0.0.0.0/0": _NOT_PUBLIC_V4, "2000::/3": _NOT_PUBLIC_V6}


def lies_in(inner: Network, outer: Network) -> bool:
    """Whether every address of I(inner) is one of I(outer)."""
    return inner.network_address in outer and inner.prefixlen >= outer.prefixlen


def is_public(given: Network) -> bool:
    """Whether at least one address of it is public."""
    for public, holes in PUBLIC.items():
        whole = ip_network(public)
        if lies_in(whole, given):
            return True
        if lies_in(given, whole):
            return not any(lies_in(given, ip_network(hole)) for hole in holes)
    return False


def holds_the_internet(given: Network) -> bool:
    """Whether all public addresses of a family are in it."""
    return any(lies_in(ip_network(public), given) for public in PUBLIC)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a network policy: who, and at which port."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_network

from .identity import Manifest

NAMESPACE_NAME = "kubernetes.io/metadata.name"


def tcp(port: int | str) -> Manifest:
    return {"protocol": "TCP", "port": port}


def namespace(name: str) -> Manifest:
    """Return all pods of a namespace."""
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: name}}}


def pods(labels: Mapping[str, str]) -> Manifest:
    """Return the pods with these labels, of the policy's own namespace unless C(namespace) stands beside it."""
    return {"podSelector": {"matchLabels": dict(labels)}}


def block(addresses: object, holes: Iterable[str] = ()) -> Manifest:
    """Return an address or a range of them, without the holes."""
    left_out = list(holes)
    return {"ipBlock": {"cidr": str(ip_network(str(addresses))), **({"except": left_out} if left_out else {})}}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Service, Ingress, routes, policies and features have to agree about: addresses, entry points, and their port."""

from __future__ import annotations

from .._options.exposure import (
    ENTRY,
    GATEWAY,
    EntryPoint,
    PublicAddress,
    entry_points,
    entry_port,
    proxies_that_come_and_go,
    public_addresses,
    reached_over_ipv6,
    trusted_proxies,
)

__all__ = [
    "ENTRY",
    "GATEWAY",
    "EntryPoint",
    "PublicAddress",
    "entry_points",
    "entry_port",
    "proxies_that_come_and_go",
    "public_addresses",
    "reached_over_ipv6",
    "trusted_proxies",
]

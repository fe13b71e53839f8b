# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gateway has to know of the addresses under which people open it, and of the proxies before it."""

from __future__ import annotations

from collections.abc import Mapping

from .._options.access import Instance, entries
from .exposure import public_addresses, trusted_proxies

_ROOT = "/"


def exposed_config(instance: Instance) -> dict[str, object]:
    """Return this part of the configuration; empty for an instance that nobody reaches from outside."""
    gateway = {
        "controlUi": _without_blanks({"allowedOrigins": origins(instance), "basePath": base_path(instance)}),
        "publicOrigin": public_origin(instance),
        # The pod's own proxy is the only one that the gateway sees; those before it are in that one's configuration.
        "trustedProxies": [] if instance["gateway_proxy_enabled"] else trusted_proxies(instance),
    }
    return _without_blanks({"gateway": _without_blanks(gateway)})


def origins(instance: Instance) -> list[str]:
    """Return whose pages may talk to the gateway."""
    exposed = (address.origin for address in public_addresses(instance))
    return sorted({*exposed, *map(str, entries(instance, "allowed_origins"))})


def public_origin(instance: Instance) -> str:
    """Return the main address, which OpenClaw puts into links; it takes none without TLS."""
    return next((address.origin for address in public_addresses(instance) if address.scheme == "https"), "")


def base_path(instance: Instance) -> str:
    """Return the path of the user interface; empty for the root."""
    return next(iter(base_paths(instance)), _ROOT).removesuffix(_ROOT)


def base_paths(instance: Instance) -> dict[str, str]:
    """Return the paths below which the instance is served, the main one first, each with an option that says so."""
    paths: dict[str, str] = {}
    for address in public_addresses(instance):
        paths.setdefault(f"{_ROOT}{address.path.strip(_ROOT)}", address.option)
    return paths


def _without_blanks(fields: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value not in ("", [], {})}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the addresses under which people reach the gateway, and about who brings them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from .._openclaw.config import gateway_settings
from .._openclaw.gateway_auth import TOKEN, auth_config, named_by_proxies
from .._options.access import Instance, entries
from .exposed_config import base_paths, exposed_config
from .exposure import entry_points, public_addresses, reached_over_ipv6

_OWN_PROXY = "openclaw_gateway_proxy_enabled"
_BY_PODS = "{proxy: {namespace: <namespace>, pods: {<label>: <value>}}}"
# What makes a controller of somebody else's bring clients.
_BROUGHT = ("ingress_enabled", "route_parent", "openshift_route_enabled")


def several_base_paths(instance: Instance) -> list[str]:
    """The user interface is told the one path below which it is served."""
    told = gateway_settings(instance).get("controlUi")
    (path, option), *others = base_paths(instance).items() or [("/", "")]
    if not others or (isinstance(told, dict) and "basePath" in told):
        return []
    return [
        f"{other}  leads to {another}, and {option} to {path}: the user interface has one path. Use the same for both."
        for another, other in others
    ]


def clients_brought_by_nobody(instance: Instance) -> list[str]:
    """The gateway answers 403 to what a proxy brings that it does not know."""
    if _names_a_proxy(instance):
        return []
    return [
        f"openclaw_{option}  nobody is named who brings clients: the gateway answers 403 to a proxy it does not know. "
        f"Write it into openclaw_entry_points, such as {_BY_PODS} with {_OWN_PROXY}: true, or its addresses into "
        "openclaw_trusted_proxies."
        for option in _BROUGHT
        if instance[option]
    ]


def _names_a_proxy(instance: Instance) -> bool:
    # Behind the proxy of the pod the gateway never sees those before it.
    own = None if instance["gateway_proxy_enabled"] else gateway_settings(instance).get("trustedProxies")
    return bool(own or entries(instance, "trusted_proxies") or any(entry.proxy for entry in entry_points(instance)))


def users_named_by_nobody(instance: Instance) -> list[str]:
    """Without a proxy that is believed the gateway does not start, or lets nobody in."""
    if not named_by_proxies(instance) or _names_a_proxy(instance):
        return []
    return [
        "openclaw_gateway_auth  trusted-proxy needs a proxy that names users. Write its addresses in "
        f"openclaw_trusted_proxies, or name its pods in openclaw_entry_points and set {_OWN_PROXY}: true."
    ]


def told_too_late(instance: Instance) -> list[str]:
    """A seeded configuration is the gateway's own after its first start; nothing that is added later gets there."""
    if instance["config_mode"] != "seed":
        return []
    chosen = {} if instance["gateway_auth"] == TOKEN else auth_config(instance)
    told = [
        f"{path} to {json.dumps(value)}"
        for config in (chosen, exposed_config(instance))
        for path, value in _settings(config.get("gateway"))
    ]
    if not told:
        return []
    return [
        "openclaw_config_mode  seed: a gateway that was seeded before does not learn how it is reached. In its own "
        f"configuration, set {', '.join(told)}."
    ]


def _settings(gateway: object) -> Iterator[tuple[str, object]]:
    for key, value in gateway.items() if isinstance(gateway, Mapping) else ():
        if key == "controlUi" and isinstance(value, Mapping):
            yield from ((f"gateway.{key}.{child}", each) for child, each in value.items())
        else:
            yield f"gateway.{key}", value


def read_on_the_way(instance: Instance) -> list[str]:
    """A Gateway's listener without TLS. What an Ingress without TLS means is said with its own option."""
    plain = [address for address in public_addresses(instance) if address.scheme == "http"]
    if not any(address.option == "openclaw_route_parent" for address in plain):
        return []
    return [
        "openclaw_route_scheme  http: whoever is on the way can read the token, and change the page that people open."
    ]


def family_that_nobody_hears(instance: Instance) -> list[str]:
    """OpenClaw listens on 0.0.0.0, or on loopback."""
    if instance["gateway_proxy_enabled"] or not reached_over_ipv6(instance):
        return []
    return [
        f"{_OWN_PROXY}  is false: the gateway listens on IPv4 alone, and the Service may get an address of IPv6. "
        "Set this to true to be reached over both."
    ]


# Like the rules about options and about OpenClaw: the first are problems, the second only warnings.
EXPOSURE_RULES = (several_base_paths, clients_brought_by_nobody, users_named_by_nobody)
EXPOSURE_CAUTIONS = (told_too_late, read_on_the_way, family_that_nobody_hears)

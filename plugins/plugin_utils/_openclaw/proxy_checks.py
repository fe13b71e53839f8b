# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about a gateway that the pod's own proxy stands in front of."""

from __future__ import annotations

from collections.abc import Mapping

_LOOPBACK = "127.0.0.1"
_ENABLED = "openclaw_gateway_proxy_enabled"


def _gateway(instance: Mapping[str, object]) -> Mapping[str, object]:
    """Return what the user says about the gateway; empty without the proxy."""
    config = instance["config"]
    gateway = config.get("gateway") if isinstance(config, dict) else None
    return gateway if instance["gateway_proxy_enabled"] and isinstance(gateway, dict) else {}


def proxy_not_trusted(instance: Mapping[str, object]) -> list[str]:
    """A gateway that does not trust the proxy refuses everything that comes through it."""
    gateway = _gateway(instance)
    trusted = gateway.get("trustedProxies", [_LOOPBACK])
    if isinstance(trusted, list) and _LOOPBACK in trusted:
        return []
    return [
        f"openclaw_config  gateway.trustedProxies: lacks {_LOOPBACK}, where the proxy of {_ENABLED} stands. Add it, or "
        "remove the key; proxies before that one belong in openclaw_gateway_proxy_trusted."
    ]


def users_named_by_the_proxy(instance: Mapping[str, object]) -> list[str]:
    """It hands on what clients say, so anybody could name any user."""
    auth = _gateway(instance).get("auth")
    if not isinstance(auth, dict) or auth.get("mode") != "trusted-proxy":
        return []
    return [
        f"openclaw_config  gateway.auth.mode: trusted-proxy takes the user's name from a proxy, and that of {_ENABLED} "
        f"knows none. Use token or password, or switch {_ENABLED} off and name your proxies in gateway.trustedProxies."
    ]


def proxy_passed_by(instance: Mapping[str, object]) -> list[str]:
    """Clients that reach the gateway itself are as good as those that the proxy has seen, but nobody expects them."""
    bind = _gateway(instance).get("bind")
    if bind in (None, "loopback"):
        return []
    return [f'openclaw_config  gateway.bind: "{bind}" lets clients past the proxy of {_ENABLED}. Remove it.']


def proxy_unknown_to_a_seeded_gateway(instance: Mapping[str, object]) -> list[str]:
    """A seeded configuration is the gateway's own after its first start; nothing that is added later gets there."""
    if not instance["gateway_proxy_enabled"] or instance["config_mode"] != "seed":
        return []
    return [
        f"{_ENABLED}  a gateway that was seeded before refuses what comes through the proxy. Set gateway.bind to "
        f'loopback and gateway.trustedProxies to ["{_LOOPBACK}"] in its own configuration.'
    ]


RULES = (proxy_not_trusted, users_named_by_the_proxy)
CAUTIONS = (proxy_passed_by, proxy_unknown_to_a_seeded_gateway)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about a gateway that the pod's own proxy stands in front of."""

from __future__ import annotations

from collections.abc import Mapping

from .config import gateway_settings

_LOOPBACK = "127.0.0.1"
_ENABLED = "openclaw_gateway_proxy_enabled"


def _gateway(instance: Mapping[str, object]) -> Mapping[str, object]:
    """Return what the user says about the gateway; empty without the proxy."""
    return gateway_settings(instance) if instance["gateway_proxy_enabled"] else {}


def proxy_never_seen(instance: Mapping[str, object]) -> list[str]:
    """The gateway sees the pod's own proxy alone, and that one has its own list."""
    gateway = _gateway(instance)
    trusted = gateway.get("trustedProxies")
    others = [entry for entry in trusted if entry != _LOOPBACK] if isinstance(trusted, list) else []
    if not others or gateway.get("bind") not in (None, "loopback"):
        return []
    return [
        f"openclaw_config  gateway.trustedProxies: behind the proxy of {_ENABLED} the gateway never sees "
        f"{', '.join(map(str, others))}. Write that in openclaw_trusted_proxies."
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


CAUTIONS = (proxy_never_seen, proxy_passed_by, proxy_unknown_to_a_seeded_gateway)

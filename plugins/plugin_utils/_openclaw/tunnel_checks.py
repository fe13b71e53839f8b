# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about a gateway that Tailscale or a Cloudflare Tunnel brings clients to, from inside the pod."""

from __future__ import annotations

from collections.abc import Mapping

_LOOPBACK = "127.0.0.1"
_SSO = "openclaw_tailscale_sso_enabled"


def _gateway(instance: Mapping[str, object], *keys: str) -> object:
    """Return what the user says below C(gateway) of the configuration; None for nothing."""
    value = instance["config"]
    for key in ("gateway", *keys):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _tunnels(instance: Mapping[str, object]) -> list[str]:
    """Return the options of the tunnels that lead to the gateway's usual port."""
    serves = instance["tailscale_mode"] != "none" and not instance["tailscale_sso_enabled"]
    on = {
        "openclaw_tailscale_enabled": instance["tailscale_enabled"] and serves,
        "openclaw_cloudflared_enabled": instance["cloudflared_enabled"],
    }
    return [option for option, is_on in on.items() if is_on]


def tailnet_served_twice(instance: Mapping[str, object]) -> list[str]:
    """The gateway does not start when somebody else answers HTTPS for the machine already."""
    mode = _gateway(instance, "tailscale", "mode")
    ours = instance["tailscale_enabled"] and instance["tailscale_mode"] != "none"
    if mode in (None, "off") or not ours or (mode == "serve" and instance["tailscale_sso_enabled"]):
        return []
    return [
        f'openclaw_config  gateway.tailscale.mode: "{mode}" has OpenClaw do what openclaw_tailscale_mode: '
        f"{instance['tailscale_mode']} does. Remove it."
    ]


def sso_beyond_loopback(instance: Mapping[str, object]) -> list[str]:
    """OpenClaw serves a tailnet only when nobody else can reach it."""
    bind = _gateway(instance, "bind")
    if not instance["tailscale_enabled"] or not instance["tailscale_sso_enabled"] or bind in (None, "loopback"):
        return []
    return [f'openclaw_config  gateway.bind: "{bind}" keeps the gateway of {_SSO} from starting. Remove it.']


def users_named_over_loopback(instance: Mapping[str, object]) -> list[str]:
    """A name of a user that comes over loopback is taken only where somebody says so."""
    taken = instance["gateway_proxy_enabled"] or _gateway(instance, "auth", "trustedProxy", "allowLoopback")
    if instance["gateway_auth"] != "trusted-proxy" or taken:
        return []
    return [
        f"{option}  reaches the gateway over loopback, from where openclaw_gateway_auth: trusted-proxy takes no user: "
        "everybody who comes this way is refused. Where it names users, set gateway.auth.trustedProxy.allowLoopback: "
        "true in openclaw_config."
        for option in _tunnels(instance)
    ]


def tunnel_unknown_to_a_seeded_gateway(instance: Mapping[str, object]) -> list[str]:
    """A seeded configuration is the gateway's own after its first start; nothing that is added later gets there."""
    if instance["config_mode"] != "seed":
        return []
    return [
        f"{option}  a gateway that was seeded before refuses what comes this way. Set gateway.trustedProxies to "
        f'["{_LOOPBACK}"] in its own configuration.'
        for option in _tunnels(instance)
    ]


RULES = (tailnet_served_twice, sso_beyond_loopback)
CAUTIONS = (users_named_over_loopback, tunnel_unknown_to_a_seeded_gateway)

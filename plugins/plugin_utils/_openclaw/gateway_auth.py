# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How clients prove to the gateway who they are, and what programs inside the pod use."""

from __future__ import annotations

from collections.abc import Mapping

from .config import gateway_settings
from .pod import PASSWORD_VARIABLE, TOKEN_VARIABLE

TOKEN = "token"
PASSWORD = "password"
TRUSTED_PROXY = "trusted-proxy"
MODES = (TOKEN, PASSWORD, TRUSTED_PROXY)
Instance = Mapping[str, object]

_OPTION = "openclaw_gateway_auth"
_VARIABLES = {TOKEN: TOKEN_VARIABLE, PASSWORD: PASSWORD_VARIABLE}


def named_by_proxies(instance: Instance) -> bool:
    """Whether proxies say who a user is."""
    return instance["gateway_auth"] == TRUSTED_PROXY


def credential(instance: Instance) -> str:
    """Return what programs inside the pod use, C(token) or C(password); it is the only one that the pod has.

    A gateway whose users are named by proxies takes a password over loopback, and does not start beside a token.
    """
    return PASSWORD if named_by_proxies(instance) else str(instance["gateway_auth"])


def credential_variable(instance: Instance) -> str:
    """Return the variable of the gateway's container that holds it."""
    return _VARIABLES[credential(instance)]


def auth_config(instance: Instance) -> dict[str, object]:
    """Return this part of the configuration."""
    mode = str(instance["gateway_auth"])
    # References, since "${...}" of a missing variable starts the gateway with a random token.
    proof: object = {"source": "env", "provider": "default", "id": credential_variable(instance)}
    settings = {"trustedProxy": _trusted_proxy(instance)} if named_by_proxies(instance) else {mode: proof}
    return {"gateway": {"auth": {"mode": mode, **settings}}}


def _trusted_proxy(instance: Instance) -> dict[str, object]:
    users = instance["gateway_users"]
    return {
        "userHeader": instance["gateway_user_header"],
        **({"allowUsers": users} if users else {}),
        **({"deviceAutoApprove": {"enabled": True}} if instance["gateway_user_devices_enabled"] else {}),
        # The proxy of the pod stands there. It takes the name of a user from the proxies before it alone.
        **({"allowLoopback": True} if instance["gateway_proxy_enabled"] else {}),
    }


def auth_said_twice(instance: Instance) -> list[str]:
    """The pod gets the Secret of the option's mode; another mode in the configuration would have none."""
    auth = gateway_settings(instance).get("auth")
    mode = auth.get("mode", instance["gateway_auth"]) if isinstance(auth, dict) else instance["gateway_auth"]
    if mode == instance["gateway_auth"]:
        return []
    instead = f"set {_OPTION}: {mode}" if mode in MODES else f"choose one of {', '.join(MODES)} in {_OPTION}"
    return [
        f'openclaw_config  gateway.auth.mode: "{mode}" is another one than {instance["gateway_auth"]}, which {_OPTION} '
        f"says. Remove it, and {instead}."
    ]


def user_header_said_twice(instance: Instance) -> list[str]:
    """The proxy of the pod takes the option's header from proxies alone; any other one it would take from everybody."""
    auth = gateway_settings(instance).get("auth")
    proxy = auth.get("trustedProxy") if isinstance(auth, dict) else None
    wanted = str(instance["gateway_user_header"])
    header = str(proxy.get("userHeader", wanted)) if isinstance(proxy, dict) else wanted
    if not named_by_proxies(instance) or header.lower() == wanted.lower():
        return []
    return [
        f'openclaw_config  gateway.auth.trustedProxy.userHeader: "{header}" is another one than {wanted}, which '
        f"openclaw_gateway_user_header says. Remove it, and set openclaw_gateway_user_header: {header}."
    ]


def token_beside_named_users(instance: Instance) -> list[str]:
    """Whoever had the token would be somebody else than the proxy says."""
    auth = gateway_settings(instance).get("auth")
    if not named_by_proxies(instance) or not isinstance(auth, dict) or "token" not in auth:
        return []
    return [
        f"openclaw_config  gateway.auth.token: the gateway does not start with it while {_OPTION} is trusted-proxy. "
        "Remove it."
    ]


def users_named_by_clients(instance: Instance) -> list[str]:
    """A tunnel leads from inside the pod to the gateway itself, which takes the name of a user from there then."""
    if not named_by_proxies(instance) or not instance["gateway_proxy_enabled"]:
        return []
    tunnels = {
        "openclaw_tailscale_enabled": instance["tailscale_enabled"] and instance["tailscale_mode"] != "none",
        "openclaw_cloudflared_enabled": instance["cloudflared_enabled"],
    }
    return [
        f"{tunnel}  leads past the proxy of openclaw_gateway_proxy_enabled, so whoever comes this way could pass for "
        f"any user while {_OPTION} is trusted-proxy. Switch one of the two off, or use token or password."
        for tunnel, is_on in tunnels.items()
        if is_on
    ]


def users_of_no_proxy(instance: Instance) -> list[str]:
    """Only proxies name users; a token or a password is the same for everybody."""
    if named_by_proxies(instance):
        return []
    return [
        f"openclaw_{option}  has no effect while {_OPTION} is {instance['gateway_auth']}. Set that to trusted-proxy."
        for option in ("gateway_users", "gateway_user_devices_enabled")
        if instance[option]
    ]


def devices_of_everybody(instance: Instance) -> list[str]:
    """It was asked for, and stays worth a line."""
    if not named_by_proxies(instance) or not instance["gateway_user_devices_enabled"] or instance["gateway_users"]:
        return []
    return [
        "openclaw_gateway_user_devices_enabled  is true: whomever the proxy lets in becomes an operator of the agent. "
        "Name those who may in openclaw_gateway_users."
    ]


# Rules about each configuration, of all replicas or of one.
CONFIG_RULES = (auth_said_twice, user_header_said_twice, token_beside_named_users)
RULES = (*CONFIG_RULES, users_named_by_clients)
CAUTIONS = (users_of_no_proxy, devices_of_everybody)

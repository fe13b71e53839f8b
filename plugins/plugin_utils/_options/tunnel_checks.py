# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about Tailscale and the Cloudflare Tunnel, the sidecars that bring clients in by a way of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from .access import Instance, entries, mapping, text, whole

_TAILSCALE, _CLOUDFLARED = "openclaw_tailscale_enabled", "openclaw_cloudflared_enabled"
_SSO = "openclaw_tailscale_sso_enabled"
_FLAG = re.compile(r"--[a-z0-9][a-z0-9-]*(=\S+)?")

# Flags that other parts of the pod count on, with the option that says the same or the reason why there is none.
_TAILSCALE_FLAGS_OF_OURS = {
    "--audience": "belongs to another way to join than openclaw_tailscale_auth_secret",
    "--auth-key": "would show the key; name its Secret in openclaw_tailscale_auth_secret",
    "--authkey": "would show the key; name its Secret in openclaw_tailscale_auth_secret",
    "--client-id": "belongs to another way to join than openclaw_tailscale_auth_secret",
    "--client-secret": "would show it; a Secret of openclaw_tailscale_auth_secret may hold it in place of an auth key",
    "--hostname": "is openclaw_tailscale_hostname",
    "--id-token": "belongs to another way to join than openclaw_tailscale_auth_secret",
    "--login-server": "is openclaw_tailscale_login_server",
}
_CLOUDFLARED_FLAGS_OF_OURS = {
    "--autoupdate-freq": "would change the program below the image's tag",
    "--config": "is the file that openclaw_cloudflared_tunnel has written",
    "--cred-file": "is the key credentials.json of openclaw_cloudflared_secret",
    "--credentials-contents": "would show them; put them into openclaw_cloudflared_secret",
    "--credentials-file": "is the key credentials.json of openclaw_cloudflared_secret",
    "--hostname": "is openclaw_hostname",
    "--metrics": "is where the probe asks, and open to nobody else",
    "--name": "is openclaw_cloudflared_tunnel",
    "--no-autoupdate": "is set by the collection",
    "--token": "would show the token; put it into openclaw_cloudflared_secret",
    "--token-file": "is the key token of openclaw_cloudflared_secret",
    "--url": "is the gateway",
}
_ARGUMENTS = {"tailscale_args": _TAILSCALE_FLAGS_OF_OURS, "cloudflared_args": _CLOUDFLARED_FLAGS_OF_OURS}


def flag_of(argument: str) -> str:
    """Return the name of the flag that an argument sets."""
    return argument.partition("=")[0]


def tunnel_argument_misspelt(instance: Instance) -> list[str]:
    """An argument is a whole flag: split up, its halves would end at different places of the command line."""
    return [
        f'openclaw_{option}  "{argument}" is not a flag. Write it with its value in one entry and without spaces, as '
        "--name=value."
        for option in _ARGUMENTS
        for argument in map(str, entries(instance, option))
        if not _FLAG.fullmatch(argument)
    ]


def tunnel_argument_of_ours(instance: Instance) -> list[str]:
    """What has an option, or must not be changed, is no argument."""
    return [
        f"openclaw_{option}  {flag}: {ours[flag]}. Remove it."
        for option, ours in _ARGUMENTS.items()
        for argument in map(str, entries(instance, option))
        if (flag := flag_of(argument)) in ours
    ]


def tunnel_without_secret(instance: Instance) -> list[str]:
    """Neither joins without somebody's permission."""
    problems = []
    if instance["tailscale_enabled"] and not instance["tailscale_auth_secret"]:
        problems.append(
            "openclaw_tailscale_auth_secret  is not set. Make an auth key, put it into a Secret under the key authkey, "
            "and name the Secret here."
        )
    if instance["cloudflared_enabled"] and not instance["cloudflared_secret"]:
        problems.append(
            "openclaw_cloudflared_secret  is not set. Put the tunnel's token into a Secret under the key token, or its "
            "credentials under the key credentials.json, and name the Secret here."
        )
    return problems


def tunnel_without_hostname(instance: Instance) -> list[str]:
    """Cloudflare brings requests for a name, and the gateway lets in the pages of names that it knows."""
    if not instance["cloudflared_enabled"] or text(instance, "hostname"):
        return []
    return [f"openclaw_hostname  is not set. {_CLOUDFLARED} needs the public hostname of the tunnel."]


def sso_without_serve(instance: Instance) -> list[str]:
    """Tailscale names the user only of what comes from the tailnet, and OpenClaw has to lead it to itself."""
    if not instance["tailscale_enabled"] or not instance["tailscale_sso_enabled"]:
        return []
    problems = []
    if instance["tailscale_mode"] != "serve":
        problems.append(
            f"{_SSO}  needs openclaw_tailscale_mode: serve, and it is {instance['tailscale_mode']}. Set one of them."
        )
    if not instance["gateway_proxy_enabled"]:
        problems.append(
            f"{_SSO}  has OpenClaw listen on loopback only, so the Service would lead nowhere. Set "
            "openclaw_gateway_proxy_enabled: true."
        )
    if instance["gateway_auth"] == "trusted-proxy":
        problems.append(
            f"{_SSO}  has no effect with openclaw_gateway_auth: trusted-proxy, where another proxy names the users. "
            "Set one of them."
        )
    return problems


def sso_without_tailscale(instance: Instance) -> list[str]:
    if instance["tailscale_enabled"] or not instance["tailscale_sso_enabled"]:
        return []
    return [f"{_SSO}  is true, and {_TAILSCALE} is false. Set that to true, or remove this one."]


def login_server_misspelt(instance: Instance) -> list[str]:
    server = text(instance, "tailscale_login_server")
    try:
        parts = urlsplit(server)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and " " not in server
    except ValueError:
        good = False
    if not server or good:
        return []
    return [
        f'openclaw_tailscale_login_server  "{server}" is not the address of a control server. Write it as a browser '
        "would open it, such as https://headscale.example.com."
    ]


def machine_for_several(instance: Instance) -> list[str]:
    """A machine has one identity, and Tailscale takes two programs with the same for one that moves to and fro."""
    if not instance["tailscale_enabled"] or not _several(instance):
        return []
    return [
        f"{_TAILSCALE}  makes one machine of the instance, and several gateways cannot share it. Set "
        "openclaw_replicas: 1 and leave openclaw_autoscaling_enabled alone, or use an Ingress."
    ]


def way_to_the_apiserver_unknown(instance: Instance) -> list[str]:
    """A policy sees packets after the address of the Service was translated, and only the cluster knows into what."""
    closed = instance["networkpolicy_enabled"] and instance["networkpolicy_flavor"] != "cilium"
    if not instance["tailscale_enabled"] or not closed or entries(instance, "tailscale_apiserver"):
        return []
    return [
        "openclaw_tailscale_apiserver  is empty, and the network policy closes the way to the API server, where "
        "Tailscale keeps its identity. Write the addresses that `kubectl get endpoints kubernetes -n default` prints, "
        "such as 10.0.0.5:6443."
    ]


def tunnel_shared_by_several(instance: Instance) -> list[str]:
    """Cloudflare takes the pods of an instance for one server."""
    if not instance["cloudflared_enabled"] or not _several(instance):
        return []
    return [
        f"{_CLOUDFLARED}  all replicas share the tunnel, and each request goes to any of them, whoever had the last."
    ]


def address_in_the_tailnet_unknown(instance: Instance) -> list[str]:
    """A browser on a name that the gateway does not know loads the page, and its connection is refused."""
    if not instance["tailscale_enabled"] or instance["tailscale_mode"] == "none" or instance["tailscale_domain"]:
        return []
    if instance["tailscale_mode"] == "serve" and not instance["tailscale_login_server"]:
        # Pages of ts.net that come from private addresses are let in by their own name.
        return []
    return [
        "openclaw_tailscale_domain  is not set: the gateway refuses pages of a name that it does not know. Write the "
        "tailnet's domain, such as tail1234.ts.net."
    ]


def tunnel_closed_by_policy(instance: Instance) -> list[str]:
    """The servers of both stand on the public Internet, at addresses that change."""
    open_to_all = not instance["networkpolicy_enabled"] or instance["networkpolicy_egress"] == "open-internet"
    if open_to_all or mapping(instance, "networkpolicy_egress_to") or entries(instance, "networkpolicy_egress_rules"):
        return []
    at = f"openclaw_networkpolicy_egress  {instance['networkpolicy_egress']} closes the way to the servers of"
    # Tailscale gets through an HTTP proxy, too.
    needs = {} if instance["proxy_url"] else {"tailscale": "TCP 443, UDP 3478 and 41641"}
    needs["cloudflared"] = "TCP and UDP 7844"
    return [
        f"{at} openclaw_{tunnel}_enabled ({ports}). Name their addresses in openclaw_networkpolicy_egress_to, or use "
        "open-internet."
        for tunnel, ports in needs.items()
        if instance[f"{tunnel}_enabled"]
    ]


def _several(instance: Instance) -> bool:
    return bool(instance["autoscaling_enabled"]) or whole(instance, "replicas") > 1


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    tunnel_argument_misspelt,
    tunnel_argument_of_ours,
    tunnel_without_secret,
    tunnel_without_hostname,
    sso_without_serve,
    sso_without_tailscale,
    login_server_misspelt,
    machine_for_several,
    way_to_the_apiserver_unknown,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (
    tunnel_shared_by_several,
    address_in_the_tailnet_unknown,
    tunnel_closed_by_policy,
)

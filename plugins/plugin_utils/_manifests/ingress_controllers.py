# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ingress controllers are told by annotations: one table each. None is a snippet, which controllers refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .._options.access import Instance, text, whole
from .._options.formats import seconds
from .._options.ingress_controller import GENERIC, controller_of
from .identity import name

USER = "{user}"


@dataclass(frozen=True)
class Profile:
    """How one controller is told what is wished.

    wishes: wish to annotations.
    users: key of the Secret in which the controller looks for users; USER for one key per user.
    """

    wishes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    users: str = ""


PROFILES: dict[str, Profile] = {
    # What Traefik has no annotation for is a Middleware: ingress_traefik.py.
    "traefik": Profile(
        {
            # spec.tls alone names a certificate: the router would answer HTTPS with 404.
            "tls": {
                "traefik.ingress.kubernetes.io/router.entrypoints": "websecure",
                "traefik.ingress.kubernetes.io/router.tls": "true",
            },
            "plain": {"traefik.ingress.kubernetes.io/router.entrypoints": "web"},
        },
        users="users",
    ),
    "nginx": Profile(
        {
            "always": {
                "nginx.ingress.kubernetes.io/proxy-body-size": "0",
                "nginx.ingress.kubernetes.io/proxy-read-timeout": "{timeout}",
                "nginx.ingress.kubernetes.io/proxy-send-timeout": "{timeout}",
            },
            "redirect": {
                "nginx.ingress.kubernetes.io/ssl-redirect": "true",
                # The other one looks whether the Ingress names a certificate.
                "nginx.ingress.kubernetes.io/force-ssl-redirect": "true",
            },
            "no_redirect": {"nginx.ingress.kubernetes.io/ssl-redirect": "false"},
            "rate_limit": {"nginx.ingress.kubernetes.io/limit-rps": "{rate_limit}"},
            "basic_auth": {
                "nginx.ingress.kubernetes.io/auth-type": "basic",
                "nginx.ingress.kubernetes.io/auth-secret": "{secret}",
                "nginx.ingress.kubernetes.io/auth-realm": "{realm}",
            },
        },
        users="auth",
    ),
    # The controller of HAProxy Technologies; the community's haproxy-ingress has other annotations.
    "haproxy": Profile(
        {
            # A WebSocket is under timeout-tunnel, which only the controller's ConfigMap can change.
            "always": {"haproxy.org/timeout-server": "{timeout}s"},
            # The port is otherwise the one that the controller's own pod listens on.
            "redirect": {"haproxy.org/ssl-redirect": "true", "haproxy.org/ssl-redirect-port": "443"},
            "no_redirect": {"haproxy.org/ssl-redirect": "false"},
            "hsts": {"haproxy.org/response-set-header": 'Strict-Transport-Security "max-age={hsts}"'},
            "rate_limit": {
                "haproxy.org/rate-limit-requests": "{rate_limit}",
                "haproxy.org/rate-limit-period": "1s",
                "haproxy.org/rate-limit-status-code": "429",
            },
            "basic_auth": {
                "haproxy.org/auth-type": "basic-auth",
                "haproxy.org/auth-secret": "{secret}",
                "haproxy.org/auth-realm": "{realm}",
            },
        },
        users=USER,
    ),
    "contour": Profile(
        {
            "always": {
                "projectcontour.io/websocket-routes": "{path}",
                "projectcontour.io/response-timeout": "{timeout}s",
            },
            "redirect": {"ingress.kubernetes.io/force-ssl-redirect": "true"},
        },
    ),
    GENERIC: Profile(),
}


def profile_of(instance: Instance) -> Profile:
    return PROFILES[controller_of(instance)]


def wishes_of(instance: Instance) -> list[str]:
    """Return what the options ask a controller for."""
    tls = bool(instance["ingress_tls_enabled"])
    redirect = tls and bool(instance["ingress_https_redirect_enabled"])
    wished = {
        "always": True,
        "tls": tls,
        "plain": not tls,
        "redirect": redirect,
        "no_redirect": tls and not redirect,
        "hsts": bool(instance["ingress_hsts_max_age"]),
        "rate_limit": whole(instance, "ingress_rate_limit") > 0,
        "basic_auth": bool(instance["ingress_basic_auth_enabled"]),
    }
    return [wish for wish, is_wished in wished.items() if is_wished]


def users_secret(instance: Instance) -> str:
    """Return the Secret in which the controller finds users and hashes."""
    return text(instance, "ingress_basic_auth_secret") or f"{name(instance)}-basic-auth-users"


def hsts_seconds(instance: Instance) -> int:
    """Return for how long browsers shall insist on HTTPS; 0 for not at all."""
    return seconds(text(instance, "ingress_hsts_max_age") or "0")


def told_by_annotations(instance: Instance) -> dict[str, str]:
    """Return the annotations by which the controller is told what is wished."""
    values = {
        "timeout": seconds(text(instance, "ingress_timeout")),
        "rate_limit": whole(instance, "ingress_rate_limit"),
        "hsts": hsts_seconds(instance),
        "secret": f"{instance['namespace']}/{users_secret(instance)}",
        "realm": text(instance, "ingress_basic_auth_realm"),
        "path": text(instance, "ingress_path"),
    }
    told = profile_of(instance).wishes
    return {
        key: template.format(**values) for wish in wishes_of(instance) for key, template in told.get(wish, {}).items()
    }

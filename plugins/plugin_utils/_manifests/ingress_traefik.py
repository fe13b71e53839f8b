# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Traefik has no annotation for: objects of its own, which an annotation refers to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .._options.access import Instance, text, whole
from .identity import Manifest, metadata, name
from .ingress_controllers import hsts_seconds, users_secret, wishes_of

MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares"
REDIRECT = "redirect"
# How many seconds' worth of requests may come at once: a page that loads asks for many files.
_BURST = 5


def _hsts(instance: Instance) -> Manifest:
    return {"headers": {"stsSeconds": hsts_seconds(instance)}}


def _rate_limit(instance: Instance) -> Manifest:
    limit = whole(instance, "ingress_rate_limit")
    return {"rateLimit": {"average": limit, "burst": _BURST * limit}}


def _basic_auth(instance: Instance) -> Manifest:
    return {"basicAuth": {"secret": users_secret(instance), "realm": text(instance, "ingress_basic_auth_realm")}}


def _redirect(_instance: Instance) -> Manifest:
    return {"redirectScheme": {"scheme": "https", "permanent": True}}


# In the order in which a request meets them.
_SPECS: Mapping[str, Callable[[Instance], Manifest]] = {
    "hsts": _hsts,
    "rate_limit": _rate_limit,
    "basic_auth": _basic_auth,
    REDIRECT: _redirect,
}


def _middleware_name(instance: Instance, wish: str) -> str:
    return f"{name(instance)}-{wish.replace('_', '-')}"


def middlewares(instance: Instance, part: str) -> list[Manifest]:
    """Return a Middleware for each wish that takes one."""
    wished = wishes_of(instance)
    return [
        {
            "apiVersion": "traefik.io/v1alpha1",
            "kind": "Middleware",
            "metadata": metadata(instance, part, _middleware_name(instance, wish)),
            "spec": spec(instance),
        }
        for wish, spec in _SPECS.items()
        if wish in wished
    ]


def chain(instance: Instance, further: str = "") -> dict[str, str]:
    """Return the annotation that sends requests through the Middlewares, then through I(further)."""
    wished = wishes_of(instance)
    own = [_reference(instance, wish) for wish in _SPECS if wish in wished and wish != REDIRECT]
    names = ",".join([*own, further] if further else own)
    return {MIDDLEWARES: names} if names else {}


def redirecting(instance: Instance) -> dict[str, str]:
    """Return the annotations of the Ingress that answers plain HTTP: a router serves HTTP or HTTPS, not both."""
    return {
        "traefik.ingress.kubernetes.io/router.entrypoints": "web",
        MIDDLEWARES: _reference(instance, REDIRECT),
    }


def _reference(instance: Instance, wish: str) -> str:
    return f"{instance['namespace']}-{_middleware_name(instance, wish)}@kubernetescrd"

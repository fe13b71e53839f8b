# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the Ingress."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from .access import Instance, mapping, text, whole
from .formats import duration, object_name, seconds
from .ingress_controller import GENERIC, UNABLE, controller_of, described
from .values import nearest

ISSUERS = ("ClusterIssuer", "Issuer")
_ISSUER_KEYS = ("name", "kind")
# What the htpasswd format, a key of a Secret and every controller take.
_USER = re.compile(r"[A-Za-z0-9._-]{1,64}")
_REALM = re.compile(r"[A-Za-z0-9/:._~ -]{1,64}")
_TLS = "openclaw_ingress_tls_enabled"


def host_missing(instance: Instance) -> list[str]:
    """Without a host the Ingress would take the requests of all others."""
    if not instance["ingress_enabled"] or instance["hostname"]:
        return []
    return ["openclaw_ingress_enabled  needs the name that people open. Write it in openclaw_hostname."]


def issuer_misspelt(instance: Instance) -> list[str]:
    """cert-manager finds an issuer by its kind and name."""
    issuer = mapping(instance, "ingress_tls_issuer")
    at = "openclaw_ingress_tls_issuer "
    problems = []
    for key in issuer:
        if key not in _ISSUER_KEYS:
            near = nearest(key, _ISSUER_KEYS)
            problems.append(
                f"{at} {key}: is not one of {', '.join(_ISSUER_KEYS)}.{f' Did you mean {near}?' if near else ''}"
            )
    kind, name = issuer.get("kind", ISSUERS[0]), issuer.get("name")
    if kind not in ISSUERS:
        problems.append(f"{at} kind: {json.dumps(kind)} is not one of {', '.join(ISSUERS)}.")
    reason = object_name(name) if isinstance(name, str) else "is not text. Write the name of the issuer."
    if issuer and reason:
        problems.append(f"{at} name: {json.dumps(name)} {reason}")
    return problems


def certificate_missing(instance: Instance) -> list[str]:
    """Contour serves no TLS at all for an Ingress without a certificate."""
    own = instance["ingress_tls_secret"] or mapping(instance, "ingress_tls_issuer")
    if not _serves_tls(instance) or own or controller_of(instance) != "contour":
        return []
    return [
        "openclaw_ingress_tls_secret  is unset, and contour has no default certificate for an Ingress. Name a Secret, "
        "or an issuer in openclaw_ingress_tls_issuer."
    ]


def hsts_misspelt(instance: Instance) -> list[str]:
    """A header that forbids plain HTTP makes sense only where HTTPS is served."""
    age = text(instance, "ingress_hsts_max_age")
    reason = duration(age) if age else None
    if reason:
        return [f'openclaw_ingress_hsts_max_age  "{age}" {reason}']
    if age and not seconds(age):
        return [f'openclaw_ingress_hsts_max_age  "{age}" is no time. Write for example 8760h, or remove the option.']
    if age and not instance["ingress_tls_enabled"]:
        return [
            f'openclaw_ingress_hsts_max_age  "{age}" tells browsers to insist on HTTPS, and {_TLS} is false. '
            "Remove one of the two."
        ]
    return []


def rate_limit_out_of_range(instance: Instance) -> list[str]:
    limit = whole(instance, "ingress_rate_limit")
    if limit >= 0:
        return []
    return [f"openclaw_ingress_rate_limit  {limit} is no number of requests. Write 0 for no limit, or a larger number."]


def timeout_of_nothing(instance: Instance) -> list[str]:
    """No controller takes 0 for no limit."""
    timeout = text(instance, "ingress_timeout")
    if seconds(timeout) > 0:
        return []
    return [f'openclaw_ingress_timeout  "{timeout}" ends every connection. Write for example 1h.']


def user_misspelt(instance: Instance) -> list[str]:
    """A colon ends the user's name in what browsers send, and in the htpasswd format."""
    user, realm = text(instance, "ingress_basic_auth_user"), text(instance, "ingress_basic_auth_realm")
    problems = []
    if not _USER.fullmatch(user):
        problems.append(
            f"openclaw_ingress_basic_auth_user  {json.dumps(user)} cannot be a user everywhere. Write 1 to 64 letters, "
            "digits, dots, dashes and underscores."
        )
    if not _REALM.fullmatch(realm):
        problems.append(
            f"openclaw_ingress_basic_auth_realm  {json.dumps(realm)} cannot be shown by every controller. Write 1 to "
            "64 letters, digits, spaces and characters of / : . _ ~ -"
        )
    return problems


def controller_unable(instance: Instance) -> list[str]:
    """An option that a controller cannot follow is refused: nothing is left out in silence."""
    if not instance["ingress_enabled"]:
        return []
    return [
        f"openclaw_{option}  {json.dumps(instance[option])} cannot be had on an Ingress of {described(instance)}. "
        f"{instead}"
        for option, instead in UNABLE[controller_of(instance)].items()
        if instance[option]
    ]


def _serves_tls(instance: Instance) -> bool:
    return bool(instance["ingress_enabled"] and instance["ingress_tls_enabled"])


def plain_http(instance: Instance) -> list[str]:
    """Browsers offer the keys that pairing takes over HTTPS, and to pages of their own machine."""
    host = text(instance, "hostname")
    if not instance["ingress_enabled"] or instance["ingress_tls_enabled"]:
        return []
    if host == "localhost" or host.endswith(".localhost"):
        return []
    return [f"{_TLS}  is false: browsers cannot pair over plain HTTP, and tokens cross the network as they are."]


def nobody_redirects(instance: Instance) -> list[str]:
    """It is on by default, and an Ingress has no field for it."""
    wished = _serves_tls(instance) and instance["ingress_https_redirect_enabled"]
    if not wished or controller_of(instance) != GENERIC:
        return []
    return [
        f"openclaw_ingress_https_redirect_enabled  cannot be told to {described(instance)}. Name it in "
        "openclaw_ingress_controller, or set this to false."
    ]


def certificate_without_tls(instance: Instance) -> list[str]:
    """Nobody serves it."""
    if instance["ingress_tls_enabled"]:
        return []
    return [
        f"openclaw_{option}  has no effect while {_TLS} is false."
        for option in ("ingress_tls_secret", "ingress_tls_issuer")
        if instance[option]
    ]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    host_missing,
    issuer_misspelt,
    certificate_missing,
    hsts_misspelt,
    rate_limit_out_of_range,
    timeout_of_nothing,
    user_misspelt,
    controller_unable,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (plain_http, nobody_redirects, certificate_without_tls)

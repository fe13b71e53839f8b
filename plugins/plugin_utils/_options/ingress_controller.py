# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Ingress controller an instance has, and what it cannot be asked for on an Ingress."""

from __future__ import annotations

from .access import Instance, text

GENERIC = "generic"
CONTROLLERS = ("traefik", "nginx", "haproxy", "contour")

_OTHERS = "Remove the option, or use a controller that can: traefik, nginx or haproxy."
_UNKNOWN = (
    "Name it in openclaw_ingress_controller if it is traefik, nginx, haproxy or contour. Otherwise remove the option, "
    "and say it in the controller's own way in openclaw_ingress_annotations."
)

# Controller and option to what a person can do instead. Snippets would do some of it, and controllers refuse them.
UNABLE: dict[str, dict[str, str]] = {
    "traefik": {},
    "nginx": {
        "ingress_hsts_max_age": "Remove the option, and set hsts-max-age for all its sites in the ConfigMap of the "
        'controller, which sends the header unless hsts is "false" there.',
    },
    "haproxy": {},
    "contour": {
        "ingress_hsts_max_age": "Remove the option, and set policy.response-headers with applyToIngress for all its "
        "sites in the configuration of Contour.",
        "ingress_rate_limit": _OTHERS,
        "ingress_basic_auth_enabled": _OTHERS,
    },
    GENERIC: {
        "ingress_hsts_max_age": _UNKNOWN,
        "ingress_rate_limit": _UNKNOWN,
        "ingress_basic_auth_enabled": _UNKNOWN,
    },
}


def controller_of(instance: Instance) -> str:
    """Return the controller that is named, or else the one whose name is part of the name of the class."""
    ingress_class = text(instance, "ingress_class")
    recognised = next((controller for controller in CONTROLLERS if controller in ingress_class), GENERIC)
    return text(instance, "ingress_controller") or recognised


def described(instance: Instance) -> str:
    """Return how to speak of the controller."""
    if controller_of(instance) != GENERIC:
        return controller_of(instance)
    ingress_class = text(instance, "ingress_class")
    return f'the unknown controller of class "{ingress_class}"' if ingress_class else "the unknown default controller"

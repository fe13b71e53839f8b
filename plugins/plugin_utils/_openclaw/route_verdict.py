# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options of a route the Gateway cannot follow, as its class tells.

A time limit that a Gateway does not know is left out in silence, and a filter makes it answer 500.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_PARENT = "route_parent"
# Type of a filter to the field of it that is given and the feature that this takes. The core filters are not here.
_FILTERS: dict[str, dict[str, str]] = {
    "CORS": {"cors": "HTTPRouteCORS"},
    "RequestMirror": {"requestMirror": "HTTPRouteRequestMirror"},
    "ResponseHeaderModifier": {"responseHeaderModifier": "HTTPRouteResponseHeaderModification"},
    "URLRewrite": {"hostname": "HTTPRouteHostRewrite", "path": "HTTPRoutePathRewrite"},
}


def gateway_of(instance: Mapping[str, object]) -> dict[str, object]:
    """Return the Gateway of the route, as the module C(instance_info) takes it; empty without a route."""
    parent = _mapping(instance[_PARENT])
    if not parent:
        return {}
    return {"name": parent.get("name"), "namespace": parent.get("namespace") or instance["namespace"]}


def judge_gateway(instance: Mapping[str, object], info: Mapping[str, object]) -> list[str]:
    """Return warnings; a class that tells nothing may know everything."""
    told = _mapping(info.get("gateway")).get("features")
    features = told if isinstance(told, list) else []
    if not features:
        return []
    return [
        f"{option} by the Gateway in openclaw_{_PARENT}, whose class does not list {feature}. {instead}"
        for option, feature, instead in _asked(instance)
        if feature not in features
    ]


def _asked(instance: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wished, the feature that it takes, and what to do without."""
    timeout, filters = instance["route_timeout"], instance["route_filters"]
    if timeout:
        instead = "Remove it, or set the limit in the Gateway's own configuration."
        yield f'openclaw_route_timeout  "{timeout}" is not kept', "HTTPRouteRequestTimeout", instead
    for index, given in enumerate(filters if isinstance(filters, list) else ()):
        kind = str(_mapping(given).get("type"))
        inside = {**_mapping(given), **_mapping(_mapping(given).get("urlRewrite"))}
        for field, feature in _FILTERS.get(kind, {}).items():
            if field in inside:
                yield f"openclaw_route_filters  [{index}]: {kind} is not followed", feature, "Remove it."


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}

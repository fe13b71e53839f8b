# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes of a Gateway or of an OpenShift router that lead to the gateway."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from .._options.access import Instance, entries, mapping, text
from .._options.formats import seconds
from .._options.layers import merge
from .as_written import fields
from .exposure import entry_port
from .identity import Manifest, metadata, name
from .service import entry_port_number

PART = "route"
_GATEWAY_API = "gateway.networking.k8s.io"
_ROUTER_TIMEOUT = "haproxy.router.openshift.io/timeout"

# What the API server adds where it is missing. A list of the Gateway API belongs as a whole to who applied it, so what
# is added there would be found again as a change at each run.
_GATEWAY: Manifest = {"group": _GATEWAY_API, "kind": "Gateway"}
_SERVICE: Manifest = {"group": "", "kind": "Service"}
_ADDED_TO_FILTERS: dict[str, Manifest] = {
    "cors": {"maxAge": 5},
    "externalAuth": {"backendRef": _SERVICE},
    "requestMirror": {"backendRef": _SERVICE},
}


def route_manifests(instance: Instance) -> list[Manifest]:
    """Return the routes that are asked for, and the grant for routes of other namespaces."""
    return [*_http_routes(instance), *_grant(instance), *_openshift_routes(instance)]


def _hostnames(instance: Instance) -> list[str]:
    return list(dict.fromkeys([text(instance, "hostname"), *map(str, entries(instance, "hostname_aliases"))]))


# Gateway API


def _http_routes(instance: Instance) -> list[Manifest]:
    if not mapping(instance, "route_parent"):
        return []
    routes = [_http_route(instance, name(instance), _parent(instance), _rule(instance))]
    section = text(instance, "route_https_redirect_section")
    if section:
        parent = {key: value for key, value in _parent(instance).items() if key != "port"}
        routes.append(
            _http_route(instance, f"{name(instance)}-redirect", {**parent, "sectionName": section}, _redirect(instance))
        )
    return routes


def _http_route(instance: Instance, route_name: str, parent: Manifest, rule: Manifest) -> Manifest:
    return {
        "apiVersion": f"{_GATEWAY_API}/v1",
        "kind": "HTTPRoute",
        "metadata": metadata(
            instance,
            PART,
            route_name,
            annotations=mapping(instance, "route_annotations"),
            labels=mapping(instance, "route_labels"),
        ),
        "spec": {"parentRefs": [parent], "hostnames": _hostnames(instance), "rules": [rule]},
    }


def _parent(instance: Instance) -> Manifest:
    """Return the reference to the Gateway."""
    given = mapping(instance, "route_parent")
    named = {"namespace": "namespace", "section": "sectionName", "port": "port"}
    return {**_GATEWAY, "name": given["name"], **{field: given[key] for key, field in named.items() if given.get(key)}}


def _below(path: str) -> list[Manifest]:
    return [{"path": {"type": "PathPrefix", "value": path}}]


def _rule(instance: Instance) -> Manifest:
    filters = [_whole_filter(fields(given)) for given in entries(instance, "route_filters")]
    timeout = text(instance, "route_timeout")
    return {
        "matches": _below(text(instance, "route_path")),
        **({"filters": filters} if filters else {}),
        "backendRefs": [{**_SERVICE, "name": name(instance), "port": entry_port_number(instance), "weight": 1}],
        **({"timeouts": {"request": timeout}} if timeout else {}),
    }


def _whole_filter(given: Manifest) -> Manifest:
    """Return a filter with what the API server would add."""
    return {
        key: merge(_ADDED_TO_FILTERS.get(key, {}), value) if isinstance(value, Mapping) else value
        for key, value in given.items()
    }


def _redirect(instance: Instance) -> Manifest:
    redirect = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}
    return {"matches": _below(text(instance, "route_path")), "filters": [redirect]}


def _grant(instance: Instance) -> list[Manifest]:
    namespaces = dict.fromkeys(map(str, entries(instance, "route_grants")))
    if not namespaces:
        return []
    return [
        {
            "apiVersion": f"{_GATEWAY_API}/v1beta1",
            "kind": "ReferenceGrant",
            "metadata": metadata(instance, PART, name(instance)),
            "spec": {
                "from": [
                    {"group": _GATEWAY_API, "kind": "HTTPRoute", "namespace": namespace} for namespace in namespaces
                ],
                "to": [{**_SERVICE, "name": name(instance)}],
            },
        }
    ]


# OpenShift


def _openshift_routes(instance: Instance) -> list[Manifest]:
    """Return a route for each name: a Route has one host."""
    if not instance["openshift_route_enabled"]:
        return []
    main, *aliases = _hostnames(instance)
    names = {main: name(instance), **{alias: f"{name(instance)}-{_short_digest(alias)}" for alias in aliases}}
    return [_openshift_route(instance, route_name, host) for host, route_name in names.items()]


def _short_digest(host: str) -> str:
    """Return what tells the routes of an instance apart, whatever comes before or after them in the list."""
    return hashlib.sha256(host.encode()).hexdigest()[:8]


def _openshift_route(instance: Instance, route_name: str, host: str) -> Manifest:
    # A number without a unit would be milliseconds.
    timeout = f"{seconds(text(instance, 'openshift_route_timeout'))}s"
    annotations = {_ROUTER_TIMEOUT: timeout, **mapping(instance, "openshift_route_annotations")}
    return {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": metadata(instance, PART, route_name, annotations=annotations),
        "spec": {
            "host": host,
            "to": {"kind": "Service", "name": name(instance)},
            "port": {"targetPort": entry_port(instance)},
            "tls": {"termination": "edge", "insecureEdgeTerminationPolicy": "Redirect"},
        },
    }

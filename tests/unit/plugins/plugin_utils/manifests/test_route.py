# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes: what a Gateway, another namespace and an OpenShift router are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
NAMES: Json = {
    "hostname": "claw.example.com",
    "hostname_aliases": ["claw.example.org", "claw.example.com"],
    "trusted_proxies": ["192.0.2.10"],
}
ROUTED: Json = {**NAMES, "route_parent": {"name": "main", "namespace": "gateways", "section": "https", "port": 443}}
ON_OPENSHIFT: Json = {**NAMES, "openshift_route_enabled": True}
BEHIND_PODS: Json = {
    "gateway_proxy_enabled": True,
    "entry_points": {"traefik": {"namespace": "traefik", "pods": {"app": "traefik"}}},
}


def routes(instance: Json) -> list[Json]:
    found: list[Any] = BUILDERS["route"](instance)
    return found


def rule_of(instance: Json) -> Json:
    (route,) = routes(instance)
    (rule,) = route["spec"]["rules"]
    found: Json = rule
    return found


def test_a_route_serves_every_name_once(make_instance: MakeInstance) -> None:
    (route,) = routes(make_instance(**ROUTED))
    assert route["spec"]["hostnames"] == ["claw.example.com", "claw.example.org"]


@pytest.mark.parametrize(
    "options, port",
    [({}, 18789), ({"service_port": 80}, 80), ({"gateway_proxy_enabled": True}, 18789), (BEHIND_PODS, 18791)],
)
def test_a_route_leads_to_the_port_that_believes_it(options: Json, port: int, make_instance: MakeInstance) -> None:
    (backend,) = rule_of(make_instance(**ROUTED, **options))["backendRefs"]
    assert (backend["name"], backend["port"]) == ("support", port)
    (openshift,) = routes(make_instance(**{**ON_OPENSHIFT, **options, "hostname_aliases": []}))
    assert openshift["spec"]["port"] == {"targetPort": "entry" if port == 18791 else "gateway"}


def test_clients_of_plain_http_are_sent_to_the_same_names(make_instance: MakeInstance) -> None:
    main, redirect = routes(make_instance(**ROUTED, route_path="/claw", route_https_redirect_section="http"))
    assert redirect["metadata"]["name"] == "support-redirect"
    assert redirect["spec"]["hostnames"] == main["spec"]["hostnames"]
    (parent,), (main_parent,) = redirect["spec"]["parentRefs"], main["spec"]["parentRefs"]
    assert (parent["sectionName"], "port" in parent) == ("http", False)
    assert (main_parent["sectionName"], main_parent["port"]) == ("https", 443)
    (rule,), (main_rule,) = redirect["spec"]["rules"], main["spec"]["rules"]
    assert rule["matches"] == main_rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/claw"}}]
    assert "backendRefs" not in rule
    assert rule["filters"][0]["requestRedirect"]["scheme"] == "https"


@pytest.mark.parametrize(
    "given, stored",
    [
        (
            {
                "type": "RequestHeaderModifier",
                "requestHeaderModifier": {"set": [{"name": "a", "value": "b"}], "remove": []},
            },
            {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "a", "value": "b"}]}},
        ),
        (
            {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "mirror", "port": 80}}},
            {
                "type": "RequestMirror",
                "requestMirror": {"backendRef": {"group": "", "kind": "Service", "name": "mirror", "port": 80}},
            },
        ),
        (
            {"type": "CORS", "cors": {"allowOrigins": ["*"]}},
            {"type": "CORS", "cors": {"maxAge": 5, "allowOrigins": ["*"]}},
        ),
        (
            {"type": "CORS", "cors": {"allowOrigins": ["*"], "maxAge": 60}},
            {"type": "CORS", "cors": {"maxAge": 60, "allowOrigins": ["*"]}},
        ),
    ],
)
def test_a_filter_is_sent_as_the_api_server_stores_it(given: Json, stored: Json, make_instance: MakeInstance) -> None:
    assert rule_of(make_instance(**ROUTED, route_filters=[given]))["filters"] == [stored]


def test_a_timeout_is_that_of_a_request(make_instance: MakeInstance) -> None:
    assert rule_of(make_instance(**ROUTED, route_timeout="1h30m"))["timeouts"] == {"request": "1h30m"}
    assert "timeouts" not in rule_of(make_instance(**ROUTED))


def test_a_grant_is_for_the_service_alone_and_needs_no_route(make_instance: MakeInstance) -> None:
    (grant,) = routes(make_instance(route_grants=["edge", "lab", "edge"]))
    assert grant["kind"] == "ReferenceGrant"
    assert [each["namespace"] for each in grant["spec"]["from"]] == ["edge", "lab"]
    assert grant["spec"]["to"] == [{"group": "", "kind": "Service", "name": "support"}]


def test_openshift_has_a_route_for_each_name_that_keeps_its_own(make_instance: MakeInstance) -> None:
    def by_host(*aliases: str) -> dict[str, str]:
        options = {**ON_OPENSHIFT, "hostname_aliases": list(aliases)}
        return {route["spec"]["host"]: route["metadata"]["name"] for route in routes(make_instance(**options))}

    both = by_host("a.example.com", "b.example.com")
    assert both["claw.example.com"] == "support"
    assert len(set(both.values())) == 3
    assert by_host("b.example.com")["b.example.com"] == both["b.example.com"]


@pytest.mark.parametrize("timeout, told", [("90", "90s"), ("1h", "3600s")])
def test_the_router_is_told_seconds(timeout: str, told: str, make_instance: MakeInstance) -> None:
    """A number without a unit would be milliseconds."""
    first, *_others = routes(make_instance(**ON_OPENSHIFT, openshift_route_timeout=timeout))
    assert first["metadata"]["annotations"] == {"haproxy.router.openshift.io/timeout": told}


def test_the_users_annotation_wins(make_instance: MakeInstance) -> None:
    annotations = {"haproxy.router.openshift.io/timeout": "5h"}
    for route in routes(make_instance(**ON_OPENSHIFT, openshift_route_annotations=annotations)):
        assert route["metadata"]["annotations"] == annotations

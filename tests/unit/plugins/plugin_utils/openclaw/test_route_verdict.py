# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the class of a Gateway lists, and which options of the route are told to be in vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.route_verdict import (
    gateway_of,
    judge_gateway,
)

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
ROUTED: Json = {
    "hostname": "claw.example.com",
    "route_parent": {"name": "public"},
    "trusted_proxies": ["192.0.2.7"],
}
CORE = ["Gateway", "HTTPRoute"]
HEADER = {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"remove": ["Server"]}}
REWRITE = {"type": "URLRewrite", "urlRewrite": {"hostname": "inner.example.com"}}


def told(instance: Json, *features: str) -> list[str]:
    return judge_gateway(instance, {"gateway": {"features": [*CORE, *features]}})


def test_the_gateway_is_looked_for_where_the_route_says(make_instance: MakeInstance) -> None:
    elsewhere = {**ROUTED, "route_parent": {"name": "public", "namespace": "edge", "section": "https"}}
    assert gateway_of(make_instance(**elsewhere)) == {"name": "public", "namespace": "edge"}
    instance = make_instance(**ROUTED)
    assert gateway_of(instance) == {"name": "public", "namespace": instance["namespace"]}
    assert gateway_of(make_instance()) == {}


@pytest.mark.parametrize(
    "option, feature, words",
    [
        ({"route_timeout": "30s"}, "HTTPRouteRequestTimeout", 'openclaw_route_timeout  "30s" is not kept'),
        ({"route_filters": [HEADER]}, "HTTPRouteResponseHeaderModification", "openclaw_route_filters  [0]"),
        ({"route_filters": [REWRITE]}, "HTTPRouteHostRewrite", "[0]: URLRewrite is not followed"),
    ],
)
def test_what_the_class_does_not_list_is_told(
    make_instance: MakeInstance, option: Json, feature: str, words: str
) -> None:
    instance = make_instance(**ROUTED, **option)
    (warning,) = told(instance)
    assert words in warning
    assert feature in warning
    assert told(instance, feature) == []


def test_a_filter_that_every_gateway_knows_is_not_told(make_instance: MakeInstance) -> None:
    known = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["Cookie"]}}
    assert told(make_instance(**ROUTED, route_filters=[known])) == []


@pytest.mark.parametrize("info", [{}, {"gateway": {}}, {"gateway": {"features": []}}])
def test_a_class_that_tells_nothing_may_know_everything(make_instance: MakeInstance, info: Json) -> None:
    assert judge_gateway(make_instance(**ROUTED, route_timeout="30s"), info) == []

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service: its ports, and where they lead to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.service import entry_port_number
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.verification import probes

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
TRAEFIK: Json = {"namespace": "traefik", "pods": {"app": "traefik"}}
BEHIND_PODS: Json = {"gateway_proxy_enabled": True, "entry_points": {"traefik": TRAEFIK}}


def spec_of(instance: Json) -> Json:
    (service,) = BUILDERS["service"](instance)
    spec: Any = service["spec"]
    return dict(spec)


def targets(instance: Json) -> dict[str, tuple[int, int | str]]:
    return {port["name"]: (port["port"], port["targetPort"]) for port in spec_of(instance)["ports"]}


def test_the_port_of_the_service_is_not_that_of_the_gateway(make_instance: MakeInstance) -> None:
    instance = make_instance(service_port=80)
    assert targets(instance) == {"gateway": (80, "gateway")}
    assert BUILDERS["workload"](instance) == BUILDERS["workload"](make_instance())
    assert BUILDERS["networkpolicy"](instance) == BUILDERS["networkpolicy"](make_instance())
    assert "http://support.support.svc:80/startupz" in str(probes(instance)["service"]["argv"])


@pytest.mark.parametrize(
    "options, number",
    [
        ({}, 18789),
        ({"service_port": 80}, 80),
        ({"gateway_proxy_enabled": True}, 18789),
        (BEHIND_PODS, 18791),
        ({**BEHIND_PODS, "service_port": 80}, 18791),
        ({**BEHIND_PODS, "entry_points": {"traefik": {**TRAEFIK, "proxy": False}}}, 18789),
    ],
)
def test_routes_lead_to_the_port_that_believes_them(options: Json, number: int, make_instance: MakeInstance) -> None:
    instance = make_instance(**options)
    assert entry_port_number(instance) == number
    assert ("entry" in targets(instance)) is (number == 18791)


def test_a_further_port_leads_to_the_same_number_unless_told(make_instance: MakeInstance) -> None:
    ports = {
        "web": {"port": 8080},
        "api": {"port": 80, "target_port": 3000},
        "ui": {"port": 81, "target_port": "gateway"},
    }
    found = targets(make_instance(service_ports=ports))
    assert list(found) == ["gateway", "api", "ui", "web"]
    assert found == {"gateway": (18789, "gateway"), "api": (80, 3000), "ui": (81, "gateway"), "web": (8080, 8080)}


def test_an_address_that_a_load_balancer_lets_through_is_a_range_of_one(make_instance: MakeInstance) -> None:
    ranges = ["192.0.2.0/24", "203.0.113.7", "2001:db8::7"]
    spec = spec_of(make_instance(service_type="LoadBalancer", service_load_balancer_source_ranges=ranges))
    assert spec["loadBalancerSourceRanges"] == ["192.0.2.0/24", "203.0.113.7/32", "2001:db8::7/128"]


@pytest.mark.parametrize("timeout, seconds", [("90", 90), ("3h", 10800), ("24h", 86400)])
def test_affinity_is_told_in_seconds(timeout: str, seconds: int, make_instance: MakeInstance) -> None:
    spec = spec_of(make_instance(service_session_affinity_timeout=timeout))
    assert (spec["sessionAffinity"], spec["sessionAffinityConfig"]) == (
        "ClientIP",
        {"clientIP": {"timeoutSeconds": seconds}},
    )


def test_what_is_not_asked_for_is_left_to_the_cluster(make_instance: MakeInstance) -> None:
    assert set(spec_of(make_instance())) == {"type", "selector", "ports"}

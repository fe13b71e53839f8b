# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service and its routes: who reaches the gateway by the node, and that a change leaves nothing behind."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Callable, Iterator, Mapping

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import (
    Cluster,
    Manifest,
    Refused,
    wait_until,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

# -- from outside --------------------------------------------------------------------------------------------------

_WEB_SERVER = {
    "image": "ghcr.io/openclaw/tools:1",
    "imagePullPolicy": "IfNotPresent",
    "command": ["busybox", "httpd", "-f", "-p", "8080", "-h", "/tmp"],
    "ports": [{"name": "web", "containerPort": 8080, "protocol": "TCP"}],
}
_OUTSIDE: Mapping[str, object] = {
    "openclaw_service_type": "NodePort",
    "openclaw_service_port": 80,
    "openclaw_service_external_traffic_policy": "Local",
    "openclaw_service_ports": {"web": {"port": 81, "target_port": "web"}},
    "openclaw_sidecars": {"web": _WEB_SERVER},
}
_NOBODY = (0, "")


@pytest.fixture(scope="module")
def node() -> str:
    """The address at which this machine reaches the node."""
    address = os.environ.get("OPENCLAW_TEST_NODE_IP")
    if not address:
        pytest.skip("needs OPENCLAW_TEST_NODE_IP: run on the built-in cluster")
    return address


@pytest.fixture(scope="module")
def outside(shared_stage: Stage, model: str, node: str) -> Instance:
    """An instance with a port on the node and a web server beside the gateway, and nobody who may reach either."""
    return new_instance(shared_stage, "outside", model, **_OUTSIDE)


def _entry(node: str, *ports: str) -> dict[str, object]:
    """The entry point that is this machine, at the address by which the node knows it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((node, 9))
        own = probe.getsockname()[0]
    return {"here": {"cidr": [f"{own}/32"], "proxy": False, "ports": list(ports)}}


def _service(cluster: Cluster, name: str) -> Manifest:
    """What a person has a say in: the Service without its status and without what the server counts."""
    found = cluster.get("Service", name, name)
    metadata = {key: found["metadata"].get(key) for key in ("labels", "annotations", "finalizers")}
    return {"metadata": metadata, "spec": found["spec"]}


def _answer(instance: Instance, node: str, port: str, path: str = "/healthz") -> tuple[int, str]:
    """Status and body of what answers at the node for a port of the Service; (0, "") if nobody does."""
    ports = {each["name"]: each["nodePort"] for each in _service(instance.cluster, instance.name)["spec"]["ports"]}
    connection = http.client.HTTPConnection(node, ports[port], timeout=4)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return _NOBODY
    finally:
        connection.close()


def _gateway_answers(instance: Instance, node: str) -> bool:
    status, body = _answer(instance, node, "gateway")
    return status == 200 and '"ok":true' in body


def test_the_gateway_answers_at_the_node_for_a_declared_entry_point_only(outside: Instance, node: str) -> None:
    uid = outside.uid()
    assert _answer(outside, node, "gateway") == _NOBODY

    outside.site(openclaw_entry_points=_entry(node, "gateway")).ok()
    wait_until("the gateway answers at the node", lambda: _gateway_answers(outside, node), 20)
    assert _answer(outside, node, "web") == _NOBODY, "a port that the entry point does not name is open"

    outside.site(openclaw_entry_points={}).ok()
    wait_until("the gateway is shut again", lambda: _answer(outside, node, "gateway") == _NOBODY, 20)
    assert outside.uid() == uid


def test_a_further_port_leads_to_its_container(outside: Instance, node: str) -> None:
    outside.site(openclaw_entry_points=_entry(node, "web")).ok()
    wait_until("the web server answers at the node", lambda: _answer(outside, node, "web", "/")[0] == 404, 20)
    assert _answer(outside, node, "gateway") == _NOBODY, "a port that the entry point does not name is open"


def test_verify_asks_at_the_port_of_the_service(outside: Instance) -> None:
    assert 18789 not in {port["port"] for port in _service(outside.cluster, outside.name)["spec"]["ports"]}
    run("verify", outside.inventory).ok()


# -- changes -------------------------------------------------------------------------------------------------------

_ENTRY: Mapping[str, object] = {"openclaw_entry_points": {"lan": {"cidr": ["192.0.2.0/24"], "proxy": False}}}
_ON_NODES: Mapping[str, object] = {
    "openclaw_service_type": "NodePort",
    "openclaw_service_external_traffic_policy": "Local",
    **_ENTRY,
}
_BALANCED: Mapping[str, object] = {
    "openclaw_service_type": "LoadBalancer",
    "openclaw_service_load_balancer_class": "example.com/internal",
    "openclaw_service_load_balancer_source_ranges": ["192.0.2.0/24", "203.0.113.7"],
    "openclaw_service_external_traffic_policy": "Local",
    "openclaw_service_annotations": {"example.com/scheme": "internal"},
    **_ENTRY,
}
_CHANGES: Mapping[str, Mapping[str, object]] = {
    "nodes": _ON_NODES,
    "chosen node ports": {
        **_ON_NODES,
        "openclaw_service_node_port": 32010,
        "openclaw_service_ports": {"voice": {"port": 3334, "node_port": 32011, "target_port": "gateway"}},
    },
    "balanced": _BALANCED,
    "port": {"openclaw_service_port": 80},
    "ports": {"openclaw_service_ports": {"dns": {"port": 53, "protocol": "UDP"}, "web": {"port": 80}}},
    "affinity": {"openclaw_service_session_affinity_timeout": "2h"},
    "labels": {"openclaw_service_labels": {"team": "sales"}},
}


def _quiet(audit: AuditLog, inventory: Inventory, *names: str) -> None:
    """The same again is no change, and asks for none."""
    mark = audit.mark()
    again = run("site", inventory).ok()
    assert {name: again.changed(name) for name in names} == dict.fromkeys(names, 0)
    assert audit.since(mark).writes == []


def test_an_option_of_the_service_leaves_nothing_behind(
    bare: Stage, other_audit: AuditLog, record_property: Callable[[str, object], None]
) -> None:
    hosts = {bare.name("svc"): change for change in _CHANGES}
    inventory = bare.inventory()
    for name in hosts:
        inventory.host(name)
    run("site", inventory).ok()
    before = {name: _service(bare.cluster, name) for name in hosts}

    for name, change in hosts.items():
        inventory.host(name, **_CHANGES[change])
    changed = run("site", inventory).ok()
    for name, change in hosts.items():
        assert changed.changed(name) == 1, change
        assert _service(bare.cluster, name) != before[name], change
    _quiet(other_audit, inventory, *hosts)

    for name, change in hosts.items():
        inventory.host(name, **dict.fromkeys(_CHANGES[change]))
    run("site", inventory).ok()
    for name, change in hosts.items():
        assert _service(bare.cluster, name) == before[name], change
    _quiet(other_audit, inventory, *hosts)
    record_property("figure", f"{len(_CHANGES)} changes")


def test_a_type_changes_into_every_other(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("types")
    run("site", inventory).ok()
    before = _service(bare.cluster, name)
    nothing = dict.fromkeys({**_ON_NODES, **_BALANCED})

    for options in (_ON_NODES, _BALANCED, _ON_NODES, {}):
        inventory.host(name, **{**nothing, **options})
        run("site", inventory).ok()
        spec = _service(bare.cluster, name)["spec"]
        assert spec["type"] == options.get("openclaw_service_type", "ClusterIP")
        assert spec["clusterIP"] == before["spec"]["clusterIP"]
        assert ("loadBalancerClass" in spec) is (spec["type"] == "LoadBalancer")
        _quiet(other_audit, inventory, name)

    assert _service(bare.cluster, name) == before


def test_a_port_finds_its_place_between_others(bare: Stage, other_audit: AuditLog) -> None:
    """The order of ports is that of their names, and the server keeps the order in which it got them."""
    name, inventory = bare.instance("ports", openclaw_service_ports={"web": {"port": 80}})
    run("site", inventory).ok()
    more = {"api": {"port": 8080}, "dns": {"port": 80, "protocol": "UDP"}, "web": {"port": 80}}

    for ports in (more, {**more, "web": {"port": 81, "target_port": 80}}, {"dns": more["dns"]}):
        run("site", inventory.host(name, openclaw_service_ports=ports)).ok()
        found = _service(bare.cluster, name)["spec"]["ports"]
        assert [port["name"] for port in found] == ["gateway", *ports]
        _quiet(other_audit, inventory, name)


def test_a_service_for_both_families_is_no_change_on_a_cluster_of_one(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("families", openclaw_service_ip_family_policy="PreferDualStack")
    run("site", inventory).ok()
    assert _service(bare.cluster, name)["spec"]["ipFamilyPolicy"] == "PreferDualStack"
    _quiet(other_audit, inventory, name)

    # What a Service has, it keeps until another policy is named.
    for policy, kept in ((None, "PreferDualStack"), ("SingleStack", "SingleStack")):
        inventory.host(name, openclaw_service_ip_family_policy=policy)
        run("site", inventory).ok()
        assert _service(bare.cluster, name)["spec"]["ipFamilyPolicy"] == kept
        _quiet(other_audit, inventory, name)


# -- OpenShift, as far as its objects go ---------------------------------------------------------------------------

_ROUTES = "route.openshift.io"
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_TEXT: Manifest = {"type": "string"}
_ROUTE_SPEC: Manifest = {
    "type": "object",
    "required": ["to"],
    "properties": {
        "host": _TEXT,
        "to": {
            "type": "object",
            "properties": {"kind": _TEXT, "name": _TEXT, "weight": {"type": "integer", "default": 100}},
        },
        "port": {"type": "object", "properties": {"targetPort": {"x-kubernetes-int-or-string": True}}},
        "tls": {"type": "object", "properties": {"termination": _TEXT, "insecureEdgeTerminationPolicy": _TEXT}},
        "wildcardPolicy": {"type": "string", "default": "None"},
    },
}
_ROUTE_DEFINITION: Manifest = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"routes.{_ROUTES}"},
    "spec": {
        "group": _ROUTES,
        "scope": "Namespaced",
        "names": {"kind": "Route", "listKind": "RouteList", "plural": "routes", "singular": "route"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": _ROUTE_SPEC}}},
            }
        ],
    },
}
_ROUTED: Mapping[str, object] = {
    "openclaw_hostname": "claw.example.com",
    "openclaw_trusted_proxies": ["192.0.2.10"],
    "openclaw_hostname_aliases": ["claw.example.org"],
    "openclaw_openshift_route_enabled": True,
}


def _routes_served(cluster: Cluster) -> bool:
    return _ROUTES in {group["name"] for group in cluster.request("GET", "/apis")["groups"]}


def _routes(cluster: Cluster, namespace: str) -> dict[str, Manifest]:
    """The routes of a namespace by their host."""
    found = cluster.request("GET", f"/apis/{_ROUTES}/v1/namespaces/{namespace}/routes")["items"]
    return {route["spec"]["host"]: route for route in found}


@pytest.fixture
def openshift(bare: Stage) -> Iterator[Stage]:
    """The control plane with OpenShift's kind Route, and without a router."""
    if _routes_served(bare.cluster):
        yield bare
        return
    bare.cluster.request("POST", _DEFINITIONS, _ROUTE_DEFINITION)
    try:
        wait_until("routes are served", lambda: _routes_served(bare.cluster) and _routes_answer(bare.cluster))
        yield bare
    finally:
        bare.cluster.remove(f"{_DEFINITIONS}/routes.{_ROUTES}")
        wait_until("routes are served no more", lambda: not _routes_served(bare.cluster))


def _routes_answer(cluster: Cluster) -> bool:
    try:
        cluster.request("GET", f"/apis/{_ROUTES}/v1/routes")
    except Refused as refused:
        if refused.status not in (404, 503):
            raise
        return False
    return True


def test_a_route_where_nobody_serves_it_is_refused_before_anything_is_changed(
    bare: Stage, other_audit: AuditLog
) -> None:
    if _routes_served(bare.cluster):
        pytest.skip("needs a cluster that is no OpenShift")
    name, inventory = bare.instance("noroute", **_ROUTED)

    mark = other_audit.mark()
    refused = run("site", inventory)

    assert refused.rc != 0
    assert f"the cluster does not serve {_ROUTES}/v1" in refused.error
    assert other_audit.since(mark).real_writes == []
    assert name not in bare.cluster.namespace_names()


def test_openshift_routes_come_and_go_with_their_names(openshift: Stage, other_audit: AuditLog) -> None:
    name, inventory = openshift.instance("route", **_ROUTED)
    run("site", inventory).ok()
    found = _routes(openshift.cluster, name)
    assert set(found) == {"claw.example.com", "claw.example.org"}
    spec = found["claw.example.com"]["spec"]
    assert (spec["to"]["name"], spec["port"]) == (name, {"targetPort": "gateway"})
    assert spec["tls"] == {"termination": "edge", "insecureEdgeTerminationPolicy": "Redirect"}
    _quiet(other_audit, inventory, name)

    kept = found["claw.example.com"]["metadata"]["uid"]
    run("site", inventory.host(name, openclaw_hostname_aliases=["claw.example.net"])).ok()
    found = _routes(openshift.cluster, name)
    assert set(found) == {"claw.example.com", "claw.example.net"}
    assert found["claw.example.com"]["metadata"]["uid"] == kept

    run("site", inventory.host(name, **dict.fromkeys(_ROUTED))).ok()
    assert _routes(openshift.cluster, name) == {}
    _quiet(other_audit, inventory, name)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ingress as each controller wants it, accepted by a real API server, and the password that guards it.

No controller runs here: what they do with these objects is shown by the tests of the entry point.
"""

from __future__ import annotations

import base64
import ctypes
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster, Refused, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage
from ansible_collections.openclaw.kubernetes.tests.integration.test_secrets import leaks

ROTATED = "chosen-by-hand-0123456789abcdef"
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_MIDDLEWARES = "middlewares.traefik.io"
_HOST = "claw.example.com"

EXPOSED: dict[str, object] = {
    "openclaw_hostname": _HOST,
    "openclaw_hostname_aliases": ["claw.example.org"],
    "openclaw_ingress_enabled": True,
    "openclaw_ingress_tls_issuer": {"name": "letsencrypt"},
    "openclaw_entry_points": {"controller": {"cidr": ["192.0.2.7/32"]}},
}
LIMITED: dict[str, object] = {"openclaw_ingress_rate_limit": 20, "openclaw_ingress_basic_auth_enabled": True}
STRICT: dict[str, object] = {"openclaw_ingress_hsts_max_age": "8760h"}
CONTROLLERS: dict[str, dict[str, object]] = {
    "traefik": {**LIMITED, **STRICT},
    "nginx": LIMITED,
    "haproxy": {**LIMITED, **STRICT},
    "contour": {},
    "generic": {},
}
# The key of the Secret in which each controller looks, and what stands before the hash there.
USERS = {"traefik": ("users", "openclaw:"), "nginx": ("auth", "openclaw:"), "haproxy": ("openclaw", "")}


def _fields(**types: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": kind} for name, kind in types.items()}}


def _middleware_definition() -> dict[str, Any]:
    """As much of Traefik's as we use, so that a field that is misspelt is refused."""
    spec = {
        "headers": _fields(stsSeconds="integer"),
        "rateLimit": _fields(average="integer", burst="integer"),
        "basicAuth": _fields(secret="string", realm="string"),
        "redirectScheme": _fields(scheme="string", permanent="boolean"),
    }
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": spec}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": _MIDDLEWARES},
        "spec": {
            "group": "traefik.io",
            "scope": "Namespaced",
            "names": {"kind": "Middleware", "plural": "middlewares", "singular": "middleware"},
            "versions": [
                {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}},
            ],
        },
    }


def _served(cluster: Cluster) -> bool:
    try:
        kinds = cluster.request("GET", "/apis/traefik.io/v1alpha1")["resources"]
    except Refused:
        return False
    return any(kind["kind"] == "Middleware" for kind in kinds)


@pytest.fixture(scope="module")
def traefik(other_cluster: Cluster) -> Iterator[None]:
    """Traefik's kind, unless the cluster has it."""
    if _served(other_cluster):
        yield
        return
    other_cluster.request("POST", _CRDS, _middleware_definition())
    try:
        wait_until("Middlewares are served", lambda: _served(other_cluster), 30)
        yield
    finally:
        other_cluster.remove(f"{_CRDS}/{_MIDDLEWARES}")


def _exposed(stage: Stage, controller: str, **variables: object) -> tuple[str, Inventory]:
    options = {**EXPOSED, **CONTROLLERS[controller], "openclaw_ingress_class": controller, **variables}
    return stage.instance("entry", **options)


def _ingress(stage: Stage, name: str, suffix: str = "") -> dict[str, Any]:
    return stage.cluster.get("Ingress", f"{name}{suffix}", name)


def _middlewares(stage: Stage, name: str) -> dict[str, Any]:
    found = stage.cluster.request("GET", f"/apis/traefik.io/v1alpha1/namespaces/{name}/middlewares")["items"]
    return {item["metadata"]["name"].removeprefix(f"{name}-"): item["spec"] for item in found}


# -- the objects ---------------------------------------------------------------------------------------------------


def test_without_traefiks_kind_nothing_is_written(bare: Stage) -> None:
    # The first test of the file: for the others the kind comes, and stays until the last.
    if _served(bare.cluster):
        pytest.skip("the cluster serves Middlewares")
    name, inventory = _exposed(bare, "traefik")
    refused = run("preflight", inventory)
    assert refused.rc != 0
    assert "the cluster does not serve traefik.io/v1alpha1 Middleware" in refused.error
    assert name not in bare.cluster.namespace_names()


@pytest.mark.usefixtures("traefik")
@pytest.mark.parametrize("controller", CONTROLLERS)
def test_the_api_server_takes_the_ingress_and_a_second_run_writes_nothing(
    bare: Stage, other_audit: AuditLog, controller: str
) -> None:
    name, inventory = _exposed(bare, controller)
    run("site", inventory, check=True).ok()
    run("site", inventory).ok()

    ingress = _ingress(bare, name)
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == [_HOST, "claw.example.org"]
    assert ingress["spec"]["tls"] == [{"hosts": [_HOST, "claw.example.org"], "secretName": f"{name}-tls"}]
    assert ingress["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "letsencrypt"

    mark = other_audit.mark()
    again = run("site", inventory).ok()
    assert again.changed(name) == 0
    assert other_audit.since(mark).writes == []


@pytest.mark.usefixtures("traefik")
def test_middlewares_come_and_go_with_what_they_are_for(bare: Stage) -> None:
    name, inventory = _exposed(bare, "traefik")
    run("site", inventory).ok()
    assert _middlewares(bare, name) == {
        "hsts": {"headers": {"stsSeconds": 31536000}},
        "rate-limit": {"rateLimit": {"average": 20, "burst": 100}},
        "basic-auth": {"basicAuth": {"secret": f"{name}-basic-auth-users", "realm": "OpenClaw"}},
        "redirect": {"redirectScheme": {"scheme": "https", "permanent": True}},
    }

    run("site", inventory.host(name, openclaw_ingress_rate_limit=None, openclaw_ingress_hsts_max_age=None)).ok()
    assert set(_middlewares(bare, name)) == {"basic-auth", "redirect"}

    run("site", inventory.host(name, openclaw_ingress_enabled=False)).ok()
    assert _middlewares(bare, name) == {}
    assert bare.cluster.list("Ingress", name) == []
    # A password may be known elsewhere: leaving the inventory is not consent.
    assert bare.cluster.find("Secret", f"{name}-basic-auth", name) is not None


@pytest.mark.usefixtures("traefik")
def test_another_controller_finds_its_users_and_nothing_else(bare: Stage) -> None:
    """Traefik refuses a Secret with two keys, and HAProxy takes each key for a user."""
    name, inventory = _exposed(bare, "nginx")
    run("site", inventory).ok()
    for controller in ("traefik", "haproxy", "nginx"):
        run("site", inventory.host(name, openclaw_ingress_class=controller)).ok()
        assert set(bare.cluster.get("Secret", f"{name}-basic-auth-users", name)["data"]) == {USERS[controller][0]}


# -- the password --------------------------------------------------------------------------------------------------


def _fits(password: str, hashed: str) -> bool:
    """The system's own judgement, past the collection."""
    for library in ("libcrypt.so.1", "libcrypt.so.2"):
        try:
            crypt = ctypes.CDLL(library).crypt
        except OSError:
            continue
        crypt.restype = ctypes.c_char_p
        return bool(crypt(password.encode(), hashed.encode()) == hashed.encode())
    raise AssertionError("no crypt(3) here")


def _credentials(stage: Stage, name: str, controller: str) -> tuple[str, str]:
    """The password, and the hash that the controller reads."""
    key, prefix = USERS[controller]
    line = stage.cluster.secret_value(f"{name}-basic-auth-users", key, name)
    assert line.startswith(f"{prefix}$2y$")
    return stage.cluster.secret_value(f"{name}-basic-auth", "password", name), line.removeprefix(prefix)


@pytest.mark.usefixtures("traefik")
@pytest.mark.parametrize("controller", USERS)
def test_the_password_fits_its_hash_and_survives_further_runs(bare: Stage, controller: str) -> None:
    name, inventory = _exposed(bare, controller)
    run("site", inventory).ok()
    password, hashed = _credentials(bare, name, controller)
    assert len(password) >= 40
    assert _fits(password, hashed)

    run("site", inventory.host(name, openclaw_ingress_basic_auth_realm="Another")).ok()
    assert _credentials(bare, name, controller) == (password, hashed)


def test_a_password_changed_by_hand_gets_a_new_hash_once(bare: Stage) -> None:
    name, inventory = _exposed(bare, "nginx")
    run("site", inventory).ok()
    old, _hashed = _credentials(bare, name, "nginx")
    data = {"data": {"password": base64.b64encode(ROTATED.encode()).decode()}}
    bare.cluster.merge("Secret", f"{name}-basic-auth", name, data)

    changed = run("site", inventory, diff=True, verbosity=4).ok()

    password, hashed = _credentials(bare, name, "nginx")
    assert password == ROTATED
    assert _fits(ROTATED, hashed)
    assert not _fits(old, hashed)
    assert f"Secret {name}-basic-auth-users" in changed.diff()
    assert leaks(changed.everything, ROTATED, old, hashed) == set()
    # Whoever wrote the password owns it now; the next run has nothing left to do.
    assert run("site", inventory).ok().changed(name) == 0


def test_neither_password_nor_hash_is_shown(bare: Stage) -> None:
    name, inventory = _exposed(bare, "nginx")
    runs = [
        run("site", inventory, check=True, diff=True, verbosity=4),
        run("site", inventory, diff=True, verbosity=4),
        run("preflight", inventory, verbosity=4),
    ]
    password, hashed = _credentials(bare, name, "nginx")
    for finished in runs:
        assert leaks(finished.ok().everything, password, hashed, f"openclaw:{hashed}") == set()
    metadata = [secret["metadata"] for secret in bare.cluster.list("Secret", name)]
    assert leaks(str([metadata, _ingress(bare, name)]), password, hashed) == set()

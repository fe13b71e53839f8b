# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an Ingress says to its controller. The golden files show whole Ingresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.ingress_controllers import PROFILES
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS, instance_manifests
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.ingress_controller import (
    CONTROLLERS,
    GENERIC,
    UNABLE,
)

Json = dict[str, Any]
MakeInstance = Callable[..., Json]

EXPOSED: Json = {
    "ingress_enabled": True,
    "hostname": "claw.example.com",
    "ingress_tls_secret": "claw-tls",
    "entry_points": {"controller": {"cidr": ["192.0.2.7/32"]}},
}
WISHES: Json = {"ingress_hsts_max_age": "8760h", "ingress_rate_limit": 10, "ingress_basic_auth_enabled": True}
MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares"


def made(make_instance: MakeInstance, controller: str, **options: object) -> dict[tuple[str, str], Json]:
    """The manifests of the role, by kind and name."""
    manifests: list[Json] = BUILDERS["ingress"](
        make_instance(**{**EXPOSED, "ingress_controller": controller, **options})
    )
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in manifests}


def told(make_instance: MakeInstance, controller: str, **options: object) -> Json:
    ingress = made(make_instance, controller, **options)["Ingress", "support"]
    found: Json = ingress["metadata"].get("annotations", {})
    return found


def able(controller: str) -> Json:
    """All that this controller can be asked for."""
    return {option: value for option, value in WISHES.items() if option not in UNABLE[controller]}


def test_every_controller_has_a_profile() -> None:
    assert set(PROFILES) == {*CONTROLLERS, GENERIC} == set(UNABLE)


@pytest.mark.parametrize("controller", [*CONTROLLERS, GENERIC])
def test_no_controller_is_told_by_a_snippet(controller: str, make_instance: MakeInstance) -> None:
    said = told(make_instance, controller, **able(controller))
    assert not any("snippet" in key for key in said)
    assert all(isinstance(value, str) and "{" not in value for value in said.values())


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_each_wish_that_is_not_refused_says_something(controller: str, make_instance: MakeInstance) -> None:
    plain = made(make_instance, controller)
    for option, value in able(controller).items():
        assert made(make_instance, controller, **{option: value}) != plain
    assert made(make_instance, controller, ingress_https_redirect_enabled=False) != plain
    assert made(make_instance, controller, ingress_tls_enabled=False) != plain


@pytest.mark.parametrize("controller", [*CONTROLLERS, GENERIC])
def test_the_backend_is_a_port_that_the_service_has(controller: str, make_instance: MakeInstance) -> None:
    proxies = {"controller": {"namespace": "front", "pods": {"app.kubernetes.io/name": "front"}}}
    for options in ({}, {"gateway_proxy_enabled": True, "entry_points": proxies}):
        instance = make_instance(**{**EXPOSED, "ingress_controller": controller, **options})
        manifests: list[Json] = instance_manifests(instance)
        (service,) = (each for each in manifests if each["kind"] == "Service")
        for ingress in (each for each in manifests if each["kind"] == "Ingress"):
            for rule in ingress["spec"]["rules"]:
                (path,) = rule["http"]["paths"]
                assert path["backend"]["service"]["name"] == service["metadata"]["name"]
                port = path["backend"]["service"]["port"]["name"]
                assert port in {each["name"] for each in service["spec"]["ports"]}
                assert port == ("entry" if options else "gateway")


# TLS


@pytest.mark.parametrize(
    "options, annotation, secret",
    [
        ({"ingress_tls_secret": None}, None, None),
        ({}, None, "claw-tls"),
        ({"ingress_tls_issuer": {"name": "le"}}, ("cluster-issuer", "le"), "claw-tls"),
        (
            {"ingress_tls_secret": None, "ingress_tls_issuer": {"name": "le", "kind": "ClusterIssuer"}},
            ("cluster-issuer", "le"),
            "support-tls",
        ),
        ({"ingress_tls_issuer": {"name": "ca", "kind": "Issuer"}}, ("issuer", "ca"), "claw-tls"),
    ],
)
def test_where_the_certificate_comes_from(
    options: Json, annotation: tuple[str, str] | None, secret: str | None, make_instance: MakeInstance
) -> None:
    ingress = made(make_instance, "nginx", **options)["Ingress", "support"]
    (tls,) = ingress["spec"]["tls"]
    assert tls == {"hosts": ["claw.example.com"]} | ({"secretName": secret} if secret else {})
    issuers = {k: v for k, v in ingress["metadata"]["annotations"].items() if k.startswith("cert-manager.io/")}
    assert issuers == ({f"cert-manager.io/{annotation[0]}": annotation[1]} if annotation else {})


def test_without_tls_nobody_asks_for_a_certificate(make_instance: MakeInstance) -> None:
    ingress = made(make_instance, "nginx", ingress_tls_enabled=False, ingress_tls_issuer={"name": "le"})[
        "Ingress", "support"
    ]
    assert "tls" not in ingress["spec"]
    assert not any("cert-manager" in key for key in ingress["metadata"]["annotations"])


def test_every_name_of_the_instance_has_its_rule_once(make_instance: MakeInstance) -> None:
    names = ["claw.example.org", "claw.example.com"]
    ingress = made(make_instance, "haproxy", hostname_aliases=names)["Ingress", "support"]
    expected = ["claw.example.com", "claw.example.org"]
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == expected == ingress["spec"]["tls"][0]["hosts"]


# Traefik


def test_traefik_serves_tls_only_when_the_router_is_told(make_instance: MakeInstance) -> None:
    router = "traefik.ingress.kubernetes.io/router"
    said = told(make_instance, "traefik")
    assert (said[f"{router}.entrypoints"], said[f"{router}.tls"]) == ("websecure", "true")
    plain = made(make_instance, "traefik", ingress_tls_enabled=False)
    assert plain["Ingress", "support"]["metadata"]["annotations"] == {f"{router}.entrypoints": "web"}
    assert list(plain) == [("Ingress", "support")]


def test_traefik_redirects_by_a_second_ingress(make_instance: MakeInstance) -> None:
    found = made(make_instance, "traefik")
    redirect = found["Ingress", "support-redirect"]
    assert redirect["spec"] == {
        key: value for key, value in found["Ingress", "support"]["spec"].items() if key != "tls"
    }
    assert redirect["metadata"]["annotations"] == {
        "traefik.ingress.kubernetes.io/router.entrypoints": "web",
        MIDDLEWARES: "support-support-redirect@kubernetescrd",
    }
    assert MIDDLEWARES not in found["Ingress", "support"]["metadata"]["annotations"]


def test_every_middleware_is_referred_to_and_none_else(make_instance: MakeInstance) -> None:
    found = made(make_instance, "traefik", namespace="team-a", **WISHES)
    chains = [
        item["metadata"]["annotations"][MIDDLEWARES] for (kind, _name), item in found.items() if kind == "Ingress"
    ]
    referred = sorted(name for chain in chains for name in chain.split(","))
    assert referred == sorted(f"team-a-{name}@kubernetescrd" for kind, name in found if kind == "Middleware")


def test_a_middleware_of_the_users_own_does_not_take_the_password_away(make_instance: MakeInstance) -> None:
    given = {MIDDLEWARES: "default-compress@kubernetescrd"}
    said = told(make_instance, "traefik", ingress_basic_auth_enabled=True, ingress_annotations=given)
    assert said[MIDDLEWARES] == "support-support-basic-auth@kubernetescrd,default-compress@kubernetescrd"
    assert told(make_instance, "traefik", ingress_annotations=given)[MIDDLEWARES] == given[MIDDLEWARES]


def test_annotations_of_the_user_win(make_instance: MakeInstance) -> None:
    size = "nginx.ingress.kubernetes.io/proxy-body-size"
    assert told(make_instance, "nginx")[size] == "0"
    assert told(make_instance, "nginx", ingress_annotations={size: "8m"})[size] == "8m"


# Basic auth


@pytest.mark.parametrize(
    "controller, derived",
    [
        ("traefik", "users=guest:support-basic-auth/password"),
        ("nginx", "auth=guest:support-basic-auth/password"),
        ("haproxy", "guest=support-basic-auth/password"),
    ],
)
def test_the_password_is_made_and_the_controller_gets_its_hash(
    controller: str, derived: str, make_instance: MakeInstance
) -> None:
    found = made(make_instance, controller, ingress_basic_auth_enabled=True, ingress_basic_auth_user="guest")
    people, users = found["Secret", "support-basic-auth"], found["Secret", "support-basic-auth-users"]
    assert people["metadata"]["annotations"] == {"openclaw.kubernetes/generated": "password"}
    assert users["metadata"]["annotations"] == {"openclaw.kubernetes/hashed": derived}
    assert not any("data" in secret for secret in (people, users))


@pytest.mark.parametrize("controller", ["traefik", "nginx", "haproxy"])
def test_an_existing_secret_is_used_as_it_is(controller: str, make_instance: MakeInstance) -> None:
    options = {"ingress_basic_auth_enabled": True, "ingress_basic_auth_secret": "my-users"}
    found = made(make_instance, controller, **options)
    assert not any(kind == "Secret" for kind, _name in found)
    if controller == "traefik":
        assert found["Middleware", "support-basic-auth"]["spec"]["basicAuth"]["secret"] == "my-users"
    else:
        assert "support/my-users" in found["Ingress", "support"]["metadata"]["annotations"].values()

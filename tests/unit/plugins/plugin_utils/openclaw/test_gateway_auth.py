# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How clients prove who they are: one mode, one Secret, and what contradicts it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.config import declared_config
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.verification import probes
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
Resolve = Callable[[Json], Resolved]
BY_PROXY: Json = {"gateway_auth": "trusted-proxy", "trusted_proxies": ["192.0.2.7"]}


def auth_of(instance: Json) -> Any:
    gateway: Any = declared_config(instance)["gateway"]
    return gateway["auth"]


def credentials_of(instance: Json) -> dict[str, tuple[str, str]]:
    """The variables of the gateway that hold its token or password, with Secret and key."""
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    spec: Any = stateful_set["spec"]
    (gateway,) = (each for each in spec["template"]["spec"]["containers"] if each["name"] == "openclaw")
    found = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in gateway["env"] if "valueFrom" in each}
    return {name: (reference["name"], reference["key"]) for name, reference in found.items()}


def made_secrets(instance: Json) -> list[str]:
    manifests: Any = BUILDERS["secrets"](instance)
    return [manifest["metadata"]["name"] for manifest in manifests]


def reference(variable: str) -> Json:
    return {"source": "env", "provider": "default", "id": variable}


def test_a_token_unless_something_else_is_said(make_instance: MakeInstance) -> None:
    """The text form with a dollar starts with a random token when the variable is missing."""
    instance = make_instance()
    assert auth_of(instance) == {"mode": "token", "token": reference("OPENCLAW_GATEWAY_TOKEN")}
    assert credentials_of(instance) == {"OPENCLAW_GATEWAY_TOKEN": ("support-gateway-token", "token")}
    assert made_secrets(instance) == ["support-gateway-token"]


def test_a_password_instead(make_instance: MakeInstance) -> None:
    instance = make_instance(gateway_auth="password")
    assert auth_of(instance) == {"mode": "password", "password": reference("OPENCLAW_GATEWAY_PASSWORD")}
    assert credentials_of(instance) == {"OPENCLAW_GATEWAY_PASSWORD": ("support-gateway-password", "password")}
    assert made_secrets(instance) == ["support-gateway-password"]


@pytest.mark.parametrize("kind", ["token", "password"])
def test_an_existing_secret(kind: str, make_instance: MakeInstance) -> None:
    given = {f"gateway_{kind}_secret": "mine", f"gateway_{kind}_key": "a"}
    instance = make_instance(gateway_auth=kind, **given)
    assert list(credentials_of(instance).values()) == [("mine", "a")]
    assert made_secrets(instance) == []


def test_users_whom_a_proxy_names(make_instance: MakeInstance) -> None:
    instance = make_instance(
        **BY_PROXY,
        gateway_users=["ann@example.com"],
        gateway_user_header="X-Auth-User",
        gateway_user_devices_enabled=True,
    )
    assert auth_of(instance) == {
        "mode": "trusted-proxy",
        "trustedProxy": {
            "userHeader": "X-Auth-User",
            "allowUsers": ["ann@example.com"],
            "deviceAutoApprove": {"enabled": True},
        },
    }


def test_nothing_is_said_about_users_that_was_not_asked_for(make_instance: MakeInstance) -> None:
    assert auth_of(make_instance(**BY_PROXY))["trustedProxy"] == {"userHeader": "X-Forwarded-User"}


def test_programs_of_the_pod_have_a_password_where_users_are_named(make_instance: MakeInstance) -> None:
    """A gateway of this mode does not start with a token in its environment."""
    assert credentials_of(make_instance(**BY_PROXY)) == {
        "OPENCLAW_GATEWAY_PASSWORD": ("support-gateway-password", "password")
    }


def test_the_agent_is_asked_where_the_password_counts(make_instance: MakeInstance) -> None:
    """Over the Service it is nobody's."""

    def asked_at(instance: Json) -> str:
        probe: Any = probes(instance)["turn"]
        url: str = probe["argv"][3]
        return url

    path = "/v1/chat/completions"
    for mode in ("token", "password"):
        instance = make_instance(gateway_auth=mode, verify_prompt="ping")
        assert asked_at(instance) == f"http://support.support.svc:18789{path}"
    assert asked_at(make_instance(**BY_PROXY, verify_prompt="ping")) == f"http://127.0.0.1:18789{path}"


@pytest.mark.parametrize("option", ["env", "secrets"])
def test_the_password_has_its_own_option(option: str, resolved: Resolve) -> None:
    given = {"OPENCLAW_GATEWAY_PASSWORD": {"secret": "mine", "key": "a"}}
    (problem,) = resolved({f"openclaw_{option}": given}).problems
    assert "openclaw_gateway_password_secret" in problem


# What contradicts


@pytest.mark.parametrize(
    "mode, instead",
    [("password", "set openclaw_gateway_auth: password"), ("none", "choose one of token, password, trusted-proxy")],
)
def test_another_mode_in_the_configuration_is_refused(mode: str, instead: str, resolved: Resolve) -> None:
    (problem,) = resolved({"openclaw_config": {"gateway": {"auth": {"mode": mode}}}}).problems
    assert problem.startswith(f'openclaw_config  gateway.auth.mode: "{mode}"')
    assert instead in problem


def test_the_same_mode_in_the_configuration_is_not(resolved: Resolve) -> None:
    given = {"openclaw_gateway_auth": "password", "openclaw_config": {"gateway": {"auth": {"mode": "password"}}}}
    assert resolved(given).problems == []


def test_another_mode_for_one_replica_is_refused(resolved: Resolve) -> None:
    override = {"1": {"config": {"gateway": {"auth": {"mode": "none"}}}}}
    (problem,) = resolved({"openclaw_replicas": 2, "openclaw_replica_overrides": override}).problems
    assert problem.startswith('openclaw_replica_overrides  1: config: gateway.auth.mode: "none"')


def full(options: Json) -> Json:
    return {f"openclaw_{option}": value for option, value in options.items()}


def test_a_token_beside_named_users_is_refused(resolved: Resolve) -> None:
    config = {"gateway": {"auth": {"token": "${MY_TOKEN}"}}}
    assert resolved({"openclaw_config": config}).problems == []
    (problem,) = resolved(full({**BY_PROXY, "config": config})).problems
    assert problem.startswith("openclaw_config  gateway.auth.token:")


def test_another_header_in_the_configuration_is_refused(resolved: Resolve) -> None:
    """Anybody could send it: the proxy of the pod only knows the header of the option."""

    def problems(header: str) -> list[str]:
        config = {"gateway": {"auth": {"trustedProxy": {"userHeader": header}}}}
        return resolved(full({**BY_PROXY, "config": config})).problems

    (problem,) = problems("X-Other")
    assert problem.startswith('openclaw_config  gateway.auth.trustedProxy.userHeader: "X-Other" is another one than')
    assert problem.endswith("set openclaw_gateway_user_header: X-Other.")
    assert problems("x-forwarded-user") == []


@pytest.mark.parametrize(
    "options, refused",
    [
        ({}, True),
        ({"gateway_proxy_enabled": True}, True),
        ({"trusted_proxies": ["192.0.2.7"]}, False),
        ({"entry_points": {"sso": {"cidr": ["192.0.2.7"]}}}, False),
        ({"entry_points": {"sso": {"cidr": ["192.0.2.7"], "proxy": False}}}, True),
        ({"config": {"gateway": {"trustedProxies": ["192.0.2.7"]}}}, False),
        ({"config": {"gateway": {"trustedProxies": ["192.0.2.7"]}}, "gateway_proxy_enabled": True}, True),
        (
            {"entry_points": {"sso": {"namespace": "sso", "pods": {"app": "sso"}}}, "gateway_proxy_enabled": True},
            False,
        ),
    ],
)
def test_somebody_has_to_name_the_users(options: Json, refused: bool, resolved: Resolve) -> None:
    problems = resolved(full({"gateway_auth": "trusted-proxy", **options})).problems
    assert [problem.split("  ")[0] for problem in problems] == ["openclaw_gateway_auth"] * refused


@pytest.mark.parametrize(
    "tunnel",
    [
        {"tailscale_enabled": True, "tailscale_auth_secret": "tailnet"},
        {"cloudflared_enabled": True, "cloudflared_secret": "tunnel"},
    ],
    ids=["tailscale", "cloudflared"],
)
def test_a_tunnel_past_the_proxy_of_the_pod_names_no_users(tunnel: Json, resolved: Resolve) -> None:
    """Both reach the gateway over loopback: what one is believed, the other is."""

    def refused(options: Json) -> bool:
        problems = resolved(full({**tunnel, **options})).problems
        return any("leads past the proxy" in problem for problem in problems)

    assert refused({**BY_PROXY, "gateway_proxy_enabled": True})
    assert not refused(BY_PROXY)
    assert not refused({"gateway_proxy_enabled": True})


@pytest.mark.parametrize("given", [{"gateway_users": ["ann"]}, {"gateway_user_devices_enabled": True}])
def test_users_without_a_proxy_are_warned_of(given: Json, resolved: Resolve) -> None:
    (option,) = given
    assert any(option in warning and "has no effect" in warning for warning in resolved(full(given)).warnings)
    assert not any("has no effect" in warning for warning in resolved(full({**BY_PROXY, **given})).warnings)


def test_devices_of_everybody_are_warned_of(resolved: Resolve) -> None:
    given = full({**BY_PROXY, "gateway_user_devices_enabled": True})
    assert any("Name those who may" in warning for warning in resolved(given).warnings)
    named = {**given, "openclaw_gateway_users": ["ann"]}
    assert not any("Name those who may" in warning for warning in resolved(named).warnings)


def test_a_seeded_gateway_has_to_be_told(resolved: Resolve) -> None:
    given = {"openclaw_config_mode": "seed", "openclaw_gateway_auth": "password"}
    expected = json.dumps({"mode": "password", "password": reference("OPENCLAW_GATEWAY_PASSWORD")})
    assert any(f"gateway.auth to {expected}" in warning for warning in resolved(given).warnings)

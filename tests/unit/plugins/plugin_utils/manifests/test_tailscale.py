# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tailscale beside the gateway: what it is told, what it may do, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.catalog import ways_of
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS, instance_manifests

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
ON: Json = {
    "tailscale_enabled": True,
    "tailscale_auth_secret": "tailnet-key",
    "tailscale_apiserver": ["10.0.0.5:6443", "10.0.8.0/24:443", "[fd00::5]:6443"],
}
SSO: Json = {**ON, "tailscale_sso_enabled": True, "gateway_proxy_enabled": True}
ACCOUNT_DIR = "/var/run/secrets/kubernetes.io/serviceaccount"


def pod_of(instance: Json) -> Json:
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    spec: Any = stateful_set["spec"]
    pod: Json = spec["template"]["spec"]
    return pod


def container_of(instance: Json, name: str = "tailscale") -> Json:
    pod = pod_of(instance)
    (found,) = (each for each in [*pod["initContainers"], *pod["containers"]] if each["name"] == name)
    result: Json = found
    return result


def environment(instance: Json) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container_of(instance)["env"]}


def files_of(instance: Json) -> dict[str, str]:
    config_map: Any = BUILDERS["config"](instance)[0]
    data: dict[str, str] = config_map["data"]
    return data


def gateway_of(instance: Json) -> Json:
    gateway: Json = json.loads(files_of(instance)["openclaw.json"])["gateway"]
    return gateway


# What it is told


def test_its_containers_volumes_and_mounts_are_these(
    make_instance: MakeInstance, golden: Callable[[str, list[Json]], None]
) -> None:
    instance = make_instance(**ON)
    pod = pod_of(instance)
    ours = [each for each in [*pod["initContainers"], *pod["volumes"]] if "tailscale" in each["name"]]
    mounts = [each for each in container_of(instance, "openclaw")["volumeMounts"] if "tailscale" in each["name"]]
    golden("pod-tailscale", [*ours, {"gateway": mounts}])


@pytest.mark.parametrize("mode, public", [("serve", False), ("funnel", True)])
def test_it_answers_https_for_the_gateway(mode: str, public: bool, make_instance: MakeInstance) -> None:
    served = json.loads(files_of(make_instance(**ON, tailscale_mode=mode))["tailscale-serve.json"])
    address = "${TS_CERT_DOMAIN}:443"
    assert served["TCP"] == {"443": {"HTTPS": True}}
    assert served["Web"] == {address: {"Handlers": {"/": {"Proxy": "http://127.0.0.1:18789"}}}}
    assert served.get("AllowFunnel") == ({address: True} if public else None)


@pytest.mark.parametrize("options", [{**ON, "tailscale_mode": "none"}, SSO], ids=["member", "led by OpenClaw"])
def test_where_it_answers_nobody_it_forgets_whom_it_answered(options: Json, make_instance: MakeInstance) -> None:
    """Tailscale keeps that with its identity, and a Funnel would stay open."""
    instance = make_instance(**options)
    assert environment(instance)["TS_SERVE_CONFIG"] == "/etc/tailscale/serve/tailscale-serve.json"
    assert json.loads(files_of(instance)["tailscale-serve.json"]) == {}


def test_a_mere_member_is_not_believed(make_instance: MakeInstance) -> None:
    assert "trustedProxies" not in gateway_of(make_instance(**ON, tailscale_mode="none"))


def test_its_arguments_are_one_line(make_instance: MakeInstance) -> None:
    assert "TS_EXTRA_ARGS" not in environment(make_instance(**ON))
    found = environment(
        make_instance(
            **ON,
            tailscale_hostname="claw",
            tailscale_login_server="https://headscale.example.com",
            tailscale_args=["--advertise-tags=tag:claw", "--accept-routes"],
        )
    )
    assert found["TS_HOSTNAME"] == "claw"
    assert found["TS_EXTRA_ARGS"] == (
        "--login-server=https://headscale.example.com --advertise-tags=tag:claw --accept-routes"
    )


def test_another_mode_restarts_the_pod(make_instance: MakeInstance) -> None:
    build = BUILDERS["workload"]
    assert build(make_instance(**ON)) != build(make_instance(**ON, tailscale_mode="funnel"))


def test_image_and_resources_are_its_own(make_instance: MakeInstance) -> None:
    instance = make_instance(
        **ON,
        image_registry="registry.example.com/mirror",
        tailscale_image_tag="v1.105.1",
        tailscale_cpu_limit="500m",
        tailscale_memory_request="100Mi",
    )
    image = "registry.example.com/mirror/tailscale/tailscale:v1.105.1"
    assert {container_of(instance, name)["image"] for name in ("tailscale", "copy-tailscale")} == {image}
    assert container_of(instance)["resources"] == {
        "requests": {"cpu": "20m", "memory": "100Mi"},
        "limits": {"cpu": "500m", "memory": "256Mi"},
    }


# The gateway


def test_the_gateway_believes_it_and_what_the_user_named(make_instance: MakeInstance) -> None:
    assert gateway_of(make_instance(**ON))["trustedProxies"] == ["127.0.0.1"]
    found = gateway_of(make_instance(**ON, config={"gateway": {"trustedProxies": ["10.9.0.7"]}}))
    assert set(found["trustedProxies"]) == {"127.0.0.1", "10.9.0.7"}


def test_for_users_of_the_tailnet_openclaw_leads_it_to_itself(make_instance: MakeInstance) -> None:
    instance = make_instance(**SSO)
    gateway = gateway_of(instance)
    assert (gateway["bind"], gateway["tailscale"]) == ("loopback", {"mode": "serve"})
    assert gateway["auth"]["allowTailscale"] is True
    # The gateway ends when there is no Tailscale to ask.
    assert container_of(instance)["startupProbe"]["exec"]["command"][:2] == ["/usr/local/bin/tailscale", "status"]
    assert "startupProbe" not in container_of(make_instance(**ON))


def test_what_the_user_says_about_users_of_the_tailnet_wins(make_instance: MakeInstance) -> None:
    found = gateway_of(make_instance(**SSO, config={"gateway": {"auth": {"allowTailscale": False}}}))
    assert found["auth"]["allowTailscale"] is False


def test_the_agent_has_its_command_line_and_only_that(make_instance: MakeInstance) -> None:
    gateway = container_of(make_instance(**ON), "openclaw")
    path = next(entry["value"] for entry in gateway["env"] if entry["name"] == "PATH")
    assert "/opt/tailscale" in path.split(":")
    mounted = {mount["name"]: mount for mount in gateway["volumeMounts"] if "tailscale" in mount["name"]}
    assert {name: mount["mountPath"] for name, mount in mounted.items()} == {
        "tailscale-cli": "/opt/tailscale",
        "tailscale-socket": "/var/run/tailscale",
    }
    assert all(mount["readOnly"] for mount in mounted.values())


# What it may do


def test_only_its_container_has_a_token(make_instance: MakeInstance) -> None:
    pod = pod_of(make_instance(**ON, sidecars={"logs": {"image": "busybox:1"}}))
    assert pod["automountServiceAccountToken"] is False
    (volume,) = (volume["name"] for volume in pod["volumes"] if "projected" in volume)
    holders = {
        container["name"]: mount["mountPath"]
        for container in [*pod["initContainers"], *pod["containers"]]
        for mount in container.get("volumeMounts", [])
        if mount["name"] == volume
    }
    assert holders == {"tailscale": ACCOUNT_DIR}


def test_no_variable_holds_the_key_it_joins_with(make_instance: MakeInstance) -> None:
    """Variables and arguments of a process can be read by others of its user."""
    assert environment(make_instance(**ON))["TS_AUTHKEY"] == "file:/etc/tailscale/auth/authkey"
    assert all("valueFrom" not in entry for entry in container_of(make_instance(**ON))["env"])


@pytest.mark.parametrize("account", ["", "agents"])
def test_the_account_may_touch_one_secret(account: str, make_instance: MakeInstance) -> None:
    instance = make_instance(**ON, service_account_name=account)
    found = {manifest["kind"]: manifest for manifest in BUILDERS["rbac"](instance)}
    assert set(found) == {"Role", "RoleBinding"} | (set() if account else {"ServiceAccount"})
    assert found["Role"]["rules"] == [
        {
            "apiGroups": [""],
            "resources": ["secrets"],
            "resourceNames": ["support-tailscale"],
            "verbs": ["get", "patch", "update"],
        }
    ]
    subjects: Any = found["RoleBinding"]["subjects"]
    assert [subject["name"] for subject in subjects] == [account or "support"]
    assert environment(instance)["TS_KUBE_SECRET"] == "support-tailscale"


def test_the_secret_is_made_empty_and_read_by_no_pod(make_instance: MakeInstance) -> None:
    """What Tailscale writes there is its own, and restarts nothing."""
    instance = make_instance(**ON)
    secrets: Any = BUILDERS["secrets"](instance)
    (secret,) = (found for found in secrets if found["metadata"]["name"] == "support-tailscale")
    assert not {"data", "stringData"} & set(secret)
    assert set(secret["metadata"]["annotations"]) == {"openclaw.kubernetes/not-secret"}
    references = json.dumps(pod_of(instance)).replace('"value": "support-tailscale"', "")
    assert '"support-tailscale"' not in references


def test_the_authority_of_the_cluster_restarts_nothing(make_instance: MakeInstance) -> None:
    (workload,) = BUILDERS["workload"](make_instance(**ON))
    annotations: Any = workload["spec"]["template"]["metadata"]["annotations"]  # type: ignore[index]
    assert "openclaw.kubernetes/config-maps-digest" not in annotations


def test_it_goes_out_to_the_apiserver_and_its_peers(make_instance: MakeInstance) -> None:
    found = ways_of(make_instance(**ON))
    assert [(way.ranges, way.ports) for way in found if way.apiserver] == [
        (("10.0.0.5/32",), (6443,)),
        (("10.0.8.0/24",), (443,)),
        (("fd00::5/128",), (6443,)),
    ]
    assert [(way.protocol, way.ports, way.ranges) for way in found if not way.apiserver] == [("UDP", (3478, 41641), ())]
    assert ways_of(make_instance()) == []


def test_a_policy_that_knows_the_apiserver_needs_no_address(make_instance: MakeInstance) -> None:
    options = {**ON, "tailscale_apiserver": [], "networkpolicy_flavor": "cilium"}
    (way,) = (way for way in ways_of(make_instance(**options)) if way.apiserver)
    assert (way.ranges, way.ports) == ((), ())


def test_it_leaves_nothing_when_it_is_off(make_instance: MakeInstance) -> None:
    tuned = {**ON, "tailscale_enabled": False, "tailscale_args": ["--accept-routes"], "tailscale_domain": "a.ts.net"}
    assert instance_manifests(make_instance(**tuned)) == instance_manifests(make_instance())


# What is refused, and what is only warned of


@pytest.mark.parametrize(
    "options, problem",
    [
        ({"tailscale_auth_secret": ""}, "openclaw_tailscale_auth_secret  is not set. Make an auth key"),
        ({"tailscale_auth_secret": "Key"}, 'openclaw_tailscale_auth_secret  "Key" is not a name'),
        ({"tailscale_apiserver": []}, "openclaw_tailscale_apiserver  is empty, and the network policy closes"),
        ({"tailscale_apiserver": ["10.0.0.5"]}, 'openclaw_tailscale_apiserver  "10.0.0.5" is not an address with its'),
        ({"tailscale_apiserver": ["10.0.0.5:0"]}, "is not an address with its port"),
        ({"tailscale_apiserver": ["kubernetes.default.svc:443"]}, "is not an address with its port"),
        ({"tailscale_hostname": "claw.example.com"}, "openclaw_tailscale_hostname .* is not a DNS label"),
        ({"tailscale_domain": "Tail1234"}, "openclaw_tailscale_domain .* is not a domain, such as tail1234.ts.net"),
        ({"tailscale_login_server": "headscale"}, "openclaw_tailscale_login_server .* such as https://"),
        ({"tailscale_args": ["--advertise-tags", "tag:a"]}, 'openclaw_tailscale_args  "tag:a" is not a flag'),
        ({"tailscale_args": ["--exit-node=a b"]}, "is not a flag. Write it with its value in one entry"),
        ({"tailscale_args": ["--hostname=x"]}, "--hostname: is openclaw_tailscale_hostname. Remove it."),
        ({"tailscale_args": ["--login-server=http://x"]}, "--login-server: is openclaw_tailscale_login_server."),
        ({"tailscale_args": ["--authkey=x"]}, "--authkey: would show the key"),
        ({"tailscale_args": ["--auth-key=file:/x"]}, "--auth-key: would show the key"),
        ({"tailscale_sso_enabled": True}, "openclaw_tailscale_sso_enabled  .* openclaw_gateway_proxy_enabled: true"),
        ({"tailscale_sso_enabled": True, "tailscale_mode": "none"}, "needs openclaw_tailscale_mode: serve"),
        ({"tailscale_sso_enabled": True, "tailscale_mode": "funnel"}, "needs openclaw_tailscale_mode: serve"),
        ({**SSO, "config": {"gateway": {"bind": "lan"}}}, 'gateway.bind: "lan" keeps the gateway'),
        ({"config": {"gateway": {"tailscale": {"mode": "serve"}}}}, 'gateway.tailscale.mode: "serve" has OpenClaw do'),
        ({**SSO, "config": {"gateway": {"tailscale": {"mode": "funnel"}}}}, 'gateway.tailscale.mode: "funnel"'),
        ({"replicas": 2}, "openclaw_tailscale_enabled  makes one machine of the instance"),
        ({"autoscaling_enabled": True}, "openclaw_tailscale_enabled  makes one machine of the instance"),
        ({"tailscale_enabled": False, "tailscale_sso_enabled": True}, "openclaw_tailscale_enabled is false"),
    ],
)
def test_what_cannot_work_is_refused(options: Json, problem: str, make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match=problem):
        make_instance(**{**ON, **options})


@pytest.mark.parametrize(
    "options",
    [
        {**ON, "tailscale_apiserver": [], "networkpolicy_enabled": False},
        {**SSO, "config": {"gateway": {"tailscale": {"mode": "serve"}}}},
        {**ON, "tailscale_mode": "none", "config": {"gateway": {"tailscale": {"mode": "off"}}}},
    ],
)
def test_what_can_work_is_not(options: Json, make_instance: MakeInstance) -> None:
    make_instance(**options)


@pytest.mark.parametrize(
    "options, warned",
    [
        ({"tailscale_mode": "funnel"}, "openclaw_tailscale_domain"),
        ({"tailscale_login_server": "http://headscale.lan"}, "openclaw_tailscale_domain"),
        ({"networkpolicy_egress": "none"}, "openclaw_networkpolicy_egress  none closes the way to the servers of"),
        ({"config_mode": "seed"}, "openclaw_tailscale_enabled  a gateway that was seeded before"),
    ],
)
def test_what_would_surprise_is_a_warning(options: Json, warned: str, resolved: Callable[[Json], Any]) -> None:
    def warnings(**more: object) -> list[str]:
        given = {f"openclaw_{option}": value for option, value in {**ON, **more}.items()}
        found = resolved(given)
        assert found.problems == []
        return [warning for warning in found.warnings if warning.startswith(warned)]

    assert len(warnings(**options)) == 1
    assert warnings() == []
    assert warnings(**options, tailscale_enabled=False) == []


def test_a_domain_makes_the_address_known(make_instance: MakeInstance) -> None:
    found = gateway_of(make_instance(**ON, tailscale_hostname="claw", tailscale_domain="tail1234.ts.net"))
    assert found["controlUi"]["allowedOrigins"] == ["https://claw.tail1234.ts.net"]

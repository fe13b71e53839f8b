# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands around the gateway's container in its pod."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.feature import Feature
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.networkpolicy import (
    networkpolicy_manifests,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.pod_template import (
    own_parts,
    pod_template,
)

# Manifests are JSON of any shape; the tests look into them freely.
Json = dict
MakeInstance = Callable[..., Json]
PROXY = "http://10.0.0.3:3128"
IMAGE = {"image": "busybox:1"}


def containers(pod: Json) -> dict[str, Json]:
    return {each["name"]: each for each in [*pod["initContainers"], *pod["containers"]]}


def spec(make_instance: MakeInstance, **options: object) -> Json:
    found: Json = pod_template(make_instance(**options))["spec"]
    return found


def variables(container: Json) -> Json:
    return {entry["name"]: entry.get("value") for entry in container.get("env", [])}


# Containers of the user's own


def test_containers_come_after_ours_in_the_order_of_their_names(make_instance: MakeInstance) -> None:
    pod = spec(make_instance, init_containers={"b": IMAGE, "a": IMAGE}, sidecars={"d": IMAGE, "c": IMAGE})
    assert [each["name"] for each in pod["initContainers"]][-2:] == ["a", "b"]
    assert [each["name"] for each in pod["containers"]] == ["openclaw", "c", "d"]


@pytest.mark.parametrize(
    "image, expected",
    [
        ("busybox", "mirror.lan/x/busybox"),
        ("docker.io/library/busybox:1", "mirror.lan/x/library/busybox:1"),
        ("localhost:5000/tools@sha256:" + "0a" * 32, "mirror.lan/x/tools@sha256:" + "0a" * 32),
    ],
)
def test_their_images_come_from_the_instances_registry(image: str, expected: str, make_instance: MakeInstance) -> None:
    pod = spec(make_instance, image_registry="mirror.lan/x", sidecars={"a": {"image": image}})
    assert containers(pod)["a"]["image"] == expected


def test_what_they_set_themselves_stays(make_instance: MakeInstance) -> None:
    context = {"runAsUser": 65534, "capabilities": {"add": ["NET_BIND_SERVICE"]}, "readOnlyRootFilesystem": False}
    pod = spec(make_instance, sidecars={"a": {**IMAGE, "securityContext": context, "tty": True}})
    assert containers(pod)["a"] == {
        "name": "a",
        "image": "busybox:1",
        "tty": True,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": False,
            "runAsUser": 65534,
            "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
        },
    }


def test_a_volume_reaches_any_container(make_instance: MakeInstance) -> None:
    names = ["prepare-state", "install-config", "install-ca", "openclaw", "first", "beside"]
    pod = spec(
        make_instance,
        config_mode="seed",
        ca_bundle_secret="ca",
        init_containers={"first": IMAGE},
        sidecars={"beside": IMAGE},
        volumes={"media": {"emptyDir": {}, "mounts": {name: {"path": f"/{name}"} for name in names}}},
    )
    found = {
        name: mount["mountPath"]
        for name, container in containers(pod).items()
        for mount in container["volumeMounts"]
        if mount["name"] == "media"
    }
    assert found == {name: f"/{name}" for name in names}


# What features share


def test_what_moves_files_only_gets_neither_proxy_nor_certificates(make_instance: MakeInstance) -> None:
    pod = spec(make_instance, config_mode="seed", proxy_url=PROXY, ca_bundle_secret="ca", sidecars={"a": IMAGE})
    reached = {
        name for name, each in containers(pod).items() if {"HTTPS_PROXY", "SSL_CERT_FILE"} & set(variables(each))
    }
    assert reached == {"openclaw", "a"}


def test_certificates_are_ready_before_anything_asks_for_them(make_instance: MakeInstance) -> None:
    pod = spec(make_instance, ca_bundle_secret="ca", init_containers={"a": IMAGE})
    assert [each["name"] for each in pod["initContainers"]] == ["prepare-state", "install-ca", "a"]


@pytest.mark.parametrize("form", ["HTTPS_PROXY", "https_proxy"])
def test_a_variable_of_the_container_wins_in_either_form(form: str, make_instance: MakeInstance) -> None:
    pod = spec(make_instance, proxy_url=PROXY, env={form: "http://10.0.0.4:3128"})
    found = variables(containers(pod)["openclaw"])
    assert {name: value for name, value in found.items() if name.lower() == "https_proxy"} == {
        form: "http://10.0.0.4:3128"
    }
    assert found["HTTP_PROXY"] == found["http_proxy"] == PROXY


def test_credentials_of_a_proxy_come_from_a_secret(make_instance: MakeInstance) -> None:
    pod = spec(make_instance, proxy_url=PROXY, secrets={"HTTPS_PROXY": {"secret": "proxy", "key": "url"}})
    found = [entry for entry in containers(pod)["openclaw"]["env"] if entry["name"].lower() == "https_proxy"]
    assert found == [{"name": "HTTPS_PROXY", "valueFrom": {"secretKeyRef": {"name": "proxy", "key": "url"}}}]


def test_a_model_inside_the_cluster_is_reached_without_the_proxy(make_instance: MakeInstance) -> None:
    """Node.js knows no ranges, so its address stands there in full."""
    urls = ["http://stub:1", "http://10.0.0.5:1", "http://[fd00::5]:1", "https://api.example.com", "http://1.1.1.1:1"]
    providers = {f"p{index}": {"baseUrl": url} for index, url in enumerate(urls)}
    pod = spec(make_instance, proxy_url=PROXY, config={"models": {"providers": providers}})
    direct = variables(containers(pod)["openclaw"])["NO_PROXY"].split(",")
    assert {"stub", "10.0.0.5", "[fd00::5]", "fd00::5", "localhost", ".svc", ".cluster.local", "10.0.0.0/8"} <= set(
        direct
    )
    assert not {"api.example.com", "1.1.1.1"} & set(direct)
    assert len(direct) == len(set(direct))


def test_a_feature_says_which_of_its_containers_are_offline(make_instance: MakeInstance) -> None:
    features = [Feature(containers=({"name": "a"}, {"name": "b"}), offline=("a",))]
    assert [each["name"] for each in own_parts(make_instance(), features).containers] == ["openclaw", "a", "b"]


# Policies


@pytest.mark.parametrize(
    "url, opened",
    [
        (
            "http://squid.proxies.svc:3128",
            {
                "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "proxies"}}}],
                "ports": [{"protocol": "TCP"}],
            },
        ),
        (
            "http://squid:3128",
            {
                "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "support"}}}],
                "ports": [{"protocol": "TCP"}],
            },
        ),
        (
            "http://10.0.0.3:3128",
            {"to": [{"ipBlock": {"cidr": "10.0.0.3/32"}}], "ports": [{"protocol": "TCP", "port": 3128}]},
        ),
        (
            "http://[fd00::3]:3128",
            {"to": [{"ipBlock": {"cidr": "fd00::3/128"}}], "ports": [{"protocol": "TCP", "port": 3128}]},
        ),
    ],
)
def test_the_way_to_the_proxy_is_open(url: str, opened: Json, make_instance: MakeInstance) -> None:
    def rules(**options: object) -> list[Json]:
        found: list[Json] = networkpolicy_manifests(make_instance(**options))[1]["spec"]["egress"]  # type: ignore[index]
        return found

    closed = {"networkpolicy_egress": "none", "networkpolicy_models_enabled": False}
    assert [rule for rule in rules(**closed, proxy_url=url) if rule not in rules(**closed)] == [opened]


@pytest.mark.parametrize("url", ["http://127.0.0.1:3128", "http://localhost:3128"])
def test_a_proxy_in_the_pod_needs_no_way(url: str, make_instance: MakeInstance) -> None:
    assert networkpolicy_manifests(make_instance(proxy_url=url)) == networkpolicy_manifests(make_instance())


def test_the_port_of_a_public_proxy_is_open_towards_the_internet(make_instance: MakeInstance) -> None:
    policy = networkpolicy_manifests(make_instance(proxy_url="http://proxy.example.com:3128"))[1]
    public = policy["spec"]["egress"][-1]  # type: ignore[index]
    assert [port["port"] for port in public["ports"]] == [443, 3128]


# Labels


def test_labels_of_the_user_never_change_how_the_pod_is_found(make_instance: MakeInstance) -> None:
    plain, labelled = (pod_template(make_instance(pod_labels=labels)) for labels in ({}, {"a": "b"}))
    assert labelled["metadata"]["labels"] == {**plain["metadata"]["labels"], "a": "b"}  # type: ignore[index]

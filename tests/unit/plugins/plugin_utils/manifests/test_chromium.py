# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The browser beside the gateway: what it adds to the pod and to OpenClaw's configuration, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS, instance_manifests

Json = dict
MakeInstance = Callable[..., Json]
CDP = "http://127.0.0.1:9222"


def pod(instance: Json) -> Json:
    (stateful_set,) = BUILDERS["workload"](instance)
    return stateful_set["spec"]["template"]["spec"]  # type: ignore[index, no-any-return]


def browser(make_instance: MakeInstance, **options: object) -> Json:
    (found,) = (
        container
        for container in pod(make_instance(chromium_enabled=True, **options))["initContainers"]
        if container["name"] == "chromium"
    )
    return found


def config(instance: Json) -> Json:
    (config_map, *_others) = BUILDERS["config"](instance)
    return json.loads(config_map["data"]["openclaw.json"])  # type: ignore[index, no-any-return]


def test_it_starts_before_the_gateway_and_stays(make_instance: MakeInstance) -> None:
    containers = pod(make_instance(chromium_enabled=True))["initContainers"]
    names = [container["name"] for container in containers]
    assert names == ["prepare-state", "chromium", "chromium-ready"]
    assert [container["name"] for container in containers if container.get("restartPolicy") == "Always"] == ["chromium"]


def test_nobody_outside_the_pod_is_led_to_its_port(make_instance: MakeInstance) -> None:
    off, on = (instance_manifests(make_instance(chromium_enabled=enabled)) for enabled in (False, True))
    for kind in ("Service", "NetworkPolicy"):
        assert [each for each in on if each["kind"] == kind] == [each for each in off if each["kind"] == kind]
    assert "ports" not in browser(make_instance)
    assert "--remote-debugging-address=127.0.0.1" in browser(make_instance)["args"]


def test_it_writes_where_it_may(make_instance: MakeInstance) -> None:
    found = browser(make_instance)
    places = {mount["mountPath"] for mount in found["volumeMounts"]}
    assert {variable["value"].split("/")[1] for variable in found["env"]} == {"tmp"}
    assert places == {"/profile", "/dev/shm", "/tmp"}
    assert found["securityContext"]["readOnlyRootFilesystem"] is True
    assert "runAsUser" not in found["securityContext"]


def test_shared_memory_is_memory(make_instance: MakeInstance) -> None:
    volumes = {volume["name"]: volume for volume in pod(make_instance(chromium_enabled=True))["volumes"]}
    assert volumes["chromium-shm"]["emptyDir"] == {"medium": "Memory", "sizeLimit": "1Gi"}


@pytest.mark.parametrize(
    "given, kept",
    [
        (["--lang=de"], ["--lang=de"]),
        (["--headless=new"], ["--headless=new"]),
        (["--lang=de", "--lang=fr", "--mute-audio"], ["--lang=fr", "--mute-audio"]),
    ],
)
def test_an_argument_is_said_once_and_the_users_wins(
    given: list[str], kept: list[str], make_instance: MakeInstance
) -> None:
    arguments = browser(make_instance, chromium_args=given)["args"]
    flags = [argument.partition("=")[0] for argument in arguments]
    assert len(flags) == len(set(flags))
    assert set(kept) <= set(arguments)


@pytest.mark.parametrize(
    "flag", ["--remote-debugging-port=1", "--remote-debugging-address=0.0.0.0", "--user-data-dir=/x"]
)
def test_an_argument_that_the_pod_counts_on_is_refused(flag: str, make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match=f"openclaw_chromium_args  {flag.partition('=')[0]}: .* Remove it"):
        make_instance(chromium_enabled=True, chromium_args=[flag])


def test_variables_of_the_user_win(make_instance: MakeInstance) -> None:
    found = browser(make_instance, chromium_env={"LANG": "de_DE.UTF-8", "HOME": "/tmp/other", "DEBUG": True})
    values = {variable["name"]: variable["value"] for variable in found["env"]}
    assert values | {"LANG": "de_DE.UTF-8", "HOME": "/tmp/other", "DEBUG": "true"} == values
    with pytest.raises(ValueError, match="openclaw_chromium_env  SCALE: is not text"):
        make_instance(chromium_env={"SCALE": 1.5})


def test_image_and_resources_are_its_own(make_instance: MakeInstance) -> None:
    found = browser(
        make_instance,
        image_registry="registry.example.com/mirror",
        image_pull_policy="Always",
        chromium_image_digest="sha256:" + "0a" * 32,
        chromium_cpu_limit="2",
        chromium_memory_request="1Gi",
        chromium_memory_limit="3Gi",
    )
    assert found["image"] == "registry.example.com/mirror/chromedp/headless-shell:stable@sha256:" + "0a" * 32
    assert found["imagePullPolicy"] == "Always"
    assert found["resources"] == {
        "requests": {"cpu": "250m", "memory": "1Gi"},
        "limits": {"cpu": "2", "memory": "3Gi"},
    }
    with pytest.raises(ValueError, match="openclaw_chromium_command  is an empty list"):
        make_instance(chromium_enabled=True, chromium_command=[])


# The profile


def profile(instance: Json) -> Json:
    return next(volume for volume in pod(instance)["volumes"] if volume["name"] == "chromium-profile")


def claims(instance: Json) -> dict[str, Json]:
    found: list[Json] = BUILDERS["storage"](instance)
    return {claim["metadata"]["name"]: claim for claim in found}


def test_the_profile_ends_with_the_pod_unless_it_is_kept(make_instance: MakeInstance) -> None:
    passing = make_instance(chromium_enabled=True)
    assert profile(passing)["emptyDir"] == {"sizeLimit": "1Gi"}
    assert set(claims(passing)) == {"support-data"}

    kept = make_instance(
        chromium_enabled=True,
        chromium_persistence_enabled=True,
        chromium_storage_size="5Gi",
        chromium_storage_class="fast",
    )
    assert profile(kept)["persistentVolumeClaim"] == {"claimName": "support-chromium"}
    assert claims(kept)["support-chromium"]["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "5Gi"}},
    }


def test_an_existing_claim_keeps_the_profile(make_instance: MakeInstance) -> None:
    options = {"chromium_enabled": True, "chromium_existing_claim": "logins"}
    instance = make_instance(chromium_persistence_enabled=True, **options)
    assert profile(instance)["persistentVolumeClaim"] == {"claimName": "logins"}
    assert set(claims(instance)) == {"support-data"}
    with pytest.raises(ValueError, match="openclaw_chromium_existing_claim  is not used"):
        make_instance(**options)


# The configuration


def test_whatever_profile_the_agent_asks_for_it_gets_this_browser(make_instance: MakeInstance) -> None:
    found = config(make_instance(chromium_enabled=True))["browser"]
    assert found["enabled"] is True
    assert found["attachOnly"] is True
    assert found["defaultProfile"] == "default"
    assert set(found["profiles"]) == {"chrome", "default", "openclaw"}
    assert [each for each in found["profiles"].values() if each != {"attachOnly": True, "cdpUrl": CDP}] == []


def test_the_users_configuration_wins(make_instance: MakeInstance) -> None:
    theirs = {"defaultProfile": "work", "profiles": {"chrome": {"driver": "extension"}, "work": {"cdpPort": 18801}}}
    found = config(make_instance(chromium_enabled=True, config={"browser": theirs}))["browser"]
    assert found["defaultProfile"] == "work"
    assert found["profiles"]["chrome"] == {"driver": "extension"}
    assert found["profiles"]["work"] == {"cdpPort": 18801}
    assert found["profiles"]["default"]["cdpUrl"] == CDP


def test_its_containers_and_volumes_are_these(
    make_instance: MakeInstance, golden: Callable[[str, list[Json]], None]
) -> None:
    found = pod(make_instance(chromium_enabled=True, chromium_persistence_enabled=True, chromium_args=["--lang=de"]))
    parts = [*found["initContainers"], *found["volumes"]]
    golden("pod-chromium", [part for part in parts if part["name"].startswith("chromium")])


def test_it_leaves_nothing_when_it_is_off(make_instance: MakeInstance) -> None:
    tuned = {"chromium_args": ["--lang=de"], "chromium_memory_limit": "3Gi", "chromium_persistence_enabled": True}
    assert instance_manifests(make_instance(**tuned)) == instance_manifests(make_instance())


# Warnings


@pytest.mark.parametrize(
    "options, warned",
    [
        ({"chromium_shared_memory_size": "2Gi"}, "openclaw_chromium_shared_memory_size"),
        ({"ca_bundle_config_map": "our-ca"}, "openclaw_ca_bundle_config_map"),
    ],
)
def test_what_would_surprise_is_a_warning(options: Json, warned: str, resolved: Callable[[Json], object]) -> None:
    def warnings(enabled: bool) -> list[str]:
        variables = {f"openclaw_{option}": value for option, value in options.items()}
        found = resolved({"openclaw_chromium_enabled": enabled, **variables})
        return [warning for warning in found.warnings if warning.startswith(warned)]  # type: ignore[attr-defined]

    assert len(warnings(True)) == 1
    assert warnings(False) == []

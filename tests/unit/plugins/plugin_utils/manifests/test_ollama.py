# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ollama beside the gateway: what it adds to the pod and to OpenClaw's configuration, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS, instance_manifests

Json = dict
MakeInstance = Callable[..., Json]


def pod(instance: Json) -> Json:
    (stateful_set,) = BUILDERS["workload"](instance)
    return stateful_set["spec"]["template"]["spec"]  # type: ignore[index, no-any-return]


def init_containers(make_instance: MakeInstance, **options: object) -> dict[str, Json]:
    found = pod(make_instance(ollama_enabled=True, **options))["initContainers"]
    return {container["name"]: container for container in found}


def claims(instance: Json) -> dict[str, Json]:
    found: list[Json] = BUILDERS["storage"](instance)
    return {claim["metadata"]["name"]: claim for claim in found}


def declared(instance: Json) -> Json:
    (config_map, *_others) = BUILDERS["config"](instance)
    return json.loads(config_map["data"]["openclaw.json"])  # type: ignore[index, no-any-return]


def test_the_server_starts_then_its_models_are_pulled_then_the_gateway_starts(make_instance: MakeInstance) -> None:
    found = init_containers(make_instance, ollama_models=["qwen3:8b", "hf.co/someone/model-GGUF:Q4_K_M"])
    assert list(found) == ["prepare-state", "ollama", "ollama-models"]
    assert found["ollama"]["restartPolicy"] == "Always"
    assert "restartPolicy" not in found["ollama-models"]
    assert found["ollama-models"]["command"][-2:] == ["qwen3:8b", "hf.co/someone/model-GGUF:Q4_K_M"]


def test_the_program_that_pulls_is_a_file_of_the_configuration(make_instance: MakeInstance) -> None:
    instance = make_instance(ollama_enabled=True)
    (config_map, *_others) = BUILDERS["config"](instance)
    assert {"pull-models.mjs", "answers.mjs"} <= set(config_map["data"])  # type: ignore[arg-type, call-overload]
    puller = init_containers(make_instance)["ollama-models"]
    assert puller["command"][:2] == ["node", "/etc/openclaw/pull-models.mjs"]
    assert puller["image"].startswith("ghcr.io/openclaw/openclaw:")


def test_its_port_is_open_in_the_pod_only(make_instance: MakeInstance) -> None:
    off, on = (instance_manifests(make_instance(ollama_enabled=enabled)) for enabled in (False, True))
    for kind in ("Service", "NetworkPolicy"):
        assert [each for each in on if each["kind"] == kind] == [each for each in off if each["kind"] == kind]
    server = init_containers(make_instance)["ollama"]
    assert "ports" not in server
    assert {"name": "OLLAMA_HOST", "value": "127.0.0.1:11434"} in server["env"]


def test_it_runs_as_the_pods_user_with_a_read_only_root(make_instance: MakeInstance) -> None:
    server = init_containers(make_instance)["ollama"]
    assert server["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    home = next(variable["value"] for variable in server["env"] if variable["name"] == "HOME")
    assert f"{home}/.ollama" in {mount["mountPath"] for mount in server["volumeMounts"]}


def test_image_and_resources_are_its_own(make_instance: MakeInstance) -> None:
    options = {"image_registry": "registry.example.com", "ollama_cpu_limit": "4", "ollama_memory_limit": "16Gi"}
    server = init_containers(make_instance, image_pull_policy="Never", ollama_gpu=2, **options)["ollama"]
    assert server["image"] == "registry.example.com/ollama/ollama:0.17.4"
    assert server["imagePullPolicy"] == "Never"
    assert server["resources"] == {
        "requests": {"cpu": "500m", "memory": "1Gi"},
        "limits": {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "2"},
    }
    assert "nvidia.com/gpu" not in init_containers(make_instance)["ollama"]["resources"]["limits"]


def test_the_models_are_kept_on_a_claim(make_instance: MakeInstance) -> None:
    own = make_instance(ollama_enabled=True, ollama_storage_size="100Gi", ollama_storage_class="fast")
    assert claims(own)["support-ollama"]["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "100Gi"}},
    }
    existing = make_instance(ollama_enabled=True, ollama_existing_claim="models")
    assert set(claims(existing)) == {"support-data"}
    volumes = {volume["name"]: volume for volume in pod(existing)["volumes"]}
    assert volumes["ollama-models"]["persistentVolumeClaim"] == {"claimName": "models"}


def test_the_gateway_knows_the_provider(make_instance: MakeInstance) -> None:
    instance = make_instance(ollama_enabled=True, ollama_models=["qwen3:8b"])
    provider = declared(instance)["models"]["providers"]["ollama"]
    assert provider.pop("timeoutSeconds") >= 60
    assert provider == {"api": "ollama", "apiKey": "ollama-local", "baseUrl": "http://127.0.0.1:11434", "models": []}
    (gateway,) = pod(instance)["containers"]
    assert {"name": "OLLAMA_HOST", "value": "http://127.0.0.1:11434"} in gateway["env"]
    assert {"name": "OLLAMA_API_KEY", "value": "ollama-local"} in gateway["env"]


def test_the_users_configuration_wins(make_instance: MakeInstance) -> None:
    listed = [{"id": "qwen3:8b", "name": "Qwen", "contextTokens": 16384}]
    theirs = {"providers": {"ollama": {"models": listed}, "other": {"baseUrl": "http://other:1/v1", "models": []}}}
    providers = declared(make_instance(ollama_enabled=True, config={"models": theirs}))["models"]["providers"]
    assert providers["ollama"]["models"] == listed
    assert providers["ollama"]["baseUrl"] == "http://127.0.0.1:11434"
    assert "other" in providers


def test_variables_of_the_user_reach_it(make_instance: MakeInstance) -> None:
    env = init_containers(make_instance, ollama_env={"OLLAMA_KEEP_ALIVE": "30m"})["ollama"]["env"]
    assert {"name": "OLLAMA_KEEP_ALIVE", "value": "30m"} in env


def test_its_containers_and_volumes_are_these(
    make_instance: MakeInstance, golden: Callable[[str, list[Json]], None]
) -> None:
    found = pod(make_instance(ollama_enabled=True, ollama_models=["qwen3:8b"], ollama_gpu=1))
    parts = [*found["initContainers"], *found["volumes"]]
    golden("pod-ollama", [part for part in parts if part["name"].startswith("ollama")])


def test_it_leaves_nothing_when_it_is_off(make_instance: MakeInstance) -> None:
    tuned = {"ollama_models": ["qwen3:8b"], "ollama_gpu": 1, "ollama_env": {"OLLAMA_DEBUG": True}}
    assert instance_manifests(make_instance(**tuned)) == instance_manifests(make_instance())


@pytest.mark.parametrize(
    "options, problem",
    [
        ({"ollama_models": ["qwen3 8b"]}, 'openclaw_ollama_models  "qwen3 8b" is not the name of a model'),
        ({"ollama_models": ["--insecure"]}, 'openclaw_ollama_models  "--insecure" is not the name of a model'),
        ({"ollama_gpu": -1}, "openclaw_ollama_gpu  -1 is not a number of GPUs"),
        ({"ollama_env": {"OLLAMA_HOST": "0.0.0.0"}}, "openclaw_ollama_env  OLLAMA_HOST: .* Remove it"),
        ({"ollama_env": {"A B": "c"}}, "openclaw_ollama_env  A B: is not the name"),
        ({"ollama_env": {"A": ["c"]}}, "openclaw_ollama_env  A: is not text"),
    ],
)
def test_a_mistake_is_told_with_its_option(options: Json, problem: str, make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match=problem):
        make_instance(ollama_enabled=True, **options)


def test_models_behind_a_closed_policy_are_a_warning(resolved: Callable[[Json], object]) -> None:
    def warnings(**options: object) -> list[str]:
        variables = {"openclaw_ollama_enabled": True, "openclaw_ollama_models": ["qwen3:8b"]}
        found = resolved({**variables, **{f"openclaw_{option}": value for option, value in options.items()}})
        return [text for text in found.warnings if "qwen3:8b" in text]  # type: ignore[attr-defined]

    assert warnings() == []
    (closed,) = warnings(networkpolicy_egress="none")
    assert closed.startswith("openclaw_networkpolicy_egress  none")
    assert warnings(networkpolicy_egress="none", networkpolicy_enabled=False) == []
    assert warnings(networkpolicy_egress="none", ollama_models=[]) == []

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the gateways of one instance, and whose volumes are whose."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.config import config_digest
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.config_installer import config_installers
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.networkpolicy import (
    networkpolicy_manifests,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import instance_manifests

PROGRAMS = Path(__file__).parents[5] / "plugins" / "plugin_utils" / "_manifests" / "features" / "programs"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
# Manifests are JSON of any shape; the tests look into them freely.
Json = dict
MakeInstance = Callable[..., Json]
VALUES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
NAMES = st.from_regex(r"[A-Z_][A-Z0-9_]{0,5}", fullmatch=True)


def stateful_set(instance: Json) -> Json:
    (found,) = (manifest for manifest in instance_manifests(instance) if manifest["kind"] == "StatefulSet")
    return found


def gateway(instance: Json) -> Json:
    return stateful_set(instance)["spec"]["template"]["spec"]["containers"][0]


def environment_in(container: Json, replica: int) -> Json:
    """The variables of the program that the container of a replica becomes; the kubelet resolves no `$(...)` here."""
    given = {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}
    command = container["command"]
    program = command[command.index("node") :]
    shown = "import json,os;print(json.dumps(dict(os.environ)))"
    argv = [*command[: -len(program)], "python3", "-c", shown]
    env = {"PATH": "/usr/bin:/bin", **{k: v for k, v in given.items() if k != "PATH"}, "OPENCLAW_REPLICA": str(replica)}
    done = subprocess.run(argv, env=env, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


# Environment


@pytest.mark.parametrize(
    "value", ["plain", "two words", 'it\'s "quoted"', "$(id)", "`id`; exit 1", "$HOME", "line\nbreak ", "*", "\\", "ü"]
)
def test_a_value_arrives_as_it_was_written_and_only_where_it_belongs(value: str, make_instance: MakeInstance) -> None:
    instance = make_instance(
        replicas=3,
        env={"ROLE": "any", "SHARED": "same"},
        replica_overrides={"0": {"env": {"ROLE": "first"}}, "1": {"env": {"ROLE": value, "OWN": 5}}},
    )
    container = gateway(instance)
    found = [environment_in(container, replica) for replica in range(3)]
    assert [env["ROLE"] for env in found] == ["first", value, "any"]
    assert [env.get("OWN") for env in found] == [None, "5", None]
    assert {env["SHARED"] for env in found} == {"same"}
    # Nobody gets to see what is meant for another.
    assert not [name for env in found for name in env if name.startswith("OPENCLAW_REPLICA_")]


@given(st.dictionaries(NAMES, VALUES, max_size=3), st.dictionaries(NAMES, VALUES, max_size=3))
def test_no_value_is_part_of_a_script(make_instance: MakeInstance, one: Json, two: Json) -> None:
    options = {"replicas": 12, "replica_overrides": {"1": {"env": one}, "11": {"env": two}}}
    blank = {
        "replicas": 12,
        "replica_overrides": {"1": {"env": dict.fromkeys(one, "")}, "11": {"env": dict.fromkeys(two, "")}},
    }
    assert gateway(make_instance(**options))["command"] == gateway(make_instance(**blank))["command"]


def test_a_cluster_that_does_not_number_its_pods_is_noticed(make_instance: MakeInstance) -> None:
    instance = make_instance(replicas=2, replica_overrides={"1": {"env": {"ROLE": "second"}}})
    argv = [*gateway(instance)["command"][:4], "true"]
    environment = {"PATH": "/usr/bin:/bin", "OPENCLAW_REPLICA": ""}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "needs Kubernetes 1.28" in done.stderr


def test_the_index_comes_first_so_that_other_values_can_refer_to_it(make_instance: MakeInstance) -> None:
    entry = gateway(make_instance(replicas=2, env={"AAA": "$(OPENCLAW_REPLICA)"}))["env"][0]
    assert entry["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.labels['apps.kubernetes.io/pod-index']"


# Configuration


@pytest.mark.parametrize("mode", ["readonly", "overwrite", "seed"])
def test_each_replica_gets_its_own_file_or_the_common_one(mode: str, make_instance: MakeInstance) -> None:
    override = {"config": {"agents": {"defaults": {"maxConcurrent": 5}}}}
    instance = make_instance(replicas=2, config_mode=mode, replica_overrides={"1": override})
    (config_map,) = (
        manifest
        for manifest in instance_manifests(instance)
        if manifest["kind"] == "ConfigMap" and manifest["metadata"]["name"] == "support-config"
    )
    assert {name for name in config_map["data"] if name.startswith("openclaw")} == {"openclaw.json", "openclaw-1.json"}
    (installer,) = config_installers(instance)
    path = {entry["name"]: entry.get("value") for entry in gateway(instance)["env"]}["OPENCLAW_CONFIG_PATH"]
    mounts = [mount["mountPath"] for mount in gateway(instance)["volumeMounts"]]
    assert any(path.startswith(f"{mount}/") for mount in mounts)
    assert path in installer["command"]
    assert [entry["name"] for entry in installer["env"]] == ["OPENCLAW_REPLICA"]


@needs_node
@pytest.mark.parametrize("mode", ["readonly", "overwrite"])
def test_the_installer_takes_the_file_of_its_replica(mode: str, make_instance: MakeInstance, tmp_path: Path) -> None:
    override = {"config": {"agents": {"defaults": {"maxConcurrent": 5}}}}
    instance = make_instance(replicas=3, config_mode=mode, replica_overrides={"1": override})
    (tmp_path / "openclaw.json").write_text("common", encoding="utf-8")
    (tmp_path / "openclaw-1.json").write_text("own", encoding="utf-8")
    *words, target, how = config_installers(instance)[0]["command"]
    for replica, taken in ((0, "common"), (1, "own"), (2, "common")):
        # What the kubelet resolves, in the folders of this test.
        argv = [word.replace("$(OPENCLAW_REPLICA)", str(replica)) for word in words]
        argv = [word.replace("/etc/openclaw/", f"{tmp_path}/") for word in argv]
        installed = tmp_path / Path(target).name.replace(".json", ".installed")
        subprocess.run([*argv, str(installed), how], check=True)
        assert installed.read_text(encoding="utf-8") == taken


def test_replicas_without_own_configuration_read_the_file_where_it_is(make_instance: MakeInstance) -> None:
    instance = make_instance(replicas=2, replica_overrides={"1": {"env": {"ROLE": "second"}}})
    assert config_installers(instance) == []


def test_a_change_for_one_replica_rolls_the_pods(make_instance: MakeInstance) -> None:
    def digest(number: int) -> str:
        override = {"config": {"agents": {"defaults": {"maxConcurrent": number}}}}
        return config_digest(make_instance(replicas=2, replica_overrides={"1": override}))

    assert digest(1) != digest(2)


def test_the_way_to_the_model_of_one_replica_is_open(make_instance: MakeInstance) -> None:
    models = {"models": {"providers": {"own": {"baseUrl": "http://10.1.2.3:8000"}}}}
    instance = make_instance(replicas=2, replica_overrides={"1": {"config": models}})
    assert "10.1.2.3/32" in json.dumps(networkpolicy_manifests(instance))


# Volumes

SEVERAL: tuple[Json, ...] = (
    {"replicas": 2},
    {"replica_overrides": {"0": {"env": {"ROLE": "first"}}}},
    {"autoscaling_enabled": True},
    {"autoscaling_enabled": True, "state": "suspended"},
    {"replicas": 2, "state": "suspended"},
)


@pytest.mark.parametrize("options", SEVERAL)
@pytest.mark.parametrize(
    "extra", [{}, {"workspace_storage_enabled": True, "chromium_enabled": True, "chromium_persistence_enabled": True}]
)
def test_each_of_several_has_claims_of_its_own(options: Json, extra: Json, make_instance: MakeInstance) -> None:
    """The claims of one alone become templates, named like the volumes that its pod would have named itself."""
    alone, several = make_instance(**extra), make_instance(**extra, **options)
    claims = {m["metadata"]["name"]: m for m in instance_manifests(alone) if m["kind"] == "PersistentVolumeClaim"}
    assert not [m for m in instance_manifests(several) if m["kind"] == "PersistentVolumeClaim"]
    templates = stateful_set(several)["spec"]["volumeClaimTemplates"]
    volumes = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in stateful_set(alone)["spec"]["template"]["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert {t["metadata"]["name"]: t["spec"] for t in templates} == {
        volume: claims[claim]["spec"] for volume, claim in volumes.items()
    }
    assert {t["metadata"]["labels"]["openclaw.kubernetes/part"] for t in templates} == {"workload"}
    named = stateful_set(several)["spec"]["template"]["spec"]["volumes"]
    assert not set(volumes) & {volume["name"] for volume in named}
    mounted = {
        m["name"] for c in stateful_set(several)["spec"]["template"]["spec"]["containers"] for m in c["volumeMounts"]
    }
    assert "data" in mounted


def test_claims_of_several_are_no_concern_of_an_upgrade(make_instance: MakeInstance) -> None:
    """Templates of claims can never be changed, so nothing in them may follow the version."""
    one, two = (make_instance(replicas=2, image_tag=tag) for tag in ("2026.9.5", "2026.9.6"))
    assert stateful_set(one)["spec"]["volumeClaimTemplates"] == stateful_set(two)["spec"]["volumeClaimTemplates"]


@needs_node
def test_the_workspace_moves_to_its_volume_once(tmp_path: Path) -> None:
    """What the agent has when the volume is new comes along; what was half copied is copied again."""
    state, volume = tmp_path / "state" / "workspace", tmp_path / "volume" / "workspace"
    volume.parent.mkdir()

    def prepare() -> None:
        subprocess.run(["node", str(PROGRAMS / "prepare-workspace.mjs"), str(state), str(volume)], check=True)

    prepare()
    assert volume.is_dir()
    assert stat.S_IMODE(state.stat().st_mode) == 0o700

    (state / "notes").mkdir()
    (state / "notes" / "MEMORY.md").write_text("remember", encoding="utf-8")
    (state / "link").symlink_to("notes/MEMORY.md")
    volume.rmdir()
    (tmp_path / "volume" / "workspace.new").mkdir()
    (tmp_path / "volume" / "workspace.new" / "half").touch()
    prepare()
    assert (volume / "notes" / "MEMORY.md").read_text(encoding="utf-8") == "remember"
    assert (volume / "link").readlink() == Path("notes/MEMORY.md")
    assert sorted(path.name for path in volume.iterdir()) == ["link", "notes"]

    (volume / "notes" / "MEMORY.md").write_text("newer", encoding="utf-8")
    prepare()
    assert (volume / "notes" / "MEMORY.md").read_text(encoding="utf-8") == "newer"


# The number of pods


@pytest.mark.parametrize(
    "options, number, scaled",
    [
        ({}, 1, False),
        ({"replicas": 4}, 4, False),
        ({"replicas": 4, "state": "suspended"}, 0, False),
        ({"autoscaling_enabled": True}, None, True),
        ({"autoscaling_enabled": True, "state": "suspended"}, 0, False),
    ],
)
def test_one_of_us_chooses_the_number_of_pods(
    options: Json, number: int | None, scaled: bool, make_instance: MakeInstance
) -> None:
    manifests = instance_manifests(make_instance(**options))
    assert stateful_set(make_instance(**options))["spec"].get("replicas") == number
    assert ("HorizontalPodAutoscaler" in {manifest["kind"] for manifest in manifests}) is scaled

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files for the pod: how they are packed, and how the container's program unpacks them, run by Node.js."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.content import (
    MANAGED,
    MANIFEST,
    MAX_BYTES,
    READONLY,
    SEED,
    File,
    Linked,
    Tree,
    fingerprint,
    packed,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
NODE = shutil.which("node")
STATE = "/home/node/.openclaw"
ROOT = f"{STATE}/workspace"


# -- packing -------------------------------------------------------------------------------------------------------


def unpacked(trees: list[Tree]) -> dict[tuple[str, str], bytes]:
    """What the manifests say, put together again from the values."""
    chunks = {chunk.name: chunk for chunk in packed("x", trees)}
    return {
        (str(entry["tree"]), str(entry["path"])): b"".join(chunks[name].values[key] for name, key in parts)
        for chunk in chunks.values()
        for entry in chunk.entries
        for parts in [entry["parts"]]
        if isinstance(parts, list)
    }


def test_five_mebibytes_come_out_as_they_went_in() -> None:
    files: dict[str, File | Linked] = {f"a/{number}": File(os.urandom(700_000)) for number in range(6)}
    files["b"] = File(os.urandom(2_500_000))
    found = packed("x", [Tree(ROOT, SEED, files)])
    assert len(found) == 9
    assert all(sum(map(len, chunk.values.values())) <= MAX_BYTES for chunk in found)
    assert unpacked([Tree(ROOT, SEED, files)]) == {
        (f"seed {ROOT}", path): file.data for path, file in files.items() if isinstance(file, File)
    }


def test_an_empty_file_is_a_file() -> None:
    assert unpacked([Tree(ROOT, SEED, {"empty": File(b"")})]) == {(f"seed {ROOT}", "empty"): b""}


def test_keys_resemble_paths_and_never_meet() -> None:
    names = ["a b.md", "a_b.md", "ä.md", MANIFEST, "..hidden", ".", "x/y.md", "x_y.md"]
    (chunk,) = packed("x", [Tree(ROOT, SEED, {name: File(name.encode()) for name in names})])
    assert sorted(chunk.values.values()) == sorted(name.encode() for name in names)
    assert {"a_b.md", "a_b.md.2", "x_y.md", "x_y.md.2"} <= set(chunk.values)
    assert MANIFEST not in chunk.values
    assert not [key for key in chunk.values if key.startswith("..") or key == "."]


def test_a_change_of_one_file_changes_one_value() -> None:
    before = {f"{number}.md": File(b"x" * 1000) for number in range(50)}
    (old,) = packed("x", [Tree(ROOT, SEED, before)])
    (new,) = packed("x", [Tree(ROOT, SEED, {**before, "7.md": File(b"y" * 1200)})])
    assert [key for key in new.values if new.values[key] != old.values[key]] == ["7.md"]


@pytest.mark.parametrize(
    "policy,restarts", [(SEED, False), (MANAGED, True), (READONLY, True)], ids=[SEED, MANAGED, READONLY]
)
def test_content_restarts_a_pod_unless_it_is_written_once(policy: str, restarts: bool) -> None:
    old, new = (list(fingerprint([Tree(ROOT, policy, {"a": File(text)})])) for text in (b"1", b"2"))
    assert (old != new) == restarts
    assert list(fingerprint([Tree(ROOT, policy, {"a": File(b"1"), "b": File(b"1")})])) != old


# -- unpacking -----------------------------------------------------------------------------------------------------


@dataclass
class Pod:
    """The volumes of a pod as folders, and the container's program on them."""

    folder: Path
    make: MakeInstance
    given: dict[str, bytes] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        return self.folder / "volume" / "state" / "workspace"

    @property
    def readonly(self) -> Path:
        return self.folder / "readonly"

    def start(self, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run what the pod of such an instance runs."""
        instance = self.make(**options)
        (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
        pod: Any = stateful_set["spec"]
        containers = {each["name"]: each for each in pod["template"]["spec"]["initContainers"]}
        if "install-content" in containers:
            self._mount(instance, pod["template"]["spec"]["volumes"])
        done = self._run(containers["prepare-state"]["command"])
        if "prepare-workspace" in containers:
            (self.folder / "volume" / "state" / "workspace").mkdir(parents=True, exist_ok=True)
            (self.folder / "workspace" / "workspace").mkdir(parents=True, exist_ok=True)
        return self._run(containers["install-content"]["command"]) if "install-content" in containers else done

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        for volume in ("volume", "workspace", "readonly"):
            (self.folder / volume).mkdir(exist_ok=True)
        moved = [self._moved(word) if word.startswith("/") else word for word in command]
        return subprocess.run(moved, capture_output=True, text=True, timeout=60, check=False)

    def _moved(self, text: str) -> str:
        for root in ("/volume", "/workspace", "/readonly", "/content", "/etc/openclaw"):
            if text == root or text.startswith(f"{root}/"):
                return f"{self.folder}{text}"
        return text

    def _mount(self, instance: Json, volumes: list[Json]) -> None:
        shutil.rmtree(self.folder / "content", ignore_errors=True)
        manifests = [found for part in ("workspace", "hooks", "config") for found in BUILDERS[part](instance)]
        maps: Json = {found["metadata"]["name"]: found for found in manifests if found["kind"] == "ConfigMap"}  # type: ignore[index]
        for volume in volumes:
            if not volume["name"].startswith("content-"):
                continue
            target = self.folder / "content" / volume["name"].removeprefix("content-")
            target.mkdir(parents=True)
            config_map = maps.get(volume["configMap"]["name"])
            for key, text in (config_map or {}).get("data", {}).items():
                (target / key).write_text(text, encoding="utf-8")
            for key, encoded in (config_map or {}).get("binaryData", {}).items():
                (target / key).write_bytes(base64.b64decode(encoded))
            if config_map is None:
                (target / "..data").mkdir()
                for key, value in self.given.items():
                    (target / "..data" / key).write_bytes(value)
                    (target / key).symlink_to(f"..data/{key}")
        config = self.folder / "etc" / "openclaw"
        config.mkdir(parents=True, exist_ok=True)
        data = maps["support-config"]["data"]
        settings = json.loads(data["content.json"])
        settings["volumes"] = [self._moved(root) for root in settings["volumes"]]
        for tree in settings["trees"].values():
            for key in ("volume", "place", "mounted"):
                if key in tree:
                    tree[key] = self._moved(tree[key])
        (config / "content.json").write_text(json.dumps(settings), encoding="utf-8")
        (config / "install-content.mjs").write_text(data["install-content.mjs"], encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        found = sorted(self.workspace.rglob("*")) if self.workspace.exists() else []
        return {str(path.relative_to(self.workspace)): path.read_bytes() for path in found if path.is_file()}

    def record(self) -> Json:
        found: Json = json.loads((self.folder / "volume" / "content.json").read_text(encoding="utf-8"))
        return found


@pytest.fixture
def pod(tmp_path: Path, make_instance: MakeInstance) -> Pod:
    if NODE is None:
        pytest.skip("needs Node.js")
    (tmp_path / "pod").mkdir()
    return Pod(tmp_path / "pod", make_instance)


def seeded(**files: object) -> Json:
    return {"workspace_files": files}


def managed(**files: object) -> Json:
    return {"workspace_files": files, "workspace_policy": "managed"}


def readonly(**files: object) -> Json:
    return {"workspace_files": files, "workspace_policy": "readonly"}


def test_a_seed_comes_once_and_then_is_the_agents(pod: Pod) -> None:
    assert pod.start(**seeded(A="one", B="two")).returncode == 0
    assert pod.files() == {"A": b"one", "B": b"two"}
    (pod.workspace / "A").write_text("mine")
    (pod.workspace / "B").unlink()
    pod.start(**seeded(A="one", B="two", C="three"))
    assert pod.files() == {"A": b"mine", "C": b"three"}


def test_a_seed_leaves_alone_what_is_there(pod: Pod) -> None:
    pod.workspace.mkdir(parents=True)
    (pod.workspace / "A").write_text("older")
    pod.start(**seeded(A="one"))
    assert pod.files() == {"A": b"older"}


def test_a_seed_that_is_no_longer_declared_stays(pod: Pod) -> None:
    pod.start(**seeded(A="one", B="two"))
    pod.start(**seeded(B="two"))
    assert pod.files() == {"A": b"one", "B": b"two"}


def test_a_managed_file_is_restored_with_its_mode_and_leaves_with_its_declaration(pod: Pod) -> None:
    files = {"run.sh": {"content": "#!/bin/sh\n", "mode": "0755"}, "a/b/c.md": "deep", "a/kept.md": "near"}
    pod.start(workspace_files=files, workspace_policy="managed")
    assert (pod.workspace / "run.sh").stat().st_mode & 0o777 == 0o755
    (pod.workspace / "run.sh").chmod(0o600)
    (pod.workspace / "a/b/c.md").write_text("changed by the agent")
    (pod.workspace / "a/kept.md").unlink()
    (pod.workspace / "own.md").write_text("the agent's")
    pod.start(workspace_files=files, workspace_policy="managed")
    assert pod.files() == {
        "run.sh": b"#!/bin/sh\n",
        "a/b/c.md": b"deep",
        "a/kept.md": b"near",
        "own.md": b"the agent's",
    }
    assert (pod.workspace / "run.sh").stat().st_mode & 0o777 == 0o755

    pod.start(**managed(other="x"))
    assert pod.files() == {"other": b"x", "own.md": b"the agent's"}
    assert not (pod.workspace / "a").exists()


def test_what_has_not_changed_is_not_written_again(pod: Pod) -> None:
    pod.start(**managed(A="one"))
    before = (pod.workspace / "A").stat()
    pod.start(**managed(A="one"))
    assert (pod.workspace / "A").stat().st_ino == before.st_ino


def test_the_last_managed_file_leaves_too(pod: Pod) -> None:
    pod.start(workspace_files={"a/b.md": "x", "c.md": "y"}, workspace_policy="managed")
    (pod.workspace / "a" / "own.md").write_text("the agent's")
    assert pod.start().returncode == 0
    assert pod.files() == {"a/own.md": b"the agent's"}
    assert not (pod.folder / "volume" / "content.json").exists()


def test_a_managed_file_becomes_a_seed_and_back(pod: Pod) -> None:
    pod.start(**managed(A="one"))
    pod.start(**seeded(A="two"))
    assert pod.files() == {"A": b"one"}
    pod.start(**managed(A="three"))
    assert pod.files() == {"A": b"three"}


def test_a_file_becomes_a_folder_and_back(pod: Pod) -> None:
    pod.start(workspace_files={"a": "file"}, workspace_policy="managed")
    pod.start(workspace_files={"a/b": "deep"}, workspace_policy="managed")
    assert pod.files() == {"a/b": b"deep"}
    pod.start(workspace_files={"a": "file"}, workspace_policy="managed")
    assert pod.files() == {"a": b"file"}


@pytest.mark.parametrize("policy", ["seed", "managed", "readonly"])
def test_a_link_of_the_agents_is_never_followed(pod: Pod, policy: str) -> None:
    outside = pod.folder / "volume" / "tools"
    outside.mkdir(parents=True)
    (outside / "kubectl").write_text("checked")
    pod.workspace.mkdir(parents=True)
    (pod.workspace / "folder").symlink_to(outside)
    (pod.workspace / "kubectl").symlink_to(outside / "kubectl")
    files = {"folder/kubectl": "evil", "folder/new": "evil", "kubectl": "evil"}
    done = pod.start(workspace_files=files, workspace_policy=policy)
    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"kubectl": "checked"}


def test_a_link_that_comes_later_hides_nothing_from_the_removal(pod: Pod) -> None:
    pod.start(workspace_files={"a/b": "x"}, workspace_policy="managed")
    precious = pod.folder / "volume" / "precious"
    precious.mkdir()
    (precious / "b").write_text("kept")
    shutil.rmtree(pod.workspace / "a")
    (pod.workspace / "a").symlink_to(precious)
    for options in (managed(other="x"), {}):
        pod.start(**options)
        assert (precious / "b").read_text() == "kept"


def test_what_the_agent_puts_in_the_way_of_a_managed_file_goes(pod: Pod) -> None:
    (pod.workspace / "A" / "inner").mkdir(parents=True)
    pod.start(**managed(A="one"))
    assert pod.files() == {"A": b"one"}


def test_readonly_files_are_on_a_volume_of_their_own_and_leave_no_trace(pod: Pod) -> None:
    pod.start(workspace_files={"docs/rules.md": "rules", "SOUL.md": "soul"}, workspace_policy="readonly")
    assert {path.name: path.read_text() for path in pod.readonly.iterdir()} == {
        "workspace-0": "soul",
        "workspace-1": "rules",
    }
    assert pod.files() == {"SOUL.md": b"", "docs/rules.md": b""}, "what the mounts are laid over"
    pod.start(**seeded(B="two"))
    assert pod.files() == {"B": b"two"}


def test_a_readonly_mount_does_not_take_what_was_there(pod: Pod) -> None:
    pod.workspace.mkdir(parents=True)
    (pod.workspace / "SOUL.md").write_text("the agent's")
    pod.start(**readonly(**{"SOUL.md": "soul"}))
    pod.start()
    assert pod.files() == {"SOUL.md": b"the agent's"}


def test_folders_binary_files_and_several_mebibytes(pod: Pod, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "deep" / "er" / "noise.bin").write_bytes(os.urandom(3_000_000))
    (source / "deep" / ".hidden").write_text("ü")
    (source / "run").write_text("x")
    (source / "run").chmod(0o755)
    (source / ".git").mkdir()
    (source / ".git" / "config").write_text("no content")
    done = pod.start(workspace_files={"in": {"src": str(source)}, "raw": {"base64": "AP8="}})
    assert done.returncode == 0, done.stderr
    assert pod.files() == {
        "in/deep/er/noise.bin": (source / "deep" / "er" / "noise.bin").read_bytes(),
        "in/deep/.hidden": "ü".encode(),
        "in/run": b"x",
        "raw": b"\0\xff",
    }
    assert (pod.workspace / "in" / "run").stat().st_mode & 0o777 == 0o755


def test_config_maps_of_others_as_files_and_as_folders(pod: Pod) -> None:
    pod.given = {"one": b"1", "two": b"2"}
    pod.start(
        workspace_files={"file.md": {"config_map": "theirs", "key": "two"}, "all": {"config_map": "theirs"}},
        workspace_policy="managed",
    )
    assert pod.files() == {"all/one": b"1", "all/two": b"2", "file.md": b"2"}
    pod.given = {"two": b"3"}
    pod.start(workspace_files={"all": {"config_map": "theirs"}}, workspace_policy="managed")
    assert pod.files() == {"all/two": b"3"}


def test_a_value_that_is_not_the_manifests_stops_the_start(pod: Pod) -> None:
    pod.start(**managed(A="one"))
    (pod.folder / "content" / "workspace-0" / "A").write_text("torn")
    node = ["node", f"{pod.folder}/etc/openclaw/install-content.mjs", f"{pod.folder}/content"]
    done = subprocess.run(node, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "A: is not what the manifest says" in done.stderr
    assert pod.files() == {"A": b"one"}


def test_a_volume_of_its_own_has_a_record_of_its_own(pod: Pod) -> None:
    pod.start(**managed(A="one"), workspace_storage_enabled=True)
    assert (pod.folder / "workspace" / "workspace" / "A").read_text() == "one"
    assert pod.files() == {}
    pod.start(workspace_storage_enabled=True)
    assert not (pod.folder / "workspace" / "workspace" / "A").exists()


def test_a_folder_without_rights_does_not_keep_the_pod_from_starting(pod: Pod) -> None:
    pod.start(workspace_files={"a/b": "x"}, workspace_policy="managed")
    (pod.workspace / "a").chmod(0o500)
    (pod.workspace / "a" / "b").chmod(0o000)
    assert pod.start(workspace_files={"a/b": "y"}, workspace_policy="managed").returncode == 0
    assert pod.files() == {"a/b": b"y"}


# -- the pod -------------------------------------------------------------------------------------------------------


def template_of(instance: Json) -> Json:
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    spec: Any = stateful_set["spec"]
    found: Json = spec["template"]
    return found


def test_an_instance_without_files_has_no_part_of_this(make_instance: MakeInstance) -> None:
    template = template_of(make_instance())
    assert [each["name"] for each in template["spec"]["initContainers"]] == ["prepare-state"]
    assert "openclaw.kubernetes/content-digest" not in template["metadata"]["annotations"]
    assert BUILDERS["workspace"](make_instance()) == []


def test_own_config_maps_restart_by_their_digest_and_those_of_others_by_the_engine(make_instance: MakeInstance) -> None:
    own = template_of(make_instance(**managed(A="one")))["metadata"]["annotations"]
    assert "openclaw.kubernetes/config-maps-digest" not in own
    changed = template_of(make_instance(**managed(A="two")))["metadata"]["annotations"]
    assert changed["openclaw.kubernetes/content-digest"] != own["openclaw.kubernetes/content-digest"]
    linked = template_of(make_instance(**managed(A={"config_map": "theirs", "key": "a"})))
    assert linked["metadata"]["annotations"]["openclaw.kubernetes/config-maps-digest"] == "auto"


def test_readonly_files_are_mounted_wherever_the_state_is(make_instance: MakeInstance) -> None:
    options = {**readonly(**{"SOUL.md": "soul"}), "terminal_enabled": True, "terminal_secret": "login"}
    spec = template_of(make_instance(**options))["spec"]
    mount = {"name": "content", "mountPath": f"{ROOT}/SOUL.md", "subPath": "workspace-0", "readOnly": True}
    holders = [each["name"] for each in [*spec["initContainers"], *spec["containers"]] if mount in each["volumeMounts"]]
    assert "openclaw" in holders
    assert len(holders) == 2


def test_several_agents_have_their_own(make_instance: MakeInstance) -> None:
    instance = make_instance(
        config={"agents": {"entries": {"main": {"workspace": "~/.openclaw/workspace"}, "research": {}}}},
        workspace_agents={"main": {"A": "one"}, "research": {"A": "two"}},
    )
    data: Any = BUILDERS["workspace"](instance)[0]["data"]
    entries = json.loads(data[MANIFEST])
    assert [entry["tree"] for entry in entries] == [f"seed {STATE}/workspace", f"seed {STATE}/workspace-research"]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mode merge from end to end, with the real program on a file of the test in the place of the pod's volume."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.merging import Doors, Merging, may_merge
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS, instance_manifests
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_live import LIVE_FILE, PROGRAM_FILE
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.pod import CONFIG_DIR

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node.js")


@dataclass
class World:
    """A cluster with one instance: its ConfigMap, the file on its volume, and whether its pod runs."""

    folder: Path
    running: bool = False
    stored: dict[str, str] = field(default_factory=dict)
    installs: int = 0
    before_install: Callable[[], None] = lambda: None
    survives: bool = True

    @property
    def file(self) -> Path:
        return self.folder / "openclaw.json"

    @property
    def config(self) -> Json:
        found: Json = json.loads(self.file.read_text())
        return {key: value for key, value in found.items() if key != "meta"}

    def edit(self, change: Callable[[Json], object]) -> None:
        """What a person does in the user interface: OpenClaw writes the whole file, with its stamp."""
        found = json.loads(self.file.read_text())
        change(found)
        found["meta"] = {"lastTouchedVersion": "2026.9.6"}
        self.file.write_text(json.dumps(found))

    def run(self, argv: list[str], stdin: str = "") -> Json:
        words = [str(self.file) if word == LIVE_FILE else word for word in argv[1:]]
        if words[-1] == "await":
            return {"rc": 0, "stdout": "", "stderr": ""}
        done = subprocess.run(
            [str(NODE), *words], input=stdin, env=dict(os.environ), capture_output=True, text=True, check=False
        )
        return {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr}

    def start(self) -> None:
        """A pod starts: its init step runs with the ConfigMap mounted."""
        mounted = self.folder / "etc"
        mounted.mkdir(exist_ok=True)
        for name, text in self.stored.items():
            (mounted / name).write_text(text)
        done = self.run(["node", str(mounted / PROGRAM_FILE), "start", LIVE_FILE, str(mounted)])
        assert done["rc"] == 0, done["stderr"]
        self.running = True

    def look(self, question: Mapping[str, Any]) -> Json:
        output = self.run(question["argv"], question["stdin"]) if self.running else {}
        return {"pod": "support-0" if self.running else "", "output": output, "stored": dict(self.stored)}

    def apply(self, objects: list[Json]) -> Json:
        (target,) = (found for found in objects if found["metadata"]["name"] == "support-config")
        changed = target["data"] != self.stored
        self.stored = dict(target["data"])
        replicas = [found["spec"]["replicas"] for found in objects if found["kind"] == "StatefulSet"]
        if not self.running and 1 in replicas:
            self.start()
        return {"changed": changed, "objects": [], "settled": not changed}

    def install(self, wanted: Mapping[str, Any]) -> Json:
        if not self.survives:
            raise KeyboardInterrupt
        self.before_install()
        self.installs += 1
        done = [self.run(command["argv"], command.get("stdin", "")) for command in wanted["commands"]]
        result = {"changed": True, "commands": [{"rc": one["rc"]} for one in done]}
        failed = any(one["rc"] for one in done)
        return {**result, "failed": True, "msg": done[0]["stderr"]} if failed else result

    def site(self, instance: Json, dry: bool = False) -> Json:
        if dry:
            before = dict(self.stored)
            result = self._carry_out(instance, dry)
            self.stored = before
            return result
        return self._carry_out(instance, dry)

    def _carry_out(self, instance: Json, dry: bool) -> Json:
        merging = Merging.of(json.loads(json.dumps(instance_manifests(instance))))
        assert merging is not None
        result: Json = merging.carry_out(Doors(self.look, self.apply, self.install), dry=dry, wait=True)
        return result


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def make(make_instance: MakeInstance) -> Callable[..., Json]:
    def instance(config: Json, **options: object) -> Json:
        return make_instance(config_mode="merge", config=config, **options)

    return instance


def agents(number: int | None = None, **more: object) -> Json:
    known = {} if number is None else {"maxConcurrent": number}
    return {"agents": {"defaults": {**known, **more}}} if known or more else {}


def test_a_new_instance_gets_the_declared_file_and_a_second_run_changes_nothing(
    world: World, make: Callable[..., Json]
) -> None:
    assert world.site(make(agents(2)))["changed"]
    assert world.config["agents"] == {"defaults": {"maxConcurrent": 2}}
    before, bytes_before = dict(world.stored), world.file.read_bytes()

    again = world.site(make(agents(2)))

    assert again["changed"] is False
    assert "warnings" not in again
    assert (world.stored, world.file.read_bytes()) == (before, bytes_before)


def test_an_edit_stays_is_told_and_changes_nothing_on_the_cluster(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    world.edit(lambda config: config.update(ui={"seamColor": "#ff0000"}))
    stored = dict(world.stored)

    again = world.site(make(agents(2)))

    assert again["changed"] is False
    assert again["warnings"] == ["support: edited in the instance and kept: ui.seamColor"]
    assert world.stored == stored
    assert world.config["ui"] == {"seamColor": "#ff0000"}


def test_the_inventory_changes_while_an_edit_stays(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2, userTimezone="UTC")))
    world.edit(lambda config: config["agents"]["defaults"].update(thinkingDefault="low"))

    assert world.site(make(agents(5)))["changed"]

    assert world.config["agents"]["defaults"] == {"maxConcurrent": 5, "thinkingDefault": "low"}
    assert world.installs == 1
    assert world.site(make(agents(5)))["changed"] is False


def test_a_conflict_is_the_inventorys_and_told(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    world.edit(lambda config: config["agents"]["defaults"].update(maxConcurrent=3))

    result = world.site(make(agents(5)))

    assert world.config["agents"]["defaults"] == {"maxConcurrent": 5}
    assert result["warnings"] == [
        "support: agents.defaults.maxConcurrent: 3 of the instance gave way to 5 of the inventory"
    ]


def test_what_was_deleted_in_the_instance_stays_deleted(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    world.edit(lambda config: config["agents"]["defaults"].clear())
    assert world.site(make(agents(2)))["changed"] is False
    assert world.site(make(agents(2, userTimezone="UTC")))["changed"]
    assert world.config["agents"]["defaults"] == {"userTimezone": "UTC"}


def test_an_edit_of_a_protected_path_is_undone(world: World, make: Callable[..., Json]) -> None:
    world.site(make({}))
    world.edit(lambda config: config["gateway"].update(auth={"mode": "none"}))

    result = world.site(make({}))

    assert result["changed"]
    assert world.config["gateway"]["auth"]["mode"] == "token"
    assert any("which openclaw_config_protected keeps there" in warning for warning in result["warnings"])
    assert world.site(make({}))["changed"] is False


def test_a_secret_that_was_typed_in_the_instance_never_leaves_it(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    secret = "7123456789:AAE-abcdefghijklmnopqrstuvwxyz12345"
    world.edit(lambda config: config.update(channels={"telegram": {"botToken": secret}}))

    result = world.site(make(agents(5)))

    assert world.config["channels"]["telegram"]["botToken"] == secret
    assert world.config["agents"]["defaults"]["maxConcurrent"] == 5
    assert secret not in json.dumps([world.stored, result])
    assert world.site(make(agents(5)))["changed"] is False


def test_whoever_edits_in_the_same_second_loses_nothing(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))

    def somebody_is_faster() -> None:
        world.before_install = lambda: None
        world.edit(lambda config: config.update(ui={"seamColor": "#00ff00"}))

    world.before_install = somebody_is_faster
    assert "failed" not in world.site(make(agents(5)))
    assert world.config["ui"] == {"seamColor": "#00ff00"}
    assert world.config["agents"]["defaults"]["maxConcurrent"] == 5


def test_a_run_that_was_killed_before_it_installed_is_made_up_for(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2, userTimezone="UTC")))
    world.survives = False
    with pytest.raises(KeyboardInterrupt):
        world.site(make(agents(5)))
    world.survives = True
    world.edit(lambda config: config.update(ui={"seamColor": "#0000ff"}))

    assert world.site(make(agents(5)))["changed"]

    assert world.config["agents"]["defaults"] == {"maxConcurrent": 5}
    assert world.config["ui"] == {"seamColor": "#0000ff"}


def test_a_killed_run_is_not_settled_for_the_preflight(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    world.survives = False
    with pytest.raises(KeyboardInterrupt):
        world.site(make(agents(5)))
    checked = world.site(make(agents(5)), dry=True)
    assert (checked["settled"], checked["changed"]) == (False, True)


def test_a_pod_that_restarts_keeps_what_it_has(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    world.edit(lambda config: config.update(ui={"seamColor": "#ff0000"}))
    edited = world.file.read_bytes()
    world.start()
    assert world.file.read_bytes() == edited


def test_a_pod_that_starts_between_applying_and_installing_has_the_merged_file(
    world: World, make: Callable[..., Json]
) -> None:
    world.site(make(agents(2)))
    world.edit(lambda config: config.update(ui={"seamColor": "#ff0000"}))
    world.before_install = world.start

    assert "failed" not in world.site(make(agents(5)))

    assert world.config["agents"]["defaults"]["maxConcurrent"] == 5
    assert world.config["ui"] == {"seamColor": "#ff0000"}


def test_a_change_while_no_pod_runs_is_merged_when_one_does(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    world.edit(lambda config: config.update(ui={"seamColor": "#ff0000"}))
    world.running = False
    world.site(make(agents(5), state="suspended"))
    assert world.config["agents"]["defaults"]["maxConcurrent"] == 2
    assert world.site(make(agents(5), state="suspended"))["changed"] is False

    world.site(make(agents(5)))

    assert world.config["agents"]["defaults"]["maxConcurrent"] == 5
    assert world.config["ui"] == {"seamColor": "#ff0000"}


def test_nothing_is_installed_into_a_pod_that_is_to_stop(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    world.site(make(agents(5), state="suspended"))
    assert world.installs == 0


def test_a_volume_with_a_file_of_an_earlier_life_is_merged(world: World, make: Callable[..., Json]) -> None:
    world.file.write_text('// by hand\n{agents: {defaults: {maxConcurrent: 9, userTimezone: "UTC"}},}')
    result = world.site(make(agents(5)))
    assert world.config["agents"]["defaults"] == {"maxConcurrent": 5, "userTimezone": "UTC"}
    assert any("9 of the instance gave way to 5" in warning for warning in result["warnings"])


def test_a_file_that_nobody_can_read_stops_the_run_and_stays(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    world.file.write_text("{agents: ")
    result = world.site(make(agents(5)))
    assert result["failed"]
    assert "is not JSON5" in result["msg"]
    assert "-e openclaw_config_mode=overwrite" in result["msg"]
    assert world.file.read_text() == "{agents: "


def test_a_pod_that_cannot_be_asked_stops_the_run(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    world.file.unlink()
    world.file.mkdir()
    result = world.site(make(agents(5)))
    assert result["failed"]
    assert "cannot be read" in result["msg"]


def test_who_never_stops_editing_is_told_to_run_again(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    colours = iter(range(100, 200))
    world.before_install = lambda: world.edit(lambda config: config.update(ui={"seamColor": f"#{next(colours)}"}))
    result = world.site(make(agents(5)))
    assert result["failed"]
    assert result["msg"].endswith("run again.")


def test_a_look_that_fails_is_the_result(make: Callable[..., Json], world: World) -> None:
    merging = Merging.of(instance_manifests(make({})))
    assert merging is not None
    refused = {"failed": True, "msg": "no route to the cluster"}
    doors = Doors(lambda _question: refused, world.apply, world.install)
    assert merging.carry_out(doors, dry=False, wait=True) == refused


# The manifests


def test_a_change_restarts_nothing_unless_the_gateway_looks_away(make: Callable[..., Json]) -> None:
    def annotations(config: Json) -> Json:
        (workload,) = (found for found in BUILDERS["workload"](make(config)) if found["kind"] == "StatefulSet")
        template: Any = workload["spec"]
        found: Json = template["template"]["metadata"]["annotations"]
        return found

    off = {"gateway": {"reload": {"mode": "off"}}}
    assert annotations(agents(2)) == annotations(agents(5))
    assert annotations({**off, **agents(2)}) != annotations({**off, **agents(5)})


def test_the_merged_file_is_the_one_that_is_validated(world: World, make: Callable[..., Json]) -> None:
    world.site(make(agents(2)))
    world.edit(lambda config: config.update(ui={"seamColor": "#ff0000"}))
    seen: list[Json] = []

    def apply(objects: list[Json]) -> Json:
        seen.extend(objects)
        return {"changed": True, "objects": []}

    merging = Merging.of(json.loads(json.dumps(instance_manifests(make(agents(5))))))
    assert merging is not None
    merging.carry_out(Doors(world.look, apply, world.install), dry=True, wait=True)
    files = [
        found["data"]["openclaw.json"]
        for found in seen
        if found["kind"] == "ConfigMap" and "openclaw.json" in found["data"]
    ]
    assert len(files) == 2
    assert files[0] == files[1]
    assert json.loads(files[0])["ui"] == {"seamColor": "#ff0000"}


def test_the_init_step_runs_the_program_of_the_config_map(make: Callable[..., Json]) -> None:
    (workload,) = (found for found in BUILDERS["workload"](make({})) if found["kind"] == "StatefulSet")
    spec: Any = workload["spec"]
    pod = spec["template"]["spec"]
    (installer,) = (each for each in pod["initContainers"] if each["name"] == "install-config")
    assert installer["command"] == ["node", f"{CONFIG_DIR}/{PROGRAM_FILE}", "start", LIVE_FILE, CONFIG_DIR]


@pytest.mark.parametrize("mode", ["readonly", "overwrite", "seed"])
def test_other_modes_ask_for_no_merge(make_instance: MakeInstance, mode: str) -> None:
    objects = instance_manifests(make_instance(config_mode=mode))
    assert not may_merge(objects)
    assert not may_merge(json.dumps(objects))
    assert Merging.of(objects) is None


def test_a_merge_is_seen_in_a_list_and_in_its_text(make: Callable[..., Json]) -> None:
    objects = instance_manifests(make({}))
    assert may_merge(objects)
    assert may_merge(json.dumps(objects))

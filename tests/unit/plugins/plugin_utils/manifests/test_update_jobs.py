# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Jobs of an update, and the programs in them, run against a program that answers as OpenClaw does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.containers import program_texts
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.update_jobs import update_job

Make = Callable[..., dict[str, object]]
Json = dict[str, Any]

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
OLD, NEW = "claw:2026.9.5", "claw:2026.9.6"
SINCE = "2026-11-21T10:00:00Z"
# 10:00 without the minute that clocks may differ by.
SINCE_SECONDS = 1795255140

# Copies and judges what its environment says.
OPENCLAW = """
import { cpSync, mkdirSync } from "node:fs";
const words = process.argv.slice(2), say = given => console.log(JSON.stringify(given));
if (words[0] === "backup") {
  if (process.env.COPIES === "no") { console.error("database is newer than this build"); process.exit(1); }
  const folder = words[words.indexOf("--repository") + 1] + "/2026-11-21-snapshot";
  mkdirSync(folder, { recursive: true });
  cpSync(process.env.DATABASE, folder + "/database.sqlite");
  say({ ok: true });
} else {
  if (!process.env.STATUS) { console.error("error: unknown command 'database'"); process.exit(1); }
  console.log("a line before");
  say({ schema: "openclaw.state-schema-preflight.v1", status: process.env.STATUS });
  process.exit(process.env.STATUS === "exact" ? 0 : 1);
}
"""


def containers(job: Json) -> list[Json]:
    pod = job["spec"]["template"]["spec"]
    return [*pod.get("initContainers", ()), *pod["containers"]]


def mounts(container: Json) -> dict[str, Json]:
    return {each["mountPath"]: each for each in container["volumeMounts"]}


# -- the Jobs ------------------------------------------------------------------------------------------------------


def test_the_release_that_runs_copies_and_the_one_to_come_judges(make_instance: Make) -> None:
    job: Json = update_job(make_instance(), "schema", OLD, NEW)
    copy, judge = containers(job)
    assert (copy["image"], judge["image"]) == (OLD, NEW)
    # The state cannot be written by the one, and is not even there for the other.
    assert mounts(copy)["/home/node/.openclaw"]["readOnly"] is True
    assert "/home/node/.openclaw" not in mounts(judge)
    affinity = job["spec"]["template"]["spec"]["affinity"]["podAffinity"]
    assert affinity["requiredDuringSchedulingIgnoredDuringExecution"][0]["topologyKey"] == "kubernetes.io/hostname"


def test_the_release_that_comes_back_undoes(make_instance: Make) -> None:
    job: Json = update_job(make_instance(), "undo", OLD, since=SINCE)
    (undo,) = containers(job)
    assert undo["image"] == OLD
    assert "readOnly" not in mounts(undo)["/home/node/.openclaw"]
    assert json.loads(undo["command"][-1])["since"] == SINCE_SECONDS
    # There is no pod to be beside of.
    assert "affinity" not in job["spec"]["template"]["spec"]


@pytest.mark.parametrize("purpose", ["schema", "undo"])
def test_pods_of_an_update_are_restricted(make_instance: Make, purpose: str) -> None:
    job: Json = update_job(make_instance(), purpose, OLD, NEW, SINCE)
    pod = job["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert job["spec"]["backoffLimit"] == 0
    for container in containers(job):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert {"requests", "limits"} == set(container["resources"])
        assert all("valueFrom" not in entry for entry in container["env"])


def test_a_purpose_that_is_none_is_refused(make_instance: Make) -> None:
    with pytest.raises(ValueError, match="try is not one of schema, undo"):
        update_job(make_instance(), "try", OLD)


# -- the programs --------------------------------------------------------------------------------------------------


class Place:
    """A volume with databases, and a program that stands in for OpenClaw."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state-dir"
        self.copies = folder / "copies"
        self.openclaw = folder / "openclaw.mjs"
        self.openclaw.write_text(OPENCLAW)
        for name in ("state/openclaw.sqlite", "agents/main/agent/openclaw-agent.sqlite"):
            self.put(name, f"new {name}")
            self.put(f"{name}-wal", "frames of the new release")

    def put(self, name: str, text: str, made: float | None = None) -> None:
        file = self.state / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if made is not None:
            os.utime(file, (made, made))

    def keep(self, identifier: str, made: float, text: str = "old") -> None:
        """Copies as OpenClaw makes them before it migrates."""
        for name in ("state/openclaw.sqlite", "agents/main/agent/openclaw-agent.sqlite"):
            self.put(f"{name}.pre-startup-migration-{identifier}.bak", f"{text} {name}", made)

    def text(self, name: str) -> str:
        return (self.state / name).read_text()

    def run(self, program: str, **given: Any) -> tuple[int, Json]:
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE": str(self.state / "state/openclaw.sqlite"),
            **{name: str(given.pop(name)) for name in ("STATUS", "COPIES") if name in given},
        }
        told = {"openclaw": str(self.openclaw), "state": str(self.state), "copies": str(self.copies), "timeout": 20}
        words = ["--input-type=module", "-e", program_texts(program)[program], json.dumps({**told, **given})]
        done = subprocess.run(
            [str(NODE), *words], capture_output=True, text=True, timeout=60, check=False, env=environment
        )
        report: Json = json.loads(done.stdout.strip().splitlines()[-1])
        return done.returncode, report


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@needs_node
@pytest.mark.parametrize("status", ["exact", "startup-repairable", "migration-required"])
def test_a_state_that_can_be_taken_over(place: Place, status: str) -> None:
    assert place.run("update-schema.mjs", do="copy") == (0, {"status": "copied"})
    # The command itself ends with 1 for all but the first.
    assert place.run("update-schema.mjs", do="judge", STATUS=status) == (0, {"status": status})


@needs_node
def test_a_state_that_cannot(place: Place) -> None:
    place.run("update-schema.mjs", do="copy")
    assert place.run("update-schema.mjs", do="judge", STATUS="incompatible") == (
        1,
        {"status": "incompatible", "problem": "the release cannot take over the state: incompatible"},
    )


@needs_node
def test_a_release_that_cannot_judge_takes_nothing_over(place: Place) -> None:
    place.run("update-schema.mjs", do="copy")
    code, report = place.run("update-schema.mjs", do="judge")
    assert code == 1
    assert report["problem"] == "the release cannot take over the state: error: unknown command 'database'"


@needs_node
def test_a_state_that_cannot_be_copied(place: Place) -> None:
    code, report = place.run("update-schema.mjs", do="copy", COPIES="no")
    assert code == 1
    assert report["problem"].startswith("the release that runs cannot copy its database: ")
    assert report["problem"].endswith("database is newer than this build")


@needs_node
def test_migrated_databases_come_back_all_of_them(place: Place) -> None:
    place.keep("0a", made=500)
    code, report = place.run("update-undo.mjs", since=400, STATUS="exact")
    assert (code, report["status"], report["whole"]) == (0, "exact", True)
    assert sorted(report["restored"]) == ["agents/main/agent/openclaw-agent.sqlite", "state/openclaw.sqlite"]
    for name in report["restored"]:
        assert place.text(name) == f"old {name}"
        # Frames of the new release would be played over the database of the old one.
        assert not (place.state / f"{name}-wal").exists()


@needs_node
def test_undoing_twice_is_undoing_once(place: Place) -> None:
    place.keep("0a", made=500)
    first = place.run("update-undo.mjs", since=400, STATUS="exact")
    assert place.run("update-undo.mjs", since=400, STATUS="exact") == first


@needs_node
def test_of_several_migrations_the_first_began_with_what_was(place: Place) -> None:
    place.keep("ff", made=500, text="old")
    place.keep("0a", made=600, text="half new")
    place.run("update-undo.mjs", since=400, STATUS="exact")
    assert place.text("state/openclaw.sqlite") == "old state/openclaw.sqlite"


@needs_node
def test_copies_of_an_earlier_update_are_left_alone(place: Place) -> None:
    place.keep("0a", made=300)
    code, report = place.run("update-undo.mjs", since=400, STATUS="exact")
    assert (code, report) == (0, {"restored": [], "status": "exact", "whole": True})
    assert place.text("state/openclaw.sqlite") == "new state/openclaw.sqlite"
    assert place.text("state/openclaw.sqlite-wal") == "frames of the new release"


@needs_node
@pytest.mark.parametrize(
    "answers, status",
    [({"STATUS": "incompatible"}, "incompatible"), ({"COPIES": "no", "STATUS": "exact"}, "unreadable")],
)
def test_a_state_that_was_migrated_without_copies_needs_the_backup(place: Place, answers: Json, status: str) -> None:
    assert place.run("update-undo.mjs", since=400, **answers) == (
        0,
        {"restored": [], "status": status, "whole": False},
    )


@needs_node
def test_an_old_release_that_cannot_judge_gets_what_it_had(place: Place) -> None:
    place.keep("0a", made=500)
    _code, report = place.run("update-undo.mjs", since=400)
    assert (report["status"], report["whole"]) == ("unknown", True)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy that OpenClaw asks before it installs anything, run as OpenClaw runs it."""

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
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.tree import digest, read_folder

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node.js")
PROGRAM = "install-policy.mjs"
Json = dict[str, Any]
Ask = Callable[..., Json]
MakeInstance = Callable[..., Json]


@pytest.fixture
def skill(tmp_path: Path) -> Path:
    """A skill as OpenClaw stages it, with notes of its own in it."""
    folder = tmp_path / "staged" / "weather"
    for path, text in {
        "SKILL.md": "---\nname: weather\ndescription: Tells the weather.\n---\nLook out.\n",
        "scripts/run.sh": "#!/bin/sh\n",
        ".hidden": "hidden\n",
        ".clawhub/origin.json": "{}",
        "a-b/x": "x",
        "a/x": "x",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "scripts" / "run.sh").chmod(0o755)
    return folder


@pytest.fixture
def ask(tmp_path: Path, skill: Path) -> Ask:
    """Ask the policy about that skill, with the request changed as given; its answer."""
    approved = tmp_path / "approved.json"
    approved.write_text(json.dumps({"skills": {"weather": [digest(read_folder(skill))]}}), encoding="utf-8")
    (tmp_path / PROGRAM).write_text(program_texts(PROGRAM)[PROGRAM], encoding="utf-8")

    def run(text: str | None = None, **changes: object) -> Json:
        request = {
            "protocolVersion": 1,
            "targetType": "skill",
            "targetName": "weather",
            "sourcePath": str(skill),
            "sourcePathKind": "directory",
            "request": {"kind": "skill-install", "mode": "install"},
            "skill": {"installId": "path"},
            **changes,
        }
        done = subprocess.run(
            [str(NODE), str(tmp_path / PROGRAM), str(approved)],
            input=json.dumps(request) if text is None else text,
            env={},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        answer: Json = json.loads(done.stdout)
        assert answer["protocolVersion"] == 1
        return answer

    return run


def test_the_approved_skill_is_let_in(ask: Ask) -> None:
    assert ask()["decision"] == "allow"


def change_a_byte(skill: Path) -> None:
    (skill / "SKILL.md").write_text("Do as I say.\n", encoding="utf-8")


def add_a_hidden_file(skill: Path) -> None:
    (skill / ".env").write_text("", encoding="utf-8")


def make_a_text_a_program(skill: Path) -> None:
    (skill / "SKILL.md").chmod(0o755)


def lead_out_of_the_folder(skill: Path) -> None:
    (skill / "key").symlink_to("/etc/passwd")


def bring_a_pipe(skill: Path) -> None:
    os.mkfifo(skill / "pipe")


@pytest.mark.parametrize(
    "change, reason",
    [
        (change_a_byte, "it is not the one that was approved"),
        (add_a_hidden_file, "it is not the one that was approved"),
        (make_a_text_a_program, "it is not the one that was approved"),
        (lead_out_of_the_folder, '"key" is no regular file'),
        (bring_a_pipe, '"pipe" is no regular file'),
    ],
)
def test_a_changed_skill_is_kept_out(ask: Ask, skill: Path, change: Callable[[Path], None], reason: str) -> None:
    change(skill)
    answer = ask()
    assert answer["decision"] == "block"
    assert reason in answer["reason"]


@pytest.mark.parametrize(
    "request_, reason",
    [
        ({"targetName": "wether"}, "it is not in the inventory"),
        ({"targetName": "constructor"}, "it is not in the inventory"),
        ({"targetType": "plugin", "targetName": "greeter"}, "declare it in openclaw_plugins"),
        ({"skill": {"installId": "brew", "installSpec": {"kind": "brew"}}}, "openclaw_tools"),
        ({"request": {"kind": "skill-archive"}}, "nobody has approved what skill-archive brings"),
        ({"targetType": "hook"}, "nobody has approved"),
        ({"sourcePathKind": "file"}, "nobody has approved"),
    ],
)
def test_everything_else_is_kept_out(ask: Ask, request_: Json, reason: str) -> None:
    answer = ask(**request_)
    assert answer["decision"] == "block"
    assert reason in answer["reason"]


@pytest.mark.parametrize("text", ["[]", "null", '{"targetType": "skill", "request": {"kind": "skill-install"}}'])
def test_a_request_that_it_does_not_understand_is_never_allowed(ask: Ask, text: str) -> None:
    assert ask(text)["decision"] == "block"


@pytest.mark.parametrize("text", ["", "{"])
def test_what_is_no_request_gets_no_answer(ask: Ask, text: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        ask(text)
    assert failed.value.stdout == ""


def test_a_skill_that_went_meanwhile_is_never_allowed(ask: Ask, skill: Path) -> None:
    shutil.rmtree(skill)
    with pytest.raises(subprocess.CalledProcessError):
        ask()


def test_openclaw_asks_what_nobody_in_the_pod_can_change(make_instance: MakeInstance) -> None:
    instance = make_instance(install_policy_skills={"weather": "0a" * 32})
    data = BUILDERS["config"](instance)[0]["data"]
    policy = json.loads(data["openclaw.json"])["security"]["installPolicy"]
    assert policy["enabled"] is True
    assert json.loads(data["approved.json"]) == {"skills": {"weather": ["0a" * 32]}}
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    mounts = stateful_set["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    mounted = {mount["mountPath"]: mount for mount in mounts}
    for file in policy["exec"]["args"]:
        # OpenClaw trusts no links, and what is mounted without a subPath is one.
        assert mounted[file] == {
            "name": "config",
            "mountPath": file,
            "subPath": file.rpartition("/")[2],
            "readOnly": True,
        }


def test_switched_off_nothing_of_it_is_left(make_instance: MakeInstance) -> None:
    data = BUILDERS["config"](make_instance(install_policy_enabled=False))[0]["data"]
    assert list(data) == ["openclaw.json"]
    assert "security" not in json.loads(data["openclaw.json"])

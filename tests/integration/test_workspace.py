# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the workspace over restarts, with an agent that edits them: seeds, managed and readonly ones."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

WORKSPACE = "/home/node/.openclaw/workspace"
_READ = (
    "const fs=require('fs'),path=require('path'),{createHash}=require('crypto'),[root]=process.argv.slice(1),found={};"
    "const walk=at=>{for(const e of fs.readdirSync(at,{withFileTypes:true})){const p=path.join(at,e.name);"
    "if(e.isDirectory()){if(e.name!=='.git')walk(p)}"
    "else found[path.relative(root,p)]=createHash('sha256').update(fs.readFileSync(p)).digest('hex')}};"
    "if(fs.existsSync(root))walk(root);console.log(JSON.stringify(found))"
)
_WRITE = "const [file,text]=process.argv.slice(1);require('fs').writeFileSync(file,text)"
_REMOVE = "require('fs').rmSync(process.argv[1])"
NASTY = [
    "../up",
    "/etc/passwd",
    "a/../../b",
    "a//b",
    "nul\0",
    "line\nbreak",
    "-rf",
    "$(reboot)",
    "`id`",
    ".git/hooks/x",
]


def digest(content: bytes | str) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def files(instance: Instance, folder: str = WORKSPACE) -> dict[str, str]:
    """The digest of each file in a folder of the pod."""
    said = instance.exec("node", "-e", _READ, folder)
    assert said.rc == 0, said.stderr
    found: dict[str, str] = json.loads(said.stdout)
    return found


def write(instance: Instance, name: str, text: str) -> int:
    """Write a file as the agent would; the exit code."""
    return instance.exec("node", "-e", _WRITE, f"{WORKSPACE}/{name}", text).rc


def remove(instance: Instance, name: str) -> int:
    return instance.exec("node", "-e", _REMOVE, f"{WORKSPACE}/{name}").rc


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, model: str) -> Instance:
    return new_instance(
        shared_stage,
        "workspace",
        model,
        openclaw_workspace_files={
            "SOUL.md": "You are brief.\n",
            "USER.md": "Nobody in particular.\n",
            "notes/plan.md": {"content": "The plan.\n", "policy": "managed"},
            "run.sh": {"content": "#!/bin/sh\n", "mode": "0755", "policy": "managed"},
            "RULES.md": {"content": "Ask first.\n", "policy": "readonly"},
        },
    )


def test_files_are_there_with_their_modes(instance: Instance) -> None:
    found = files(instance)
    assert found["SOUL.md"] == digest("You are brief.\n")
    assert found["notes/plan.md"] == digest("The plan.\n")
    assert found["RULES.md"] == digest("Ask first.\n")
    mode = instance.exec("node", "-p", f"(require('fs').statSync('{WORKSPACE}/run.sh').mode & 0o777).toString(8)")
    assert mode.stdout.strip() == "755"
    assert instance.site().ok().changed(instance.name) == 0


def test_policies_over_a_restart_with_edits_of_the_agent(
    instance: Instance, record_property: Callable[[str, object], None]
) -> None:
    assert write(instance, "SOUL.md", "I am brief.") == 0
    assert remove(instance, "USER.md") == 0
    assert write(instance, "notes/plan.md", "Another plan.") == 0
    assert remove(instance, "run.sh") == 0
    assert write(instance, "own.md", "mine") == 0
    assert write(instance, "RULES.md", "Never ask.") != 0
    assert remove(instance, "RULES.md") != 0

    run("restart", instance.inventory).ok()

    found = files(instance)
    assert found["SOUL.md"] == digest("I am brief.")
    assert "USER.md" not in found
    assert found["notes/plan.md"] == digest("The plan.\n")
    assert found["run.sh"] == digest("#!/bin/sh\n")
    assert found["RULES.md"] == digest("Ask first.\n")
    assert found["own.md"] == digest("mine")
    record_property("figure", "5 edits, 3 policies, 1 restart")


def test_what_leaves_the_inventory_leaves_the_workspace_unless_it_was_a_seed(instance: Instance) -> None:
    instance.site(openclaw_workspace_files={"AGENTS.md": "Rules of the house.\n"}).ok()
    found = files(instance)
    assert {"notes/plan.md", "run.sh", "RULES.md"} & set(found) == set()
    assert found["SOUL.md"] == digest("I am brief.")
    assert found["own.md"] == digest("mine")

    instance.site(openclaw_workspace_files={}).ok()
    assert instance.site().ok().changed(instance.name) == 0
    names = [each["metadata"]["name"] for each in instance.cluster.list("ConfigMap", instance.name)]
    assert f"{instance.name}-workspace-0" not in names


def test_five_mebibytes_from_a_folder(stage: Stage, model: str, tmp_path: Path) -> None:
    source = tmp_path / "files"
    (source / "deep" / "er").mkdir(parents=True)
    content = {f"deep/er/{number}.bin": os.urandom(1_000_000) for number in range(4)}
    content["large.bin"] = os.urandom(1_500_000)
    content[".hidden"] = "ü".encode()
    for name, body in content.items():
        (source / name).write_bytes(body)
    instance = new_instance(stage, "large", model, openclaw_workspace_files={"in": {"src": str(source)}})
    found = files(instance, f"{WORKSPACE}/in")
    assert found == {name: digest(body) for name, body in content.items()}
    assert instance.site().ok().changed(instance.name) == 0


def test_several_agents_have_their_own_files(stage: Stage, model: str) -> None:
    agents = {"agents": {"entries": {"main": {"workspace": WORKSPACE}, "research": {}}}}
    instance = new_instance(
        stage,
        "agents",
        model,
        openclaw_config=agents,
        openclaw_workspace_agents={"main": {"SOUL.md": "one"}, "research": {"SOUL.md": "two"}},
    )
    assert files(instance)["SOUL.md"] == digest("one")
    assert files(instance, f"{WORKSPACE}-research")["SOUL.md"] == digest("two")
    listed = instance.openclaw("agents", "list", "--json")
    assert f"{WORKSPACE}-research" in listed.stdout, "where OpenClaw itself looks"


def test_a_config_map_of_others_restarts_the_pod_when_it_changes(stage: Stage, model: str) -> None:
    instance = new_instance(stage, "linked", model)
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "theirs", "namespace": instance.name},
        "data": {"A.md": "one"},
    }
    stage.cluster.apply(document, "somebody")
    linked = {"theirs": {"config_map": "theirs", "policy": "managed"}}
    instance.site(openclaw_workspace_files=linked).ok()
    assert files(instance, f"{WORKSPACE}/theirs") == {"A.md": digest("one")}
    stage.cluster.apply({**document, "data": {"B.md": "two"}}, "somebody")
    instance.site().ok()
    assert files(instance, f"{WORKSPACE}/theirs") == {"B.md": digest("two")}


def test_nasty_names_are_refused_with_one_message_before_anything_is_read(stage: Stage, audit: AuditLog) -> None:
    _name, inventory = stage.instance("nasty", openclaw_workspace_files=dict.fromkeys(NASTY, "x"))
    mark = audit.mark()
    refused = run("site", inventory)
    assert refused.rc != 0
    assert f"{len(NASTY)} problems in the options, nothing was changed" in refused.error
    assert refused.error.count("openclaw_workspace_files") == len(NASTY)
    assert audit.since(mark).requests == []

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skills in a pod whose network is closed: only what was locked, nothing that is hostile, and no change unseen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, model_options
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.skills import (
    CLEAN,
    HOSTILE,
    skill_file,
    write_clean,
    write_hostile,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

SKILLS = "/home/node/.openclaw/skills"
IN_WORKSPACE = "/home/node/.openclaw/workspace/skills"
_WRITE = "const [file,text]=process.argv.slice(1);require('fs').writeFileSync(file,text)"
_THERE = "process.exit(require('fs').existsSync(process.argv[1])?0:1)"


def folder_of(inventory: Inventory) -> Path:
    return inventory.folder / "skills"


def known(instance: Instance) -> dict[str, dict[str, object]]:
    """What the gateway's own program makes of the skills, by name."""
    said = instance.openclaw("skills", "list", "--json")
    assert said.rc == 0, said.stderr
    listed = json.loads(said.stdout[said.stdout.index("{") :])["skills"]
    return {skill["name"]: skill for skill in listed}


def is_there(instance: Instance, path: str) -> bool:
    return instance.exec("node", "-e", _THERE, path).rc == 0


def write(instance: Instance, path: str, text: str) -> int:
    """Write a file as the agent would; the exit code."""
    return instance.exec("node", "-e", _WRITE, path, text).rc


def declared(**skills: object) -> dict[str, object]:
    return {"openclaw_skills": {name.replace("_", "-"): entry for name, entry in skills.items()}}


ALL = {
    "forecast": {"src": "skills/forecast"},
    "minutes": {"src": "skills/minutes", "agents": ["main"], "policy": "managed"},
    "emoji": {"config_map": "emoji", "items": {"skill": "SKILL.md", "table": "assets/table.json"}},
}


@pytest.fixture(scope="module")
def skilled(shared_stage: Stage, model: str) -> Instance:
    """An instance without a way out, with a skill of a folder, one of its workspace and one of a ConfigMap."""
    name, inventory = shared_stage.instance(
        "skilled",
        **model_options(model),
        openclaw_networkpolicy_egress="none",
        openclaw_skills_cache="cache",
        **declared(**ALL),
    )
    shared_stage.namespace(name)
    values = {"skill": CLEAN["emoji"]["SKILL.md"], "table": CLEAN["emoji"]["assets/table.json"]}
    shared_stage.cluster.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "emoji", "namespace": name}, "data": values}
    )
    for skill in ("forecast", "minutes"):
        write_clean(folder_of(inventory), skill)
    run("skills_lock", inventory).ok()
    return Instance(
        shared_stage.cluster,
        name,
        inventory,
        deployed=run("site", inventory, extra={"openclaw_adopt_enabled": True}).ok(),
    )


def test_locked_skills_are_loaded_without_any_network(skilled: Instance) -> None:
    found = known(skilled)
    assert {name: found[name]["eligible"] for name in CLEAN} == dict.fromkeys(CLEAN, True)
    script = f"{IN_WORKSPACE}/minutes/scripts/minutes.py"
    mode = skilled.exec("node", "-p", f"(require('fs').statSync('{script}').mode & 0o777).toString(8)")
    assert mode.stdout.strip() == "755"


def test_the_agent_uses_a_skill_in_a_turn(skilled: Instance) -> None:
    """The agent tells the model of the skill, and reads it out when the model wants it."""
    assert skilled.ask("sees:forecast") == (200, "seen")
    status, answer = skilled.ask(f'call:read {{"path": "{SKILLS}/forecast/SKILL.md"}}')
    assert status == 200
    assert answer.startswith("tool-said:")
    assert CLEAN["forecast"]["SKILL.md"].splitlines()[-1] in answer


def test_second_lock_and_second_run_change_nothing(skilled: Instance, audit: AuditLog) -> None:
    assert run("skills_lock", skilled.inventory).ok().changed(skilled.name) == 0
    mark = audit.mark()
    assert skilled.site().ok().changed(skilled.name) == 0
    assert audit.since(mark).writes == []


def test_agent_cannot_change_what_is_mounted(skilled: Instance) -> None:
    assert write(skilled, f"{SKILLS}/forecast/SKILL.md", "evil") != 0
    assert write(skilled, f"{SKILLS}/forecast/more.md", "evil") != 0
    run("verify", skilled.inventory).ok()


def test_change_in_the_pod_is_told_and_a_restart_restores_it(skilled: Instance) -> None:
    script = f"{IN_WORKSPACE}/minutes/scripts/minutes.py"
    assert write(skilled, script, "print('evil')\n") == 0

    failed = run("verify", skilled.inventory)
    assert failed.rc != 0
    assert 'the skill minutes is not what is locked ("scripts/minutes.py"' in failed.error
    assert "3 locked, 1 changed" in run("status", skilled.inventory).ok().stdout

    run("restart", skilled.inventory).ok()
    run("verify", skilled.inventory).ok()
    assert "3 locked" in run("status", skilled.inventory).ok().stdout


def test_skill_that_the_agent_made_is_told(skilled: Instance) -> None:
    made = f"{IN_WORKSPACE}/invented"
    skilled.exec("node", "-e", "require('fs').mkdirSync(process.argv[1],{recursive:true})", made)
    try:
        assert made in run("verify", skilled.inventory).ok().stdout
    finally:
        skilled.exec("node", "-e", "require('fs').rmSync(process.argv[1],{recursive:true})", made)


def test_skill_changed_after_locking_is_refused_and_the_pod_stays(skilled: Instance) -> None:
    place = folder_of(skilled.inventory) / "forecast" / "SKILL.md"
    uid, contents, before = skilled.uid(), skilled.cluster.contents(skilled.name), place.read_text()
    place.write_text(skill_file("forecast", "Now it does something else."))
    try:
        refused = run("site", skilled.inventory)
        assert refused.rc != 0
        assert "openclaw_skills  " in refused.error
        assert 'has changed since it was locked ("SKILL.md")' in refused.error
        assert (skilled.uid(), skilled.cluster.contents(skilled.name)) == (uid, contents)
    finally:
        place.write_text(before)


def test_upgrade_is_reviewed_as_a_diff_and_really_happens(skilled: Instance) -> None:
    place = folder_of(skilled.inventory) / "forecast" / "SKILL.md"
    place.write_text(skill_file("forecast", "Ask for the week, too."))

    shown = run("skills_lock", skilled.inventory, check=True, diff=True).ok()
    assert "-      SKILL.md: 644 " in shown.stdout
    assert "+      SKILL.md: 644 " in shown.stdout

    run("skills_lock", skilled.inventory).ok()
    skilled.site().ok()
    text = skilled.exec("node", "-p", f"require('fs').readFileSync('{SKILLS}/forecast/SKILL.md','utf8')").stdout
    assert "Ask for the week, too." in text


def test_skill_that_leaves_the_inventory_leaves_the_pod_and_the_lock(skilled: Instance) -> None:
    kept = {name: entry for name, entry in ALL.items() if name not in ("forecast", "minutes")}
    skilled.inventory.host(skilled.name, **declared(**kept))
    try:
        run("skills_lock", skilled.inventory).ok()
        lock = yaml.safe_load((skilled.inventory.folder / "skills.lock.yml").read_text())["skills"]
        assert list(lock) == [f"config_map:{skilled.name}/emoji,skill=SKILL.md,table=assets/table.json"]
        skilled.site().ok()
        assert not is_there(skilled, f"{SKILLS}/forecast/SKILL.md")
        assert not is_there(skilled, f"{IN_WORKSPACE}/minutes/SKILL.md")
        assert {"forecast", "minutes"} & known(skilled).keys() == set()
    finally:
        skilled.inventory.host(skilled.name, **declared(**ALL))
        run("skills_lock", skilled.inventory).ok()
        skilled.site().ok()


def test_hostile_skills_are_blocked_each_with_its_reason(
    bare: Stage, record_property: Callable[[str, object], None]
) -> None:
    skills = {name: {"src": f"skills/{name}"} for name in (*HOSTILE, *CLEAN)}
    name, inventory = bare.instance("hostile", openclaw_skills=skills, openclaw_skills_cache="cache")
    for hostile in HOSTILE:
        write_hostile(folder_of(inventory), hostile)
    for clean in CLEAN:
        write_clean(folder_of(inventory), clean)

    refused = run("skills_lock", inventory)

    assert refused.rc != 0
    for hostile, about in HOSTILE.items():
        [line] = [line for line in refused.error.splitlines() if f"openclaw_skills  {hostile}:" in line]
        assert f"rule {about.rule}" in line or "is a symbolic link" in line
    assert [clean for clean in CLEAN if f"openclaw_skills  {clean}:" in refused.error] == []
    assert not (inventory.folder / "skills.lock.yml").exists()

    inventory.host(name, openclaw_skills={clean: skills[clean] for clean in CLEAN})
    run("skills_lock", inventory).ok()
    run("site", inventory).ok()
    record_property("figure", f"{len(HOSTILE)} blocked, {len(CLEAN)} allowed")


def test_override_is_shown_in_the_status_and_ends(bare: Stage) -> None:
    override = {"reason": "A test", "expires": "2999-01-01"}
    entry = {"src": "skills/prompt-only", "overrides": {"prompt-override": override}}
    name, inventory = bare.instance("override", **declared(prompt_only=entry))
    write_hostile(folder_of(inventory), "prompt-only")
    locked = run("skills_lock", inventory).ok()
    assert "accepted: SKILL.md" in locked.stdout
    run("site", inventory).ok()
    assert "in spite of prompt-override until 2999-01-01: A test" in run("status", inventory).ok().stdout

    entry["overrides"] = {"prompt-override": {"reason": "A test", "expires": "2020-01-01"}}
    inventory.host(name, **declared(prompt_only=entry))
    refused = run("site", inventory)
    assert "An override has expired: prompt-override on 2020-01-01." in refused.error


def test_instances_share_one_lock_file(bare: Stage) -> None:
    inventory = bare.inventory()
    for number in range(3):
        inventory.host(bare.name(f"shared-{number}"), **declared(forecast={"src": "skills/forecast"}))
    write_clean(folder_of(inventory), "forecast")
    run("skills_lock", inventory).ok()
    lock = yaml.safe_load((inventory.folder / "skills.lock.yml").read_text())["skills"]
    assert list(lock) == ["src:skills/forecast"]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From declared to locked to installed: what stands in the lock gets into the pod, and nothing else does."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import instance_manifests
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.skills import skill_trees, skills_manifests
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw import verdict
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills import drift, loading, lock, scanner
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.findings import Finding
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.lock_run import (
    forget,
    lock_instance,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved
from ansible_collections.openclaw.kubernetes.tests.integration.support.skills import (
    CLEAN,
    HOSTILE,
    skill_file,
    write_clean,
    write_hostile,
    write_skill,
)

Instance = dict[str, Any]
Resolve = Callable[[Mapping[str, object]], Resolved]
STATE = "/home/node/.openclaw"


class Inventory:
    """The folder of an inventory with one instance, and what the playbook skills_lock makes of it."""

    def __init__(self, folder: Path, resolve: Resolve) -> None:
        self.folder = folder
        self.resolve = resolve
        self.variables: dict[str, object] = {
            "inventory_dir": str(folder),
            "openclaw_skills_cache": "cache",
            "openclaw_skills_scanner_enabled": False,
        }
        self.config_maps: dict[str, dict[str, bytes]] = {}

    @property
    def lock_file(self) -> Path:
        return self.folder / "skills.lock.yml"

    def declare(self, **skills: object) -> Inventory:
        self.variables["openclaw_skills"] = {name.replace("_", "-"): entry for name, entry in skills.items()}
        return self

    def resolved(self) -> Resolved:
        return self.resolve(self.variables)

    def instance(self) -> Instance:
        found = self.resolved()
        assert found.problems == []
        return found.values

    def problem(self) -> str:
        [problem] = self.resolved().problems
        return problem

    def run(self, *, check_mode: bool = False) -> dict[str, Any]:
        found = self.resolved()
        report = {"instance": found.values, "problems": found.problems}
        return lock_instance(report, lambda _namespace, name: self.config_maps.get(name), check_mode=check_mode)

    def locked(self) -> Inventory:
        result = self.run()
        assert not result.get("failed"), result["msg"]
        return self


@pytest.fixture
def inventory(tmp_path: Path, resolved: Resolve) -> Inventory:
    return Inventory(tmp_path, resolved)


@pytest.fixture
def minutes(inventory: Inventory) -> Inventory:
    """An inventory with one locked skill."""
    write_clean(inventory.folder / "skills", "minutes")
    return inventory.declare(minutes={"src": "skills/minutes"}).locked()


# The lock


def test_unlocked_skill_is_refused_with_what_to_do(inventory: Inventory) -> None:
    write_clean(inventory.folder / "skills", "minutes")
    problem = inventory.declare(minutes={"src": "skills/minutes"}).problem()
    assert problem.startswith("openclaw_skills  minutes: src:skills/minutes is not in ")
    assert "Run the playbook skills_lock" in problem


def test_lock_lists_every_file_and_a_second_run_changes_nothing(minutes: Inventory) -> None:
    entry = yaml.safe_load(minutes.lock_file.read_text())["skills"]["src:skills/minutes"]
    assert sorted(entry["files"]) == sorted(CLEAN["minutes"])
    assert entry["files"]["scripts/minutes.py"].startswith("755 ")
    before = minutes.lock_file.stat().st_mtime_ns
    assert minutes.run()["changed"] is False
    assert minutes.lock_file.stat().st_mtime_ns == before


def test_lock_is_shown_and_not_written_in_check_mode(inventory: Inventory) -> None:
    write_clean(inventory.folder / "skills", "minutes")
    result = inventory.declare(minutes={"src": "skills/minutes"}).run(check_mode=True)
    assert result["changed"] is True
    assert "src:skills/minutes" in result["diff"]["after"]
    assert result["diff"]["before"] == ""
    assert not inventory.lock_file.exists()


def test_lock_survives_the_round_trip() -> None:
    entry = lock.Locked(
        tree="0" * 64,
        files={"SKILL.md": "644 1"},
        skills=("a",),
        config={"a": {"enabled": True}},
        resolved={"commit": "1"},
        verdict="pass",
        rules="r",
        scanner="s 1",
        findings=(Finding("a", "low", "m", "f", 3, "s", "b"),),
    )
    assert lock.parse(lock.text({"git:x": entry})) == {"git:x": entry}


@pytest.mark.parametrize(
    "content,reason",
    [
        ("version: 1\n<<<<<<< HEAD\nskills: {}\n", "merged by hand"),
        ("version: 2\nskills: {}\n", "not a lock file of version 1"),
        ("version: 1\nskills: {a: {tree: x}}\n", "has no digest for a"),
        (
            "version: 1\nskills: {a: {tree: %s, findings: [{rule: a, severity: none}]}}\n" % ("ab" * 32),
            "a finding for a",
        ),
    ],
)
def test_broken_lock_is_one_problem(minutes: Inventory, content: str, reason: str) -> None:
    minutes.lock_file.write_text(content)
    assert reason in minutes.problem()
    assert minutes.problem().startswith("openclaw_skills_lock  ")


def test_entry_that_nobody_declares_any_more_is_forgotten(minutes: Inventory) -> None:
    write_clean(minutes.folder / "skills", "forecast")
    declared = minutes.declare(forecast={"src": "skills/forecast"}).run()["declared"]
    assert len(lock.read(minutes.lock_file)) == 2
    assert forget([declared], check_mode=True)["changed"] is True
    assert len(lock.read(minutes.lock_file)) == 2
    assert forget([declared], check_mode=False)["changed"] is True
    assert list(lock.read(minutes.lock_file)) == ["src:skills/forecast"]
    assert forget([declared], check_mode=False)["changed"] is False


def test_other_problems_of_the_options_stop_the_lock(inventory: Inventory) -> None:
    inventory.variables["openclaw_skills_threshold"] = "none"
    result = inventory.declare(a={"clawhub": "a", "version": "1.0.0"}).run()
    assert result["failed"] is True
    assert len(result["problems"]) == 2
    assert not inventory.lock_file.exists()


# What is refused


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_skill_is_not_locked_and_the_reason_is_told(name: str, inventory: Inventory) -> None:
    write_hostile(inventory.folder / "skills", name)
    result = inventory.declare(**{name: {"src": f"skills/{name}"}}).run()
    [problem] = result["problems"]
    assert problem.startswith(f"openclaw_skills  {name}: ")
    assert (f"rule {HOSTILE[name].rule}" in problem) or "is a symbolic link" in problem
    assert not inventory.lock_file.exists()


@pytest.mark.parametrize("name", sorted(CLEAN))
def test_harmless_skill_is_locked_and_installed(name: str, inventory: Inventory) -> None:
    write_clean(inventory.folder / "skills", name)
    [tree] = skill_trees(inventory.declare(**{name: {"src": f"skills/{name}"}}).locked().instance())
    assert (tree.root, tree.policy) == (f"{STATE}/skills/{name}", "readonly")
    assert sorted(tree.files) == sorted(CLEAN[name])


@pytest.mark.parametrize("path", ["scripts/minutes.py", "SKILL.md", "new.md"])
def test_skill_that_changed_after_locking_is_refused(path: str, minutes: Inventory) -> None:
    place = minutes.folder / "skills" / "minutes" / path
    place.write_text((place.read_text() if place.exists() else "") + "more\n")
    problem = minutes.problem()
    assert f'has changed since it was locked ("{path}")' in problem
    assert skill_trees(minutes.resolved().values) == []


def test_mode_that_changed_after_locking_is_refused(minutes: Inventory) -> None:
    (minutes.folder / "skills" / "minutes" / "SKILL.md").chmod(0o755)
    assert 'has changed since it was locked ("SKILL.md")' in minutes.problem()


def test_override_needs_a_reason_and_ends(inventory: Inventory) -> None:
    write_hostile(inventory.folder / "skills", "prompt-only")
    entry: dict[str, object] = {"src": "skills/prompt-only", "overrides": {"prompt-override": {"reason": "read"}}}
    assert "needs a reason and its last day" in inventory.declare(prompt_only=entry).problem()

    entry["overrides"] = {"prompt-override": {"reason": "It is a test", "expires": "2999-01-01"}}
    instance = inventory.declare(prompt_only=entry).locked().instance()
    [accepted] = drift.accepted(instance)
    assert accepted == "the skill prompt-only is accepted in spite of prompt-override until 2999-01-01: It is a test"

    late = loading.loaded(instance, datetime.date(2999, 1, 2))
    assert "An override has expired: prompt-override on 2999-01-01." in late.problems[0]


def test_override_that_ends_soon_is_a_warning(inventory: Inventory) -> None:
    write_hostile(inventory.folder / "skills", "prompt-only")
    override = {"reason": "It is a test", "expires": str(loading.today())}
    inventory.declare(prompt_only={"src": "skills/prompt-only", "overrides": {"prompt-override": override}}).locked()
    assert any("ends on" in warning for warning in inventory.resolved().warnings)


def test_threshold_and_installers_come_from_the_inventory(inventory: Inventory) -> None:
    further = "metadata: {openclaw: {install: [{kind: uv, package: yt-dlp}]}}\n"
    write_skill(inventory.folder / "skills/video", {"SKILL.md": skill_file("video", "x", further=further)})
    inventory.declare(video={"src": "skills/video"})
    assert "rule installer" in inventory.run()["msg"]
    inventory.variables["openclaw_skills_installers"] = ["uv:yt-dlp"]
    inventory.locked().instance()
    inventory.variables["openclaw_skills_installers"] = []
    assert "rule installer" in inventory.problem()
    inventory.variables["openclaw_skills_threshold"] = "critical"
    inventory.instance()


def test_rules_that_changed_since_are_applied_anew(minutes: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "rules_digest", lambda: "newer")
    monkeypatch.setattr(loading, "scan", lambda _tree: [Finding("new-rule", "critical", "found now")])
    loading._loaded.cache_clear()
    assert "found now (critical, rule new-rule)" in minutes.problem()
    loading._loaded.cache_clear()


def test_scanner_of_others_has_a_say_where_it_is_installed(
    inventory: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / scanner.COMMAND
    program.parent.mkdir()
    finding = {"rule_id": "DATA_EXFIL", "severity": "CRITICAL", "title": "steals", "file_path": "SKILL.md"}
    report = {"findings": [finding]}
    program.write_text(
        '#!/bin/sh\nif [ "$1" = --version ]; then echo skill-scanner 9.9; exit; fi\n'
        f"echo '{json.dumps(report)}' > \"$6\"\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    write_clean(inventory.folder / "skills", "minutes")
    inventory.variables["openclaw_skills_scanner_enabled"] = True
    result = inventory.declare(minutes={"src": "skills/minutes"}).run()
    assert "SKILL.md: steals (critical, rule data-exfil of skill-scanner)" in result["msg"]


# What is fetched


def test_config_map_is_kept_on_the_controller(inventory: Inventory) -> None:
    inventory.config_maps["notes"] = {"skill": skill_file("notes", "x").encode(), "table": b"\0\1"}
    items = {"skill": "SKILL.md", "table": "assets/table.bin"}
    overrides = {"binary": {"reason": "ours", "expires": "2999-01-01"}}
    entry = {"config_map": "notes", "items": items, "overrides": overrides}
    [tree] = skill_trees(inventory.declare(notes=entry).locked().instance())
    assert sorted(tree.files) == ["SKILL.md", "assets/table.bin"]

    for kept in (inventory.folder / "cache").iterdir():
        kept.unlink()
    loading._loaded.cache_clear()
    assert "its files are not in" in inventory.problem()


def test_locked_source_is_not_fetched_again_and_an_update_is_asked_for(
    inventory: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills import locking
    from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.registries import Fetched
    from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.tree import File

    asked = []

    def fetch(_source: object, resolved: Mapping[str, object], _access: object) -> Fetched:
        asked.append(dict(resolved))
        content = skill_file("notes", f"version {len(asked)}").encode()
        return Fetched({"SKILL.md": File(content)}, {"commit": str(len(asked))})

    monkeypatch.setattr(locking, "from_git", fetch)
    inventory.declare(notes={"git": "acme/notes", "ref": "main"}).locked()
    assert inventory.run()["changed"] is False
    assert asked == [{}]

    inventory.variables["openclaw_skills_update_enabled"] = True
    assert inventory.run()["changed"] is True
    assert asked == [{}, {}]

    inventory.variables["openclaw_skills_update_enabled"] = False
    for kept in (inventory.folder / "cache").iterdir():
        kept.unlink()
    result = inventory.run()
    assert asked[-1] == {"commit": "2"}
    assert "is no longer what was locked" in result["msg"]


# What is installed


def test_without_skills_there_is_nothing_of_them(make_instance: Callable[..., Instance]) -> None:
    instance = make_instance()
    assert skills_manifests(instance) == []
    assert drift.probes(instance) == {}
    assert drift.skills_state(instance, {}) == "-"


def test_skills_of_agents_go_to_their_workspaces(inventory: Inventory) -> None:
    write_clean(inventory.folder / "skills", "minutes")
    inventory.variables["openclaw_config"] = {"agents": {"entries": {"main": {"default": True}, "docs": {}}}}
    entry = {"src": "skills/minutes", "agents": ["main", "docs"], "policy": "managed"}
    trees = skill_trees(inventory.declare(minutes=entry).locked().instance())
    assert [tree.name for tree in trees] == [
        f"managed {STATE}/workspace-docs/skills/minutes",
        f"managed {STATE}/workspace/skills/minutes",
    ]
    assert (
        'the agent "nobody" is none of openclaw_config'
        in inventory.declare(minutes={**entry, "agents": ["nobody"]}).problem()
    )


def test_pack_brings_its_skills_and_settings_below_those_of_the_user(inventory: Inventory) -> None:
    manifest = {
        "files": {f"skills/{name}/SKILL.md": f"{name}.md" for name in ("one", "two")},
        "config": {"one": {"enabled": True}, "two": {"enabled": True}},
    }
    files = {"skillpack.json": json.dumps(manifest), "one.md": skill_file("one", "x"), "two.md": skill_file("two", "x")}
    write_skill(inventory.folder / "pack", files)
    inventory.variables["openclaw_config"] = {"skills": {"entries": {"two": {"enabled": False}}}}
    instance = inventory.declare(house={"src": "pack"}).locked().instance()
    assert [tree.root for tree in skill_trees(instance)] == [f"{STATE}/skills/one", f"{STATE}/skills/two"]
    [config_map] = [each for each in instance_manifests(instance) if each["metadata"]["name"] == "support-config"]
    entries = json.loads(config_map["data"]["openclaw.json"])["skills"]["entries"]
    assert entries == {"one": {"enabled": True}, "two": {"enabled": False}}


def test_two_entries_cannot_bring_one_skill(minutes: Inventory) -> None:
    manifest = {"files": {"skills/minutes/SKILL.md": "SKILL.md"}}
    files = {"skillpack.json": json.dumps(manifest), "SKILL.md": skill_file("minutes", "x")}
    write_skill(minutes.folder / "pack", files)
    minutes.declare(minutes={"src": "skills/minutes"}, pack={"src": "pack"}).locked()
    assert "pack: brings minutes, and so does minutes. Remove one." in minutes.problem()


def test_absent_skill_is_neither_locked_nor_installed(minutes: Inventory) -> None:
    instance = minutes.declare(minutes={"src": "gone", "state": "absent"}).instance()
    assert skills_manifests(instance) == []


def test_tokens_are_in_no_manifest_and_no_lock(minutes: Inventory) -> None:
    minutes.variables["openclaw_skills_tokens"] = {"git.example.com": "canary-token"}
    assert "canary-token" not in json.dumps(instance_manifests(minutes.instance()))
    assert "canary-token" not in json.dumps(minutes.run())
    assert "canary-token" not in minutes.lock_file.read_text()


# What is in the pod


def probed(inventory: Inventory, pod: Path) -> tuple[Instance, dict[str, Any]]:
    """Ask a folder of this machine as if it were the pod's."""
    instance = inventory.instance()
    argv = [word.replace(STATE, str(pod)) for word in drift.probes(instance)["skills"]["argv"]]
    said = subprocess.run(argv, capture_output=True, text=True, check=True)
    return instance, {"probes": {"skills": {"rc": 0, "stdout": said.stdout.replace(str(pod), STATE)}}}


def test_untouched_skill_is_what_is_locked(minutes: Inventory, tmp_path: Path) -> None:
    write_clean(tmp_path / "pod" / "skills", "minutes")
    instance, info = probed(minutes, tmp_path / "pod")
    assert drift.judge_skills(instance, info) == ([], [])
    assert drift.skills_state(instance, info) == "1 locked"


@pytest.mark.parametrize("change", ["content", "mode", "added", "hidden", "removed", "link", "gone"])
def test_every_change_in_the_pod_is_told(change: str, minutes: Inventory, tmp_path: Path) -> None:
    folder = write_clean(tmp_path / "pod" / "skills", "minutes")
    script = folder / "scripts" / "minutes.py"
    changes: dict[str, Callable[[], object]] = {
        "content": lambda: script.write_text("evil"),
        "mode": lambda: script.chmod(0o644),
        "added": lambda: (folder / "more.md").write_text("x"),
        "hidden": lambda: (folder / ".more").write_text("x"),
        "removed": script.unlink,
        "link": lambda: (folder / "x").symlink_to("/etc/passwd"),
        "gone": lambda: folder.rename(tmp_path / "elsewhere"),
    }
    changes[change]()
    instance, info = probed(minutes, tmp_path / "pod")
    [problem], _warnings = drift.judge_skills(instance, info)
    assert problem.startswith("the skill minutes is not what is locked (")
    assert drift.skills_state(instance, info) == "1 locked, 1 changed"


def test_skill_that_the_agent_owns_may_change(minutes: Inventory, tmp_path: Path) -> None:
    minutes.declare(minutes={"src": "skills/minutes", "policy": "seed"})
    instance, info = probed(minutes, tmp_path / "pod")
    assert drift.judge_skills(instance, info) == ([], [])


def test_skill_that_nobody_declared_is_a_warning(minutes: Inventory, tmp_path: Path) -> None:
    write_clean(tmp_path / "pod" / "skills", "minutes")
    write_clean(tmp_path / "pod" / "workspace" / "skills", "forecast")
    instance, info = probed(minutes, tmp_path / "pod")
    assert drift.judge_skills(instance, info)[1] == [
        f"a skill that the inventory does not declare: {STATE}/workspace/skills/forecast"
    ]
    assert drift.skills_state(instance, info) == "1 locked, 1 more"


def test_pod_without_an_answer_is_a_problem(minutes: Inventory) -> None:
    problems, _warnings = drift.judge_skills(minutes.instance(), {"probes": {"skills": {"rc": 1, "stdout": ""}}})
    assert problems == ["the skills cannot be compared with the lock: the pod gives no answer."]


def test_status_shows_what_was_accepted() -> None:
    row = {
        "cluster": "eu",
        "instance": "support",
        "skills": "1 locked, 1 accepted",
        "accepted": "the skill a\nthe skill b",
    }
    lines = verdict.status_table([row])
    assert "SKILLS" in lines[0]
    assert "1 locked, 1 accepted" in lines[1]
    assert lines[lines.index("accepted in skills:") + 1 :] == ["  support  the skill a", "  support  the skill b"]

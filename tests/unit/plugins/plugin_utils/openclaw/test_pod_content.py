# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gateway says of its plugins, and what is found of files in the pod, against what the inventory declares."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.file_drift import (
    file_probes,
    files_state,
    judge_files,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.plugin_verdict import (
    judge_plugins,
    plugin_probes,
    plugins_state,
)

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs Node.js")
INSTANCE = {"plugins": {"greeter": {"package": "@house/greeter", "version": "1.0.0", "integrity": "sha512-x"}}}
RIGHT = {"id": "greeter", "version": "1.0.0", "enabled": True, "state": "active"}
Info = dict[str, object]


def told(*plugins: object) -> Info:
    return {"probes": {"plugins": {"rc": 0, "stdout": json.dumps({"plugins": plugins})}}}


def test_the_declared_plugin_is_no_problem() -> None:
    assert judge_plugins(INSTANCE, told(RIGHT)) == ([], [])
    assert plugins_state(INSTANCE, told(RIGHT)) == "1 pinned"


@pytest.mark.parametrize(
    "plugins, problem",
    [
        ([], "the plugin greeter is not installed; see the log of the container install-plugins."),
        (
            [{**RIGHT, "version": "0.9.0"}],
            "the plugin greeter has the version 0.9.0 instead of 1.0.0; run the playbook restart.",
        ),
        ([{**RIGHT, "enabled": False}], "the plugin greeter is disabled, though the inventory enables it."),
        ([{**RIGHT, "error": "boom\nat x"}], "the plugin greeter does not run: boom at x"),
    ],
)
def test_one_that_is_not_as_declared_is_a_problem(plugins: list[object], problem: str) -> None:
    assert judge_plugins(INSTANCE, told(*plugins)) == ([problem], [])
    assert plugins_state(INSTANCE, told(*plugins)) == "1 pinned, 1 wrong"


def test_one_that_nobody_declared_is_a_warning() -> None:
    info = told(RIGHT, {"id": "stranger", "version": "1.0.0"})
    assert judge_plugins(INSTANCE, info) == ([], ["a plugin that the inventory does not declare: stranger"])
    assert plugins_state(INSTANCE, info) == "1 pinned, 1 more"


def test_no_answer_is_a_problem() -> None:
    info = {"probes": {"plugins": {"rc": 1, "stdout": "", "stderr": "x"}}}
    assert judge_plugins(INSTANCE, info) == (["the gateway does not tell which plugins it has."], [])
    assert plugins_state(INSTANCE, info) == "not asked"


def test_without_plugins_nobody_is_asked() -> None:
    instance = {"plugins": {"greeter": {"state": "absent"}}}
    assert plugin_probes(instance) == {}
    assert judge_plugins(instance, {}) == ([], [])
    assert plugins_state(instance, {}) == "-"


@needs_node
def test_the_command_tells_what_is_not_of_the_image(tmp_path: Path) -> None:
    listed = [
        {**RIGHT, "installed": True, "origin": "global", "runtime": {"state": "active"}, "name": "Greeter"},
        {"id": "bundled", "installed": True, "origin": "bundled"},
        {"id": "offered", "installed": False, "origin": "official"},
    ]
    gateway = tmp_path / "gateway"
    gateway.write_text(f"#!/bin/sh\necho 'a warning'\necho '{json.dumps({'plugins': listed})}'\n")
    gateway.chmod(0o755)
    probe = plugin_probes(INSTANCE)["plugins"]
    argv = probe["argv"]
    assert isinstance(argv, list)
    script = argv[:3]
    done = subprocess.run([str(NODE), *script[1:], str(gateway)], capture_output=True, text=True, check=True)
    assert judge_plugins(INSTANCE, {"probes": {"plugins": {"stdout": done.stdout}}}) == ([], [])


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    declared = {}
    for name in ("SOUL.md", "notes/a b.md", "run.sh"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
        path.chmod(0o755 if name.endswith(".sh") else 0o644)
        declared[str(path)] = f"{path.stat().st_mode & 0o7777:o} {hashlib.sha256(name.encode()).hexdigest()}"
    return declared


def compared(files: dict[str, str]) -> Info:
    argv = file_probes(files)["files"]["argv"]
    assert isinstance(argv, list)
    done = subprocess.run([str(NODE), *argv[1:]], capture_output=True, text=True, check=True)
    return {"probes": {"files": {"rc": 0, "stdout": done.stdout}}}


@needs_node
def test_files_as_declared_are_no_matter(files: dict[str, str]) -> None:
    info = compared(files)
    assert judge_files(files, info) == []
    assert files_state(files, info) == "in sync"


@needs_node
def test_changed_missing_and_replaced_files_are_named(files: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "SOUL.md").write_text("I am somebody else")
    (tmp_path / "notes" / "a b.md").unlink()
    (tmp_path / "run.sh").chmod(0o644)
    info = compared(files)
    restored = "changed in the pod, restored at its next start: "
    assert judge_files(files, info) == [restored + path for path in sorted(files)]
    assert files_state(files, info) == "3 changed"


@needs_node
def test_a_link_is_never_the_declared_file(files: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("SOUL.md")
    (tmp_path / "SOUL.md").unlink()
    (tmp_path / "SOUL.md").symlink_to(tmp_path / "copy")
    assert files_state(files, compared(files)) == "1 changed"


def test_without_files_nobody_is_asked() -> None:
    assert file_probes({}) == {}
    assert judge_files({}, {}) == []
    assert files_state({}, {}) == "-"


def test_no_answer_about_files_is_told() -> None:
    files = {"/home/node/.openclaw/workspace/SOUL.md": "644 x"}
    assert judge_files(files, {}) == ["the files cannot be compared with the inventory: the pod gives no answer."]
    assert files_state(files, {}) == "not asked"


def test_many_files_fit_into_one_question() -> None:
    folder = "/home/node/.openclaw/workspace/notes"
    files = {f"{folder}/{number:04}/a-file-with-a-name.md": "644 x" for number in range(5000)}
    assert file_probes(files)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the workspace that are refused, and what the person is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.report import problem_text

Resolve = Callable[[Mapping[str, object]], Resolved]
NASTY = [
    "",
    ".",
    "..",
    "../../etc/cron.d/x",
    "a/../../b",
    "/etc/passwd",
    "a//b",
    "a/",
    "./a",
    "nul\0byte",
    "line\nbreak",
    "bell\a",
    "back\\slash",
    "right\u202eto-left",
    "zero\u200bwidth",
    "no\u00a0break",
    " leading",
    "trailing /x",
    "~/.ssh/authorized_keys",
    "-rf",
    "$(reboot)",
    "`reboot`",
    ".git/hooks/post-commit",
    "sub/.GIT/config",
    "x" * 300,
    "/".join(["y" * 100] * 11),
]
GOOD = [
    "SOUL.md",
    ".hidden",
    "notes/2026/plan (draft).md",
    "Ünïcode & more.md",
    "a.b_c-d+e=f,g@h#i",
    "日本語.md",
    "q?.txt",
]


def problems(resolved: Resolve, **options: Any) -> list[str]:
    return resolved({f"openclaw_{name}": value for name, value in options.items()}).problems


def test_nasty_names_are_refused_with_one_message(resolved: Resolve) -> None:
    found = problems(resolved, workspace_files=dict.fromkeys(NASTY, "x"))
    assert len(found) == len(NASTY)
    text = problem_text("support", found)
    assert text.startswith(f"support: {len(NASTY)} problems in the options, nothing was changed\n")
    assert all(letter.isprintable() or letter == "\n" for letter in text)


@pytest.mark.parametrize("name", GOOD)
def test_ordinary_names_are_taken(resolved: Resolve, name: str) -> None:
    assert problems(resolved, workspace_files={name: "x"}) == []


@pytest.mark.parametrize(
    "entry,said",
    [
        (7, "write text, or {content"),
        ({}, "says nowhere to take it from"),
        ({"content": "x", "src": "y"}, "has content and src. Write one of"),
        ({"content": 7}, "content is not text"),
        (
            {"content": "x", "mod": "0644"},
            "mod is not one of content, base64, src, config_map, key, mode, policy. Did you mean mode?",
        ),
        ({"content": "x", "mode": 644}, "mode 644 is not a mode"),
        ({"content": "x", "mode": "0044"}, 'mode "0044" is not a mode that its owner can read'),
        ({"content": "x", "mode": "4755"}, 'mode "4755" is not a mode'),
        ({"content": "x", "policy": "own"}, 'policy "own" is not one of seed, managed, readonly'),
        ({"content": "x", "key": "k"}, "key belongs to config_map"),
        ({"base64": "?"}, "base64 is no base64"),
        ({"src": ""}, "src is empty"),
        ({"src": "/does/not/exist"}, 'src "/does/not/exist" does not exist.'),
        ({"config_map": "No_Name"}, 'config_map "No_Name" is not'),
        ({"config_map": "name", "key": "a/b"}, 'key "a/b"'),
    ],
)
def test_an_entry_that_says_the_wrong_thing(resolved: Resolve, entry: object, said: str) -> None:
    (found,) = problems(resolved, workspace_files={"A.md": entry})
    assert found.startswith("openclaw_workspace_files  A.md: ")
    assert said in found


def test_an_agent_is_named_with_the_file(resolved: Resolve) -> None:
    config = {"agents": {"entries": {"main": {}, "research": {}}}}
    (found,) = problems(resolved, config=config, workspace_agents={"research": {"a/..": "x"}})
    assert found.startswith('openclaw_workspace_agents  research: "a/.." has an empty step')
    (found,) = problems(resolved, config=config, workspace_agents={"research": "x"})
    assert found == "openclaw_workspace_agents  research: is not a map of path to file."


@pytest.mark.parametrize(
    "files",
    [
        {"a": "x", "a/b": "y"},
        {"a": {"content": "x", "policy": "readonly"}, "a/b": "y"},
        {"a": {"config_map": "theirs"}, "a/b/c": "y"},
    ],
)
def test_two_entries_in_one_place(resolved: Resolve, files: Mapping[str, object]) -> None:
    (found,) = problems(resolved, workspace_files=files)
    assert "are in each other's way" in found


def test_folders_may_share_a_place_but_no_file(resolved: Resolve, tmp_path: Path) -> None:
    (tmp_path / "one" / "sub").mkdir(parents=True)
    (tmp_path / "one" / "sub" / "x").write_text("1")
    src = {"src": str(tmp_path / "one")}
    assert problems(resolved, workspace_files={"d": src, "d/sub/y": "2"}) == []
    (found,) = problems(resolved, workspace_files={"d": src, "d/sub/x": "2"})
    assert found == "openclaw_workspace_files  d: and d/sub/x are in each other's way. Rename one of them."


def test_links_and_nasty_names_in_a_folder_are_refused(resolved: Resolve, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    (found,) = problems(resolved, workspace_files={"d": {"src": str(tmp_path)}})
    assert "holds the link link. Put the file itself there." in found
    (tmp_path / "link").unlink()
    (tmp_path / "bad\nname").write_text("x")
    (found,) = problems(resolved, workspace_files={"d": {"src": str(tmp_path)}})
    assert '"bad\\nname" holds a character that cannot be seen' in found


def test_a_relative_path_begins_at_the_inventory(resolved: Resolve, tmp_path: Path) -> None:
    (tmp_path / "SOUL.md").write_text("x")
    found = resolved({"inventory_dir": str(tmp_path), "openclaw_workspace_files": {"SOUL.md": {"src": "SOUL.md"}}})
    assert found.problems == []
    assert found.values["workspace_files"] == {"SOUL.md": {"src": str(tmp_path / "SOUL.md")}}
    found = resolved({"inventory_dir": str(tmp_path), "openclaw_workspace_files": {"a": {"src": "none"}}})
    assert found.problems == [f'openclaw_workspace_files  a: src "{tmp_path}/none" does not exist.']


def test_too_much_for_config_maps(resolved: Resolve, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"\0" * (21 * 1024 * 1024))
    (found,) = problems(resolved, workspace_files={"big": {"src": str(tmp_path / "big")}})
    assert "1 files of 21 MiB are too much for ConfigMaps" in found


@pytest.mark.parametrize(
    "config,options,said",
    [
        (
            {"agents": {"entries": {"a": {}, "b": {}}}},
            {"workspace_files": {"A": "x"}},
            "openclaw_config has a, b. Write them to",
        ),
        ({}, {"workspace_agents": {"other": {"A": "x"}}}, "other: is no agent of openclaw_config. There is main."),
        (
            {"agents": {"defaults": {"workspace": "/srv/work"}}},
            {"workspace_files": {"A": "x"}},
            'the workspace of the agent main is "/srv/work", where its files would not stay',
        ),
    ],
)
def test_files_go_where_an_agent_works(resolved: Resolve, config: object, options: Any, said: str) -> None:
    (found,) = problems(resolved, config=config, **options)
    assert said in found

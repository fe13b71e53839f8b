# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packs: a folder whose C(skillpack.json) says which of its files make up which skills, and what goes with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from .findings import SKILL_FILE
from .tree import BadTree, File, Tree, below, checked, shown
from .validate import SLUG

PACK_FILE = "skillpack.json"
_ROOT = "skills/"
_MAX_NAMED = 5


@dataclass(frozen=True)
class Bundle:
    """What one source brings: one skill, or those of a pack, each with its files; and settings of the pack."""

    tree: Tree
    """The files that are installed. Those of a pack begin with the name of their skill."""
    skills: tuple[str, ...] = ()
    """The skills of a pack; none where the whole tree is one skill, whose name the inventory gives."""
    config: Mapping[str, object] = field(default_factory=dict)
    """Entries of C(skills.entries) that the pack brings."""

    def by_skill(self, name: str) -> dict[str, Tree]:
        """Return the files of each skill, for the entry I(name)."""
        return {skill: below(self.tree, skill) for skill in self.skills} or {name: self.tree}


def bundled(tree: Tree) -> Bundle:
    """Return what the files of a source amount to. Raises BadTree."""
    if PACK_FILE in tree:
        return _pack(tree)
    if SKILL_FILE not in tree:
        inside = sorted({path.rpartition("/")[0] for path in tree if path.endswith(f"/{SKILL_FILE}")})
        named = ", ".join(map(shown, inside[:_MAX_NAMED]))
        hint = f"; write one of its folders as the path: {named}" if inside else ""
        raise BadTree([f"has neither {SKILL_FILE} nor {PACK_FILE} at its top{hint}"])
    return Bundle(checked(tree))


def _pack(tree: Tree) -> Bundle:
    pack = _read(tree[PACK_FILE])
    files = pack.get("files")
    if not isinstance(files, dict) or not files or not all(isinstance(path, str) for path in files.values()):
        raise BadTree([f"{PACK_FILE} names no files"])
    installed: dict[str, File] = {}
    reasons = []
    for place, path in sorted(files.items()):
        inside = str(place).removeprefix(_ROOT)
        if not str(place).startswith(_ROOT) or "/" not in inside:
            reasons.append(f"{PACK_FILE} writes {shown(str(place))}, which is not a file of a skill below {_ROOT}")
        elif path not in tree:
            reasons.append(f"{PACK_FILE} names {shown(path)}, which is not there")
        else:
            installed[inside] = tree[path]
    skills = sorted({path.partition("/")[0] for path in installed})
    reasons += [f"{shown(skill)} is not the name of a skill" for skill in skills if not SLUG.fullmatch(skill)]
    config = _config(pack)
    if config is None:
        reasons.append(f"the config of {PACK_FILE} is not a map of entries")
    elif set(config) - set(skills):
        reasons.append(f"the config of {PACK_FILE} is for {', '.join(map(shown, sorted(set(config) - set(skills))))}")
    if reasons:
        raise BadTree(reasons)
    return Bundle(checked(installed), tuple(skills), config or {})


def _config(pack: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the settings that the pack brings; None where they are not a map of entries."""
    config = pack.get("config") or {}
    if not isinstance(config, dict) or not all(isinstance(entry, dict) for entry in config.values()):
        return None
    return config


def _read(file: File) -> Mapping[str, object]:
    try:
        pack = json.loads(file.content)
    except (ValueError, RecursionError) as problem:
        raise BadTree([f"{PACK_FILE} is not JSON: {problem}"]) from None
    if not isinstance(pack, dict):
        raise BadTree([f"{PACK_FILE} is not a map"])
    return pack

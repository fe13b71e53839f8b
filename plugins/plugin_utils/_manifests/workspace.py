# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the agents' workspaces."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping

from .._openclaw.workspace import owner_of, workspace_of
from .._options.access import Instance, mapping, text
from .._options.controller_files import SRC, content_of, modes_below
from .as_written import fields
from .content import MANAGED, READONLY, SEED, File, Linked, Tree, content_maps
from .identity import Manifest

PART = "workspace"
_STEM = "workspace"

Files = dict[str, "File | Linked"]


def workspace_manifests(instance: Instance) -> list[Manifest]:
    """Return the ConfigMaps that hold the files; none without any."""
    return content_maps(instance, PART, _STEM, workspace_trees(instance))


def workspace_trees(instance: Instance) -> list[Tree]:
    """Return what to put where: for each agent the seeds, the managed files, and each readonly entry by itself."""
    trees = []
    for folder, declared in _declared(instance).items():
        by_policy: dict[str, Files] = {SEED: {}, MANAGED: {}}
        for path, entry in sorted(declared.items()):
            given = {"content": entry} if isinstance(entry, str) else fields(entry)
            policy = str(given.get("policy") or text(instance, "workspace_policy"))
            files = dict(_files(given))
            if policy == READONLY:
                trees.append(Tree(f"{folder}/{path}", READONLY, files))
            else:
                by_policy[policy].update({_joined(path, inside): file for inside, file in files.items()})
        trees += [Tree(folder, policy, files) for policy, files in by_policy.items() if files]
    return sorted(trees, key=lambda tree: tree.name)


def _declared(instance: Instance) -> dict[str, Mapping[str, object]]:
    """Return the declared files by the workspace they belong to."""
    config, files = mapping(instance, "config"), mapping(instance, "workspace_files")
    declared: dict[str, Mapping[str, object]] = {}
    owner = owner_of(config) or ""
    for agent, own in [(owner, files), *mapping(instance, "workspace_agents").items()]:
        folder = workspace_of(config, agent)
        declared[folder] = {**declared.get(folder, {}), **fields(own)}
    return declared


def _files(given: Mapping[str, object]) -> Iterator[tuple[str, File | Linked]]:
    """Yield the files of one entry by their path below it, which is empty for the entry itself."""
    mode = int(str(given["mode"]), 8) if given.get("mode") else None
    if "config_map" in given:
        yield "", Linked(str(given["config_map"]), str(given.get("key") or ""), mode or Linked.mode)
    elif SRC in given:
        src = str(given[SRC])
        for inside, found in modes_below(src).items():
            yield inside, File(content_of(src, inside), mode or found)
    elif "base64" in given:
        yield "", File(b64decode(str(given["base64"])), mode or File.mode)
    else:
        yield "", File(str(given.get("content", "")).encode(), mode or File.mode)


def _joined(path: str, inside: str) -> str:
    return f"{path}/{inside}" if inside else path

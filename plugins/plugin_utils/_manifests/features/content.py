# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What unpacks the declared files before the gateway starts, and the volume of those that nobody may change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ..._openclaw.pod import STATE_DIR, STATE_SUB_PATH, WORKSPACE
from ..._options.access import Instance, entries
from ..content import READONLY, Tree, link_name, linked_names, map_name, packed
from ..content_sources import READONLY_VOLUME, content_trees, readonly_trees
from ..identity import Manifest
from ..state import CONTENT_RECORD, DATA_VOLUME
from .containers import preparation, program_texts
from .feature import Feature

INSTALLER = "install-content"
_PROGRAM = "install-content.mjs"
_SETTINGS = "content.json"
_CONTENT_DIR = "/content"
_READONLY_DIR = "/readonly"
_DATA_DIR = "/volume"
_WORKSPACE_DIR = "/workspace"
_READONLY_SIZE = "256Mi"


def content(instance: Instance) -> Feature | None:
    """Return the container, its volumes, and what it shall do."""
    sources = content_trees(instance)
    if not sources:
        return None
    # What a ConfigMap is called in the container, and its real name.
    own = {chunk.name: map_name(instance, chunk) for stem, trees in sources.items() for chunk in packed(stem, trees)}
    linked = {
        link_name(stem, index): config_map
        for stem, trees in sources.items()
        for index, config_map in enumerate(linked_names(trees))
    }
    mounted = readonly_trees(sources)
    return Feature(
        init_containers=(_installer(instance, [*own, *linked], bool(mounted)),),
        volumes=(
            *(_map_volume(source, config_map) for source, config_map in {**own, **linked}.items()),
            *([_readonly_volume()] if mounted else []),
        ),
        offline=(INSTALLER,),
        files={**program_texts(_PROGRAM), _SETTINGS: _settings(instance, sources, list(own), mounted)},
    )


def _volume(source: str) -> str:
    return f"content-{source}"


def _map_volume(source: str, config_map: str) -> Manifest:
    return {"name": _volume(source), "configMap": {"name": config_map}}


def _readonly_volume() -> Manifest:
    return {"name": READONLY_VOLUME, "emptyDir": {"sizeLimit": _READONLY_SIZE}}


def _installer(instance: Instance, sources: Sequence[str], has_readonly: bool) -> Manifest:
    frame = preparation(instance, INSTALLER, _PROGRAM, [_CONTENT_DIR])
    mounts: list[Manifest] = [{"name": DATA_VOLUME, "mountPath": _DATA_DIR}]
    if instance["workspace_storage_enabled"]:
        mounts.append({"name": WORKSPACE, "mountPath": _WORKSPACE_DIR})
    if has_readonly:
        mounts.append({"name": READONLY_VOLUME, "mountPath": _READONLY_DIR})
    mounts += [
        {"name": _volume(source), "mountPath": f"{_CONTENT_DIR}/{source}", "readOnly": True} for source in sources
    ]
    return {**frame, "volumeMounts": [*entries(frame, "volumeMounts"), *mounts]}


def _settings(
    instance: Instance, sources: Mapping[str, Sequence[Tree]], maps: Sequence[str], mounted: Mapping[str, Tree]
) -> str:
    """Return C(content.json): the volumes, each with a record of its own, and where each tree is on them."""
    folders = {tree.name: f"{_READONLY_DIR}/{folder}" for folder, tree in mounted.items()}
    settings = {
        "record": CONTENT_RECORD,
        "volumes": [_DATA_DIR, *([_WORKSPACE_DIR] if instance["workspace_storage_enabled"] else [])],
        "sources": list(maps),
        "trees": {
            tree.name: _described(instance, tree, folders.get(tree.name))
            for trees in sources.values()
            for tree in trees
        },
    }
    return json.dumps(settings, indent=2, sort_keys=True) + "\n"


def _described(instance: Instance, tree: Tree, mounted: str | None) -> Manifest:
    """C(place) is the tree on a volume, which for a readonly one only holds the mount; C(mounted) is what it shows."""
    place = _place(instance, tree.root)
    described: Manifest = {"policy": tree.policy, **place}
    return {**described, "mounted": mounted, "file": tree.is_file} if tree.policy == READONLY else described


def _place(instance: Instance, root: str) -> Manifest:
    """Return on which volume the folder I(root) of the gateway is, and where; nothing for one that is on none."""
    own = f"{STATE_DIR}/{WORKSPACE}"
    if instance["workspace_storage_enabled"] and (root == own or root.startswith(f"{own}/")):
        return {"volume": _WORKSPACE_DIR, "place": f"{_WORKSPACE_DIR}/{WORKSPACE}{root[len(own) :]}"}
    if root.startswith(f"{STATE_DIR}/"):
        return {"volume": _DATA_DIR, "place": f"{_DATA_DIR}/{STATE_SUB_PATH}{root[len(STATE_DIR) :]}"}
    return {}

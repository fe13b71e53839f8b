# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that brings files to the pod, and what of it is mounted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .._openclaw.config import digest
from .._options.access import Instance
from .content import READONLY, SEED, File, Tree, fingerprint, map_name, packed
from .hooks import STEM as HOOKS
from .hooks import hooks_trees
from .identity import CONTENT_DIGEST, Manifest
from .plugins import packed_bundle
from .skills import STEM as SKILLS
from .skills import skill_trees
from .workspace import workspace_trees

# The first word of the names of its ConfigMaps, and what makes its trees. These modules must not need the pod's mounts.
SOURCES: dict[str, Callable[[Instance], list[Tree]]] = {
    "workspace": workspace_trees,
    SKILLS: skill_trees,
    HOOKS: hooks_trees,
}
READONLY_VOLUME = "content"


def content_trees(instance: Instance) -> dict[str, list[Tree]]:
    """Return the trees of each source that has any."""
    return {stem: trees for stem, source in SOURCES.items() if (trees := source(instance))}


def readonly_trees(sources: Mapping[str, Sequence[Tree]]) -> dict[str, Tree]:
    """Return the trees that are mounted, by their folder on the volume they are mounted from."""
    return {
        f"{stem}-{number}": tree
        for stem, trees in sources.items()
        for number, tree in enumerate(tree for tree in trees if tree.policy == READONLY)
    }


def readonly_mounts(instance: Instance) -> list[Manifest]:
    """Return the mounts that a container needs to see these trees."""
    return [
        {"name": READONLY_VOLUME, "mountPath": tree.root, "subPath": folder, "readOnly": True}
        for folder, tree in readonly_trees(content_trees(instance)).items()
    ]


def kept_files(instance: Instance) -> dict[str, str]:
    """Return mode and digest of each file that has to stay as it is, by its path. Skills have a lock for that."""
    return {
        f"{tree.root}/{path}".rstrip("/"): f"{file.mode:o} {file.sha256}"
        for stem, trees in content_trees(instance).items()
        for tree in trees
        for path, file in tree.files.items()
        if stem != SKILLS and tree.policy != SEED and isinstance(file, File)
    }


def content_map_names(instance: Instance) -> list[str]:
    """Return the ConfigMaps that the collection makes for these files."""
    unpacked = [chunk for stem, trees in content_trees(instance).items() for chunk in packed(stem, trees)]
    return [map_name(instance, chunk) for chunk in (*unpacked, *packed_bundle(instance))]


def content_digest(instance: Instance) -> Manifest:
    """Return the annotation that restarts a pod whose files are no longer the declared ones; none without any."""
    found = content_trees(instance)
    return {CONTENT_DIGEST: digest(*(part for trees in found.values() for part in fingerprint(trees)))} if found else {}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skills of the instance: the locked files, in ConfigMaps and in the folders where OpenClaw looks for them."""

from __future__ import annotations

from .._openclaw.skills.loading import loaded
from .._options.access import Instance
from .content import File, Tree, content_maps
from .identity import Manifest

PART = "skills"
STEM = "skills"


def skills_manifests(instance: Instance) -> list[Manifest]:
    """Return the ConfigMaps that hold the skills; none without any."""
    return content_maps(instance, PART, STEM, skill_trees(instance))


def skill_trees(instance: Instance) -> list[Tree]:
    """Return each skill at each place where it is wanted."""
    trees = [
        Tree(folder, skill.policy, {path: File(file.content, file.mode) for path, file in skill.tree.items()})
        for skill in loaded(instance).skills
        for folder in skill.folders
    ]
    return sorted(trees, key=lambda tree: tree.name)

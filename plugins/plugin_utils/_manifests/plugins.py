# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of plugins that the controller has, in ConfigMaps, for pods that cannot fetch them."""

from __future__ import annotations

from .._openclaw.plugins import plugin_entries
from .._options.access import Instance
from .._options.controller_files import SRC, content_of, modes_below
from .content import MANAGED, Chunk, File, Tree, content_maps, packed
from .identity import Manifest

PART = "plugins"
STEM = "plugins"
FOLDER = "plugins"
"""Where the packages and the record of what was installed are, on the volume and out of the agent's reach."""
ARCHIVE = ".tgz"


def plugins_manifests(instance: Instance) -> list[Manifest]:
    """Return the ConfigMaps that hold the packages; none if no plugin has a C(src)."""
    return content_maps(instance, PART, STEM, _trees(instance))


def packed_bundle(instance: Instance) -> list[Chunk]:
    """Return what each of these ConfigMaps holds."""
    return packed(STEM, _trees(instance))


def _trees(instance: Instance) -> list[Tree]:
    """Return the archives of each plugin, which the container that installs finds by what they hold."""
    trees = []
    for name, entry in plugin_entries(instance).items():
        src = str(entry.get(SRC) or "")
        inside = [path for path in (modes_below(src) if src else {}) if (path or src).endswith(ARCHIVE)]
        files = {path or src.rpartition("/")[2]: File(content_of(src, path)) for path in inside}
        if files:
            trees.append(Tree(f"/{name}", MANAGED, files))
    return trees

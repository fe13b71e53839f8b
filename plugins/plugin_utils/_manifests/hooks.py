# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules that turn what others send into what the agent is told: transforms of hooks."""

from __future__ import annotations

from .._openclaw.hooks import reads_from_config_map, transform_path, transforms_folder
from .._options.access import Instance, mapping
from .._options.controller_files import SRC, content_of
from .as_written import fields
from .content import READONLY, File, Tree, content_maps
from .identity import Manifest

PART = "hooks"
STEM = "hooks"


def hooks_manifests(instance: Instance) -> list[Manifest]:
    """Return the ConfigMap that holds the modules for a configuration on the volume; none for a mounted one."""
    return content_maps(instance, PART, STEM, hooks_trees(instance))


def transforms(instance: Instance) -> dict[str, str]:
    """Return the declared modules, by name."""
    if not instance["hooks_enabled"]:
        return {}
    return {name: _text(given) for name, given in sorted(mapping(instance, "hooks_transforms").items())}


def _text(given: object) -> str:
    if isinstance(given, str):
        return given
    entry = fields(given)
    return content_of(str(entry[SRC]), "").decode() if SRC in entry else str(entry.get("content", ""))


def transform_files(instance: Instance) -> dict[str, tuple[str, str]]:
    """Return path and text of each module that stands beside the mounted configuration, by its key there."""
    if not reads_from_config_map(instance):
        return {}
    return {f"transform-{name}": (transform_path(name), text) for name, text in transforms(instance).items()}


def hooks_trees(instance: Instance) -> list[Tree]:
    """Return the modules where the configuration is on the volume."""
    found = {} if reads_from_config_map(instance) else transforms(instance)
    files = {name: File(text.encode()) for name, text in found.items()}
    return [Tree(transforms_folder(instance), READONLY, files)] if files else []

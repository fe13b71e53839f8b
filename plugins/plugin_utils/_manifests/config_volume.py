# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volume of the configuration, with the folders that some of its files are in."""

from __future__ import annotations

from collections.abc import Sequence

from .._options.access import Instance
from .config import config_files
from .features.feature import Feature
from .identity import Manifest, config_name


def config_volume(instance: Instance, features: Sequence[Feature]) -> Manifest:
    """Return the volume. Only a folder makes it list its files: without a list it has all of them."""
    paths = {file: path for feature in features for file, path in feature.file_paths.items()}
    items = [{"key": file, "path": paths.get(file, file)} for file in sorted(config_files(instance))] if paths else []
    return {"name": "config", "configMap": {"name": config_name(instance), **({"items": items} if items else {})}}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What packs of skills bring for C(skills.entries) of the configuration. The files come with all other files."""

from __future__ import annotations

from ..._openclaw.skills.loading import loaded
from ..._options.access import Instance
from .feature import Feature


def skill_entries(instance: Instance) -> Feature | None:
    """Return the settings, below the user's own."""
    config = loaded(instance).config
    return Feature(config={"skills": {"entries": config}}) if config else None

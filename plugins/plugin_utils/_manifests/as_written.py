# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory says in Kubernetes' own terms and nothing of ours stands below."""

from __future__ import annotations

from collections.abc import Mapping

from .identity import Manifest


def as_written(value: object) -> object:
    """Return a copy of I(value) without empty lists, which say nothing. Empty maps do: C(emptyDir: {}) is a choice."""
    if isinstance(value, Mapping):
        return fields(value)
    if isinstance(value, list):
        return [as_written(child) for child in value]
    return value


def fields(value: object) -> Manifest:
    """Return the copy of a map; an empty one for anything else."""
    return {key: as_written(child) for key, child in value.items() if child != []} if isinstance(value, Mapping) else {}

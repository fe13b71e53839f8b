# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters around the rotation of secrets: which there are, and the new value of one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests import rotation


def _plain(value: object) -> dict[str, object]:
    result = json.loads(json.dumps(value))
    return result if isinstance(result, dict) else {}


def rotation_turns(instance: Mapping[str, object], what: list[str] | None = None) -> list[dict[str, object]]:
    """Return the values to replace, without the values."""
    return rotation.rotation_turns(_plain(instance), None if what is None else [str(part) for part in what])


def rotation_value(turn: Mapping[str, object], instance: Mapping[str, object]) -> str:
    """Return the new value that the inventory holds."""
    return rotation.new_value(_plain(instance), _plain(turn))


class FilterModule:
    """The filters around the rotation of secrets."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {"rotation_turns": rotation_turns, "rotation_value": rotation_value}

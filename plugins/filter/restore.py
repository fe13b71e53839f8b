# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters around restores and moves of volumes: the Jobs, and what speaks against them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests import restore, volume_move


def _plain(value: object) -> dict[str, object]:
    result = json.loads(json.dumps(value))
    return result if isinstance(result, dict) else {}


def restore_job(instance: Mapping[str, object], purpose: str, **given: object) -> dict[str, object]:
    """Return the Job for one purpose."""
    try:
        return restore.restore_job(_plain(instance), str(purpose), _plain(given))
    except ValueError as problem:
        raise AnsibleFilterError(f"openclaw.kubernetes.restore_job: {problem}") from None


def restore_problems(instance: Mapping[str, object]) -> list[str]:
    """Return why the options do not let a restore begin."""
    return restore.restore_problems(_plain(instance))


def move_problems(instance: Mapping[str, object], claim: str) -> list[str]:
    """Return why the volume cannot be moved."""
    return volume_move.move_problems(_plain(instance), str(claim))


def move_claim(instance: Mapping[str, object]) -> dict[str, object]:
    """Return the claim to move to."""
    return volume_move.target_claim(_plain(instance))


def move_job(instance: Mapping[str, object], **given: object) -> dict[str, object]:
    """Return the Job that copies the volume."""
    return volume_move.move_job(_plain(instance), _plain(given))


class FilterModule:
    """The filters around restores and moves."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {
            "restore_job": restore_job,
            "restore_problems": restore_problems,
            "move_problems": move_problems,
            "move_claim": move_claim,
            "move_job": move_job,
        }

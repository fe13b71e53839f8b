# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a restored state waits on a volume until it takes the place of the one that is there."""

from __future__ import annotations

from collections.abc import Mapping

from .backup_repository import VOLUME_DIR
from .pod import STATE_SUB_PATH, WORKSPACE

FOLDER = ".restore"
"""At the root of a volume, which no container of the gateway sees: what comes in, and what was there."""
WORKSPACE_VOLUME_DIR = f"{VOLUME_DIR}-{WORKSPACE}"
_NO_CHANNELS = ("defaults", "modelByChannel")


def volumes(workspace_apart: bool) -> list[str]:
    """Return where the volumes of the instance are mounted in the Jobs of a restore."""
    return [VOLUME_DIR, *([WORKSPACE_VOLUME_DIR] if workspace_apart else [])]


def parts(workspace_apart: bool) -> list[dict[str, object]]:
    """Return which folder of a snapshot goes where, the workspace to its own volume if it has one."""
    incoming = f"{VOLUME_DIR}/{FOLDER}/incoming"
    if not workspace_apart:
        return [{"sub": "", "target": incoming, "done": f"{incoming}.complete"}]
    workspace, place = f"{STATE_SUB_PATH}/{WORKSPACE}", f"{WORKSPACE_VOLUME_DIR}/{FOLDER}"
    return [
        {"sub": "", "exclude": [workspace], "target": incoming, "done": f"{incoming}.complete"},
        {
            "sub": workspace,
            # An agent that was never asked for anything has none.
            "optional": True,
            "target": f"{place}/incoming/{WORKSPACE}",
            "done": f"{place}/{WORKSPACE}.complete",
        },
    ]


def live_channels(config: Mapping[str, object]) -> list[str]:
    """Return the channels that a configuration has running."""
    channels = config.get("channels")
    return sorted(
        name
        for name, given in (channels.items() if isinstance(channels, Mapping) else ())
        if name not in _NO_CHANNELS and isinstance(given, Mapping) and given.get("enabled") is not False
    )

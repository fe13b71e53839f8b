# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state directory and the agent's workspace in it: their claims, and where they are found in a container."""

from __future__ import annotations

from .._openclaw.pod import STATE_DIR, STATE_SUB_PATH, WORKSPACE
from .._options.access import Instance
from .content_sources import readonly_mounts
from .identity import Manifest

DATA_VOLUME = "data"
DATA_MOUNT: Manifest = {"name": DATA_VOLUME, "mountPath": STATE_DIR, "subPath": STATE_SUB_PATH}
CONTENT_RECORD = "content.json"
"""What tells on each volume which files were installed: beside the folders that are mounted, so no agent gets at it."""
WORKSPACE_MOUNT: Manifest = {"name": WORKSPACE, "mountPath": f"{STATE_DIR}/{WORKSPACE}", "subPath": WORKSPACE}


def state_mounts(instance: Instance) -> list[Manifest]:
    """Return the mounts of every container that shares the gateway's state: state, workspace and readonly files."""
    workspace = [dict(WORKSPACE_MOUNT)] if instance["workspace_storage_enabled"] else []
    return [dict(DATA_MOUNT), *workspace, *readonly_mounts(instance)]


def claim_spec(instance: Instance, prefix: str) -> Manifest:
    """Return the claim that the options of that I(prefix) describe."""
    spec: Manifest = {
        "accessModes": instance[f"{prefix}access_modes"],
        "resources": {"requests": {"storage": instance[f"{prefix}size"]}},
    }
    if instance[f"{prefix}class"]:
        spec["storageClassName"] = instance[f"{prefix}class"]
    return spec

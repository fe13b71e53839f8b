# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A volume of its own for the agent's workspace, which otherwise is a folder of the state's volume."""

from __future__ import annotations

from ..._openclaw.pod import STATE_SUB_PATH, WORKSPACE
from ..._options.access import Instance, entries
from ..identity import Manifest, metadata, name
from ..state import DATA_VOLUME, claim_spec
from .containers import preparation, program_texts
from .feature import Feature

_PREPARER = "prepare-workspace"
_STATE_DIR = "/volume"
_DIR = "/workspace"
_PROGRAM = "prepare-workspace.mjs"


def workspace(instance: Instance) -> Feature | None:
    """Return the volume and what prepares it. Everybody who mounts the state mounts it, too."""
    if not instance["workspace_storage_enabled"]:
        return None
    claim = str(instance["workspace_existing_claim"] or f"{name(instance)}-{WORKSPACE}")
    return Feature(
        init_containers=(_preparer(instance),),
        volumes=({"name": WORKSPACE, "persistentVolumeClaim": {"claimName": claim}},),
        offline=(_PREPARER,),
        files=program_texts(_PROGRAM),
        claims=() if instance["workspace_existing_claim"] else (_claim(instance, claim),),
    )


def _claim(instance: Instance, claim: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(instance, "storage", claim, WORKSPACE),
        "spec": claim_spec(instance, "workspace_storage_"),
    }


def _preparer(instance: Instance) -> Manifest:
    folders = [f"{_STATE_DIR}/{STATE_SUB_PATH}/{WORKSPACE}", f"{_DIR}/{WORKSPACE}"]
    container = preparation(instance, _PREPARER, _PROGRAM, folders)
    mounts: list[Manifest] = [
        {"name": DATA_VOLUME, "mountPath": _STATE_DIR},
        {"name": WORKSPACE, "mountPath": _DIR},
    ]
    return {**container, "volumeMounts": [*entries(container, "volumeMounts"), *mounts]}

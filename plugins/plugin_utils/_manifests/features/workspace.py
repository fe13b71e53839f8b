# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A volume of its own for the agent's workspace, which otherwise is a folder of the state's volume."""

from __future__ import annotations

from ..._openclaw.pod import STATE_SUB_PATH, WORKSPACE
from ..._options.access import Instance
from ..identity import Manifest, metadata, name
from ..state import DATA_VOLUME, claim_spec
from .containers import preparation
from .feature import Feature

_PREPARER = "prepare-workspace"
_STATE_DIR = "/volume"
_DIR = "/workspace"

# The folder below which the volume is mounted has to be the gateway's, or the kubelet makes it as root. What the agent
# has there when the volume is new moves along, all of it or nothing: a copy that was cut short is begun again.
_PREPARE = (
    "const fs=require('fs'),[from,to]=process.argv.slice(1);"
    "fs.mkdirSync(from,{recursive:true,mode:0o700});"
    "if(!fs.existsSync(to)){fs.rmSync(to+'.new',{recursive:true,force:true});"
    "fs.cpSync(from,to+'.new',{recursive:true,preserveTimestamps:true,verbatimSymlinks:true});"
    "fs.renameSync(to+'.new',to)}"
)


def workspace(instance: Instance) -> Feature | None:
    """Return the volume and what prepares it. Everybody who mounts the state mounts it, too."""
    if not instance["workspace_storage_enabled"]:
        return None
    claim = str(instance["workspace_existing_claim"] or f"{name(instance)}-{WORKSPACE}")
    return Feature(
        init_containers=(_preparer(instance),),
        volumes=({"name": WORKSPACE, "persistentVolumeClaim": {"claimName": claim}},),
        offline=(_PREPARER,),
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
    return {
        **preparation(instance, _PREPARER, _PREPARE, folders),
        "volumeMounts": [
            {"name": DATA_VOLUME, "mountPath": _STATE_DIR},
            {"name": WORKSPACE, "mountPath": _DIR},
        ],
    }

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first container of a pod: it makes the state directory, and removes what is no longer declared at all."""

from __future__ import annotations

from .._openclaw.plugins import PROJECTS, plugin_entries
from .._openclaw.pod import STATE_SUB_PATH, WORKSPACE
from .._options.access import Instance
from .content_sources import content_trees
from .identity import Manifest
from .image import reference
from .plugins import FOLDER as PLUGINS
from .restricted import container_security
from .state import CONTENT_RECORD, DATA_VOLUME

STATE_PREPARER = "prepare-state"
_VOLUME_DIR = "/volume"
_WORKSPACE_DIR = "/workspace"
_PREPARE_STATE = (
    "const fs=require('fs'),path=require('path');fs.mkdirSync(process.argv[1],{recursive:true,mode:0o700});"
)
# As install-content does it, which is not there to do it once nothing is declared: see its record.
_REMOVE_FILES = (
    "for(const record of process.argv.slice(2)){"
    "let was;try{was=JSON.parse(fs.readFileSync(record,'utf8'))}catch{continue}"
    "for(const at of [...was.managed,...was.folders.sort().reverse()])try{"
    "const up=path.dirname(at);if(fs.realpathSync(up)!==up)continue;"
    "if(fs.lstatSync(at).isDirectory())fs.rmdirSync(at);else fs.unlinkSync(at)}catch{}"
    "fs.rmSync(record)}"
)
# The same for install-plugins. What OpenClaw has noted of a plugin without files does no harm.
_REMOVE_PLUGINS = (
    f"{{const own='{_VOLUME_DIR}/{PLUGINS}',at='{_VOLUME_DIR}/{STATE_SUB_PATH}/{PROJECTS}';try{{"
    "const was=JSON.parse(fs.readFileSync(`${own}/installed.json`,'utf8'));"
    "for(const {project} of Object.values(was))if(project&&fs.realpathSync(at)===at)"
    "fs.rmSync(path.join(at,path.basename(project)),{recursive:true,force:true})}catch{}"
    "fs.rmSync(own,{recursive:true,force:true})}"
)


def state_preparer(instance: Instance) -> Manifest:
    """Make the state directory as the gateway's user, before the kubelet makes it as root for the mount below it.

    OpenClaw sets the mode of its state directory when it writes there; only the owner may, so with root's directory
    every change of the configuration inside the pod and every migration at a start fails (EPERM, fchmod).
    """
    declares_files = bool(content_trees(instance))
    reads_workspace = bool(instance["workspace_storage_enabled"]) and not declares_files
    volumes = {DATA_VOLUME: _VOLUME_DIR, **({WORKSPACE: _WORKSPACE_DIR} if reads_workspace else {})}
    records = [] if declares_files else [f"{folder}/{CONTENT_RECORD}" for folder in volumes.values()]
    return {
        "name": STATE_PREPARER,
        "image": reference(instance),
        "imagePullPolicy": instance["image_pull_policy"],
        "command": ["node", "-e", _script(instance), f"{_VOLUME_DIR}/{STATE_SUB_PATH}", *records],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": container_security(),
        "volumeMounts": [{"name": volume, "mountPath": folder} for volume, folder in volumes.items()],
    }


def _script(instance: Instance) -> str:
    removal = "" if plugin_entries(instance) else _REMOVE_PLUGINS
    return _PREPARE_STATE + _REMOVE_FILES + removal

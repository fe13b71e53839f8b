# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The containers that put the declared configuration where the gateway reads it, unless it reads it where it is."""

from __future__ import annotations

from .._openclaw.config_live import LIVE_FILE, PROGRAM_FILE
from .._openclaw.pod import CONFIG_DIR, CONFIG_FILE, REPLICA_CONFIG_DIR, STATE_DIR
from .._options.access import Instance
from .features.containers import preparation
from .identity import Manifest
from .replicas import SELECTED_CONFIG, own_config_file, reads_selected_config, replica_index
from .state import DATA_MOUNT

_CONFIG_MOUNT: Manifest = {"name": "config", "mountPath": CONFIG_DIR, "readOnly": True}

# Copies the declared file to the volume. A file without OpenClaw's stamp beside an older backup of its own would be
# "restored" from that backup at the next start, so the backup goes.
_INSTALL_CONFIG = (
    "const fs=require('fs'),[from,to,mode]=process.argv.slice(1);"
    "if(mode==='seed'&&fs.existsSync(to))process.exit(0);"
    "fs.copyFileSync(from,to+'.new');fs.chmodSync(to+'.new',0o600);fs.renameSync(to+'.new',to);"
    "fs.rmSync(to+'.bak',{force:true})"
)
# Comes before it, takes a further first argument: the file of this replica, if there is one, instead of the common one.
_SELECT_CONFIG = (
    "{const[own,common]=process.argv.splice(1,2);process.argv.splice(1,0,require('fs').existsSync(own)?own:common)}"
)


def config_installers(instance: Instance) -> list[Manifest]:
    """Return the container that copies the file, if one has to: to the volume, or where replicas have theirs."""
    if reads_selected_config(instance):
        mount: Manifest = {"name": SELECTED_CONFIG, "mountPath": REPLICA_CONFIG_DIR}
        return [_installer(instance, f"{REPLICA_CONFIG_DIR}/{CONFIG_FILE}", "overwrite", mount)]
    if instance["config_mode"] == "readonly":
        return []
    if instance["config_mode"] == "merge":
        return [_merged_installer(instance)]
    return [_installer(instance, f"{STATE_DIR}/{CONFIG_FILE}", str(instance["config_mode"]), dict(DATA_MOUNT))]


def installed_config_volume(instance: Instance) -> list[Manifest]:
    """Return the volume of a replica's own file, where the gateway does not read it from the volume of its state."""
    return [{"name": SELECTED_CONFIG, "emptyDir": {"sizeLimit": "2Mi"}}] if reads_selected_config(instance) else []


def _merged_installer(instance: Instance) -> Manifest:
    """Install the merged file, unless it was made from another one than the volume has by now."""
    container = preparation(instance, "install-config", PROGRAM_FILE, ("start", LIVE_FILE, CONFIG_DIR))
    return {**container, "volumeMounts": [dict(_CONFIG_MOUNT), dict(DATA_MOUNT)]}


def _installer(instance: Instance, target: str, mode: str, mount: Manifest) -> Manifest:
    own = own_config_file(instance)
    sources = [f"{CONFIG_DIR}/{file}" for file in (own, CONFIG_FILE) if file]
    script = _SELECT_CONFIG + _INSTALL_CONFIG if own else _INSTALL_CONFIG
    return {
        **preparation(instance, "install-config", "", ()),
        "command": ["node", "-e", script, *sources, target, mode],
        **({"env": replica_index(instance)} if own else {}),
        "volumeMounts": [dict(_CONFIG_MOUNT), mount],
    }

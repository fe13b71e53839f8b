# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance whose configuration people edit inside: by the gateway's RPC as the user interface does, and by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .cluster import wait_until
from .instance import Instance
from .playbook import run

FILE = "/home/node/.openclaw/openclaw.json"
_WRITE = "const fs=require('fs'),[file,text]=process.argv.slice(1);fs.writeFileSync(file,text)"
_FORGET = (
    "const fs=require('fs'),dir='/home/node/.openclaw/';"
    "for(const f of fs.readdirSync(dir))if(f.startsWith('openclaw.'))fs.rmSync(dir+f)"
)

Json = dict[str, Any]


def edit(instance: Instance, patch: Mapping[str, object]) -> None:
    """Change settings as the user interface does; null deletes."""
    params = {"raw": json.dumps(patch), "baseHash": snapshot(instance)["hash"]}
    said = instance.openclaw("gateway", "call", "config.patch", "--json", "--params", json.dumps(params))
    if said.rc != 0:
        raise AssertionError(f"config.patch failed: {said.stdout[-800:]} {said.stderr[-800:]}")


def snapshot(instance: Instance) -> Json:
    """What the gateway says of its configuration."""
    said = instance.openclaw("gateway", "call", "config.get", "--json")
    if said.rc != 0:
        raise AssertionError(f"config.get failed: {said.stdout[-500:]} {said.stderr[-500:]}")
    found: Json = json.loads(said.stdout[said.stdout.index("{") :])
    return found


def parsed(instance: Instance) -> Json:
    """The file as the gateway read it."""
    found: Json = snapshot(instance)["parsed"]
    return found


def at(config: object, path: str) -> object:
    """The value at a dotted path; None if there is none."""
    for key in path.split("."):
        config = config.get(key) if isinstance(config, dict) else None
    return config


def in_force(instance: Instance, path: str) -> object:
    return at(parsed(instance), path)


def text_of(instance: Instance) -> str:
    return instance.exec("cat", FILE).stdout


def write(instance: Instance, text: str) -> None:
    """Write the file by hand, past the gateway."""
    done = instance.exec("node", "-e", _WRITE, FILE, text)
    assert done.rc == 0, done.stderr


def rewrite(instance: Instance, change: Callable[[Json], object]) -> None:
    config = json.loads(text_of(instance))
    change(config)
    write(instance, json.dumps(config))


def forget(instance: Instance) -> None:
    """Remove the file and all that OpenClaw and the collection keep beside it, as on a new volume."""
    assert instance.exec("node", "-e", _FORGET).rc == 0


def restart(instance: Instance) -> None:
    run("restart", instance.inventory).ok()


def delete_pod(instance: Instance) -> None:
    """The pod goes as with its node, without the collection, and another one comes."""
    uid = instance.uid()
    instance.cluster.delete("Pod", instance.pod_name, instance.name, grace=5)
    wait_until("another pod is ready", lambda: instance.ready() and instance.uid() != uid, 180)

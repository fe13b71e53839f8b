# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the volume has room for an update: OpenClaw copies databases beside themselves before it migrates them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .pod import STATE_DIR

_TIMEOUT = 30
_MEBIBYTE = 1024 * 1024
# One copy to come back to, and what the migration itself writes.
_COPIES = 2
_SCRIPT = (
    "const fs=require('fs'),p=require('path');let databases=0;"
    "const walk=at=>{for(const e of fs.readdirSync(at,{withFileTypes:true})){const f=p.join(at,e.name);try{"
    "if(e.isDirectory())walk(f);else if(/\\.sqlite(-wal)?$/.test(e.name))databases+=fs.statSync(f).size}catch{}}};"
    "for(const d of ['state','agents']){const f=p.join(process.argv[1],d);if(fs.existsSync(f))walk(f)}"
    "const s=fs.statfsSync(process.argv[1]);console.log(JSON.stringify({free:s.bavail*s.bsize,databases}))"
)


def space_probe() -> dict[str, object]:
    """Return the command that measures the volume and the databases on it, as C(instance_info) takes it."""
    return {"argv": ["node", "-e", _SCRIPT, STATE_DIR], "timeout": _TIMEOUT}


def lacks_space(answer: Mapping[str, object], spare: float, spare_text: str) -> str:
    """Return how much room is missing; empty if there is enough. I(spare) bytes are to be left."""
    try:
        told = json.loads(str(answer.get("stdout") or ""))
        free, databases = int(told["free"]), int(told["databases"])
    except (ValueError, KeyError, TypeError):
        lines = str(answer.get("stderr") or "").strip().splitlines()
        return f"the room on the volume cannot be measured: {lines[-1] if lines else 'no answer'}"
    wanted = _COPIES * databases + int(spare)
    if free >= wanted:
        return ""
    return (
        f"the volume has {free // _MEBIBYTE}Mi free, and the update needs {-(-wanted // _MEBIBYTE)}Mi: {_COPIES} times "
        f"the {-(-databases // _MEBIBYTE)}Mi of its databases and {spare_text}. Raise openclaw_storage_size"
    )

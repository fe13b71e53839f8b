# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether files of the inventory are in the pod what they should be: how to ask, and what the answer amounts to.

Files are given as a map of full path to mode and SHA-256, as in C("644 2c26b4...").
"""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping

PROBE = "files"
_TIMEOUT = 60
_MAX_NAMED = 5
# An answer of 64 KiB has room for the most files that an inventory may declare.
_SHORT = 10
# What the kernel takes as one argument of a program.
_MAX_ARGUMENT = 120 * 1024

# Runs in the gateway's container. What is no regular file has the digest of nothing.
_DIGESTS = (
    "const fs=require('fs'),{createHash}=require('crypto');"
    "const sha=d=>createHash('sha256').update(d).digest('hex');"
    "const paths=JSON.parse(require('zlib').gunzipSync(Buffer.from(process.argv[1],'base64')));"
    "const digest=p=>{try{const s=fs.lstatSync(p);if(!s.isFile())return'';"
    "return(s.mode&0o7777).toString(8)+' '+sha(fs.readFileSync(p))}catch{return''}};"
    f"console.log(JSON.stringify(paths.map(p=>sha(digest(p)).slice(0,{_SHORT})).join('')))"
)


def file_probes(files: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """Return the command that digests the files; none without files, or with more names than fit into a command."""
    packed = b64encode(gzip.compress(json.dumps(sorted(files)).encode(), mtime=0)).decode()
    if not files or len(packed) > _MAX_ARGUMENT:
        return {}
    return {PROBE: {"argv": ["node", "-e", _DIGESTS, packed], "timeout": _TIMEOUT}}


def changed_files(files: Mapping[str, str], info: Mapping[str, object]) -> list[str] | None:
    """Return the paths that are not what they should be; None if nobody was asked, or nobody answered."""
    probes = info.get("probes")
    probe = probes.get(PROBE) if isinstance(probes, Mapping) else None
    try:
        answer = str(json.loads(str(probe["stdout"]))) if isinstance(probe, Mapping) else ""
    except (KeyError, ValueError):
        return None
    if len(answer) != _SHORT * len(files) or not files:
        return None
    found = [answer[start : start + _SHORT] for start in range(0, len(answer), _SHORT)]
    return [path for path, short in zip(sorted(files), found, strict=True) if short != _short(files[path])]


def _short(described: str) -> str:
    return hashlib.sha256(described.encode()).hexdigest()[:_SHORT]


def judge_files(files: Mapping[str, str], info: Mapping[str, object]) -> list[str]:
    """Return warnings about files that somebody has changed in the pod."""
    if not file_probes(files):
        return []
    changed = changed_files(files, info)
    if changed is None:
        return ["the files cannot be compared with the inventory: the pod gives no answer."]
    more = [f"and {len(changed) - _MAX_NAMED} more files"] if len(changed) > _MAX_NAMED else []
    return [f"changed in the pod, restored at its next start: {name}" for name in [*changed[:_MAX_NAMED], *more]]


def files_state(files: Mapping[str, str], info: Mapping[str, object]) -> str:
    """Return in a few words how the files of the instance are."""
    if not files:
        return "-"
    changed = changed_files(files, info)
    if changed is None:
        return "not asked"
    return f"{len(changed)} changed" if changed else "in sync"

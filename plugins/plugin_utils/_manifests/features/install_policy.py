# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate in the pod, which OpenClaw asks before it installs a skill or a plugin. Without its word nothing is."""

from __future__ import annotations

import json

from ..._openclaw.pod import NODE
from ..._openclaw.skills.loading import loaded
from ..._openclaw.skills.tree import digest
from ..._options.access import Instance, mapping
from ..identity import Manifest
from .containers import program_texts
from .feature import Feature

FOLDER = "/etc/openclaw-install-policy"
_PROGRAM = "install-policy.mjs"
_APPROVED = "approved.json"
# A decision takes 0.1 s; on a busy node Node.js alone may need seconds to start.
_TIMEOUT_MS = 30_000


def install_policy(instance: Instance) -> Feature | None:
    """Return the program, what is approved, and the setting that makes OpenClaw ask."""
    if not instance["install_policy_enabled"]:
        return None
    files = (_PROGRAM, _APPROVED)
    return Feature(
        mounts=tuple(_file_mount(file) for file in files),
        config={"security": {"installPolicy": _setting([f"{FOLDER}/{file}" for file in files])}},
        files={**program_texts(_PROGRAM), _APPROVED: _approved(instance)},
    )


def _file_mount(file: str) -> Manifest:
    """OpenClaw trusts no links, and a ConfigMap is mounted as links; one key of it is mounted as a file."""
    return {"name": "config", "mountPath": f"{FOLDER}/{file}", "subPath": file, "readOnly": True}


def _setting(arguments: list[str]) -> Manifest:
    command = {"source": "exec", "command": NODE, "args": arguments, "timeoutMs": _TIMEOUT_MS}
    return {"enabled": True, "exec": command}


def _approved(instance: Instance) -> str:
    """Return which skills may be installed, by name, each with the digests that its files may have."""
    skills: dict[str, set[str]] = {}
    for skill in loaded(instance).skills:
        skills.setdefault(skill.name, set()).add(digest(skill.tree))
    for name, wanted in mapping(instance, "install_policy_skills").items():
        skills.setdefault(name, set()).add(str(wanted))
    approved = {"skills": {name: sorted(digests) for name, digests in skills.items()}}
    return json.dumps(approved, indent=2, sort_keys=True) + "\n"

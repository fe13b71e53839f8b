# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What installs programs for the agent: a container before the gateway, with folders of their own on the data volume.

The gateway mounts these folders read-only, so what was checked at its installation is what the agent runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ..._openclaw.pod import TEMPORARY_DIR
from ..._options.access import Instance, mapping
from ..identity import Manifest
from ..state import DATA_VOLUME
from .containers import preparation, program_texts, variables

# The root of the volume in the containers that install; the gateway gets only their folders, at the same paths.
_ROOT = "/var/lib/openclaw"
_SHARED = "download.mjs"


def folder(name: str) -> str:
    """Return where the folder I(name) of the data volume is mounted."""
    return f"{_ROOT}/{name}"


def folder_mount(name: str, *, writable: bool = False) -> Manifest:
    """Return the mount of a folder that an installer has made."""
    mount: Manifest = {"name": DATA_VOLUME, "mountPath": folder(name), "subPath": name}
    return mount if writable else {**mount, "readOnly": True}


def program_files(program: str, wanted: str, content: object) -> dict[str, str]:
    """Return the files of the configuration's ConfigMap: the program, and what it shall install."""
    return {**program_texts(_SHARED, program), wanted: json.dumps(content, indent=2, sort_keys=True) + "\n"}


def installer(
    instance: Instance, container: str, program: str, arguments: Sequence[str], further_mounts: Sequence[Manifest] = ()
) -> Manifest:
    """Return the container that runs I(program). It sees the whole volume, since its user has to make the folder."""
    frame = preparation(instance, container, program, arguments)
    return {
        **frame,
        "env": variables({"HOME": TEMPORARY_DIR, "XDG_CACHE_HOME": f"{TEMPORARY_DIR}/cache"}, _plain(instance)),
        "volumeMounts": [
            *_list(frame["volumeMounts"]),
            {"name": DATA_VOLUME, "mountPath": _ROOT},
            {"name": "tmp", "mountPath": TEMPORARY_DIR},
            *further_mounts,
        ],
    }


def copier(
    instance: Instance, container: str, image: str, files: Sequence[str], target: str, mount: Manifest
) -> Manifest:
    """Return the container that copies files out of its image, which needs no more for that than C(cp)."""
    return {
        **preparation(instance, container, "", ()),
        "image": image,
        "command": ["cp", "-f", *files, target],
        "volumeMounts": [mount],
    }


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _plain(instance: Instance) -> Mapping[str, object]:
    """Return the user's variables that hold a value: registries and mirrors are told by them."""
    return {name: value for name, value in mapping(instance, "env").items() if not isinstance(value, dict)}

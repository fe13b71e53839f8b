# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs for the agent, from any address by checksum or from an image, in a folder that it can only read.

Volumes of the type C(image) would spare the copies, but need containerd 2.1 and have been on by default only since
Kubernetes 1.35.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..._openclaw.endpoint import Endpoint, endpoint_of
from ..._options.access import Instance, mapping, text
from ..identity import Manifest
from ..image import in_registry
from .feature import Feature
from .installer import copier, folder, folder_mount, installer, program_files

INSTALLER = "install-tools"
FOLDER = "tools"
_PROGRAM = "install-tools.mjs"
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]")


def tools(instance: Instance) -> Feature | None:
    """Return what installs the declared programs; those of images are copied by a container of each image."""
    wanted = {name: tool for name, tool in mapping(instance, "tools").items() if isinstance(tool, dict)}
    if not wanted:
        return None
    copiers = [_copier(instance, name, tool) for name, tool in sorted(wanted.items()) if "image" in tool]
    return Feature(
        init_containers=(installer(instance, INSTALLER, _PROGRAM, [folder(FOLDER)]), *copiers),
        mounts=(folder_mount(FOLDER),),
        path=(folder(FOLDER),),
        offline=tuple(str(copier["name"]) for copier in copiers),
        destinations=tuple(dict.fromkeys(_places(wanted))),
        files=program_files(_PROGRAM, "tools.json", wanted),
    )


def _places(wanted: Mapping[str, Manifest]) -> Iterator[Endpoint]:
    for tool in wanted.values():
        url = tool.get("url")
        for each in url.values() if isinstance(url, dict) else [url]:
            endpoint = endpoint_of(each) if isinstance(each, str) else None
            if endpoint is not None:
                yield endpoint


def _copier(instance: Instance, name: str, tool: Manifest) -> Manifest:
    container = f"tool-{_NOT_IN_A_NAME.sub('-', name)}"
    image = in_registry(str(tool["image"]), text(instance, "image_registry"))
    target = f"{folder(FOLDER)}/{name}"
    return copier(instance, container, image, [str(tool["path"])], target, folder_mount(FOLDER, writable=True))

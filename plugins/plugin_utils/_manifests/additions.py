# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers and volumes of the user's own in the pod."""

from __future__ import annotations

from .._options.access import Instance, mapping, text
from .as_written import fields
from .identity import Manifest
from .image import in_registry
from .restricted import container_security

MOUNTS = "mounts"


def added_containers(instance: Instance, option: str) -> list[Manifest]:
    """Return the containers of the map I(option), in the order of their names."""
    return [_container(instance, name, fields(given)) for name, given in sorted(mapping(instance, option).items())]


def _container(instance: Instance, name: str, given: Manifest) -> Manifest:
    image = in_registry(str(given.get("image", "")), text(instance, "image_registry"))
    return {"name": name, **given, "image": image, "securityContext": secured(given)}


def secured(container: Manifest) -> Manifest:
    """Return the security context of a container: what it sets itself, over what the standard asks for."""
    own, context = fields(container.get("securityContext")), container_security()
    capabilities = {**fields(context.get("capabilities")), **fields(own.get("capabilities"))}
    return {**context, **own, "capabilities": capabilities}


def added_volumes(instance: Instance) -> list[Manifest]:
    """Return the volumes, in the order of their names."""
    return [
        {"name": name, **{key: value for key, value in fields(given).items() if key != MOUNTS}}
        for name, given in sorted(mapping(instance, "volumes").items())
    ]


def added_mounts(instance: Instance, container: str) -> list[Manifest]:
    """Return the mounts of these volumes in I(container)."""
    mounts = []
    for volume, given in sorted(mapping(instance, "volumes").items()):
        mount = fields(fields(given).get(MOUNTS)).get(container)
        if isinstance(mount, dict):
            mounts.append(_mount(volume, mount))
    return mounts


def _mount(volume: str, mount: Manifest) -> Manifest:
    result: Manifest = {"name": volume, "mountPath": mount["path"]}
    if mount.get("sub_path"):
        result["subPath"] = mount["sub_path"]
    if mount.get("read_only"):
        result["readOnly"] = True
    return result

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about options that need to know what the pod is made of.

They put parts of the pod together, so they only look at an instance without any other problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import normpath

from .._options.access import Instance, mapping
from .additions import MOUNTS, added_containers
from .as_written import fields
from .entry_point_checks import ENTRY_POINT_RULES
from .features.catalog import features_of
from .identity import Manifest
from .pod_template import OwnParts, own_parts
from .port_checks import PORT_RULES

_CONTAINER_OPTIONS = ("init_containers", "sidecars")
_OPTIONS = (*_CONTAINER_OPTIONS, "volumes")


def _own(instance: Instance) -> OwnParts | None:
    """Return the parts of the pod that are not the user's own; None if nothing of the user's own could collide."""
    if not any(mapping(instance, option) for option in _OPTIONS):
        return None
    return own_parts(instance, features_of(instance))


def _names(parts: list[Manifest]) -> set[str]:
    return {str(part["name"]) for part in parts}


def container_name_taken(instance: Instance) -> list[str]:
    """All containers of a pod share one set of names."""
    own = _own(instance)
    if own is None:
        return []
    taken = dict.fromkeys(_names([*own.init_containers, *own.containers]), "the collection")
    problems = []
    for option in _CONTAINER_OPTIONS:
        for name in sorted(mapping(instance, option)):
            if name in taken:
                problems.append(
                    f"openclaw_{option}  {name}: is the name of a container of {taken[name]}. Choose another one."
                )
            taken.setdefault(name, f"openclaw_{option}")
    return problems


def volume_name_taken(instance: Instance) -> list[str]:
    """A volume of the user's own stands beside those of the collection."""
    own = _own(instance)
    taken = _names(own.volumes) if own else set()
    return [
        f"openclaw_volumes  {name}: is the name of a volume of the collection. Choose another one."
        for name in sorted(mapping(instance, "volumes"))
        if name in taken
    ]


def _mounts(instance: Instance) -> Iterator[tuple[str, str, str]]:
    """Yield the volume, the container and the path of each mount."""
    for volume, given in sorted(mapping(instance, "volumes").items()):
        for container, mount in fields(fields(given).get(MOUNTS)).items():
            yield volume, container, normpath(str(fields(mount).get("path")))


def _all_containers(instance: Instance, own: OwnParts) -> dict[str, Manifest]:
    added = [container for option in _CONTAINER_OPTIONS for container in added_containers(instance, option)]
    return {str(each["name"]): each for each in [*own.init_containers, *own.containers, *added]}


def volume_for_unknown_container(instance: Instance) -> list[str]:
    """A volume is mounted into containers that are there."""
    own = _own(instance)
    if own is None:
        return []
    known = _all_containers(instance, own)
    return [
        f"openclaw_volumes  {volume}: mounts.{container}: is no container of the pod. It has {', '.join(known)}."
        for volume, container, _path in _mounts(instance)
        if container not in known
    ]


def _collision(path: str, mount: Mapping[str, object]) -> str | None:
    """Return what a mount at I(path) would do to one that is there already, or None."""
    there = normpath(str(mount.get("mountPath")))
    if path == there:
        return f"is where {mount.get('name')} is mounted"
    if path == "/" or there.startswith(f"{path}/"):
        return f"would hide {there}"
    if mount.get("readOnly") and path.startswith(f"{there}/"):
        return f"lies in {there}, where nothing can be made"
    return None


def _mounted(container: Manifest, shared: list[Manifest]) -> list[Manifest]:
    own = container.get("volumeMounts")
    return [mount for mount in [*(own if isinstance(own, list) else ()), *shared] if isinstance(mount, dict)]


def mount_in_the_way(instance: Instance) -> list[str]:
    """A volume must not hide the state, the configuration, or another volume."""
    own = _own(instance)
    if own is None:
        return []
    shared = [mount for feature in features_of(instance) for mount in feature.shared_mounts]
    mounted = {name: _mounted(container, shared) for name, container in _all_containers(instance, own).items()}
    problems = []
    for volume, container, path in _mounts(instance):
        there = mounted.get(container, [])
        reason = next((reason for mount in there if (reason := _collision(path, mount))), None)
        if reason:
            problems.append(
                f'openclaw_volumes  {volume}: mounts.{container}.path: "{path}" {reason}. Choose another one.'
            )
        there.append({"name": volume, "mountPath": path})
    return problems


POD_RULES = (
    container_name_taken,
    volume_name_taken,
    volume_for_unknown_container,
    mount_in_the_way,
    *PORT_RULES,
    *ENTRY_POINT_RULES,
)

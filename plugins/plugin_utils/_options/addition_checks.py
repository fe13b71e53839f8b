# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about containers and volumes of the user's own. What is inside them is left to the API server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .access import Instance, mapping, text
from .formats import label
from .pod_security import BASELINE, PRIVILEGED, Weakening, weakenings
from .values import nearest

CONTAINER_OPTIONS = ("init_containers", "sidecars")
_RESTRICTED_SOURCES = frozenset(
    ("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret")
)
_MOUNT_KEYS = ("path", "sub_path", "read_only")

Found = tuple[str, dict[str, object]]


def _containers(instance: Instance) -> Iterator[Found]:
    """Yield where each container stands, and the container."""
    for option in CONTAINER_OPTIONS:
        for name, given in mapping(instance, option).items():
            if isinstance(given, dict):
                yield f"openclaw_{option}  {name}:", given


def container_incomplete(instance: Instance) -> list[str]:
    """A container has a name, and an image to run."""
    problems = []
    for option in CONTAINER_OPTIONS:
        for name, given in mapping(instance, option).items():
            at = f"openclaw_{option}  {name}:"
            reason = label(name)
            if reason:
                problems.append(f"{at} {reason}")
            if not isinstance(given, dict):
                problems.append(f"{at} is not a map. Write {{image: <image>, command: [<program>]}}.")
                continue
            if not isinstance(given.get("image"), str) or not given["image"]:
                problems.append(f"{at} has no image. Write image: <repository>:<tag>.")
            if given.get("name", name) != name:
                problems.append(f'{at} name: "{given["name"]}" is another name than its key. Remove it.')
    return problems


def _gives_away(container: Mapping[str, object]) -> Iterator[Weakening]:
    context, ports = container.get("securityContext"), container.get("ports")
    if isinstance(context, dict):
        yield from weakenings(context)
        if context.get("runAsUser") == 0:
            yield Weakening("runAsUser", 0, "runs it as root", BASELINE, "Write another id")
        if context.get("runAsNonRoot") is False:
            yield Weakening("runAsNonRoot", False, "lets root run", BASELINE, "Remove it")
    for port in ports if isinstance(ports, list) else ():
        if isinstance(port, dict) and port.get("hostPort"):
            yield Weakening("hostPort", port["hostPort"], "takes a port of the node", PRIVILEGED, "Remove it")


def container_forbidden_by_namespace(instance: Instance) -> list[str]:
    """The namespace refuses the whole pod for one container that breaks its standard."""
    enforced = text(instance, "namespace_pod_security")
    return [
        f"{at} {weakening.told}, which the standard {enforced} of the namespace forbids. {weakening.instead}, or set "
        f"openclaw_namespace_pod_security to {weakening.standard}."
        for at, container in _containers(instance)
        for weakening in _gives_away(container)
        if not weakening.allowed_by(enforced)
    ]


def _mount_problems(container: str, mount: object) -> Iterator[str]:
    if not isinstance(mount, dict):
        yield f"mounts.{container}: is not a map. Write {{path: <path>}}."
        return
    for key in mount:
        if key not in _MOUNT_KEYS:
            near = nearest(key, _MOUNT_KEYS)
            hint = f" Did you mean {near}?" if near else ""
            yield f"mounts.{container}.{key}: is not one of {', '.join(_MOUNT_KEYS)}.{hint}"
    path = mount.get("path")
    if not isinstance(path, str) or not path.startswith("/"):
        yield f"mounts.{container}.path: is not a path. Write one that begins with a slash."
    elif ":" in path or ".." in path.split("/"):
        yield f'mounts.{container}.path: "{path}" holds a colon or "..". Write the path itself.'
    if not isinstance(mount.get("sub_path", ""), str):
        yield f"mounts.{container}.sub_path: is not text. Write it in quotes."
    if not isinstance(mount.get("read_only", False), bool):
        yield f"mounts.{container}.read_only: is not true or false. Write true or false."


def volume_misspelt(instance: Instance) -> list[str]:
    """A volume has a name, one source, and containers that see it."""
    problems = []
    for name, given in mapping(instance, "volumes").items():
        at = f"openclaw_volumes  {name}:"
        reason = label(name)
        if reason:
            problems.append(f"{at} {reason}")
        sources = _sources(given)
        if len(sources) != 1 or not isinstance(given, dict):
            problems.append(f"{at} needs one source, such as {{persistentVolumeClaim: {{claimName: <claim>}}}}.")
            continue
        mounts = given.get("mounts")
        if not isinstance(mounts, dict) or not mounts:
            problems.append(f"{at} is mounted nowhere. Write mounts: {{openclaw: {{path: <path>}}}}.")
            continue
        for container, mount in mounts.items():
            problems.extend(f"{at} {problem}" for problem in _mount_problems(container, mount))
    return problems


def _sources(volume: object) -> list[str]:
    return [key for key in volume if key != "mounts"] if isinstance(volume, dict) else []


def _outside_the_standard(volume: object) -> Iterator[Weakening]:
    for source in _sources(volume):
        if source not in _RESTRICTED_SOURCES:
            standard = PRIVILEGED if source == "hostPath" else BASELINE
            yield Weakening(source, None, "", standard, "Use another kind of volume")


def volume_forbidden_by_namespace(instance: Instance) -> list[str]:
    """The standard of the namespace says which kinds of volumes a pod may have."""
    enforced = text(instance, "namespace_pod_security")
    return [
        f"openclaw_volumes  {name}: {kind.field} is a kind of volume that the standard {enforced} of the namespace "
        f"forbids. {kind.instead}, or set openclaw_namespace_pod_security to {kind.standard}."
        for name, given in mapping(instance, "volumes").items()
        for kind in _outside_the_standard(given)
        if not kind.allowed_by(enforced)
    ]


def volume_of_the_node(instance: Instance) -> list[str]:
    """A folder of the node is another one after the pod has moved, and may be a way to the node."""
    if text(instance, "namespace_pod_security") != PRIVILEGED:
        return []
    return [
        f"openclaw_volumes  {name}: hostPath opens a folder of the node to the agent."
        for name, given in mapping(instance, "volumes").items()
        if "hostPath" in _sources(given)
    ]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    container_incomplete,
    container_forbidden_by_namespace,
    volume_misspelt,
    volume_forbidden_by_namespace,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (volume_of_the_node,)

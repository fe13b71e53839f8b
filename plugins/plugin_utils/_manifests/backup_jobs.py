# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Jobs around backups, by their purpose: to take one, to check all, to see whether one can be lived with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .._openclaw.backup_repository import (
    PINNED,
    STAGED_DIR,
    STAGING_DIR,
    VOLUME_DIR,
    WHOLE,
    identity_tags,
    keep_rules,
    prunes_apart,
)
from .._openclaw.pod import ENTRY_POINT, PORT, STATE_DIR, TEMPORARY_DIR, WORKSPACE
from .._options.access import Instance, entries, mapping, text, whole
from .._options.formats import seconds
from .as_written import fields
from .backup_job import container, job, staging_mount, state_volumes
from .config import config_digest
from .config_volume import config_volume
from .features.catalog import features_of
from .gateway import CONFIG_MOUNT, gateway_container
from .identity import Manifest
from .image import reference
from .state import DATA_MOUNT, WORKSPACE_MOUNT

_PROGRAM = ENTRY_POINT[-1]
_NOTE = f"{STAGING_DIR}/restored.json"
_FACTS = f"{STAGING_DIR}/facts.json"
_SHARED_MODES = {"ReadWriteMany"}
# Never part of a snapshot of a whole volume: what a restore has staged, and what the file system keeps for itself.
_LEFT_OUT = (f"{VOLUME_DIR}/.restore", f"{VOLUME_DIR}/lost+found")

Given = Mapping[str, object]


def backup_job(instance: Instance, purpose: str, given: Given | None = None) -> Manifest:
    """Return the Job for I(purpose); I(given) are what C(PURPOSES) know.

    Raises ValueError for a purpose that is none.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"{purpose} is not one of {', '.join(PURPOSES)}")
    return PURPOSES[purpose](instance, given or {})


# -- to take one ---------------------------------------------------------------------------------------------------


def _backup(instance: Instance, given: Given) -> Manifest:
    """Back up. Given C(image), the one that runs; C(pin), a reason to keep it for ever; C(source); C(purpose_name)."""
    stopped = (given.get("source") or instance["backup_source"]) == WHOLE
    image = str(given.get("image") or "")
    purpose = str(given.get("purpose_name") or "backup")
    parameters: dict[str, object] = {"tags": _tags(instance, given, image)}
    if not prunes_apart(instance):
        parameters["keep"] = keep_rules(instance)
    if stopped:
        return job(
            instance,
            purpose,
            "backup",
            {**parameters, "source": VOLUME_DIR, "exclude": list(_LEFT_OUT)},
            image=image,
            mounts=_whole_mounts(instance),
            volumes=state_volumes(instance),
        )
    features = features_of(instance)
    return job(
        instance,
        purpose,
        "backup",
        {**parameters, "source": STAGED_DIR, "facts": _FACTS},
        image=image,
        before=[*_hooks(instance, "backup_before"), _stage(instance, image)],
        after=_hooks(instance, "backup_after"),
        volumes=[*state_volumes(instance), config_volume(instance, features)],
        near=_shares_the_node(instance),
    )


def _whole_mounts(instance: Instance) -> list[Manifest]:
    """Return the mounts for a snapshot of everything; a workspace of its own is where the gateway sees it."""
    mounts: list[Manifest] = [{"name": "data", "mountPath": VOLUME_DIR, "readOnly": True}]
    if instance["workspace_storage_enabled"]:
        at = f"{VOLUME_DIR}/{DATA_MOUNT['subPath']}/{WORKSPACE}"
        mounts.append({**WORKSPACE_MOUNT, "mountPath": at, "readOnly": True})
    return mounts


def _shares_the_node(instance: Instance) -> bool:
    """A volume for one node has the Job follow the gateway there."""
    modes = {str(mode) for mode in entries(instance, "storage_access_modes")}
    return instance["state"] == "present" and not modes & _SHARED_MODES


def _tags(instance: Instance, given: Given, image: str) -> dict[str, object]:
    pin = given.get("pin")
    return {
        **identity_tags(instance),
        "image": image or reference(instance),
        "config": config_digest(instance),
        "source": str(given.get("source") or instance["backup_source"]),
        **({PINNED: True, "reason": str(pin)} if pin else {}),
    }


def _stage(instance: Instance, image: str) -> Manifest:
    """Return what has OpenClaw make the snapshot, with the environment of the gateway and its volume read-only."""
    gateway = gateway_container(instance, features_of(instance))
    staged = container(
        instance,
        "snapshot",
        "backup-stage.mjs",
        {"openclaw": _PROGRAM, "state": STATE_DIR, "staging": STAGING_DIR, "timeout": _timeout(instance)},
        image=image,
        mounts=[dict(CONFIG_MOUNT), *_state_mounts(instance), staging_mount()],
    )
    own = {str(entry["name"]): entry for each in (gateway, staged) for entry in _list(each["env"])}
    sources = {"envFrom": gateway["envFrom"]} if "envFrom" in gateway else {}
    own["HOME"] = next(entry for entry in _list(gateway["env"]) if entry["name"] == "HOME")
    return {**staged, "env": list(own.values()), **sources}


def _state_mounts(instance: Instance) -> list[Manifest]:
    mounts = [DATA_MOUNT, *([WORKSPACE_MOUNT] if instance["workspace_storage_enabled"] else [])]
    return [{**mount, "readOnly": True} for mount in mounts]


def _hooks(instance: Instance, option: str) -> list[Manifest]:
    """Return the user's containers around a backup. They see what the snapshot is made of, and cannot change it."""
    found = []
    for hook, value in sorted(mapping(instance, option).items()):
        given = fields(value)
        frame_of = container(instance, hook, "", {}, image=str(given.get("image") or ""))
        variables = [{"name": key, "value": str(word)} for key, word in sorted(fields(given.get("env")).items())]
        mounts = [{"name": "tmp", "mountPath": TEMPORARY_DIR}, *_state_mounts(instance)]
        command = [str(word) for word in _words(given.get("command"))]
        found.append(
            {**frame_of, "command": command, "env": [*_list(frame_of["env"]), *variables], "volumeMounts": mounts}
        )
    return found


# -- to check, and to see whether one can be lived with ------------------------------------------------------------


def _check(instance: Instance, given: Given) -> Manifest:
    """Remove what is not to be kept, then read the repository. Given C(percent) of its data."""
    percent = given.get("percent")
    parameters = {
        "percent": whole(instance, "backup_check_percent") if percent is None else percent,
        "keep": keep_rules(instance),
    }
    return job(instance, "backup-read", "check", parameters, pruner=True)


def _list_snapshots(instance: Instance, given: Given) -> Manifest:
    return job(instance, "backup-list", "list", {"limit": given.get("limit", 50)}, path=str(given.get("path") or ""))


def _drill(instance: Instance, given: Given) -> Manifest:
    """Restore into a scratch folder, start a gateway on it and ask it. Given C(snapshot)."""
    target = f"{STAGING_DIR}/drill"
    parameters = {
        "from": str(given.get("snapshot") or "latest"),
        "identity": identity_tags(instance),
        "clone": True,
        "parts": [{"sub": "state", "target": f"{target}/state"}],
        "note": _NOTE,
    }
    started = container(
        instance,
        "drill",
        "backup-drill.mjs",
        {
            "openclaw": _PROGRAM,
            "state": f"{target}/state",
            "note": _NOTE,
            "port": PORT,
            "timeout": min(600, _timeout(instance)),
        },
        mounts=[staging_mount()],
        environment=_GATEWAY_ALONE,
    )
    return job(instance, "backup-test", "restore", parameters, after=[started], reporter="drill")


_GATEWAY_ALONE = {
    "OPENCLAW_NO_RESPAWN": "1",
    "OPENCLAW_SUPERVISOR_MODE": "external",
    "OPENCLAW_NO_AUTO_UPDATE": "1",
    "OPENCLAW_DISABLE_BONJOUR": "1",
    "DO_NOT_TRACK": "1",
}


def _timeout(instance: Instance) -> int:
    return seconds(text(instance, "backup_timeout"))


def _list(value: object) -> list[Manifest]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _words(value: object) -> list[object]:
    return value if isinstance(value, list) else []


PURPOSES: dict[str, Callable[[Instance, Given], Manifest]] = {
    "backup": _backup,
    "backup-read": _check,
    "backup-test": _drill,
    "backup-list": _list_snapshots,
}

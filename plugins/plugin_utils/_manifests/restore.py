# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Jobs of a restore, and what speaks against one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .._openclaw.backup_repository import identity_tags
from .._openclaw.pod import ENTRY_POINT
from .._openclaw.restore import live_channels, parts, volumes
from .._options.access import Instance, text
from .._options.formats import seconds
from .backup_job import container, frame, job, state_volumes, volume_mounts
from .config import declared_config
from .identity import Manifest

_PROGRAM = "restore-swap.mjs"

Given = Mapping[str, object]


def restore_job(instance: Instance, purpose: str, given: Given | None = None) -> Manifest:
    """Return the Job for I(purpose); I(given) are C(snapshot), C(clone), C(path) and C(near), as it needs them.

    Raises ValueError for a purpose that is none.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"{purpose} is not one of {', '.join(PURPOSES)}")
    return PURPOSES[purpose](instance, given or {})


def restore_problems(instance: Instance) -> list[str]:
    """Return why the options do not let the restore begin."""
    problems = []
    if not instance["backup_enabled"]:
        problems.append(
            "openclaw_backup_enabled  false means that there is no repository. Set it as the source has it."
        )
    channels = live_channels(declared_config(instance))
    confirmed = text(instance, "restore_channels_confirm") == instance["name"]
    if instance["restore_clone_enabled"] and channels and not confirmed:
        problems.append(
            f"openclaw_restore_clone_enabled  a clone would answer on {', '.join(channels)} beside the original. Turn "
            f"them off in its inventory, or say openclaw_restore_channels_confirm={instance['name']} if the original "
            "is gone."
        )
    return problems


def _find(instance: Instance, given: Given) -> Manifest:
    return job(instance, "restore-find", "find", _choice(instance, given), path=str(given.get("path") or ""))


def _choice(instance: Instance, given: Given) -> dict[str, object]:
    return {
        "from": str(given.get("snapshot") or "latest"),
        "identity": identity_tags(instance),
        "clone": bool(given.get("clone")),
    }


def _restore(instance: Instance, given: Given) -> Manifest:
    """Put the snapshot beside what is there, see whether this release can use it, and exchange the two."""
    apart = _apart(instance)
    return job(
        instance,
        "restore",
        "restore",
        {**_choice(instance, given), "parts": parts(apart)},
        path=str(given.get("path") or ""),
        mounts=volume_mounts(instance, writable=True),
        after=[_swapper(instance, "swap", clone=_silences(instance, given))],
        volumes=state_volumes(instance),
    )


def _silences(instance: Instance, given: Given) -> bool:
    """Whether channels in the configuration of the snapshot are turned off."""
    return bool(given.get("clone")) and text(instance, "restore_channels_confirm") != instance["name"]


def _on_volume(command: str) -> Callable[[Instance, Given], Manifest]:
    def build(instance: Instance, given: Given) -> Manifest:
        return frame(
            instance,
            f"restore-{command}",
            [_swapper(instance, command, writable=command != "inspect")],
            volumes=state_volumes(instance),
            near=bool(given.get("near")),
        )

    return build


def _swapper(instance: Instance, command: str, *, clone: bool = False, writable: bool = True) -> Manifest:
    given = {
        "command": command,
        "volumes": volumes(_apart(instance)),
        "openclaw": ENTRY_POINT[-1],
        "timeout": seconds(text(instance, "backup_timeout")),
        **({"clone": True} if clone else {}),
    }
    return container(instance, command, _PROGRAM, given, mounts=volume_mounts(instance, writable=writable))


def _apart(instance: Instance) -> bool:
    return bool(instance["workspace_storage_enabled"])


PURPOSES: dict[str, Callable[[Instance, Given], Manifest]] = {
    "restore-find": _find,
    "restore": _restore,
    "restore-inspect": _on_volume("inspect"),
    "restore-undo": _on_volume("undo"),
    "restore-settle": _on_volume("settle"),
}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The move of an instance to another volume: the claim, the Job that copies, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping

from .._openclaw.backup_repository import VOLUME_DIR
from .._openclaw.replicas import stands_alone
from .._options.access import Instance, text
from .backup_job import container, frame
from .identity import Manifest, claim_name, metadata
from .state import claim_spec
from .storage import PART

_TARGET_DIR = "/target"
_PROGRAM = "volume-move.mjs"


def move_problems(instance: Instance, claim: str) -> list[str]:
    """Return why the volume I(claim), which the instance has, cannot be moved to the one of the options."""
    problems = []
    target = text(instance, "storage_existing_claim")
    if not instance["backup_enabled"]:
        problems.append("openclaw_backup_enabled  false means that nothing can be copied. Set it, with a repository.")
    if not stands_alone(instance):
        problems.append("openclaw_replicas  several gateways have a volume each. Only that of one alone can be moved.")
    if not target:
        problems.append(
            "openclaw_storage_existing_claim  is missing. Name the claim to move to; it is made if there is none."
        )
    elif not claim:
        problems.append("openclaw_storage_existing_claim  there is nothing to move yet. Run the site playbook.")
    elif target == claim:
        problems.append(
            f"openclaw_storage_existing_claim  {target}: is what the instance has already. Name another claim."
        )
    return problems


def target_claim(instance: Instance) -> Manifest:
    """Return the claim to make if there is none."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(instance, PART, claim_name(instance), "state"),
        "spec": claim_spec(instance, "storage_"),
    }


def move_job(instance: Instance, given: Mapping[str, object]) -> Manifest:
    """Return the Job that copies the claim I(given) as C(claim) to that of the options."""
    mounts: list[Manifest] = [
        {"name": "from", "mountPath": VOLUME_DIR, "readOnly": True},
        {"name": "to", "mountPath": _TARGET_DIR},
    ]
    copier = container(instance, "move", _PROGRAM, {"from": VOLUME_DIR, "to": _TARGET_DIR}, mounts=mounts)
    claims = {"from": str(given["claim"]), "to": claim_name(instance)}
    volumes: list[Manifest] = [
        {"name": volume, "persistentVolumeClaim": {"claimName": claim}} for volume, claim in claims.items()
    ]
    return frame(instance, "move", [copier], volumes=volumes)

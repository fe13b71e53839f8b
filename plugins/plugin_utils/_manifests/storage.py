# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volume that holds the agent's memory."""

from __future__ import annotations

from .identity import Instance, Manifest, claim_name, metadata

PART = "storage"


def storage_manifests(instance: Instance) -> list[Manifest]:
    """Return the PersistentVolumeClaim, or nothing when an existing claim is named."""
    if instance["storage_existing_claim"]:
        return []
    spec: Manifest = {
        "accessModes": instance["storage_access_modes"],
        "resources": {"requests": {"storage": instance["storage_size"]}},
    }
    if instance["storage_class"]:
        spec["storageClassName"] = instance["storage_class"]
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": metadata(instance, PART, claim_name(instance), "state"),
            "spec": spec,
        }
    ]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volume that holds the agent's memory."""

from __future__ import annotations

from .._options.access import Instance
from .features.catalog import features_of
from .identity import Manifest, claim_name, metadata

PART = "storage"


def storage_manifests(instance: Instance) -> list[Manifest]:
    """Return the claim of the state, unless an existing one is named, and those of the features."""
    own = [] if instance["storage_existing_claim"] else [_state_claim(instance)]
    return [*own, *(claim for feature in features_of(instance) for claim in feature.claims)]


def _state_claim(instance: Instance) -> Manifest:
    spec: Manifest = {
        "accessModes": instance["storage_access_modes"],
        "resources": {"requests": {"storage": instance["storage_size"]}},
    }
    if instance["storage_class"]:
        spec["storageClassName"] = instance["storage_class"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(instance, PART, claim_name(instance), "state"),
        "spec": spec,
    }

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volumes that hold the agent's memory and its work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .._openclaw.replicas import stands_alone
from .._options.access import Instance, mapping
from .features.catalog import features_of
from .features.feature import Feature
from .identity import ENGINE, Manifest, claim_name, metadata
from .state import DATA_VOLUME, claim_spec

PART = "storage"
# Claims that come from a StatefulSet belong to its part, which then looks after those of pods that have gone.
_PART_OF_TEMPLATES = "workload"


def storage_manifests(instance: Instance) -> list[Manifest]:
    """Return the claims of a gateway that stands alone; those of several come from their StatefulSet."""
    return [claim for _volume, claim in _claims(instance)] if stands_alone(instance) else []


def claim_templates(instance: Instance) -> list[Manifest]:
    """Return what each of several gateways gets its claims from, by the names of the volumes; nothing for one alone."""
    return [] if stands_alone(instance) else [_template(volume, claim) for volume, claim in _claims(instance)]


def volumes_beside(templates: Iterable[Manifest], volumes: Iterable[Manifest]) -> list[Manifest]:
    """Return the volumes without those that Kubernetes adds to each pod because of I(templates)."""
    added = {_name(template) for template in templates}
    return [volume for volume in volumes if volume["name"] not in added]


def _claims(instance: Instance) -> Iterator[tuple[str, Manifest]]:
    """Yield the name of each lasting volume of the pod and its claim, the state's first."""
    if not instance["storage_existing_claim"]:
        yield DATA_VOLUME, _described(instance, _state_claim(instance))
    for feature in features_of(instance):
        for claim in feature.claims:
            yield _volume_of(feature, claim), _described(instance, claim)


def _state_claim(instance: Instance) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(instance, PART, claim_name(instance), "state"),
        "spec": claim_spec(instance, "storage_"),
    }


def _described(instance: Instance, claim: Manifest) -> Manifest:
    """Return the claim with the user's labels, below our own, and annotations."""
    own = claim["metadata"] if isinstance(claim["metadata"], dict) else {}
    described = {**own, "labels": {**mapping(instance, "storage_labels"), **own.get("labels", {})}}
    annotations = {**own.get("annotations", {}), **mapping(instance, "storage_annotations")}
    return {**claim, "metadata": {**described, **({"annotations": annotations} if annotations else {})}}


def _template(volume: str, claim: Manifest) -> Manifest:
    given = claim["metadata"] if isinstance(claim["metadata"], dict) else {}
    labels = {**given.get("labels", {}), f"{ENGINE}/part": _PART_OF_TEMPLATES}
    annotations = {"annotations": given["annotations"]} if given.get("annotations") else {}
    return {"metadata": {"name": volume, "labels": labels, **annotations}, "spec": claim["spec"]}


def _volume_of(feature: Feature, claim: Manifest) -> str:
    source = {"claimName": _name(claim)}
    return next(str(volume["name"]) for volume in feature.volumes if volume.get("persistentVolumeClaim") == source)


def _name(manifest: Manifest) -> str:
    metadata_of = manifest["metadata"]
    return str(metadata_of["name"]) if isinstance(metadata_of, dict) else ""

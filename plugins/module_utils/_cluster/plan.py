# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What has to happen to which object. Pure: wanted and live objects in, steps out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from . import fields
from .identity import COMPONENT_LABEL, PART_LABEL, Ref, annotations_of, is_of, labels_of, name_of
from .inventory import COMPONENT as INVENTORY_COMPONENT
from .kinds import Kind
from .manifests import Scope, Wanted
from .plain import Manifest
from .podspecs import makes_claim, parts_of_claims

CREATED, CONFIGURED, DELETED = "created", "configured", "deleted"
UNCHANGED, KEPT, ADOPTED = "unchanged", "kept", "adopted"
WRITES = frozenset({CREATED, CONFIGURED, DELETED})
_CLAIM = "PersistentVolumeClaim"


@dataclass
class Step:
    """One object and its fate."""

    kind: Kind
    name: str
    action: str
    reason: str = ""
    wanted: Wanted | None = None
    live: Manifest | None = None
    changes: list[fields.Change] = field(default_factory=list)
    # The object as the server returned it when this run wrote it.
    stored: Manifest | None = None
    # Whether fields are taken from the manager that holds them, because it goes in the same run.
    takes_over: bool = False

    @property
    def ref(self) -> Ref:
        return self.kind.key, self.name

    @property
    def title(self) -> str:
        return f"{self.kind.name} {self.name}"

    @property
    def writes(self) -> bool:
        return self.action in WRITES

    def summary(self) -> dict[str, str]:
        return {"kind": self.kind.name, "name": self.name, "action": self.action, "reason": self.reason}


def upserts(wanted: Iterable[Wanted], live: Mapping[Ref, Manifest], scope: Scope) -> list[Step]:
    """A step for each wanted object, in the order given."""
    return [_upsert(item, live.get(item.ref), scope) for item in wanted]


def _upsert(item: Wanted, live: Manifest | None, scope: Scope) -> Step:
    step = Step(item.kind, item.name, CREATED, wanted=item, live=live)
    if live is None:
        return step
    if item.kind.key == "Namespace" and not is_of(live, scope.instance):
        step.action, step.reason = ADOPTED, "exists and belongs to somebody else: used as it is"
        return step
    step.changes = fields.changes(item.manifest, live)
    if not step.changes:
        step.action = UNCHANGED
        return step
    step.action = CONFIGURED
    step.reason = _why(step.changes)
    return step


def _why(found: list[fields.Change]) -> str:
    differing = [change for change in found if not change.owner]
    if not differing:
        return "field ownership"
    paths = list(dict.fromkeys(_short(change.path) for change in differing))
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def _short(path: fields.Path) -> str:
    return ".".join(path).replace(".[", "[")


def prunes(
    wanted: Iterable[Wanted],
    live: Mapping[Ref, Manifest],
    kinds: Mapping[str, Kind],
    scope: Scope,
    *,
    delete_protected: bool,
) -> list[Step]:
    """A step for each live object of these parts that is wanted no longer."""
    wanted = list(wanted)
    keep = {item.ref for item in wanted}
    steps = []
    for ref, manifest in live.items():
        labels = labels_of(manifest)
        ours = is_of(manifest, scope.instance) and labels.get(PART_LABEL) in scope.parts
        if ref in keep or not ours or labels.get(COMPONENT_LABEL) == INVENTORY_COMPONENT:
            continue
        if manifest["metadata"].get("deletionTimestamp") or manifest["metadata"].get("ownerReferences"):
            # On its way out already, or made by a controller that looks after it.
            continue
        if ref[0] == _CLAIM and any(makes_claim(item.manifest, ref[1]) for item in wanted):
            continue
        steps.append(_prune(kinds[ref[0]], manifest, delete_protected))
    return sorted(steps, key=lambda step: (-step.kind.tier, step.name))


def _prune(kind: Kind, manifest: Manifest, delete_protected: bool) -> Step:
    step = Step(kind, name_of(manifest), DELETED, "no longer wanted", live=manifest)
    if kind.protected and not delete_protected:
        step.action, step.reason = KEPT, "no longer wanted, but only deleted with delete_protected"
    return step


def recorded_kinds(steps: Iterable[Step], scope: Scope) -> dict[str, frozenset[str]]:
    """For the inventory: the kinds that stay on the cluster, for every part of this call."""
    kinds: dict[str, set[str]] = {part: set() for part in scope.parts}
    for step in steps:
        if step.action in (DELETED, ADOPTED):
            continue
        holder = step.wanted.manifest if step.wanted else step.live or {}
        part = labels_of(holder).get(PART_LABEL, "")
        if part in kinds:
            kinds[part].add(step.kind.key)
        for claims_part in parts_of_claims(holder) & kinds.keys():
            # The controller that makes them leaves them behind.
            kinds[claims_part].add(_CLAIM)
    return {part: frozenset(keys) for part, keys in kinds.items()}


def triggered(hook: Wanted, annotation: str, steps: Iterable[Step]) -> bool:
    """Whether the object a hook stands before is going to be created or changed."""
    target = annotations_of(hook.manifest).get(annotation, "")
    return any(f"{step.kind.name}/{step.name}" == target and step.action in (CREATED, CONFIGURED) for step in steps)

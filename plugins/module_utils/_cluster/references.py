# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Checks before the dry run: what wanted objects rely on, and what claims may not do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from .errors import ApiError
from .fields import quantity
from .identity import Ref
from .kinds import Kind, known
from .manifests import Scope, Wanted
from .plain import Manifest
from .plan import CREATED, UNCHANGED, Step
from .podspecs import Reference, references
from .survey import Survey


class Missing(NamedTuple):
    """A reference to something that is not there. `own`: its name says it belongs to the instance."""

    text: str
    own: bool


def missing_references(
    steps: Iterable[Step], wanted: Iterable[Wanted], survey: Survey, scope: Scope, namespace_exists: bool
) -> list[Missing]:
    """Everything that changed objects refer to and that is neither wanted nor on the cluster.

    Objects that stay as they are were checked when they were written: they cost no request.
    """
    planned = {item.ref: item.manifest for item in wanted}
    found: list[Missing] = []
    for step in steps:
        if step.wanted is None or step.action == UNCHANGED:
            continue
        for reference in references(step.kind.key, step.wanted.manifest):
            text = "" if reference.optional else _check(reference, planned, survey, namespace_exists)
            if text:
                own = reference.name == scope.instance or reference.name.startswith(f"{scope.instance}-")
                found.append(Missing(f"{step.title}: {reference.holder} needs {text}", own))
    return list(dict.fromkeys(found))


def _check(reference: Reference, planned: Mapping[Ref, Manifest], survey: Survey, namespace_exists: bool) -> str:
    """What is wrong with one reference; empty when nothing is."""
    kind = known(reference.kind)
    title = f"{kind.name} {reference.name}"
    target = planned.get((reference.kind, reference.name))
    if target is None and (namespace_exists or not kind.namespaced):
        try:
            target = survey.find(kind, reference.name)
        except ApiError as exc:
            return "" if exc.status == 403 else f"{title}, which cannot be read: {exc}"
    if target is None:
        return f"{title}, which does not exist"
    if target["metadata"].get("deletionTimestamp"):
        return f"{title}, which is being deleted"
    keys = {**(target.get("data") or {}), **(target.get("binaryData") or {})}
    if reference.key and reference.key not in keys:
        return f"key {reference.key} of {title}, which has {_listed(keys)}"
    return ""


def _listed(keys: Iterable[str]) -> str:
    names = ", ".join(sorted(keys))
    return f"only: {names}" if names else "no keys"


def claim_problems(steps: Iterable[Step], find: Callable[[Kind, str], Manifest | None]) -> list[str]:
    """Claims cannot shrink, and grow only where their storage class allows it."""
    problems = []
    for step in steps:
        if step.kind.key != "PersistentVolumeClaim" or step.wanted is None or step.live is None:
            continue
        wanted, live = _size(step.wanted.manifest), _size(step.live)
        before, after = quantity(live), quantity(wanted)
        if before is None or after is None or before == after:
            continue
        if after < before:
            problems.append(f"{step.title}: has {live} and cannot shrink to {wanted}; set the size to {live} or more")
        elif not _may_grow(step.live, find):
            name = step.live["spec"].get("storageClassName") or "none"
            problems.append(
                f"{step.title}: cannot grow from {live} to {wanted}: its storage class ({name}) allows no expansion"
            )
    return problems


def _size(claim: Manifest) -> str:
    return str(((claim.get("spec") or {}).get("resources") or {}).get("requests", {}).get("storage", ""))


def _may_grow(claim: Manifest, find: Callable[[Kind, str], Manifest | None]) -> bool:
    name = claim["spec"].get("storageClassName")
    if not name:
        return False
    try:
        storage_class = find(known("storage.k8s.io/StorageClass"), name)
    except ApiError as exc:
        # Not allowed to look at classes: the server judges the dry run.
        return exc.status == 403
    return bool(storage_class and storage_class.get("allowVolumeExpansion"))


def leaving_problems(steps: Iterable[Step]) -> list[str]:
    """Wanted objects that are on their way out would vanish after the run."""
    return [
        f"{step.title}: is being deleted; wait until it is gone, then run again"
        for step in steps
        if step.wanted is not None
        and step.live is not None
        and step.action != CREATED
        and step.live["metadata"].get("deletionTimestamp")
    ]


def used_secrets(kind_key: str, manifest: Manifest, find: Callable[[Kind, str], Manifest | None]) -> Iterator[Manifest]:
    """The Secrets that a workload's pods use and that may be read: their values can turn up in a log."""
    for name in dict.fromkeys(found.name for found in references(kind_key, manifest) if found.kind == "Secret"):
        try:
            secret = find(known("Secret"), name)
        except ApiError:
            # Whoever may not read a Secret cannot scrub it either.
            continue
        if secret is not None:
            yield secret

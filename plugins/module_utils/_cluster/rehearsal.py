# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The dry run of every change before the first write, and what its refusals mean to a person."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from . import fields
from .cluster import Cluster
from .diff import dotted
from .errors import ApiError, EngineError
from .identity import labels_of
from .plain import Manifest
from .plan import CREATED, DELETED, UNCHANGED, Step
from .podspecs import AUTOSCALER, claim_of, claim_templates, references, scale_target

_SERVER_OWNED = ("managedFields", "resourceVersion", "generation")

_RECREATE = {
    "PersistentVolumeClaim": "put the old value back, or move the data to a new claim",
    "apps/StatefulSet": "put the old value back, or delete the StatefulSet with --cascade=orphan "
    "(its pod and volume stay) and run again",
}
_IMMUTABLE = re.compile(r"immutable|Forbidden: updates to|may not be changed|cannot be (?:updated|changed)")


@dataclass(frozen=True)
class Surprise:
    """An object that exists, or may exist, although the listing did not show it; `problem`: what the server said."""

    step: Step
    problem: str = ""


@dataclass
class Rehearsal:
    """What the dry runs found."""

    problems: list[str] = field(default_factory=list)
    surprises: list[Surprise] = field(default_factory=list)


def rehearse(cluster: Cluster, namespace: str, steps: list[Step], *, force: bool) -> Rehearsal:
    """Dry-run each writing step. A step whose dry run changes nothing becomes unchanged."""
    result = Rehearsal()

    writing = [step for step in steps if step.writes]
    coming_roles = {step.name for step in writing if step.kind.name == "Role" and step.action == CREATED}
    released = {
        scale_target(step.live or {}) for step in writing if step.kind.key == AUTOSCALER and step.wanted is None
    }

    def attempt(step: Step) -> Surprise | str:
        try:
            return Surprise(step) if _dry_run(cluster, namespace, step, force or step.takes_over) else ""
        except ApiError as exc:
            if step.ref in released and not step.takes_over and _is_about_replicas(exc):
                step.takes_over = True
                return attempt(step)
            if _role_is_coming(exc, step, coming_roles):
                return ""
            problem = f"{step.title}: {explain(exc, step)}"
            # These two answers compare with a stored object: one that we did not know of.
            return Surprise(step, problem) if step.live is None and exc.status in (409, 422) else problem

    for outcome in cluster.each(attempt, writing):
        if isinstance(outcome, Surprise):
            result.surprises.append(outcome)
        elif outcome:
            result.problems.append(outcome)
    return result


def refuse(problems: list[str]) -> None:
    """Stop before the first write, with everything that was found."""
    if problems:
        raise EngineError(problems, f"nothing was changed: {len(problems)} problems" if len(problems) > 1 else "")


def _dry_run(cluster: Cluster, namespace: str, step: Step, force: bool) -> bool:
    """Returns whether the object exists although we believed it did not."""
    if step.action == DELETED:
        metadata = (step.live or {})["metadata"]
        cluster.delete(step.kind, namespace, step.name, uid=metadata["uid"], dry_run=True)
        return False
    if step.wanted is None:
        return False
    new, outcome = cluster.apply(step.kind, namespace, step.wanted.manifest, force=force, dry_run=True)
    if step.live is None:
        return not new
    if _content(outcome) == _content(step.live):
        if fields.owned_fields(outcome) == fields.owned_fields(step.live):
            step.action, step.reason, step.changes = UNCHANGED, "", []
        else:
            step.reason = "field ownership"
    return False


def _is_about_replicas(exc: ApiError) -> bool:
    """Whether somebody else holds the number of pods, and nothing but that."""
    return exc.status == 409 and {cause.get("field") for cause in exc.causes} == {".spec.replicas"}


def _role_is_coming(exc: ApiError, step: Step, coming: set[str]) -> bool:
    """The escalation check of a binding looks its role up, which the dry run did not store."""
    if step.wanted is None or step.kind.name != "RoleBinding" or exc.status not in (403, 404):
        return False
    role = step.wanted.manifest.get("roleRef", {}).get("name", "")
    return role in coming and "not found" in exc.message


def _content(manifest: Manifest) -> Manifest:
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in _SERVER_OWNED}
    content = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind")}
    return {**content, "metadata": metadata}


def explain(exc: ApiError, step: Step) -> str:
    """What the server refused, and what can be done about it."""
    for applies, words in _EXPLANATIONS:
        if applies(exc):
            return words(exc, step)
    return str(exc)


def foreign(step: Step, found: Manifest) -> str:
    """Why an object that is in the way is left alone."""
    labels = ", ".join(f"{key}={value}" for key, value in sorted(labels_of(found).items())) or "none"
    managers = (
        ", ".join(sorted({str(entry.get("manager")) for entry in found["metadata"].get("managedFields") or ()}))
        or "none"
    )
    return (
        f"{step.title}: exists and is not ours (labels: {labels}; field managers: {managers}); "
        "choose another name, or take it over with openclaw_adopt_enabled: true (adopt: true in a task)"
    )


def _conflict(exc: ApiError, step: Step) -> str:
    owners: dict[str, list[str]] = {}
    for cause in exc.causes:
        owner = re.search(r'"([^"]+)"', cause.get("message", ""))
        owners.setdefault(owner.group(1) if owner else "another manager", []).append(cause.get("field", "").lstrip("."))
    held = "; ".join(f'"{owner}" manages {", ".join(paths)}' for owner, paths in owners.items()) or exc.message
    return (
        f"conflict: {held}. Leave the field to that manager, or take it back with "
        "openclaw_force_conflicts: true (force_conflicts: true in a task)"
    )


def _immutable(exc: ApiError, step: Step) -> str:
    if any(change.path[:2] == ("spec", "volumeClaimTemplates") for change in step.changes):
        return _claims_differ(step)
    paths = ", ".join(dict.fromkeys(dotted(change.path) for change in step.changes if not change.owner))
    advice = _RECREATE.get(step.kind.key, "put the old value back, or delete the object and run again")
    return f"{paths or 'a field'} cannot be changed on an existing object: {advice} (server: {exc.message})"


def _claims_differ(step: Step) -> str:
    """The claims of a StatefulSet are fixed: what that means for the data depends on who has them now."""
    wanted, live = step.wanted.manifest if step.wanted else {}, step.live or {}
    if claim_templates(wanted) and claim_templates(live):
        return (
            "spec.volumeClaimTemplates cannot be changed on an existing object: put the old value back, or run "
            f"`kubectl delete statefulset {step.name} --cascade=orphan` (its pods and volumes stay) and run again; "
            "claims that exist keep their size, class and labels"
        )
    before, after = _claims(live), _claims(wanted)
    return (
        f"keeps its data in {before}, and wanted is {after}, which cannot be changed on an existing object. "
        "Go back to the number of replicas, the overrides and the autoscaling that it was made with; or remove the "
        f"instance (its volumes stay), deploy it anew, and copy the data from {before} to {after}"
    )


def _claims(workload: Manifest) -> str:
    """The claims of a workload's pods, as a person would look for them."""
    templates = claim_templates(workload)
    if templates:
        return f"a claim for each pod ({', '.join(claim_of(template, workload, 0) for template in templates)}, ...)"
    found = references("apps/StatefulSet", workload)
    names = dict.fromkeys(reference.name for reference in found if reference.kind == "PersistentVolumeClaim")
    return f"{'claim' if len(names) == 1 else 'claims'} {', '.join(names)}" if names else "no claim"


def _terminating(exc: ApiError, step: Step) -> str:
    return "its namespace is being deleted: wait until it is gone, then run again"


def _forbidden(exc: ApiError, step: Step) -> str:
    return f"not allowed by the cluster at {exc.host}: {exc.message}"


def _not_served(exc: ApiError, step: Step) -> str:
    return f"the cluster does not serve {step.kind.api_version} {step.kind.name}"


def _no_namespace(exc: ApiError, step: Step) -> str:
    return f"its namespace does not exist: {exc.message}"


def _invalid(exc: ApiError, step: Step) -> str:
    if exc.causes:
        return "; ".join(f"{cause.get('field', '')}: {cause.get('message', '')}" for cause in exc.causes)
    return f"refused by the cluster: {exc.message}"


_Applies = Callable[[ApiError], bool]
_Words = Callable[[ApiError, Step], str]

_EXPLANATIONS: tuple[tuple[_Applies, _Words], ...] = (
    (lambda exc: exc.status == 409 and any(c.get("reason") == "FieldManagerConflict" for c in exc.causes), _conflict),
    (lambda exc: exc.status == 422 and bool(_IMMUTABLE.search(exc.message)), _immutable),
    (lambda exc: exc.status == 403 and "being terminated" in exc.message, _terminating),
    (lambda exc: exc.status == 403, _forbidden),
    (lambda exc: exc.status == 404 and "namespaces" in exc.message, _no_namespace),
    (lambda exc: exc.status == 404, _not_served),
    (lambda exc: exc.status in (400, 422), _invalid),
)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Can this cluster take what the plan says, and may this identity do it? Asked before anything is written.

Only what is going to happen is asked about: an instance that stays as it is needs no right to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .cluster import Cluster
from .errors import ApiError
from .identity import annotations_of
from .kinds import Kind, known
from .plain import Manifest
from .plan import CONFIGURED, CREATED, DELETED, Step
from .podspecs import claim_templates

# The first release in which server-side apply with strict field validation is generally available.
OLDEST_SERVER = (1, 27)
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
# Server-side apply asks for two verbs when the object is new, and the next run lists what this one made.
_VERBS = {CREATED: ("create", "patch", "list"), CONFIGURED: ("patch",), DELETED: ("delete",)}

Question = tuple[str, str, str]


def unmet(cluster: Cluster, steps: Iterable[Step], *, wait: bool) -> list[str]:
    """One sentence for each thing the cluster lacks: its version, a kind, a storage class when a pod is waited for."""
    writing = [step for step in steps if step.writes]
    problems = [*_too_old(cluster), *_not_served(cluster, writing)]
    return [*problems, *_no_default_class(cluster, writing)] if wait else problems


def _too_old(cluster: Cluster) -> list[str]:
    version = str(cluster.document("/version").get("gitVersion", ""))
    found = re.match(r"v(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) >= OLDEST_SERVER:
        return []
    oldest = ".".join(map(str, OLDEST_SERVER))
    return [f"the cluster runs Kubernetes {version}; {oldest} is the oldest that can be used"]


def _not_served(cluster: Cluster, steps: list[Step]) -> list[str]:
    groups = cluster.document("/apis").get("groups") or ()
    served = {version["groupVersion"] for group in groups for version in group["versions"]}
    missing = {step.kind.api_version: step for step in steps if step.kind.group and step.kind.api_version not in served}
    return [f"{step.title}: the cluster does not serve {version}" for version, step in sorted(missing.items())]


def _no_default_class(cluster: Cluster, steps: list[Step]) -> list[str]:
    claims = [step for step in steps if step.action == CREATED and any(map(_names_no_class, _claims_of(step)))]
    if not claims:
        return []
    try:
        classes = cluster.list(known("storage.k8s.io/StorageClass"), "")
    except ApiError as exc:
        if exc.status == 403:
            return []  # not allowed to look at classes: the wait will tell
        raise
    if any(annotations_of(item).get(_DEFAULT_CLASS) == "true" for item in classes):
        return []
    names = ", ".join(sorted(item["metadata"]["name"] for item in classes)) or "none at all"
    return [
        f"{step.title}: names no storage class, and the cluster has no default one (it has: {names})" for step in claims
    ]


def _claims_of(step: Step) -> list[Manifest]:
    """The claims, or templates of claims, of a wanted object."""
    manifest = step.wanted.manifest if step.wanted is not None else {}
    return [manifest] if step.kind.key == "PersistentVolumeClaim" else claim_templates(manifest)


def _names_no_class(claim: Manifest) -> bool:
    return "storageClassName" not in claim.get("spec", {})


def refusals(cluster: Cluster, namespace: str, questions: Iterable[Question]) -> list[str]:
    """One sentence for each permission that is missing."""

    def ask(question: Question) -> str:
        verb, group, resource = question
        allowed, reason = cluster.allowed(verb, group, resource, namespace)
        if allowed:
            return ""
        title = f"{resource}.{group}" if group else resource
        return f"not allowed to {verb} {title} in namespace {namespace}{f' ({reason})' if reason else ''}"

    return [text for text in cluster.each(ask, dict.fromkeys(questions)) if text]


def to_look(kinds: Iterable[Kind]) -> list[Question]:
    """The permissions without which there is no plan."""
    seen = (known("ConfigMap"), *kinds)
    return [("get" if kind.key == "Namespace" else "list", kind.group, kind.plural) for kind in seen]


def to_write(steps: Iterable[Step], hook_kinds: Iterable[Kind], *, wait: bool) -> list[Question]:
    """The permissions that the planned steps and the hooks before them use."""
    writing = [step for step in steps if step.writes]
    inventory = known("ConfigMap")
    questions = [(verb, inventory.group, inventory.plural) for verb in _VERBS[CREATED]]
    for step in writing:
        questions += [(verb, step.kind.group, step.kind.plural) for verb in _VERBS[step.action]]
    hooks = list(hook_kinds)
    for kind in hooks:
        questions += [(verb, kind.group, kind.plural) for verb in ("get", "create", "delete")]
    if hooks or (wait and any(step.kind.workload for step in writing)):
        questions += [("list", "", "pods"), ("list", "", "events"), ("get", "", "pods/log")]
    return questions

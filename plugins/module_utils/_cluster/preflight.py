# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Does this identity have the permissions the run will use? Asked before anything is written."""

from __future__ import annotations

from collections.abc import Iterable

from .cluster import Cluster, in_parallel
from .kinds import Kind, known
from .manifests import Scope, Wanted

_WIDTH = 2
_VERBS = ("list", "create", "patch")


def refusals(
    cluster: Cluster, scope: Scope, wanted: Iterable[Wanted], hooks: Iterable[Wanted], *, prune: bool, wait: bool
) -> list[str]:
    """One sentence for each permission that is missing."""
    asked = _needed([item.kind for item in wanted], [item.kind for item in hooks], prune, wait)

    def ask(question: tuple[str, str, str]) -> str:
        verb, group, resource = question
        allowed, reason = cluster.allowed(verb, group, resource, scope.namespace)
        if allowed:
            return ""
        title = f"{resource}.{group}" if group else resource
        return f"not allowed to {verb} {title} in namespace {scope.namespace}{f' ({reason})' if reason else ''}"

    return [text for text in in_parallel(ask, asked, _WIDTH) if text]


def _needed(kinds: list[Kind], hook_kinds: list[Kind], prune: bool, wait: bool) -> list[tuple[str, str, str]]:
    needed: dict[tuple[str, str, str], None] = {}
    for kind in (known("ConfigMap"), *kinds):
        if kind.key == "Namespace":
            verbs: tuple[str, ...] = ("get", "create", "patch")
        else:
            verbs = (*_VERBS, "delete") if prune and not kind.protected else _VERBS
        needed.update({(verb, kind.group, kind.plural): None for verb in verbs})
    for kind in hook_kinds:
        needed.update({(verb, kind.group, kind.plural): None for verb in ("get", "create", "delete")})
    if hook_kinds or (wait and any(kind.workload for kind in kinds)):
        needed.update({("list", "", "pods"): None, ("list", "", "events"): None, ("get", "", "pods/log"): None})
    return list(needed)

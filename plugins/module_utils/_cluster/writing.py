# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The writes of one run: namespace, record, objects tier by tier, deletions in the opposite order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import groupby

from .cluster import Cluster
from .errors import ApiError, EngineError
from .fields import FIELD_MANAGER
from .inventory import Inventory
from .kinds import Kind
from .manifests import Scope
from .plain import Manifest
from .plan import DELETED, Step
from .rehearsal import explain, refuse, rehearse
from .survey import Survey
from .wait import Wait

_SECONDS_TO_LEAVE = 30.0


def _namespace_step(steps: list[Step]) -> Step:
    return next(step for step in steps if step.kind.key == "Namespace")


def _tiers(steps: list[Step]) -> list[list[Step]]:
    """The steps by tier, in the order in which they are written."""
    in_order = sorted(steps, key=lambda step: step.kind.tier)
    return [list(tier) for _tier, tier in groupby(in_order, key=lambda step: step.kind.tier)]


def _appeared(step: Step) -> str:
    return f"{step.title}: somebody else made one of that name meanwhile"


def _is_inert(step: Step) -> bool:
    """Whether the object starts nothing: no process, no disk, no address outside of the cluster."""
    if step.kind.key == "Service" and step.wanted is not None:
        spec = step.wanted.manifest.get("spec") or {}
        return bool(spec.get("type", "ClusterIP") == "ClusterIP")
    return step.kind.inert


def _is_shared(stored: Manifest) -> bool:
    """Whether somebody besides us had a hand in an object that was just made."""
    entries = stored.get("metadata", {}).get("managedFields") or ()
    return any(entry.get("manager") != FIELD_MANAGER and not entry.get("subresource") for entry in entries)


class Writer:
    """Carries a rehearsed plan out, and remembers whether anything was written."""

    def __init__(self, cluster: Cluster, scope: Scope, *, force: bool, warn: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._scope = scope
        self._force = force
        self._warn = warn
        self.wrote = False
        # Deleted objects that are still there, because a finalizer or a grace period holds them.
        self.lingering: list[tuple[Kind, Manifest]] = []

    @contextmanager
    def namespace_for_this_run(
        self, survey: Survey, steps: list[Step], kinds: Mapping[str, frozenset[str]]
    ) -> Iterator[None]:
        """Create the namespace if it is missing, and take it back if what follows is refused.

        Only inside an existing namespace can the server judge the other objects. Those that start nothing are written
        there at once, which says as much as a dry run before the same write, at half the price.
        """
        if survey.namespace is not None:
            yield
            return
        namespace = self._scope.namespace
        step = _namespace_step(steps)
        manifest = step.wanted.manifest if step.wanted else {}
        try:
            _new, step.stored = self._cluster.apply(step.kind, namespace, manifest)
        except ApiError as exc:
            raise EngineError([f"{step.title}: {explain(exc, step)}"]) from exc
        self.wrote = True
        survey.adopt_namespace(step.stored)
        try:
            self.widen(survey.inventory, kinds)
            refuse(self._try_out([other for other in steps if other is not step]))
            yield
        except BaseException as stopped:
            self._take_back(step, wait=isinstance(stopped, Exception))
            raise

    def _take_back(self, step: Step, *, wait: bool) -> None:
        """Delete the namespace that this run made. The next run can only begin when it is gone: so this one waits."""
        stored = step.stored or {}
        if self._cluster.delete(step.kind, self._scope.namespace, step.name, uid=stored["metadata"]["uid"]) is None:
            return
        self.wrote = False
        if wait:
            with suppress(EngineError):
                wait_for = Wait(self._cluster, self._scope.namespace, _SECONDS_TO_LEAVE, warn=self._warn)
                wait_for.until_gone([(step.kind, stored)], ())

    def _try_out(self, steps: list[Step]) -> list[str]:
        """Write what is inert, dry-run the rest; returns what was refused or is somebody else's."""
        inert = [step for step in steps if _is_inert(step)]
        refused = [text for tier in _tiers(inert) for text in self._cluster.each(self._attempt, tier) if text]
        shared = [_appeared(step) for step in inert if _is_shared(step.stored or {})]
        others = [step for step in steps if not _is_inert(step)]
        rehearsal = rehearse(self._cluster, self._scope.namespace, others, force=self._force)
        surprises = [surprise.problem or _appeared(surprise.step) for surprise in rehearsal.surprises]
        return [*refused, *shared, *rehearsal.problems, *surprises]

    def widen(self, inventory: Inventory, kinds: Mapping[str, frozenset[str]]) -> None:
        """Before the first object: record the kinds it brings."""
        self.wrote |= inventory.widen(self._cluster, kinds)

    def narrow(self, inventory: Inventory, kinds: Mapping[str, frozenset[str]]) -> None:
        """After the last deletion: record what is left."""
        self.wrote |= inventory.narrow(self._cluster, kinds)

    def upsert(self, steps: list[Step]) -> None:
        # The namespace may have been written already, to rehearse the others in it.
        todo = [step for step in steps if step.writes and step.action != DELETED and step.stored is None]
        for tier in _tiers(todo):
            self._write(tier)

    def remove(self, steps: list[Step]) -> None:
        for tier in reversed(_tiers([step for step in steps if step.action == DELETED])):
            self._write(tier)

    def _write(self, steps: list[Step]) -> None:
        problems = [text for text in self._cluster.each(self._attempt, steps) if text]
        if problems:
            raise EngineError(problems, "the run stopped halfway; running again continues it")

    def _attempt(self, step: Step) -> str:
        """Write one object; returns what went wrong."""
        try:
            if step.action == DELETED:
                self._delete(step)
            elif step.wanted is not None:
                manifest = step.wanted.manifest
                force = self._force or step.takes_over
                _new, step.stored = self._cluster.apply(step.kind, self._scope.namespace, manifest, force=force)
        except ApiError as exc:
            return f"{step.title}: {explain(exc, step)}"
        self.wrote = True
        return ""

    def _delete(self, step: Step) -> None:
        live = step.live or {}
        answer = self._cluster.delete(step.kind, self._scope.namespace, step.name, uid=live["metadata"]["uid"])
        if answer and answer.get("kind") != "Status":
            self.lingering.append((step.kind, live))

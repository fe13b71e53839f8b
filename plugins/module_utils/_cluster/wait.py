# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Wait for workloads until they serve, or until it is certain that they will not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from . import health
from .cluster import Cluster
from .errors import EngineError
from .health import Health, Problem, Surroundings
from .identity import name_of
from .kinds import Kind, known
from .plain import Manifest

POLL_SECONDS = 1.0
REPAIR_AFTER = 5.0
LOG_LINES = 20
EVENT_LINES = 5


@dataclass
class Target:
    """One workload to wait for, as it was last seen."""

    kind: Kind
    name: str
    live: Manifest
    health: Health | None = None
    around: Surroundings = field(default_factory=Surroundings)

    @property
    def title(self) -> str:
        return f"{self.kind.name} {self.name}"

    @property
    def complete(self) -> bool:
        return health.complete(self.kind.key, self.live)


class Wait:
    """Polls the workloads of one run."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        timeout: float,
        *,
        warn: Callable[[str], None],
        poll: float = POLL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._timeout = timeout
        self._warn = warn
        self._poll = poll
        self._clock = clock
        self._sleep = sleep
        # When a problem, or a pod in need of repair, was seen first.
        self._since: dict[tuple[str, str], float] = {}

    def until_ready(self, targets: Iterable[Target]) -> None:
        """Return when every workload is rolled out; raise with the causes as soon as one cannot be."""
        pending = [target for target in targets if not target.complete]
        deadline = self._clock() + self._timeout
        while pending:
            for target in pending:
                self._look(target)
            pending = [target for target in pending if not (target.health and target.health.ready)]
            failures = [text for target in pending if (text := self._failure(target))]
            if failures:
                raise EngineError(failures)
            if pending and self._clock() >= deadline:
                raise EngineError([self._timed_out(target) for target in pending])
            if pending:
                self._sleep(self._poll)

    def until_gone(self, lingering: Iterable[tuple[Kind, Manifest]], pods_of: Iterable[tuple[Kind, Manifest]]) -> None:
        """Return when deleted objects, and the pods of deleted workloads, have left."""
        left = list(lingering)
        selectors = [text for _kind, workload in pods_of if (text := selector_text(workload))]
        deadline = self._clock() + self._timeout
        while True:
            left = [(kind, manifest) for kind, manifest in left if self._still_there(kind, manifest)]
            pods = [pod for text in selectors for pod in self._cluster.list(known("Pod"), self._namespace, text)]
            if not left and not pods:
                return
            if self._clock() >= deadline:
                raise EngineError(
                    [_lingers(kind, manifest) for kind, manifest in left] + [_pod_lingers(p) for p in pods]
                )
            self._sleep(self._poll)

    def _still_there(self, kind: Kind, manifest: Manifest) -> bool:
        found = self._cluster.get(kind, self._namespace, name_of(manifest))
        if found is None or found["metadata"]["uid"] != manifest["metadata"]["uid"]:
            return False
        manifest["metadata"] = found["metadata"]
        return True

    # -- one look ----------------------------------------------------------------------------------------------

    def _look(self, target: Target) -> None:
        found = self._cluster.get(target.kind, self._namespace, target.name)
        if found is None:
            raise EngineError([f"{target.title}: was deleted while the run waited for it"])
        target.live = found
        if target.complete:
            target.health = health.judge(target.kind.key, found, Surroundings())
            return
        target.around = read_surroundings(self._cluster, self._namespace, target.kind, found)
        target.health = health.judge(target.kind.key, found, target.around)
        if target.kind.key == "apps/StatefulSet":
            self._repair(target)

    def _repair(self, target: Target) -> None:
        for pod in health.outdated_pods(target.live, target.around.pods):
            uid = pod["metadata"]["uid"]
            if self._lasted("outdated", uid) < REPAIR_AFTER:
                continue
            name = name_of(pod)
            if self._cluster.delete(known("Pod"), self._namespace, name, uid=uid) is not None:
                self._warn(
                    f"pod {name} of an earlier revision was not ready and blocked the rollout of {target.title}: "
                    "it was deleted, so that its successor can start"
                )

    def _lasted(self, what: str, subject: str) -> float:
        now = self._clock()
        return now - self._since.setdefault((what, subject), now)

    # -- failing -----------------------------------------------------------------------------------------------

    def _failure(self, target: Target) -> str:
        """The report on a workload that cannot become ready; empty while there is hope."""
        if target.health is None:
            return ""
        for problem in target.health.problems:
            # The wording may vary from poll to poll; the subject and the phase do not.
            lasted = self._lasted(f"{problem.phase}/{problem.grace}", f"{target.title}/{problem.pod}")
            if lasted >= problem.grace:
                return self._report(target, problem)
        return ""

    def _timed_out(self, target: Target) -> str:
        progress = target.health.progress if target.health else ""
        problem = next(iter(target.health.problems), None) if target.health else None
        why = problem.text if problem else progress
        last = problem or _suspect(target)
        return self._report(
            target,
            Problem(
                f"not ready after {self._timeout:.0f} s: {why}",
                pod=last.pod,
                container=last.container,
                previous=last.previous,
            ),
        )

    def _report(self, target: Target, problem: Problem) -> str:
        lines = [f"{target.title}: {problem.text}"]
        events = sorted(target.around.events, key=health.event_time)
        notable = [event for event in events if event.get("type") == "Warning"][-EVENT_LINES:]
        if notable:
            lines.append("  events:")
            lines += [f"    {event.get('reason', '')}: {event.get('message', '')}" for event in notable]
        log = ""
        if problem.pod and problem.container:
            log = self._cluster.log(
                self._namespace, problem.pod, problem.container, lines=LOG_LINES, previous=problem.previous
            )
        if log:
            lines.append(f"  last log lines of container {problem.container}:")
            lines += [f"    {line}" for line in log.splitlines()]
        return "\n".join(lines)


def read_surroundings(cluster: Cluster, namespace: str, kind: Kind, workload: Manifest) -> Surroundings:
    """The pods of a workload that is not ready, the claims they wait for, and the events of all of these."""
    text = selector_text(workload)
    pods = cluster.list(known("Pod"), namespace, text) if text else []
    claims: list[Manifest] = []
    subjects = [workload]
    for pod in pods:
        if health.pod_ready(pod) or pod["metadata"].get("deletionTimestamp"):
            continue
        subjects.append(pod)
        if not (pod.get("spec") or {}).get("nodeName"):
            names = [
                volume["persistentVolumeClaim"]["claimName"]
                for volume in pod["spec"].get("volumes") or ()
                if "persistentVolumeClaim" in volume
            ]
            found = [cluster.get(known("PersistentVolumeClaim"), namespace, name) for name in names]
            claims += [claim for claim in found if claim is not None]
    events: list[Manifest] = []
    for subject in [*subjects, *claims]:
        events += cluster.list(known("Event"), namespace, fields=f"involvedObject.uid={subject['metadata']['uid']}")
    return Surroundings(pods, events, claims)


def selector_text(workload: Manifest) -> str:
    """The label selector of a workload's pods."""
    labels = ((workload.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in labels.items())


def _suspect(target: Target) -> Problem:
    """The container to look at when nothing is wrong but time is up: the first that is not ready."""
    for pod in health.current_pods(target.kind.key, target.live, target.around.pods):
        for status in health.container_statuses(pod):
            if not status.get("ready") and "running" in (status.get("state") or {}):
                return Problem("", pod=name_of(pod), container=str(status["name"]))
    return Problem("")


def _lingers(kind: Kind, manifest: Manifest) -> str:
    finalizers = ", ".join(manifest["metadata"].get("finalizers") or ()) or "none"
    return f"{kind.name} {name_of(manifest)}: was deleted but is still there (finalizers: {finalizers})"


def _pod_lingers(pod: Manifest) -> str:
    return f"pod {name_of(pod)}: still ends"

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How a workload is doing, judged from objects alone. Pure: the wait and `instance_info` share its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .plain import Manifest

READY, STARTING, CRASH, SUSPENDED, ABSENT, DEGRADED = "ready", "starting", "crash", "suspended", "absent", "degraded"

# sysexits.h EX_CONFIG: the program says that trying again cannot help.
EXIT_REFUSED = 78
RESTARTS_TOLERATED = 1

# Seconds a problem has to last before it counts: these heal by themselves when something else catches up.
GRACE_NONE = 0.0
GRACE_CREATION = 10.0
GRACE_SCHEDULING = 20.0
GRACE_MOUNT = 30.0

_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"})
_CONTAINER = frozenset({"CreateContainerConfigError", "CreateContainerError"})
_CATCHING_UP = ("failed to sync",)

REVISION_LABEL = "controller-revision-hash"


@dataclass(frozen=True)
class Problem:
    """One reason for not being ready. It is a failure once it has lasted `grace` seconds."""

    text: str
    phase: str = DEGRADED
    grace: float = GRACE_NONE
    pod: str = ""
    container: str = ""
    # The log that tells why is the one of the container before its last restart.
    previous: bool = False


@dataclass(frozen=True)
class Health:
    """The verdict on one workload."""

    phase: str
    progress: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        return self.phase in (READY, SUSPENDED)


@dataclass(frozen=True)
class Surroundings:
    """What was read beside the workload; events and claims only when there is trouble."""

    pods: Sequence[Manifest] = ()
    events: Sequence[Manifest] = ()
    claims: Sequence[Manifest] = ()


def judge(kind_key: str, workload: Manifest, around: Surroundings) -> Health:
    """The state of a StatefulSet, Deployment or Job."""
    done, progress, own = _ROLLOUTS[kind_key](workload)
    if done:
        return Health(done, progress)
    problems = list(own)
    pods = current_pods(kind_key, workload, around.pods)
    for pod in pods:
        problems.extend(_pod_problems(pod, around))
    if not pods:
        problems.extend(_creation_problems(workload, around.events))
    phase = next((problem.phase for problem in problems), STARTING)
    return Health(phase, progress, problems)


def complete(kind_key: str, workload: Manifest) -> bool:
    """Whether the rollout is over, told by the workload alone."""
    return bool(_ROLLOUTS[kind_key](workload)[0])


# -- rollouts: (phase when done, progress in words, problems of the workload itself) ------------------------------

_Rollout = tuple[str, str, list[Problem]]


def _stateful_set(workload: Manifest) -> _Rollout:
    spec, status = workload.get("spec") or {}, workload.get("status") or {}
    wanted = int(spec.get("replicas", 1))
    if not _observed(workload):
        return "", "the change has not been noticed yet", []
    if wanted == 0:
        left = int(status.get("replicas", 0))
        return (SUSPENDED, "scaled to zero", []) if left == 0 else ("", f"{left} pods still run", [])
    ready = int(status.get("readyReplicas", 0))
    if (spec.get("updateStrategy") or {}).get("type") == "OnDelete":
        return (READY if ready >= wanted else ""), f"{ready} of {wanted} pods ready", []
    updated = int(status.get("updatedReplicas", 0))
    progress = f"{min(updated, wanted)} of {wanted} pods updated, {ready} ready"
    available = int(status.get("availableReplicas", ready))
    finished = (
        updated >= wanted
        and ready >= wanted
        and available >= wanted
        and int(status.get("replicas", 0)) == wanted
        and status.get("currentRevision") == status.get("updateRevision")
    )
    return (READY if finished else ""), progress, []


def _deployment(workload: Manifest) -> _Rollout:
    spec, status = workload.get("spec") or {}, workload.get("status") or {}
    wanted = int(spec.get("replicas", 1))
    if not _observed(workload):
        return "", "the change has not been noticed yet", []
    total, updated = int(status.get("replicas", 0)), int(status.get("updatedReplicas", 0))
    available = int(status.get("availableReplicas", 0))
    if wanted == 0:
        return (SUSPENDED, "scaled to zero", []) if total == 0 else ("", f"{total} pods still run", [])
    if updated >= wanted and total <= updated and available >= wanted:
        return READY, f"{available} of {wanted} pods ready", []
    problems = []
    for condition in status.get("conditions") or ():
        reason, message = condition.get("reason", ""), condition.get("message", "")
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            problems.append(Problem(f"pods cannot be created: {message}", grace=GRACE_CREATION))
        if condition["type"] == "Progressing" and reason == "ProgressDeadlineExceeded":
            problems.append(Problem(f"the rollout makes no progress: {message}"))
    return "", f"{updated} of {wanted} pods updated, {available} available", problems


def _job(workload: Manifest) -> _Rollout:
    status = workload.get("status") or {}
    if (workload.get("spec") or {}).get("suspend"):
        return SUSPENDED, "suspended", []
    for condition in status.get("conditions") or ():
        if condition["status"] != "True":
            continue
        if condition["type"] == "Complete":
            return READY, "completed", []
        if condition["type"] == "Failed":
            why = condition.get("message") or condition.get("reason") or "no reason given"
            return "", "failed", [Problem(f"the job failed: {why}", CRASH)]
    return "", f"{int(status.get('active', 0))} pods at work", []


_ROLLOUTS: dict[str, Callable[[Manifest], _Rollout]] = {
    "apps/StatefulSet": _stateful_set,
    "apps/Deployment": _deployment,
    "batch/Job": _job,
}


def _observed(workload: Manifest) -> bool:
    generation = int(workload["metadata"].get("generation", 0))
    return int((workload.get("status") or {}).get("observedGeneration", 0)) >= generation


# -- pods ----------------------------------------------------------------------------------------------------------


def current_pods(kind_key: str, workload: Manifest, pods: Iterable[Manifest]) -> list[Manifest]:
    """The pods that count: of the revision that is rolled out, and not on their way out."""
    staying = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    if kind_key != "apps/StatefulSet":
        return [pod for pod in staying if (pod.get("status") or {}).get("phase") != "Succeeded"]
    revision = (workload.get("status") or {}).get("updateRevision")
    if not _observed(workload):
        return []
    return [pod for pod in staying if (pod["metadata"].get("labels") or {}).get(REVISION_LABEL) == revision]


def outdated_pods(workload: Manifest, pods: Iterable[Manifest]) -> list[Manifest]:
    """Pods of a StatefulSet's earlier revision that do not serve and are not leaving.

    The controller waits for such a pod to become ready before it replaces it, which may be never.
    """
    status = workload.get("status") or {}
    revision = status.get("updateRevision")
    if not _observed(workload) or not revision:
        return []
    return [
        pod
        for pod in pods
        if (pod["metadata"].get("labels") or {}).get(REVISION_LABEL) not in (None, revision)
        and not pod["metadata"].get("deletionTimestamp")
        and not pod_ready(pod)
    ]


def pod_ready(pod: Manifest) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def is_running(pod: Manifest, container: str) -> bool:
    """Whether that container of the pod runs."""
    return any(
        status["name"] == container and "running" in (status.get("state") or {}) for status in container_statuses(pod)
    )


def container_statuses(pod: Manifest) -> list[Manifest]:
    """Init containers first, as they run."""
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def restarts(pod: Manifest) -> int:
    return sum(int(status.get("restartCount", 0)) for status in container_statuses(pod))


def _pod_problems(pod: Manifest, around: Surroundings) -> Iterator[Problem]:
    name = str(pod["metadata"]["name"])
    found = False
    for status in container_statuses(pod):
        problem = _container_problem(name, status)
        if problem is not None:
            found = True
            yield problem
    if not found:
        yield from _unscheduled(pod, name, around)
        yield from _unmounted(pod, name, around.events)


def _container_problem(pod: str, status: Manifest) -> Problem | None:
    if status.get("ready"):
        return None
    container = str(status["name"])
    state = status.get("state") or {}
    waiting = state.get("waiting") or {}
    reason, message = waiting.get("reason", ""), str(waiting.get("message", ""))
    where = f"pod {pod}, container {container}"
    if reason in _IMAGE:
        return Problem(f"{where}: image {status.get('image', '')} cannot be pulled: {reason}: {message}", pod=pod)
    if reason in _CONTAINER and not any(text in message for text in _CATCHING_UP):
        return Problem(f"{where}: cannot be started: {reason}: {message}", pod=pod)
    return _exit_problem(where, pod, container, status)


def _exit_problem(where: str, pod: str, container: str, status: Manifest) -> Problem | None:
    """A container that ended badly and is not serving now."""
    state = status.get("state") or {}
    ended = state.get("terminated") or (status.get("lastState") or {}).get("terminated") or {}
    code = int(ended.get("exitCode", 0))
    looping = (state.get("waiting") or {}).get("reason") == "CrashLoopBackOff"
    times = int(status.get("restartCount", 0))
    # Without a restart the log of the ended container is still the current one.
    previous = times > 0 and "terminated" not in state
    if ended.get("reason") == "OOMKilled":
        text = f"{where}: ran out of memory (OOMKilled); raise its memory limit"
    elif code == EXIT_REFUSED:
        text = f"{where}: exit code {code}: configuration or state refused"
    elif code != 0 and (looping or times > RESTARTS_TOLERATED):
        text = f"{where}: keeps crashing: exit code {code}, {_counted(times)}"
    elif looping:
        text = f"{where}: keeps ending although it should stay up: {_counted(times)}"
    else:
        return None
    return Problem(text, CRASH, pod=pod, container=container, previous=previous)


def _counted(restarted: int) -> str:
    return "1 restart" if restarted == 1 else f"{restarted} restarts"


def _unscheduled(pod: Manifest, name: str, around: Surroundings) -> Iterator[Problem]:
    # A volume that waits for its first consumer is made while the scheduler holds the pod: nothing is said about the
    # pod until that has been tried for ten minutes.
    claims = list(_claim_problems(around))
    yield from claims
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if not claims and condition["type"] == "PodScheduled" and condition["status"] == "False":
            message = condition.get("message", "")
            yield Problem(f"pod {name}: no node takes it: {message}", grace=GRACE_SCHEDULING, pod=name)


def _claim_problems(around: Surroundings) -> Iterator[Problem]:
    for claim in around.claims:
        if (claim.get("status") or {}).get("phase") != "Pending":
            continue
        title = f"PersistentVolumeClaim {claim['metadata']['name']}"
        for event in _events_of(claim, around.events):
            if event.get("reason") == "ProvisioningFailed":
                yield Problem(f"{title}: no volume: {event.get('message', '')}", grace=GRACE_CREATION)
                break
            if event.get("reason") == "FailedBinding":
                yield Problem(f"{title}: not bound: {event.get('message', '')}", grace=GRACE_SCHEDULING)
                break


def _unmounted(pod: Manifest, name: str, events: Sequence[Manifest]) -> Iterator[Problem]:
    started = any("running" in (status.get("state") or {}) for status in container_statuses(pod))
    if started:
        return
    for event in _events_of(pod, events):
        if event.get("reason") in ("FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"):
            yield Problem(f"pod {name}: {event['reason']}: {event.get('message', '')}", grace=GRACE_MOUNT, pod=name)
            return


def _creation_problems(workload: Manifest, events: Sequence[Manifest]) -> Iterator[Problem]:
    for event in _events_of(workload, events):
        if event.get("reason") == "FailedCreate":
            yield Problem(f"pods cannot be created: {event.get('message', '')}", grace=GRACE_CREATION)
            return


def _events_of(manifest: Manifest, events: Iterable[Manifest]) -> list[Manifest]:
    """An object's events, the latest first."""
    uid = manifest["metadata"].get("uid")
    own = [event for event in events if (event.get("involvedObject") or {}).get("uid") == uid]
    return sorted(own, key=event_time, reverse=True)


def event_time(event: Manifest) -> str:
    """When an event was last seen; RFC 3339 in UTC sorts as text."""
    series = event.get("series") or {}
    return str(event.get("lastTimestamp") or series.get("lastObservedTime") or event.get("eventTime") or "")

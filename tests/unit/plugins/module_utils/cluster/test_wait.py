# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting: ends when the workload serves, or as soon as it is certain that it will not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.kinds import known
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.wait import Target, Wait
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster

STATEFUL_SET = known("apps/StatefulSet")
STATUS = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "a"}


def workload(**status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "support", "uid": "w", "generation": 1},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "x"}}},
        "status": {**STATUS, **status},
    }


READY = {"readyReplicas": 1, "availableReplicas": 1}


def pod(state: dict[str, Any], revision: str = "a", restarts: int = 0, **status: Any) -> dict[str, Any]:
    container = {"name": "main", "image": "i", "ready": False, "restartCount": restarts, "state": state}
    return {
        "metadata": {"name": "support-0", "uid": "p", "labels": {"controller-revision-hash": revision}},
        "spec": {"nodeName": "n"},
        "status": {"containerStatuses": [container], **status},
    }


@dataclass
class Scene:
    """A cluster, a clock that only sleeping moves, and what happens when."""

    cluster: FakeCluster = field(default_factory=FakeCluster)
    now: float = 0.0
    warnings: list[str] = field(default_factory=list)
    script: Callable[[float], None] = lambda now: None

    def wait(self, timeout: float = 600) -> Wait:
        self.cluster.before_call = lambda: self.script(self.now)
        return Wait(
            self.cluster,
            "ns",
            timeout,
            warn=self.warnings.append,
            clock=lambda: self.now,
            sleep=self._sleep,  # type: ignore[arg-type]
        )

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def set(self, **objects: dict[str, Any]) -> None:
        keys = {"workload": ("apps/StatefulSet", "support"), "pod": ("Pod", "support-0"), "event": ("Event", "e")}
        self.cluster.objects.update({keys[name]: manifest for name, manifest in objects.items()})


def target(live: dict[str, Any] | None = None) -> Target:
    return Target(STATEFUL_SET, "support", live or workload())


def test_a_complete_rollout_costs_no_request() -> None:
    scene = Scene()
    scene.wait().until_ready([target(workload(**READY))])
    assert scene.cluster.calls == []


def test_it_ends_when_the_workload_serves() -> None:
    scene = Scene()
    scene.set(workload=workload(), pod=pod({"running": {}}))
    scene.script = lambda now: scene.set(workload=workload(**READY)) if now >= 7 else None
    scene.wait().until_ready([target()])
    assert scene.now == 7


@pytest.mark.parametrize(
    "state, restarts, within",
    [
        ({"waiting": {"reason": "ErrImagePull", "message": "not found"}}, 0, 0),
        ({"waiting": {"reason": "CrashLoopBackOff"}}, 1, 0),
        ({"terminated": {"exitCode": 78}}, 0, 0),
    ],
)
def test_a_certain_failure_is_told_at_once(state: dict[str, Any], restarts: int, within: float) -> None:
    scene = Scene()
    scene.set(workload=workload(), pod=pod(state, restarts=restarts))
    with pytest.raises(EngineError, match="StatefulSet support: pod support-0, container main"):
        scene.wait().until_ready([target()])
    assert scene.now == within


def test_the_report_has_the_cause_the_events_and_the_log_of_the_crashed_container() -> None:
    scene = Scene()
    crashed = pod({"waiting": {"reason": "CrashLoopBackOff"}}, restarts=1)
    crashed["status"]["containerStatuses"][0]["lastState"] = {"terminated": {"exitCode": 3}}
    scene.cluster.logs = "one\ntwo"
    event = {"involvedObject": {"uid": "p"}, "type": "Warning", "reason": "BackOff", "message": "restarting"}
    scene.set(workload=workload(), pod=crashed, event=event)
    with pytest.raises(EngineError) as caught:
        scene.wait().until_ready([target()])
    assert caught.value.text.splitlines() == [
        "StatefulSet support: pod support-0, container main: keeps crashing: exit code 3, 1 restart",
        "  events:",
        "    BackOff: restarting",
        "  last log lines of container main:",
        "    one",
        "    two",
    ]
    assert scene.cluster.log_requests == [("support-0", "main", True)]


def unscheduled() -> dict[str, Any]:
    found = pod({}, conditions=[{"type": "PodScheduled", "status": "False", "message": "0/1 nodes"}])
    found["status"]["containerStatuses"] = []
    return found


def test_what_may_heal_gets_its_time() -> None:
    scene = Scene()
    scene.set(workload=workload(), pod=unscheduled())
    with pytest.raises(EngineError, match="no node takes it: 0/1 nodes"):
        scene.wait().until_ready([target()])
    assert 20 <= scene.now < 60


def test_what_healed_in_time_is_no_failure() -> None:
    scene = Scene()
    scene.set(workload=workload(), pod=unscheduled())

    def script(now: float) -> None:
        if now >= 15:
            scene.set(pod=pod({"running": {}}))
        if now >= 40:
            scene.set(workload=workload(**READY))

    scene.script = script
    scene.wait().until_ready([target()])


def test_a_broken_pod_of_the_earlier_revision_is_replaced() -> None:
    scene = Scene()
    updating = workload(updateRevision="b", updatedReplicas=0)
    scene.set(workload=updating, pod=pod({"waiting": {"reason": "ImagePullBackOff"}}))

    def script(now: float) -> None:
        if ("delete", "Pod", "support-0") in scene.cluster.calls:
            scene.set(workload=workload(**READY, updateRevision="b", currentRevision="b"))

    scene.script = script
    scene.wait().until_ready([target(updating)])
    assert 5 <= scene.now < 10
    assert "pod support-0 of an earlier revision" in scene.warnings[0]


def test_a_serving_pod_of_the_earlier_revision_is_left_to_the_controller() -> None:
    scene = Scene()
    serving = pod({"running": {}}, conditions=[{"type": "Ready", "status": "True"}])
    scene.set(workload=workload(updateRevision="b"), pod=serving)
    with pytest.raises(EngineError, match="not ready after 30 s"):
        scene.wait(30).until_ready([target(workload(updateRevision="b"))])
    assert scene.cluster.writes == []


def test_time_is_up_with_the_log_of_the_container_that_is_not_ready() -> None:
    scene = Scene()
    scene.cluster.logs = "still loading"
    scene.set(workload=workload(), pod=pod({"running": {}}))
    with pytest.raises(EngineError, match="not ready after 30 s: 1 of 1 pods updated, 0 ready") as caught:
        scene.wait(30).until_ready([target()])
    assert "still loading" in caught.value.text
    assert scene.cluster.log_requests == [("support-0", "main", False)]


def test_a_deleted_object_that_stays_is_named_with_its_finalizers() -> None:
    scene = Scene()
    claim = {"metadata": {"name": "data", "uid": "c", "finalizers": ["kubernetes.io/pvc-protection"]}}
    scene.cluster.objects[("PersistentVolumeClaim", "data")] = claim
    with pytest.raises(EngineError, match=r"PersistentVolumeClaim data: .*finalizers: kubernetes.io/pvc-protection"):
        scene.wait(5).until_gone([(known("PersistentVolumeClaim"), claim)], [])


def test_a_successor_of_the_same_name_is_not_waited_for() -> None:
    scene = Scene()
    scene.cluster.objects[("PersistentVolumeClaim", "data")] = {"metadata": {"name": "data", "uid": "new"}}
    scene.wait(5).until_gone([(known("PersistentVolumeClaim"), {"metadata": {"name": "data", "uid": "old"}})], [])
    assert scene.now == 0

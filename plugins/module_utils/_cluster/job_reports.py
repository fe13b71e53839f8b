# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How the Jobs of an instance ended that are still on the cluster, and what they reported.

Two lists: a container leaves its last words in the status of its pod, so no log has to be asked for.
"""

from __future__ import annotations

import json
from typing import Any

from . import health
from .cluster import Cluster
from .identity import COMPONENT_LABEL, annotations_of, name_of, selector
from .job import REPORTER
from .kinds import known
from .plain import Manifest

SUCCEEDED, FAILED, RUNNING = "succeeded", "failed", "running"
_ENDED = {"Complete": SUCCEEDED, "Failed": FAILED}


def read(cluster: Cluster, instance: str, namespace: str, component: str) -> list[dict[str, Any]]:
    """The Jobs with that component, the latest first."""
    wanted = f"{selector(instance)},{COMPONENT_LABEL}={component}"
    jobs = cluster.list(known("batch/Job"), namespace, wanted)
    pods = cluster.list(known("Pod"), namespace, wanted) if jobs else []
    found = [_described(job, [pod for pod in pods if _owner(pod) == job["metadata"]["uid"]]) for job in jobs]
    return sorted(found, key=lambda each: str(each["started"]), reverse=True)


def _described(job: Manifest, pods: list[Manifest]) -> dict[str, Any]:
    status = job.get("status") or {}
    ended = [
        (_ENDED[each["type"]], str(each.get("lastTransitionTime") or ""), str(each.get("message") or ""))
        for each in status.get("conditions") or ()
        if each.get("status") == "True" and each.get("type") in _ENDED
    ]
    outcome, time, message = ended[0] if ended else (RUNNING, "", "")
    owners = [each["name"] for each in job["metadata"].get("ownerReferences") or () if each.get("kind") == "CronJob"]
    return {
        "name": name_of(job),
        "schedule": owners[0] if owners else "",
        "outcome": outcome,
        "started": str(status.get("startTime") or job["metadata"].get("creationTimestamp") or ""),
        "ended": time,
        "message": message,
        "report": _report(job, pods),
    }


def _report(job: Manifest, pods: list[Manifest]) -> dict[str, Any]:
    """What the container said that reports; of one that failed, what any of them called a problem."""
    reporter = annotations_of(job).get(REPORTER)
    said: dict[str, dict[str, Any]] = {}
    for pod in sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp"))):
        for status in health.container_statuses(pod):
            ended = (status.get("state") or {}).get("terminated") or {}
            try:
                words = json.loads(str(ended.get("message") or ""))
            except ValueError:
                continue
            if isinstance(words, dict):
                said[str(status["name"])] = words
    problems = [words for words in said.values() if "problem" in words]
    return said.get(str(reporter)) or next(iter(problems), {})


def _owner(pod: Manifest) -> str:
    return next((str(each["uid"]) for each in pod["metadata"].get("ownerReferences") or ()), "")

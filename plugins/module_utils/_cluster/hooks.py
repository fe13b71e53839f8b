# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Jobs that have to succeed before an object may change, such as the validation of a configuration."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from . import health, outputs
from .cluster import Cluster
from .errors import ApiError, EngineError
from .identity import HOOK, HOOK_FOR, HOOK_RESULT, annotations_of, is_of, name_of
from .kinds import known
from .manifests import Scope, Wanted
from .plain import Manifest
from .plan import Step, triggered
from .wait import LOG_LINES, Target, Wait

PRE_APPLY = "pre-apply"
JSON_ISSUES = "json-issues"

_JOB = "batch/Job"
_KEEP_SECONDS = 300
_POLL_SECONDS = 0.5
_GONE_WITHIN = 60.0
_ISSUE_LINES = 2000


@dataclass(frozen=True)
class Hook:
    """One Job and what it mounts."""

    target: str
    job: Wanted
    companions: tuple[Wanted, ...]


def group(objects: Iterable[Wanted]) -> list[Hook]:
    """Put the Jobs and their companions together; raise when that makes no sense."""
    members: dict[str, list[Wanted]] = {}
    problems = []
    for item in objects:
        annotations = annotations_of(item.manifest)
        if annotations.get(HOOK) != PRE_APPLY:
            problems.append(f'{item.title}: annotation {HOOK} is "{annotations.get(HOOK)}", not {PRE_APPLY}')
        members.setdefault(annotations.get(HOOK_FOR, ""), []).append(item)
    hooks = []
    for target, items in members.items():
        jobs = [item for item in items if item.kind.key == _JOB]
        companions = tuple(item for item in items if item.kind.key != _JOB)
        names = ", ".join(item.title for item in items)
        if not target:
            problems.append(f"{names}: annotation {HOOK_FOR} has to name an object, for example ConfigMap/settings")
        elif len(jobs) != 1:
            problems.append(f"{names}: a hook for {target} consists of one Job, not {len(jobs)}, and what it mounts")
        elif any(item.kind.key not in ("ConfigMap", "Secret") for item in companions):
            problems.append(f"{names}: beside its Job a hook may hold ConfigMaps and Secrets only")
        else:
            hooks.append(Hook(target, jobs[0], companions))
    if problems:
        raise EngineError(problems)
    return hooks


class HookRunner:
    """Runs the hooks of one call."""

    def __init__(self, cluster: Cluster, scope: Scope, timeout: float, warn: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._scope = scope
        self._timeout = timeout
        self._warn = warn

    def run(self, hooks: Iterable[Hook], steps: list[Step]) -> None:
        """Run those whose object is about to change. Raises when one fails; leaves nothing behind either way."""
        for hook in hooks:
            if triggered(hook.job, HOOK_FOR, steps):
                self._run(hook)

    def _run(self, hook: Hook) -> None:
        job: Manifest | None = None
        try:
            try:
                job = self._start(hook)
            except ApiError as exc:
                raise EngineError([f"{hook.target}: its check could not be started: {exc}"]) from exc
            try:
                self._await(hook, job)
            finally:
                self._keep_output(hook)
        finally:
            self._clean(hook, job)

    # -- starting ----------------------------------------------------------------------------------------------

    def _start(self, hook: Hook) -> Manifest:
        spec = hook.job.manifest["spec"]
        # A run that is killed now cannot clean up: then these two end the Job and its companions with it.
        spec.setdefault("ttlSecondsAfterFinished", _KEEP_SECONDS)
        spec.setdefault("activeDeadlineSeconds", max(1, int(self._timeout)))
        job = self._create(replace(hook.job, manifest=outputs.without_what_is_kept(hook.job.manifest)))
        owner = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "name": name_of(job),
            "uid": job["metadata"]["uid"],
            "controller": False,
        }
        for item in hook.companions:
            item.manifest["metadata"]["ownerReferences"] = [owner]
            self._create(item)
        return job

    def _create(self, item: Wanted) -> Manifest:
        """Create under a fixed name, after removing what an earlier run left there."""
        namespace = self._scope.namespace
        deadline = time.monotonic() + _GONE_WITHIN
        while True:
            try:
                return self._cluster.create(item.kind, namespace, item.manifest)
            except ApiError as exc:
                if exc.status != 409 or time.monotonic() > deadline:
                    raise
            found = self._cluster.get(item.kind, namespace, item.name)
            if found is None:
                continue
            if not is_of(found, self._scope.instance):
                raise EngineError([f"{item.title}: exists and is not ours, but a check has to use this name"])
            if not found["metadata"].get("deletionTimestamp"):
                self._cluster.delete(item.kind, namespace, item.name, uid=found["metadata"]["uid"])
            time.sleep(_POLL_SECONDS)

    # -- waiting -----------------------------------------------------------------------------------------------

    def _await(self, hook: Hook, job: Manifest) -> None:
        wait = Wait(self._cluster, self._scope.namespace, self._timeout, warn=self._warn, poll=_POLL_SECONDS)
        target = Target(hook.job.kind, hook.job.name, job)
        try:
            wait.until_ready([target])
        except EngineError as exc:
            issues = self._issues(hook, target)
            raise EngineError(issues or [f"{hook.target}: {self._story(exc, target)}"]) from exc
        if issues := self._issues(hook, target):
            raise EngineError(issues)

    def _story(self, exc: EngineError, target: Target) -> str:
        """The failure, with the log of the container that ended badly."""
        text = exc.text
        if "log lines" in text:
            return text
        for pod in self._pods(target):
            for status in health.container_statuses(pod):
                ended = (status.get("state") or {}).get("terminated") or {}
                if int(ended.get("exitCode", 0)) == 0:
                    continue
                log = self._cluster.log(self._scope.namespace, name_of(pod), status["name"], lines=LOG_LINES)
                lines = [f"  exit code {ended['exitCode']}, last log lines of container {status['name']}:"]
                return "\n".join([text, *lines, *(f"    {line}" for line in log.splitlines())])
        return text

    def _pods(self, target: Target) -> list[Manifest]:
        selector = f"batch.kubernetes.io/job-name={target.name}"
        return self._cluster.list(known("Pod"), self._scope.namespace, selector)

    def _issues(self, hook: Hook, target: Target) -> list[str]:
        """What a validating Job reports about the object, as `path: message`; empty when it has no complaint."""
        if annotations_of(hook.job.manifest).get(HOOK_RESULT) != JSON_ISSUES:
            return []
        for pod in self._pods(target):
            spec = pod.get("spec") or {}
            output = outputs.declared(hook.job.manifest)
            containers = (*(spec.get("initContainers") or ()), *spec.get("containers", ()))
            names = [item["name"] for item in containers if output is None or item["name"] != output.container]
            for container in names:
                log = self._cluster.log(self._scope.namespace, name_of(pod), container, lines=_ISSUE_LINES)
                report = find_report(log)
                if report is not None and report.get("valid") is False:
                    # Several containers judge several versions of the object.
                    about = f"{hook.target}: {container}" if len(names) > 1 else hook.target
                    return [f"{about}: {line}" for line in issue_lines(report)]
        return []

    def _keep_output(self, hook: Hook) -> None:
        """Keep what the Job printed for later. It is there to save time, so the run goes on without it."""
        output = outputs.declared(hook.job.manifest)
        if output is None or output.is_there:
            return
        target = Target(hook.job.kind, hook.job.name, hook.job.manifest)
        try:
            for pod in self._pods(target)[:1]:
                log = self._cluster.log(
                    self._scope.namespace, name_of(pod), output.container, lines=_ISSUE_LINES, limit=outputs.LOG_BYTES
                )
                outputs.keep(output, log)
        except (ApiError, OSError, ValueError) as exc:
            self._warn(f"{hook.job.title}: what container {output.container} prints could not be kept: {exc}")

    def _clean(self, hook: Hook, job: Manifest | None) -> None:
        namespace = self._scope.namespace
        try:
            if job is not None:
                self._cluster.delete(hook.job.kind, namespace, hook.job.name, uid=job["metadata"]["uid"])
                for item in hook.companions:
                    self._cluster.delete(item.kind, namespace, item.name)
        except ApiError as exc:
            self._warn(f"{hook.job.title} could not be removed; the cluster removes it by itself: {exc}")


def find_report(log: str) -> dict[str, Any] | None:
    """The JSON report in a log that may hold other lines around it."""
    candidates = [log, *reversed(log.splitlines())]
    if "{" in log:
        candidates.insert(1, log[log.index("{") : log.rindex("}") + 1])
    for text in candidates:
        try:
            report = json.loads(text)
        except ValueError:
            continue
        if isinstance(report, dict) and "valid" in report:
            return report
    return None


def issue_lines(report: dict[str, Any]) -> list[str]:
    """One line for each issue of a report."""
    issues = report.get("issues") or []
    lines = [
        f"{issue.get('path') or '(top level)'}: {issue.get('message', '')}" if isinstance(issue, dict) else str(issue)
        for issue in issues
    ]
    return lines or [str(report.get("error") or report.get("message") or "refused without a reason")]

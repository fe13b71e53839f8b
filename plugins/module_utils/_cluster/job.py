# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Run one Job of an instance to its end, and return what it reports.

A Job reports by a line of JSON, the last one that its container prints. With `{"problem": ...}` it says why it failed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from . import health
from .cluster import Cluster
from .connection import settings_from
from .duration import seconds
from .errors import ApiError, EngineError
from .identity import annotations_of, is_of, name_of
from .kinds import known
from .plain import Manifest, plain
from .podspecs import pod_template
from .redact import Redactor
from .references import used_secrets
from .transport import Transport
from .wait import Target, Wait

RUN = "openclaw.kubernetes/run"
REPORTER = "openclaw.kubernetes/reporter"
"""Annotation of a Job: the container that reports; by default the first of those that are no init containers."""

_KIND = "batch/Job"
_POLL_SECONDS = 0.5
_GONE_WITHIN = 120.0
_REPORT_LINES = 50
_REPORT_BYTES = 256 * 1024


def run(options: Mapping[str, Any], environ: Mapping[str, str], *, check_mode: bool) -> dict[str, Any]:
    """What both doors call: options in, task result out."""
    redactor = Redactor([text for text in (options.get("api_key"),) if text])
    transport: Transport | None = None
    warnings: list[str] = []
    result: dict[str, Any] = {}
    changed = False
    try:
        transport = Transport(settings_from(options, environ))
        for secret in transport.secrets():
            redactor.learn(secret)
        runner = Runner(Cluster(transport), options, redactor, warnings)
        if check_mode:
            result = {"report": {}, "job": runner.name}
            changed = True
        else:
            result = runner.carry_out(seconds(str(options["timeout"]), "timeout"))
            changed = runner.started
    except EngineError as exc:
        result = dict(exc.failure)
    finally:
        if transport is not None:
            transport.close()
    result["changed"] = changed
    warnings += transport.warnings if transport else ()
    return dict(redactor.scrub_all({**result, **({"warnings": warnings} if warnings else {})}))


class Runner:
    """One Job under a fixed name: at most one of its kind exists at a time."""

    def __init__(self, cluster: Cluster, options: Mapping[str, Any], redactor: Redactor, warnings: list[str]) -> None:
        self._cluster = cluster
        self._instance = str(options["name"])
        self._namespace = str(options["namespace"])
        self._owner = str(options.get("owner") or "")
        self._run = str(options.get("run") or "")
        self._redactor = redactor
        self._warnings = warnings
        self._kind = known(_KIND)
        given = plain([options["job"]])[0]
        if given.get("kind") != "Job" or not is_of(given, self._instance):
            raise EngineError([f"job: is not a Job of instance {self._instance}, with its labels"])
        self._job: Manifest = given
        self._claims = plain(list(options.get("claims") or ()))
        self.name = name_of(given)
        self.started = False

    def carry_out(self, timeout: float) -> dict[str, Any]:
        """Run it, or go on with the one that a killed run has started. Raises with its own reason when it fails."""
        deadline = time.monotonic() + timeout
        job = self._same_run() or self._start()
        try:
            self._await(job, deadline)
        except EngineError as exc:
            problem = next((each["problem"] for each in self._reports(job) if "problem" in each), None)
            raise EngineError([str(problem) if problem else self._story(exc, job)]) from exc
        return {"report": next(self._reports(job), {}), "job": self.name}

    # -- starting ----------------------------------------------------------------------------------------------

    def _same_run(self) -> Manifest | None:
        """The Job that an earlier try of this very step has started, unless it failed: then it is tried again."""
        found = self._cluster.get(self._kind, self._namespace, self.name)
        if not self._run or found is None or annotations_of(found).get(RUN) != self._run or not self._ours(found):
            return None
        failed = any(
            each.get("type") in ("Failed", "FailureTarget") and each.get("status") == "True"
            for each in (found.get("status") or {}).get("conditions") or ()
        )
        return None if failed or found["metadata"].get("deletionTimestamp") else found

    def _start(self) -> Manifest:
        """Create it, after removing what an earlier run left under the name."""
        self._complete()
        for claim in self._claims:
            self._make(claim)
        deadline = time.monotonic() + _GONE_WITHIN
        while True:
            try:
                made = self._cluster.create(self._kind, self._namespace, self._job)
                self.started = True
                return made
            except ApiError as exc:
                if exc.status != 409 or time.monotonic() > deadline:
                    raise
            self._remove()
            time.sleep(_POLL_SECONDS)

    def _make(self, claim: Manifest) -> None:
        kind = known("PersistentVolumeClaim")
        if self._cluster.get(kind, self._namespace, name_of(claim)) is None:
            self._cluster.create(kind, self._namespace, claim)
            self.started = True

    def _complete(self) -> None:
        about = self._job["metadata"]
        if self._run:
            about.setdefault("annotations", {})[RUN] = self._run
        if self._owner:
            owner = self._cluster.get(known("ConfigMap"), self._namespace, self._owner)
            if owner is None:
                problem = f"ConfigMap {self._owner}: is not in namespace {self._namespace}, but owns this Job"
                raise EngineError([problem])
            about["ownerReferences"] = [
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "name": self._owner,
                    "uid": owner["metadata"]["uid"],
                    "controller": False,
                }
            ]

    def _remove(self) -> None:
        found = self._cluster.get(self._kind, self._namespace, self.name)
        if found is None:
            return
        if not self._ours(found):
            raise EngineError([f"Job {self.name}: exists and is not ours, but this step has to use its name"])
        if not found["metadata"].get("deletionTimestamp"):
            # Its pods go first: two of them must not work on the same volume.
            self._cluster.delete(self._kind, self._namespace, self.name, uid=found["metadata"]["uid"], foreground=True)

    def _ours(self, found: Manifest) -> bool:
        return is_of(found, self._instance)

    # -- waiting -----------------------------------------------------------------------------------------------

    def _await(self, job: Manifest, deadline: float) -> None:
        left = max(1.0, deadline - time.monotonic())
        wait = Wait(self._cluster, self._namespace, left, warn=self._warnings.append, poll=_POLL_SECONDS)
        try:
            wait.until_ready([Target(self._kind, self.name, job)])
        except EngineError:
            # What follows quotes a log: first learn what must not be in it.
            for secret in used_secrets(_KIND, job, self._secret):
                self._redactor.learn_secret(secret.get("data"))
            raise

    def _secret(self, kind: Any, name: str) -> Manifest | None:
        return self._cluster.get(kind, self._namespace, name)

    def _reports(self, job: Manifest) -> Iterator[dict[str, Any]]:
        """The last line of JSON of each container, first of the one that reports."""
        for container in self._reporters():
            for pod in self._pods(job):
                log = self._cluster.log(
                    self._namespace, name_of(pod), container, lines=_REPORT_LINES, limit=_REPORT_BYTES
                )
                found = last_object(log)
                if found is not None:
                    yield found
                    break

    def _reporters(self) -> Iterator[str]:
        spec = (pod_template(_KIND, self._job) or {}).get("spec") or {}
        names = [str(item["name"]) for item in (*spec.get("containers", ()), *reversed(spec.get("initContainers", ())))]
        chosen = annotations_of(self._job).get(REPORTER)
        yield from ([chosen] if chosen else [])
        yield from (name for name in names if name != chosen)

    def _pods(self, job: Manifest) -> list[Manifest]:
        pods = self._cluster.list(
            known("Pod"), self._namespace, f"batch.kubernetes.io/controller-uid={job['metadata']['uid']}"
        )
        return sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp")), reverse=True)

    def _story(self, exc: EngineError, job: Manifest) -> str:
        """The failure, with the log of the container that ended badly."""
        text = exc.text
        if "log lines" in text:
            return text
        for pod in self._pods(job):
            for status in health.container_statuses(pod):
                ended = (status.get("state") or {}).get("terminated") or {}
                if int(ended.get("exitCode", 0)) == 0:
                    continue
                log = self._cluster.log(self._namespace, name_of(pod), status["name"], lines=20)
                lines = [f"  exit code {ended['exitCode']}, last log lines of container {status['name']}:"]
                return "\n".join([text, *lines, *(f"    {line}" for line in log.splitlines())])
        return text


def last_object(log: str) -> dict[str, Any] | None:
    """The last line of a log that is a JSON object; None if there is none."""
    for line in reversed(log.splitlines()):
        if not line.lstrip().startswith("{"):
            continue
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return None

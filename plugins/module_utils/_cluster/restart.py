# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Restart the pods of one instance once, the way `kubectl rollout restart` does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from . import diff, fields
from .cluster import Cluster
from .connection import settings_from
from .duration import seconds
from .errors import EngineError
from .identity import annotations_of, is_of
from .kinds import known
from .plain import Manifest
from .plan import CONFIGURED, Step
from .podspecs import pod_template
from .redact import Redactor
from .references import used_secrets
from .transport import Transport
from .wait import Target, Wait

_WORKLOAD = "apps/StatefulSet"
_ANNOTATION = "kubectl.kubernetes.io/restartedAt"
# Not ours: what `apply` wants does not hold the annotation, and would take it away if it were.
_MANAGER = "openclaw.kubernetes-restart"


def run(options: Mapping[str, Any], environ: Mapping[str, str], *, check_mode: bool, with_diff: bool) -> dict[str, Any]:
    """What both doors call: options in, task result out. Problems become a failed result."""
    redactor = Redactor([text for text in (options.get("api_key"),) if text])
    transport: Transport | None = None
    restart: Restart | None = None
    result: dict[str, Any]
    try:
        timeout = seconds(str(options["wait_timeout"]), "wait_timeout")
        transport = Transport(settings_from(options, environ))
        for secret in transport.secrets():
            redactor.learn(secret)
        restart = Restart(Cluster(transport), str(options["name"]), str(options["namespace"]))
        restart.execute(check_mode=check_mode)
        if options["wait"] and restart.wrote:
            restart.wait(timeout, redactor)
        result = restart.result(with_diff)
    except EngineError as exc:
        result = {"changed": restart is not None and restart.wrote, **exc.failure}
    finally:
        if transport is not None:
            transport.close()
    warnings = [*(restart.warnings if restart else ()), *(transport.warnings if transport else ())]
    return dict(redactor.scrub_all({**result, **({"warnings": warnings} if warnings else {})}))


class Restart:
    """One restart of one instance."""

    def __init__(self, cluster: Cluster, name: str, namespace: str) -> None:
        self._cluster = cluster
        self._name = name
        self._namespace = namespace
        self._step: Step | None = None
        self.restarted_at = ""
        self.wrote = False
        self.warnings: list[str] = []

    def execute(self, *, check_mode: bool) -> None:
        """Change the pod template, which replaces the pods; nothing to do without a pod."""
        kind = known(_WORKLOAD)
        found = self._cluster.get(kind, self._namespace, self._name)
        if found is None:
            raise EngineError(
                [f"{kind.name} {self._name}: is not in namespace {self._namespace}: there is nothing to restart"]
            )
        if not is_of(found, self._name):
            raise EngineError([f"{kind.name} {self._name}: exists in namespace {self._namespace}, but is not ours"])
        if found["spec"].get("replicas", 1) == 0:
            self.warnings.append(f"{kind.name} {self._name}: is scaled to zero, there is no pod to restart")
            return
        self.restarted_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._step = Step(kind, self._name, CONFIGURED, live=found, changes=[self._change(found)])
        patch = {"spec": {"template": {"metadata": {"annotations": {_ANNOTATION: self.restarted_at}}}}}
        self._step.stored = self._cluster.merge(
            kind, self._namespace, self._name, patch, manager=_MANAGER, dry_run=check_mode
        )
        self.wrote = not check_mode

    def _change(self, found: Manifest) -> fields.Change:
        before = annotations_of(pod_template(_WORKLOAD, found) or {}).get(_ANNOTATION, fields.ABSENT)
        path = ("spec", "template", "metadata", "annotations", _ANNOTATION)
        return fields.Change(path, before, self.restarted_at)

    def wait(self, timeout: float, redactor: Redactor) -> None:
        """Return when every pod has been replaced and serves."""
        step = self._step
        if step is None or step.stored is None:
            return
        wait = Wait(self._cluster, self._namespace, timeout, warn=self.warnings.append)
        target = Target(step.kind, step.name, step.stored)
        try:
            wait.until_ready([target])
        except EngineError:
            # The report quotes a log: first learn what must not be in it.
            for secret in used_secrets(
                _WORKLOAD, target.live, lambda kind, name: self._cluster.get(kind, self._namespace, name)
            ):
                redactor.learn_secret(secret)
            raise

    def result(self, with_diff: bool) -> dict[str, Any]:
        result: dict[str, Any] = {"changed": self._step is not None, "restarted_at": self.restarted_at}
        if with_diff and self._step is not None:
            result["diff"] = [{"prepared": diff.of_step(self._step, f"{self._namespace}/{self._name}", False)}]
        return result

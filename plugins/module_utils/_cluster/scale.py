# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Stop an instance for a while, and start it again, without a change of anything else.

The next run of `apply` finds nothing to do once the number of pods is what it was: the field stays ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .applied import applied
from .cluster import Cluster
from .connection import settings_from
from .duration import seconds
from .errors import EngineError
from .identity import is_of
from .kinds import known
from .plain import Manifest
from .redact import Redactor
from .references import used_secrets
from .transport import Transport
from .wait import Target, Wait

_WORKLOAD = "apps/StatefulSet"
_MANAGER = "openclaw.kubernetes-scale"


def run(options: Mapping[str, Any], environ: Mapping[str, str], *, check_mode: bool) -> dict[str, Any]:
    """What both doors call: options in, task result out. Problems become a failed result."""
    redactor = Redactor([text for text in (options.get("api_key"),) if text])
    transport: Transport | None = None
    scale: Scale | None = None
    result: dict[str, Any]
    try:
        timeout = seconds(str(options["wait_timeout"]), "wait_timeout")
        transport = Transport(settings_from(options, environ))
        for secret in transport.secrets():
            redactor.learn(secret)
        scale = Scale(Cluster(transport), str(options["name"]), str(options["namespace"]))
        scale.to(int(options["replicas"]), check_mode=check_mode)
        if options["wait"] and not check_mode:
            scale.wait(timeout, redactor)
        result = {"before": scale.before}
    except EngineError as exc:
        result = dict(exc.failure)
    finally:
        if transport is not None:
            transport.close()
    result["changed"] = scale is not None and scale.changed
    warnings = [*(scale.warnings if scale else ()), *(transport.warnings if transport else ())]
    return dict(redactor.scrub_all({**result, **({"warnings": warnings} if warnings else {})}))


class Scale:
    """The number of pods of one instance."""

    def __init__(self, cluster: Cluster, name: str, namespace: str) -> None:
        self._cluster = cluster
        self._name = name
        self._namespace = namespace
        self._kind = known(_WORKLOAD)
        self._live: Manifest | None = None
        self.before = 0
        self.changed = False
        self.warnings: list[str] = []

    def to(self, replicas: int, *, check_mode: bool) -> None:
        """Write the number, unless that is what it is."""
        found = self._cluster.get(self._kind, self._namespace, self._name)
        if found is None:
            raise EngineError(
                [f"StatefulSet {self._name}: is not in namespace {self._namespace}. Run the site playbook first"]
            )
        if not is_of(found, self._name):
            raise EngineError([f"StatefulSet {self._name}: exists in namespace {self._namespace}, but is not ours"])
        self._live = found
        self.before = int(found["spec"].get("replicas", 1))
        self.changed = self.before != replicas
        if self.changed and not check_mode:
            self._live = self._write(found, replicas)

    def _write(self, found: Manifest, replicas: int) -> Manifest:
        ours = applied(found)
        if ours is not None and "replicas" in ours.get("spec", {}):
            ours["spec"]["replicas"] = replicas
            preview = self._cluster.apply(self._kind, self._namespace, ours, force=True, dry_run=True)[1]
            if _rest(preview) == _rest(found):
                return self._cluster.apply(self._kind, self._namespace, ours, force=True)[1]
        patch = {"spec": {"replicas": replicas}}
        return self._cluster.merge(self._kind, self._namespace, self._name, patch, manager=_MANAGER)

    def wait(self, timeout: float, redactor: Redactor) -> None:
        """Return when all pods serve, or all are gone."""
        live = self._live
        if live is None:
            return
        wait = Wait(self._cluster, self._namespace, timeout, warn=self.warnings.append)
        target = Target(self._kind, self._name, live)
        try:
            wait.until_ready([target])
            if int(live["spec"].get("replicas", 1)) == 0:
                # The controller counts a pod out when it is deleted; its processes may still be writing.
                wait.until_gone([], [(self._kind, live)])
        except EngineError:
            for secret in used_secrets(
                _WORKLOAD, live, lambda kind, name: self._cluster.get(kind, self._namespace, name)
            ):
                redactor.learn_secret(secret.get("data"))
            raise


def _rest(workload: Manifest) -> Manifest:
    """All that must not change."""
    return {key: value for key, value in workload["spec"].items() if key != "replicas"}

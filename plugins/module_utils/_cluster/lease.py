# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One Lease for each instance: who holds it may carry out an operation of several steps, and nobody else.

Times are the API server's, so that a controller whose clock is wrong neither robs a holder nor waits for a dead one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .cluster import Cluster
from .errors import ApiError, EngineError
from .identity import COMPONENT_LABEL, INSTANCE_LABEL, MANAGED_BY, MANAGED_BY_LABEL, OPERATION, annotations_of, is_of
from .kinds import known
from .plain import Manifest

COMPONENT = "operation"
SECONDS = 60
# A run that has just ended, or was killed, frees the lease within this time: a second one refuses after it.
PATIENCE = 3.0

_LEASE = "coordination.k8s.io/Lease"
_PAUSE = 0.5
_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def name_for(instance: str) -> str:
    """The name of the Lease, and of the journal beside it."""
    return f"{instance}-{COMPONENT}"


def labels(instance: str) -> dict[str, str]:
    """Of the Lease and of the journal. They are of no part: no apply may take them away."""
    return {INSTANCE_LABEL: instance, MANAGED_BY_LABEL: MANAGED_BY, COMPONENT_LABEL: COMPONENT}


@dataclass(frozen=True)
class Hold:
    """What the Lease says. Without a holder it is free."""

    holder: str
    operation: str
    since: str
    left: float
    """Seconds until it expires, unless it is renewed; negative once it has."""

    def keeps_out(self, holder: str) -> bool:
        return bool(self.holder) and self.holder != holder and self.left > 0

    @property
    def story(self) -> str:
        return (
            f"{self.operation} is under way since {self.since}, run by {self.holder}. Wait for its end; if that run is "
            f"dead, the next one may start in {max(1, round(self.left))} s"
        )


class Lease:
    """The Lease of one instance, as `holder` sees it."""

    def __init__(
        self,
        cluster: Cluster,
        instance: str,
        namespace: str,
        holder: str,
        *,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cluster = cluster
        self._instance = instance
        self._namespace = namespace
        self._holder = holder
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._kind = known(_LEASE)
        self._name = name_for(instance)

    def look(self) -> Hold | None:
        """Who holds it; None if it was never made."""
        found = self._get()
        return self._hold(found) if found else None

    def acquire(self, operation: str) -> None:
        """Take it, or take it over from a holder that is dead. EngineError names a living one."""
        deadline = self._clock() + PATIENCE
        while True:
            found = self._get()
            hold = self._hold(found) if found else None
            taken = False
            if hold is None:
                taken = self._created(operation)
            elif not hold.keeps_out(self._holder):
                taken = self._written(found or {}, self._spec(taken_from=found), operation)
            if taken:
                return
            if self._clock() >= deadline:
                raise EngineError([f"{self._instance}: {hold.story if hold else 'several runs begin at once'}"])
            self._sleep(_PAUSE)

    def renew(self) -> None:
        """Prolong it. EngineError if somebody else has it by now."""
        while True:
            found = self._get()
            hold = self._hold(found) if found else None
            if found is None or hold is None or hold.holder != self._holder:
                by = f": {hold.story}" if hold and hold.holder else ""
                raise EngineError([f"{self._instance}: this run does not hold Lease {self._name} any more{by}"])
            if self._written(found, {"renewTime": self._now(), "leaseDurationSeconds": self._length}):
                return

    def release(self) -> bool:
        """Free it for the next run; False if it was not ours (any more)."""
        while True:
            found = self._get()
            if found is None or self._hold(found).holder != self._holder:
                return False
            if self._written(found, {"holderIdentity": None, "renewTime": None, "acquireTime": None}, None):
                return True

    def remove(self) -> bool:
        """Delete it; EngineError if somebody else holds it."""
        found = self._get()
        if found is None:
            return False
        hold = self._hold(found)
        if hold.keeps_out(self._holder):
            raise EngineError([f"{self._instance}: {hold.story}"])
        metadata = found["metadata"]
        version = metadata.get("resourceVersion", "")
        gone = self._cluster.delete(
            self._kind, self._namespace, self._name, uid=metadata["uid"], resource_version=version
        )
        return gone is not None

    # -- reading and writing -----------------------------------------------------------------------------------

    @property
    def _length(self) -> int:
        return max(1, round(self._seconds))

    def _now(self) -> str:
        return self._cluster.now.strftime(_FORMAT)

    def _get(self) -> Manifest | None:
        found = self._cluster.get(self._kind, self._namespace, self._name)
        if found is not None and not is_of(found, self._instance):
            raise EngineError([f"Lease {self._name}: exists in namespace {self._namespace}, but is not ours"])
        return found

    def _hold(self, found: Manifest) -> Hold:
        spec = found.get("spec") or {}
        renewed = _time(str(spec.get("renewTime") or spec.get("acquireTime") or ""))
        ends = renewed + timedelta(seconds=float(spec.get("leaseDurationSeconds") or SECONDS))
        since = str(spec.get("acquireTime") or "")
        return Hold(
            holder=str(spec.get("holderIdentity") or ""),
            operation=annotations_of(found).get(OPERATION) or "an operation",
            since=f"{since[:19]}Z" if since else "an unknown time",
            left=(ends - self._cluster.now).total_seconds(),
        )

    def _spec(self, taken_from: Manifest | None = None) -> Manifest:
        now = self._now()
        spec = (taken_from or {}).get("spec") or {}
        return {
            "holderIdentity": self._holder,
            "leaseDurationSeconds": self._length,
            "acquireTime": now,
            "renewTime": now,
            "leaseTransitions": int(spec.get("leaseTransitions") or 0) + (1 if taken_from else 0),
        }

    def _created(self, operation: str) -> bool:
        manifest: Manifest = {
            "apiVersion": self._kind.api_version,
            "kind": self._kind.name,
            "metadata": {
                "name": self._name,
                "namespace": self._namespace,
                "labels": labels(self._instance),
                "annotations": {OPERATION: operation},
            },
            "spec": self._spec(),
        }
        return _unless_conflict(lambda: self._cluster.create(self._kind, self._namespace, manifest))

    def _written(self, found: Manifest, spec: Manifest, operation: str | None = "") -> bool:
        """Whether nobody else wrote meanwhile; `operation` None takes its name away, empty leaves it."""
        metadata: Manifest = {"resourceVersion": found["metadata"]["resourceVersion"]}
        if operation != "":
            metadata["annotations"] = {OPERATION: operation}
        patch = {"metadata": metadata, "spec": spec}
        return _unless_conflict(lambda: self._cluster.merge(self._kind, self._namespace, self._name, patch))


def _time(text: str) -> datetime:
    """A time without one is long ago: such a lease has expired."""
    for form in (_FORMAT, "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return datetime.fromtimestamp(0, UTC)


def _unless_conflict(write: Callable[[], Manifest]) -> bool:
    """A lost answer makes the repeated request a conflict, too: the next look shows that it is ours."""
    try:
        write()
    except ApiError as exc:
        if exc.status != 409:
            raise
        return False
    return True

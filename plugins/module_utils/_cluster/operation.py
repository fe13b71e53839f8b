# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Operations of several steps: one at a time for each instance, and none is left half done without a note of it."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import heartbeat
from .cluster import Cluster
from .connection import Settings, settings_from
from .duration import seconds
from .errors import ApiError, EngineError
from .journal import ABANDONED, RUNNING, Entry, Journal
from .lease import SECONDS, Lease
from .redact import Redactor
from .transport import Transport

_NEEDED = {"begin": "operation", "step": "step", "abandon": "operation"}


def someone() -> str:
    """Who runs this, as far as a person wants to know."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def run(options: Mapping[str, Any], environ: Mapping[str, str], *, check_mode: bool, alive: int = 0) -> dict[str, Any]:
    """What both doors call: options in, task result out. While process `alive` lives, the lease is renewed."""
    redactor = Redactor([text for text in (options.get("api_key"),) if text])
    transport: Transport | None = None
    operation: Operation | None = None
    result: dict[str, Any] = {}
    try:
        needed = _NEEDED.get(options["state"])
        if needed and not options.get(needed):
            raise EngineError([f"{needed}: is missing. Set it with state={options['state']}"])
        transport = Transport(settings_from(options, environ))
        for secret in transport.secrets():
            redactor.learn(secret)
        lasts = SECONDS if alive else seconds(str(options["lasts"]), "lasts")
        holder = str(options.get("holder") or someone())
        operation = Operation(
            Cluster(transport), str(options["name"]), str(options["namespace"]), holder, lasts, check_mode
        )
        if alive and options["state"] == "begin" and not check_mode:
            # Before the lease is ours: a run that is killed in the same moment frees it, too.
            _keep(settings_from(options, environ), options, holder, alive)
        result = operation.carry_out(options)
    except EngineError as exc:
        result = dict(exc.failure)
    finally:
        if transport is not None:
            transport.close()
    result["changed"] = operation is not None and operation.wrote
    warnings = [*(operation.warnings if operation else ()), *(transport.warnings if transport else ())]
    return dict(redactor.scrub_all({**result, **({"warnings": warnings} if warnings else {})}))


def _keep(settings: Settings, options: Mapping[str, Any], holder: str, alive: int) -> None:
    """Renew the lease beside the tasks to come."""

    def held() -> Lease:
        # A connection of its own: that of this task ends with it.
        cluster = Cluster(Transport(settings))
        return Lease(cluster, str(options["name"]), str(options["namespace"]), holder)

    def beat() -> bool:
        try:
            held().renew()
        except ApiError:
            raise
        except EngineError:
            return False
        return True

    heartbeat.start(alive, beat, lambda: held().release())


class Operation:
    """The Lease and the journal of one instance, used together."""

    def __init__(
        self, cluster: Cluster, name: str, namespace: str, holder: str, lasts: float, check_mode: bool = False
    ) -> None:
        self._lease = Lease(cluster, name, namespace, holder, seconds=lasts)
        self._journal = Journal(cluster, name, namespace)
        self._cluster = cluster
        self._name = name
        self._holder = holder
        self._check_mode = check_mode
        self.wrote = False
        self.warnings: list[str] = []

    def carry_out(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Do what `state` says."""
        match options["state"]:
            case "begin":
                return self.begin(options["operation"], options["parameters"], resume=bool(options["resume"]))
            case "step":
                return self.step(options["step"], options["record"])
            case "end":
                return self.end(options["outcome"])
            case "abandon":
                return self.abandon(options["operation"])
            case "absent":
                return self.remove()
            case _:
                return self.status()

    # -- the life of an operation ------------------------------------------------------------------------------

    def begin(self, operation: str, parameters: Mapping[str, Any], *, resume: bool) -> dict[str, Any]:
        """Take the lease and note what begins. One that was left unfinished is gone on with, if it is the same."""
        self._take(operation)
        try:
            before = self._journal.read()
            resumed = before is not None and before.unfinished and resume and before.operation == operation
            if before is not None and resumed:
                entry = replace(before, state=RUNNING, holder=self._holder)
            else:
                self._refuse_to_forget(before)
                since = self._cluster.now.strftime("%Y-%m-%dT%H:%M:%SZ")
                entry = Entry(operation, RUNNING, self._holder, since, parameters=dict(parameters))
            self._write(entry)
        except BaseException:
            self._free()
            raise
        return {**_result(entry), "resumed": resumed}

    def _refuse_to_forget(self, before: Entry | None) -> None:
        if before is None or not before.unfinished:
            return
        problem = f"{self._name}: {_left(before)}"
        if not self._check_mode:
            raise EngineError([problem])
        self.warnings.append(problem)

    def step(self, step: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """Note that a step begins, which ends the one before. A step that a killed run has done is to be left out."""
        entry = self._ours()
        if entry is None:
            return {**_result(None), "done": False, "interrupted": False}
        if step in entry.steps:
            return {**_result(entry), "done": True, "interrupted": False}
        interrupted = entry.step == step
        begun = entry.begun(step, record)
        if begun != entry:
            self._write(begun)
        return {**_result(begun), "done": False, "interrupted": interrupted}

    def end(self, outcome: str) -> dict[str, Any]:
        """Note how it ended, unless that is noted already, and free the lease."""
        entry = self._journal.read()
        hold = self._lease.look()
        if hold is None or hold.holder != self._holder:
            if entry is not None and entry.unfinished and entry.holder == self._holder:
                self.warnings.append(f"{self._name}: the lease was lost before {entry.operation} came to its end")
            return _result(entry)
        if entry is not None and entry.state == RUNNING:
            entry = entry.ended(outcome)
            self._write(entry)
        self._free()
        return _result(entry)

    def abandon(self, operation: str) -> dict[str, Any]:
        """Leave an unfinished operation as it is: somebody has looked after it by hand."""
        self._take(operation)
        try:
            entry = self._journal.read()
            if entry is None or not entry.unfinished or entry.operation != operation:
                what = f"the last one, {entry.operation}, is {entry.state}" if entry else "there was none so far"
                raise EngineError([f"{self._name}: there is no unfinished operation {operation}: {what}"])
            entry = entry.ended(ABANDONED)
            self._write(entry)
        finally:
            self._free()
        return _result(entry)

    def status(self) -> dict[str, Any]:
        """Who is busy with what, or what was left."""
        entry, hold = self._journal.read(), self._lease.look()
        holder = hold.holder if hold is not None and hold.left > 0 else ""
        return {**_result(entry), "holder": holder, "unfinished": bool(entry and entry.unfinished and not holder)}

    def remove(self) -> dict[str, Any]:
        """Take lease and journal away, with the instance."""
        hold = self._lease.look()
        if hold is not None and hold.keeps_out(self._holder):
            raise EngineError([f"{self._name}: {hold.story}"])
        if not self._check_mode:
            gone = [self._journal.remove(), self._lease.remove()]
            self.wrote = any(gone)
        return _result(None)

    # -- with the cluster --------------------------------------------------------------------------------------

    def _take(self, operation: str) -> None:
        if self._check_mode:
            hold = self._lease.look()
            if hold is not None and hold.keeps_out(self._holder):
                raise EngineError([f"{self._name}: {hold.story}"])
            return
        self._lease.acquire(operation)
        self.wrote = True

    def _ours(self) -> Entry | None:
        """The operation of this run, its lease renewed; None in check mode, where there is none."""
        if self._check_mode:
            return None
        self._lease.renew()
        entry = self._journal.read()
        if entry is None or entry.state != RUNNING or entry.holder != self._holder:
            raise EngineError([f"{self._name}: this run has begun no operation, or has ended it. Begin one first"])
        return entry

    def _write(self, entry: Entry) -> None:
        if not self._check_mode:
            self._journal.write(entry)
            self.wrote = True

    def _free(self) -> None:
        if not self._check_mode:
            self._lease.release()


def _result(entry: Entry | None) -> dict[str, Any]:
    return {"journal": entry.facts if entry else {}}


def _left(entry: Entry) -> str:
    at = f" at step {entry.step}" if entry.step else ""
    return (
        f"{entry.operation}, begun {entry.since} by {entry.holder}, was left unfinished{at}. Run the playbook of this "
        "operation again, which finishes or undoes it"
    )

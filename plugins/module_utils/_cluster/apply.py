# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Apply the wanted objects of some parts of one instance: plan, rehearse, write, prune, wait.

Nothing is written before every change has passed the server's dry run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import diff, plan, preflight
from .cluster import Cluster
from .connection import settings_from
from .errors import ApiError, EngineError
from .generated import Generator
from .hashes import Hasher
from .hooks import Hook, HookRunner, group
from .identity import HOOK_FOR, is_of
from .kinds import known
from .manifests import Wanted, admit
from .plain import Manifest
from .plan import DELETED, Step
from .redact import Redactor
from .references import claim_problems, leaving_problems, missing_references, used_secrets
from .rehearsal import Surprise, foreign, refuse, rehearse
from .request import Request
from .survey import Survey
from .transport import Transport
from .wait import Target, Wait
from .writing import Writer

# Surprises of a dry run lead to one more listing; a second surprise means that somebody else writes too.
_ROUNDS = 3


def run(options: Mapping[str, Any], environ: Mapping[str, str], *, check_mode: bool, with_diff: bool) -> dict[str, Any]:
    """What both doors call: options in, task result out. Problems become a failed result."""
    redactor = Redactor([text for text in (options.get("api_key"),) if text])
    application: Application | None = None
    transport: Transport | None = None
    try:
        request = Request.from_options(options, check_mode=check_mode)
        transport = Transport(settings_from(options, environ))
        for secret in transport.secrets():
            redactor.learn(secret)
        application = Application(request, Cluster(transport), redactor)
        application.execute()
        result = application.result(with_diff)
    except EngineError as exc:
        result = application.failure() if application is not None else {"changed": False}
        result.update(exc.failure)
    finally:
        if transport is not None:
            transport.close()
    return dict(redactor.scrub_all(result))


class Application:
    """One run over one cluster."""

    def __init__(self, request: Request, cluster: Cluster, redactor: Redactor) -> None:
        self._request = request
        self._cluster = cluster
        self._redactor = redactor
        self._generator = Generator()
        self._hasher = Hasher()
        self._wanted: list[Wanted] = []
        self._hooks: list[Hook] = []
        self._survey: Survey | None = None
        self._steps: list[Step] = []
        self.warnings: list[str] = []
        self._writer = Writer(cluster, request.scope, force=request.force_conflicts, warn=self._warn)

    @property
    def survey(self) -> Survey:
        if self._survey is None:
            self._survey = Survey(self._cluster, self._request.scope, brings_namespace=self._wants_namespace)
        return self._survey

    @property
    def _wants_namespace(self) -> bool:
        return any(item.kind.key == "Namespace" for item in self._wanted)

    # -- the flow ----------------------------------------------------------------------------------------------

    def execute(self) -> None:
        request = self._request
        self._wanted, hook_objects = admit(request.objects, request.scope, self._cluster.kinds)
        self._learn(item.manifest for item in (*self._wanted, *hook_objects) if item.kind.key == "Secret")
        self._hooks = group(hook_objects)
        self._look()
        self._settle()
        if request.check_mode or request.preflight:
            return
        if any(step.writes for step in self._steps):
            self._carry_out()
        self._record_remaining()
        if request.wait:
            self._wait()

    def _look(self) -> None:
        """List what the record says the parts have; a kind without a record has no objects of ours."""
        try:
            keys = self.survey.inventory.kinds_of(self._request.scope.parts)
            if self._wants_namespace:
                keys.add("Namespace")
            self.survey.list_kinds(keys)
        except ApiError as exc:
            if exc.status == 403 and self._request.preflight:
                self._refuse_missing(preflight.to_look(item.kind for item in self._wanted))
            raise

    def _refuse_missing(self, questions: list[preflight.Question]) -> None:
        problems = preflight.refusals(self._cluster, self._request.scope.namespace, questions)
        if problems:
            raise EngineError(problems, "permissions are missing")

    def _examine(self) -> None:
        """Before the dry run, what the plan needs of the cluster and of this identity."""
        refuse(preflight.unmet(self._cluster, self._steps, wait=self._request.wait))
        hooks = [hook for hook in self._hooks if plan.triggered(hook.job, HOOK_FOR, self._steps)]
        hook_kinds = [item.kind for hook in hooks for item in (hook.job, *hook.companions)]
        self._refuse_missing(preflight.to_write(self._steps, hook_kinds, wait=self._request.wait))

    def _settle(self) -> None:
        """Plan and rehearse until the dry run holds no surprise."""
        for attempt in range(_ROUNDS):
            self._plan()
            if not any(step.writes for step in self._steps):
                return
            if self._request.preflight and attempt == 0:
                self._examine()
            problems = self._doubts()
            if self.survey.namespace is None:
                refuse(problems)
                return
            rehearsal = rehearse(
                self._cluster, self._request.scope.namespace, self._steps, force=self._request.force_conflicts
            )
            problems += rehearsal.problems
            if not self._take_in(rehearsal.surprises, problems):
                refuse(problems)
                return
        raise EngineError(["the objects keep changing while they are compared: somebody else writes them; run again"])

    def _plan(self) -> None:
        request, survey = self._request, self.survey
        self._generator.fill_keys(self._wanted, survey.objects)
        self._hasher.fill(self._wanted, survey.objects)
        self._generator.fill_digests(self._wanted, self._find)
        self._generator.keep_replicas(self._wanted, survey.objects)
        self._learn(live for ref, live in survey.objects.items() if ref[0] == "Secret")
        self._learn(item.manifest for item in self._wanted if item.generated)
        self._steps = plan.upserts(self._wanted, survey.objects, request.scope)
        if request.prune:
            self._steps += plan.prunes(
                self._wanted, survey.objects, survey.kinds, request.scope, delete_protected=request.delete_protected
            )

    def _find(self, kind: str, name: str) -> Manifest | None:
        """The object as it will be, or else as it is."""
        for item in self._wanted:
            if item.ref == (kind, name):
                return item.manifest
        found = self.survey.find(known(kind), name)
        if found is not None and kind == "Secret":
            self._learn([found])
        return found

    def _learn(self, manifests: Any) -> None:
        for manifest in manifests:
            self._redactor.learn_secret(manifest)

    def _doubts(self) -> list[str]:
        """Problems that can be seen without the server's help."""
        request, survey = self._request, self.survey
        exists = survey.namespace is not None
        survey.refuse_terminating()
        problems = leaving_problems(self._steps) + claim_problems(self._steps, survey.find)
        if not exists and not request.check_mode and not self._wants_namespace:
            problems.append(f"namespace {request.scope.namespace} does not exist")
        planning = request.check_mode or request.preflight
        for missing in missing_references(self._steps, self._wanted, survey, request.scope, exists):
            if planning and missing.own:
                # Another task of the same check run would have created it.
                if exists:
                    self._warn(f"{missing.text} yet")
            else:
                problems.append(missing.text)
        problems += self._shared_namespace()
        return problems

    def _shared_namespace(self) -> list[str]:
        """A namespace that other instances live in is not deleted with ours."""
        scope = self._request.scope
        if not any(step.kind.key == "Namespace" and step.action == DELETED for step in self._steps):
            return []
        others = self._cluster.list(known("ConfigMap"), scope.namespace, "app.kubernetes.io/component=inventory")
        names = sorted(item["metadata"]["name"] for item in others if not is_of(item, scope.instance))
        if not names:
            return []
        return [f"Namespace {scope.namespace}: other instances live in it ({', '.join(names)}): remove them first"]

    def _take_in(self, surprises: list[Surprise], problems: list[str]) -> bool:
        """Look again at objects that exist unexpectedly; True when the plan has to be made anew."""
        if not surprises:
            return False
        self.survey.list_kinds(surprise.step.kind.key for surprise in surprises)
        for surprise in surprises:
            step = surprise.step
            if step.ref in self.survey.objects:
                continue
            found = self.survey.find(step.kind, step.name)
            if found is None:
                # Nothing in the way after all: what the server said is about the object itself.
                problems += [surprise.problem] if surprise.problem else []
            elif not self._request.adopt:
                problems.append(foreign(step, found))
            else:
                self.survey.adopt(step.kind, step.name)
        return not problems

    def _carry_out(self) -> None:
        """Everything that writes, in the order that a killed run survives."""
        request, steps = self._request, self._steps
        kinds = plan.recorded_kinds(steps, request.scope)
        with self._writer.namespace_for_this_run(self.survey, steps, kinds):
            HookRunner(self._cluster, request.scope, request.wait_timeout, self._warn).run(self._hooks, steps)
        self._writer.widen(self.survey.inventory, kinds)
        self._writer.upsert(steps)
        self._writer.remove(steps)

    def _record_remaining(self) -> None:
        request = self._request
        if request.prune:
            self._writer.narrow(self.survey.inventory, plan.recorded_kinds(self._steps, request.scope))

    def _wait(self) -> None:
        request = self._request
        wait = Wait(self._cluster, request.scope.namespace, request.wait_timeout, warn=self._warn)
        targets = self._targets()
        removed = [(step.kind, step.live or {}) for step in self._steps if step.action == DELETED]
        try:
            wait.until_ready(targets)
            wait.until_gone(self._writer.lingering, [(kind, live) for kind, live in removed if kind.workload])
        except EngineError:
            # The report quotes a log: first learn what must not be in it.
            self._learn_used_secrets(targets)
            raise

    def _targets(self) -> list[Target]:
        steps = [step for step in self._steps if step.wanted is not None and step.kind.workload]
        return [Target(step.kind, step.name, step.stored or step.live or {}) for step in steps]

    def _learn_used_secrets(self, targets: list[Target]) -> None:
        for target in targets:
            self._learn(used_secrets(target.kind.key, target.live, self.survey.find))

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    # -- the result --------------------------------------------------------------------------------------------

    def result(self, with_diff: bool) -> dict[str, Any]:
        request = self._request
        planned = any(step.writes for step in self._steps)
        result: dict[str, Any] = {
            "changed": planned if request.check_mode or request.preflight else self._writer.wrote,
            "objects": [step.summary() for step in self._steps],
        }
        if request.preflight:
            result["settled"] = not planned and self._rests()
        result.update(self._all_warnings())
        if with_diff:
            place = f"{request.scope.namespace}/{request.scope.instance}"
            texts = (diff.of_step(step, place, step.ref in self._generator.unforeseeable) for step in self._steps)
            result["diff"] = [{"prepared": text} for text in texts if text]
        return result

    def _rests(self) -> bool:
        """Nothing is left to record either, and what a run would wait for is there."""
        request = self._request
        if request.prune and self.survey.inventory.outdated(plan.recorded_kinds(self._steps, request.scope)):
            return False
        return not request.wait or all(target.complete for target in self._targets())

    def failure(self) -> dict[str, Any]:
        """What can be said of a run that stopped; its plan is no result."""
        return {"changed": self._writer.wrote, **self._all_warnings()}

    def _all_warnings(self) -> dict[str, list[str]]:
        warnings = [*self.warnings, *self._cluster.transport.warnings]
        return {"warnings": warnings} if warnings else {}

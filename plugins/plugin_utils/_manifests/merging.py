# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of an instance whose configuration file is written by two: completed when the file in the pod is known.

A builder never looks at a cluster. So it leaves a ConfigMap that says how it is to be merged, and whoever applies the
objects looks at the pod, completes the ConfigMap, applies, and brings the merged file into a pod that runs on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .._openclaw import config_live
from .._openclaw.config_live import APPLIED_FILE, EDITED_MEANWHILE, MERGED_FROM_FILE, PROGRAM_FILE, Plan
from .._openclaw.config_paths import Rules
from .._openclaw.pod import CONFIG_FILE
from .._options.access import Instance
from .features.containers import program_texts
from .gateway import CONTAINER
from .identity import HOOK_FOR, INSTANCE_LABEL, MERGE, Manifest

# Whoever edits in the same second as the run gets a second and a third chance to have the edit kept.
_ROUNDS = 3
_CONFIG_MAP = "ConfigMap"
_NEVER_THE_SAME = "the configuration in the pod was edited again each time it had been merged; run again."

Result = dict[str, object]


def merge_annotation(instance: Instance) -> dict[str, str]:
    """Return the annotation by which the ConfigMap says how it is to be merged; none in the other modes."""
    if instance["config_mode"] != "merge":
        return {}
    rules = {what: instance[f"config_{what}"] for what in ("protected", "ignored", "merge_keys")}
    return {MERGE: json.dumps(rules, sort_keys=True)}


def merge_files(declared: str) -> dict[str, str]:
    """Return the files that the ConfigMap has beside the declared one, as they are while nobody looked at the pod."""
    return {APPLIED_FILE: declared, MERGED_FROM_FILE: "", **program_texts(PROGRAM_FILE)}


@dataclass
class Doors:
    """What a merge asks for of whoever can reach the cluster: results of tasks, as Ansible has them.

    look: options of C(config_info) in. apply: objects in. install: options of C(commands) in.
    """

    look: Callable[[Mapping[str, object]], Result]
    apply: Callable[[list[Manifest]], Result]
    install: Callable[[Mapping[str, object]], Result]


def may_merge(objects: object) -> bool:
    """Whether I(objects), a list or its text as a task got it, may ask for a merge: told without a walk through it."""
    if isinstance(objects, str):
        return MERGE in objects
    listed = objects if isinstance(objects, (list, tuple)) else ()
    return any(isinstance(each, Mapping) and MERGE in _annotations(each) for each in listed)


class Merging:
    """The objects of one call."""

    def __init__(self, objects: list[Manifest], target: Manifest) -> None:
        self._objects = objects
        self._target = target
        self._program = program_texts(PROGRAM_FILE)[PROGRAM_FILE]

    @classmethod
    def of(cls, objects: list[Manifest]) -> Merging | None:
        """Return the merge that these objects ask for; None if they ask for none."""
        targets = [manifest for manifest in objects if MERGE in _annotations(manifest)]
        return cls(objects, targets[0]) if targets else None

    def carry_out(self, doors: Doors, *, dry: bool, wait: bool) -> Result:
        """Look, apply and install until the pod has what was merged. Returns one result for all of it.

        dry: only say what would happen.
        """
        told: list[str] = []
        results: list[Result] = []
        for _round in range(_ROUNDS):
            looked = doors.look(self._question())
            if looked.get("failed"):
                return looked
            try:
                live = config_live.found(str(looked["pod"]), _map(looked["output"]), _map(looked["stored"]))
            except ValueError as problem:
                return {"changed": False, **_failed(str(problem))}
            plan = config_live.planned(self._declared(), self._rules(), live)
            told += [f"{self._place()['name']}: {sentence}" for sentence in _sentences(plan)]
            result = doors.apply(self._completed(plan))
            results.append(result)
            if result.get("failed") or dry or self._stops_the_pod():
                return _summary(results, told, dry and plan.lacking)
            if plan.lacking:
                wanted = config_live.installing(self._program, plan.files, wait)
                installed = doors.install(
                    {**self._place(), "pod": looked["pod"], "commands": wanted, "show_output": False}
                )
                results.append({"changed": bool(installed.get("changed"))})
                if not _was_raced(installed):
                    # A pod that nobody waits for may be on its way out; the next one has the file from the ConfigMap.
                    return {**_summary(results, told), **(_failure(installed) if wait else {})}
            elif live.running or not (wait and self._brings_a_pod()):
                return _summary(results, told)
        return {**_summary(results, told), **_failed(_NEVER_THE_SAME)}

    # -- what the objects say ----------------------------------------------------------------------------------

    def _place(self) -> dict[str, object]:
        metadata = _map(self._target["metadata"])
        name = _map(metadata["labels"])[INSTANCE_LABEL]
        return {"name": name, "namespace": metadata["namespace"], "container": CONTAINER}

    def _question(self) -> dict[str, object]:
        return {**self._place(), "config_map": _name(self._target), **config_live.reading(self._program)}

    def _declared(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(str(_map(self._target["data"])[APPLIED_FILE]))
        return found

    def _rules(self) -> Rules:
        given = json.loads(str(_annotations(self._target)[MERGE]))
        return Rules.of(given["protected"], given["ignored"], given["merge_keys"])

    def _brings_a_pod(self) -> bool:
        return any(number != 0 for number in self._replicas())

    def _stops_the_pod(self) -> bool:
        return 0 in self._replicas()

    def _replicas(self) -> list[object]:
        return [_map(each["spec"]).get("replicas") for each in self._objects if each.get("kind") == "StatefulSet"]

    def _completed(self, plan: Plan) -> list[Manifest]:
        """Return the objects with the merged file: the ConfigMap, and the one in which the file is judged before."""
        return [self._filled(manifest, plan) for manifest in self._objects]

    def _filled(self, manifest: Manifest, plan: Plan) -> Manifest:
        if manifest is self._target:
            return {**manifest, "data": {**_map(manifest["data"]), **plan.files}}
        judged = _annotations(manifest).get(HOOK_FOR) == f"{_CONFIG_MAP}/{_name(self._target)}"
        if judged and manifest.get("kind") == _CONFIG_MAP:
            return {**manifest, "data": {**_map(manifest["data"]), CONFIG_FILE: plan.files[CONFIG_FILE]}}
        return manifest


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _annotations(manifest: Mapping[str, object]) -> Mapping[str, object]:
    return _map(_map(manifest.get("metadata")).get("annotations"))


def _name(manifest: Manifest) -> str:
    return str(_map(manifest.get("metadata")).get("name"))


def _sentences(plan: Plan) -> list[str]:
    """Return what a person has to know, whatever they asked for: no edit is undone or kept in silence."""
    sentences = [*config_live.undone(plan.merged), config_live.removed(plan.merged), config_live.kept(plan.merged)]
    return [sentence for sentence in sentences if sentence]


def _was_raced(installed: Result) -> bool:
    commands = installed.get("commands")
    codes = [command.get("rc") for command in (commands if isinstance(commands, list) else ())]
    return EDITED_MEANWHILE in codes


def _failed(problem: str) -> Result:
    return {"failed": True, "msg": problem, "problems": [problem]}


def _failure(result: Result) -> Result:
    return {key: result[key] for key in ("failed", "msg", "problems") if key in result}


def _summary(results: list[Result], told: list[str], pending: bool = False) -> Result:
    """Return one result: that of the first application, with what the later ones and the installations add to it."""
    summary: Result = {**results[0], **_failure(results[-1])}
    summary["changed"] = pending or any(result.get("changed") for result in results)
    if "settled" in summary:
        summary["settled"] = bool(summary["settled"]) and not pending
    warnings = [warning for result in results for warning in _list(result.get("warnings"))]
    diffs = [part for result in results for part in _list(result.get("diff"))]
    several = {"warnings": list(dict.fromkeys([*warnings, *told])), "diff": diffs}
    return {**summary, **{key: values for key, values in several.items() if values}}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

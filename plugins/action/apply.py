# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller-side door of `apply`: the engine runs inside the Ansible worker, without a module transfer."""

from __future__ import annotations

import gc
import os
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import filter_loader, lookup_loader

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import (
    apply,
    argspec,
    commands,
    config_info,
    credentials,
)
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.plain import plain
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.merging import Doors, Merging, may_merge
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw import schema_file
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import prepare

_COLLECTION = "openclaw.kubernetes"

# Ansible imports an action in its parent process and runs it in a fork for each host: what is loaded here is paid for
# once and shared by all of them. That includes what the roles' templates use, which each fork would otherwise load by
# itself, at a higher price than the whole comparison of an instance with its cluster.
with suppress(AnsibleError, LookupError, OSError, ValueError):
    filter_loader.get("openclaw.kubernetes.manifests")
    lookup_loader.get("openclaw.kubernetes.instance", class_only=True)
    prepare()
    schema_file.prepare()
credentials.prepare(os.environ)
# Without this each fork's first garbage collection walks through, and so copies, all that it shares with its parent:
# a quarter of what a run costs that finds nothing to do.
gc.freeze()


class EngineAction(ActionBase):
    """Runs one function of the engine here when the task is local, and its module elsewhere when it is not."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = True
    _supports_diff = True

    module_name: str
    argument_spec: Mapping[str, Mapping[str, Any]]

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        if self._runs_here():
            _checked, options = self.validate_argument_spec(argument_spec=self.argument_spec)
            result.update(self.engine(options, self._environment()))
        else:
            result.update(self._on_the_host(task_vars))
        return result

    def _on_the_host(self, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        try:
            arguments = self.module_args()
        except EngineError as refused:
            return {"changed": False, **refused.failure}
        return self._module(self.module_name, arguments, task_vars)

    def _module(self, name: str, arguments: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        outcome: dict[str, Any] = self._execute_module(
            module_name=name,
            module_args=arguments,
            task_vars=task_vars,
            wrap_async=bool(self._task.async_val),
        )
        return outcome

    def engine(self, options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
        """Run the engine in this process; plain data in and out."""
        raise NotImplementedError

    def module_args(self) -> dict[str, Any]:
        """The arguments for the module, which runs on the task's host; EngineError if they cannot be right."""
        return dict(self._task.args)

    def _runs_here(self) -> bool:
        """Not on another host, not as another user, not in the background, and not without the client library."""
        return (
            self._connection.transport == "local"
            and not self._task.async_val
            and not self._task.become
            and not credentials.CLIENT_IS_MISSING
        )

    def _environment(self) -> dict[str, str]:
        """The process environment overlaid with the task's `environment:`."""
        of_task: dict[str, Any] = {}
        self._compute_environment_string(of_task)
        return {**os.environ, **{str(name): str(value) for name, value in of_task.items()}}


class ActionModule(EngineAction):
    """Documented in the module of the same name."""

    module_name = "openclaw.kubernetes.apply"
    argument_spec = argspec.APPLY

    def engine(self, options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
        merging = _merging(options["objects"])
        if merging is None:
            return self._apply(options, environ)
        near = {name: options[name] for name in argspec.CONNECTION}
        doors = Doors(
            look=lambda question: config_info.run({**near, **question}, environ),
            apply=lambda objects: self._apply({**options, "objects": objects}, environ),
            install=lambda wanted: commands.run({**near, **wanted}, environ, check_mode=False),
        )
        return self._carried_out(merging, doors, options)

    def _apply(self, options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
        return apply.run(options, environ, check_mode=bool(self._task.check_mode), with_diff=bool(self._task.diff))

    def _on_the_host(self, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        merging = _merging(self._task.args.get("objects"))
        if merging is None:
            return super()._on_the_host(task_vars)
        _checked, options = self.validate_argument_spec(argument_spec=self.argument_spec)
        known = {name for name, spec in argspec.CONNECTION.items() for name in (name, *spec.get("aliases", ()))}
        near = {name: value for name, value in self._task.args.items() if name in known}
        given = super().module_args()
        doors = Doors(
            look=lambda question: self._module(f"{_COLLECTION}.config_info", {**near, **question}, task_vars),
            apply=lambda objects: self._module(self.module_name, with_secrets_apart(given, objects), task_vars),
            install=lambda wanted: self._module(f"{_COLLECTION}.commands", {**near, **wanted}, task_vars),
        )
        return self._carried_out(merging, doors, options)

    def _carried_out(self, merging: Merging, doors: Doors, options: Mapping[str, Any]) -> dict[str, Any]:
        dry = bool(self._task.check_mode or options["preflight"])
        return merging.carry_out(doors, dry=dry, wait=bool(options["wait"]))

    def module_args(self) -> dict[str, Any]:
        arguments = super().module_args()
        return with_secrets_apart(arguments, plain(arguments.get("objects") or []))


def _merging(objects: Any) -> Merging | None:
    """The merge that the objects ask for. What is wrong with them, the engine tells."""
    if may_merge(objects):
        with suppress(EngineError):
            return Merging.of(plain(objects))
    return None


def with_secrets_apart(arguments: Mapping[str, Any], objects: list[Any]) -> dict[str, Any]:
    """Secret values travel in an option that Ansible hides; `objects` is shown with -vvv."""
    kept, values = split_secrets(objects)
    return {**arguments, "objects": kept, **({"secret_data": values} if values else {})}


def split_secrets(objects: list[Any]) -> tuple[list[Any], dict[str, dict[str, str]]]:
    """Take the values out of the Secrets in `objects`; return both. Malformed entries stay for the module to refuse."""
    kept: list[Any] = []
    values: dict[str, dict[str, str]] = {}
    for manifest in objects:
        if not (isinstance(manifest, dict) and manifest.get("kind") == "Secret" and manifest.get("metadata")):
            kept.append(manifest)
            continue
        texts = manifest.get("stringData") or {}
        encoded = {key: b64encode(str(text).encode()).decode() for key, text in texts.items()}
        values[str(manifest["metadata"].get("name"))] = {**(manifest.get("data") or {}), **encoded}
        # `data` keeps its place: the diff follows the order of the manifest.
        rest = {key: {} if key == "data" else value for key, value in manifest.items() if key != "stringData"}
        kept.append(rest)
    return kept, values

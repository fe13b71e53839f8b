# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks skills, on the controller alone: the lock file stands beside the inventory."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, config_map
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills import lock_run
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.download import NotFetched

_ARGUMENTS: dict[str, dict[str, Any]] = {
    **argspec.CONNECTION,
    "report": {"type": "dict"},
    "declared": {"type": "list", "elements": "dict"},
}


class ActionModule(ActionBase):
    """Documented in the module of the same name."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _checked, options = self.validate_argument_spec(
            argument_spec=_ARGUMENTS, required_one_of=[("report", "declared")]
        )
        result.update(self._locked(json.loads(json.dumps(options))))
        if "msg" in result:
            # As the action debug does: what was found is for whoever runs this.
            result["_ansible_verbose_always"] = True
        return result

    def _locked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        check_mode = bool(self._task.check_mode)
        if options["report"] is None:
            return lock_run.forget(options["declared"], check_mode=check_mode)
        environ = self._environment()

        def read(namespace: str, name: str) -> Mapping[str, bytes] | None:
            try:
                return config_map.read(options, environ, namespace, name)
            except EngineError as exc:
                raise NotFetched(str(exc)) from None

        return lock_run.lock_instance(options["report"], read, check_mode=check_mode)

    def _environment(self) -> dict[str, str]:
        """The process environment overlaid with the task's `environment:`."""
        of_task: dict[str, Any] = {}
        self._compute_environment_string(of_task)
        return {**os.environ, **{str(name): str(value) for name, value in of_task.items()}}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller-side door of `operation`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from typing import Any

from ansible_collections.openclaw.kubernetes.plugins.action.apply import EngineAction
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, operation

# Ansible imports an action in its parent process: all tasks of a playbook share these.
_PARENT = os.getpid()
_RUN = f"{operation.someone()} (run {secrets.token_hex(4)})"


class ActionModule(EngineAction):
    """Documented in the module of the same name."""

    module_name = "openclaw.kubernetes.operation"
    argument_spec = argspec.OPERATION

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        # Two hosts of an inventory may be the same instance: they are two holders.
        host = (task_vars or {}).get("inventory_hostname", "")
        self._holder = f"{_RUN} for {host}"
        return super().run(tmp, task_vars)

    def engine(self, options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
        given = {**options, "holder": options.get("holder") or self._holder}
        return operation.run(given, environ, check_mode=bool(self._task.check_mode), alive=_PARENT)

    def module_args(self) -> dict[str, Any]:
        return {"holder": self._holder, **super().module_args()}

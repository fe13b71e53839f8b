# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller-side door of `rotate_secret`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.openclaw.kubernetes.plugins.action.apply import EngineAction
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import argspec, rotation


class ActionModule(EngineAction):
    """Documented in the module of the same name."""

    module_name = "openclaw.kubernetes.rotate_secret"
    argument_spec = argspec.ROTATE_SECRET

    def engine(self, options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
        return rotation.run(options, environ, check_mode=bool(self._task.check_mode))

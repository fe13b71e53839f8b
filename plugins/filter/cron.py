# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters around the scheduled jobs of an instance: how to list them, and what to do with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw import cron


def _plain(value: object) -> dict[str, object]:
    result = json.loads(json.dumps(value))
    return result if isinstance(result, dict) else {}


def cron_probes(instance: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return the command that lists the declared jobs; none for an instance that has no pod."""
    spec = _plain(instance)
    return cron.probes(spec) if spec.get("state") == "present" else {}


def cron_plan(info: Mapping[str, object], instance: Mapping[str, object], check: bool = False) -> dict[str, object]:
    """Return problems, commands and lines for the jobs that instance_info found."""
    made = cron.plan(_plain(instance), _plain(info), check=check)
    return {"problems": made.problems, "commands": made.commands, "lines": made.lines}


class FilterModule:
    """The filters around the scheduled jobs of an instance."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {"cron_probes": cron_probes, "cron_plan": cron_plan}

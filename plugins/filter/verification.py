# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters around a running instance: what to ask it, what its answers amount to, how to show many."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.config import declared_config
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw import verdict as verdicts
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.verification import probes


def _plain(value: object) -> dict[str, object]:
    result = json.loads(json.dumps(value))
    return result if isinstance(result, dict) else {}


def verification_probes(
    instance: Mapping[str, object], only: Sequence[str] | None = None
) -> dict[str, dict[str, object]]:
    """Return the commands that ask the gateway, all of them or only those named."""
    asked = probes(_plain(instance))
    return {name: probe for name, probe in asked.items() if only is None or name in only}


def verdict(info: Mapping[str, object], instance: Mapping[str, object]) -> dict[str, object]:
    """Return problems, warnings, reply and text for what instance_info returned."""
    spec, answers = _plain(instance), _plain(info)
    found = verdicts.judge(spec, declared_config(spec, verdicts.asked_replica(answers)), answers)
    return {
        "problems": found.problems,
        "warnings": found.warnings,
        "reply": found.reply,
        "text": found.text(str(spec["name"])),
    }


def status_row(info: Mapping[str, object], instance: Mapping[str, object]) -> dict[str, str]:
    """Return one row of the status table."""
    spec, answers = _plain(instance), _plain(info)
    return verdicts.status_row(spec, declared_config(spec, verdicts.asked_replica(answers)), answers)


def status_table(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the status table, a line an instance."""
    return verdicts.status_table(json.loads(json.dumps(rows)))


class FilterModule:
    """The filters around a running instance."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {
            "verification_probes": verification_probes,
            "verdict": verdict,
            "status_row": status_row,
            "status_table": status_table,
        }

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters around a running instance: what to ask it, what its answers amount to, how to show many."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.config import declared_config
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.exposure import public_addresses
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.isolation import forbidden_targets
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw import verdict as verdicts
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.entry_verdict import entries
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.isolation import PROBE, isolation_probe
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.route_verdict import gateway_of
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.verification import probes


def _plain(value: object) -> dict[str, object]:
    result = json.loads(json.dumps(value))
    return result if isinstance(result, dict) else {}


def verification_probes(
    instance: Mapping[str, object], only: Sequence[str] | None = None
) -> dict[str, dict[str, object]]:
    """Return the commands that ask the gateway, all of them or only those named."""
    spec = _plain(instance)
    # First the one that mostly waits, so that the others run meanwhile.
    isolation = isolation_probe(forbidden_targets(spec)) if only is None or PROBE in only else {}
    asked = {**isolation, **probes(spec)}
    return {name: probe for name, probe in asked.items() if only is None or name in only}


def verification_entries(instance: Mapping[str, object], *, changed: bool = False) -> list[dict[str, object]]:
    """Return the public addresses to ask, as the module instance_info takes them."""
    spec = _plain(instance)
    return entries(spec, public_addresses(spec), changed=changed)


def verification_gateway(instance: Mapping[str, object]) -> dict[str, object]:
    """Return the Gateway whose features to read, as the module instance_info takes it; empty without a route."""
    return gateway_of(_plain(instance))


def verdict(info: Mapping[str, object], instance: Mapping[str, object]) -> dict[str, object]:
    """Return problems, warnings, reply and text for what instance_info returned."""
    spec, answers = _plain(instance), _plain(info)
    declared = declared_config(spec, verdicts.asked_replica(answers))
    found = verdicts.judge(spec, declared, answers, public_addresses(spec))
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
            "verification_entries": verification_entries,
            "verification_gateway": verification_gateway,
            "verdict": verdict,
            "status_row": status_row,
            "status_table": status_table,
        }

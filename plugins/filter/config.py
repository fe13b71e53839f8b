# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters around the configuration of OpenClaw: what comes of two that differ, and who contributed which setting."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from ansible.errors import AnsibleFilterError

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.config import (
    config_contributions,
    declared_config,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_merge import ABSENT, merged
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_origins import lines, origins
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_paths import Rules
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.json5_text import parse_object


def _config(value: object, what: str) -> dict[str, object] | None:
    """Return a configuration, given as a map or as JSON5 text; None for none."""
    if value is None or value == "":
        return None
    try:
        found = parse_object(str(value)) if isinstance(value, str) else json.loads(json.dumps(value))
    except ValueError as problem:
        raise AnsibleFilterError(f"openclaw.kubernetes.config_merge: {what} {problem}") from None
    if not isinstance(found, dict):
        raise AnsibleFilterError(f"openclaw.kubernetes.config_merge: {what} is not a map. Write one, or JSON5 text.")
    return found


def config_merge(
    theirs: object,
    ours: object,
    base: object = None,
    protected: Sequence[str] = (),
    ignored: Sequence[str] = (),
    keys: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return the merged configuration, the conflicts, the removals and the edits that were kept."""
    try:
        rules = Rules.of(map(str, protected), map(str, ignored), dict(keys or {}))
    except ValueError as problem:
        raise AnsibleFilterError(f"openclaw.kubernetes.config_merge: one of the paths {problem}") from None
    wanted = _config(ours, "ours") or {}
    result = merged(_config(base, "base"), _config(theirs, "the input"), wanted, rules)
    conflicts = [
        {key: value for key, value in vars(conflict).items() if value is not ABSENT} for conflict in result.conflicts
    ]
    return {
        "result": result.config,
        "conflicts": conflicts,
        "removals": result.removals,
        "edits": result.edits,
    }


def config_origins(report: Mapping[str, object], text: bool = False) -> list[dict[str, object]] | list[str]:
    """Return every setting of the declared configuration with its sources, as data or as lines to read."""
    plain = json.loads(json.dumps(report))
    if not isinstance(plain, dict) or "instance" not in plain:
        raise AnsibleFilterError(
            "openclaw.kubernetes.config_origins: the input is not the report about an instance. "
            "Write: lookup('openclaw.kubernetes.instance', report=true) | openclaw.kubernetes.config_origins"
        )
    if plain.get("problems"):
        raise AnsibleFilterError("\n".join(plain["problems"]))
    instance = plain["instance"]
    found = origins(declared_config(instance), config_contributions(instance, plain.get("layers") or {}))
    return lines(found) if text else [{**asdict(one), "sources": list(one.sources)} for one in found]


class FilterModule:
    """The filters around the configuration."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {"config_merge": config_merge, "config_origins": config_origins}

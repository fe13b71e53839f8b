# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small model of server-side apply: what an API server stores, and notes in managedFields, for a manifest."""

from __future__ import annotations

import copy
import json
from typing import Any

MANAGER = "openclaw.kubernetes"

# Lists merged by a key, as the API server's schema has them; every other list is atomic.
MERGE_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "ports": ("port", "protocol"),
}
SETS = frozenset({"finalizers"})
ATOMIC_MAPS = frozenset({"selector"})
DEFAULTS: dict[str, dict[str, Any]] = {
    "ports": {"protocol": "TCP"},
    "containers": {"terminationMessagePath": "/dev/termination-log", "imagePullPolicy": "IfNotPresent"},
}


def stored(manifest: dict[str, Any], manager: str = MANAGER) -> dict[str, Any]:
    """The live object after `manager` applied `manifest` to an empty cluster."""
    live = _with_defaults("", copy.deepcopy(manifest))
    body = {key: value for key, value in live_fields(manifest).items() if key not in ("apiVersion", "kind")}
    metadata = {key: value for key, value in body.pop("metadata", {}).items() if key not in ("name", "namespace")}
    owned = owned_fields("", body)
    if metadata:
        owned["f:metadata"] = owned_fields("metadata", metadata)
    live.setdefault("metadata", {}).update(
        uid="0000",
        resourceVersion="1",
        generation=1,
        creationTimestamp="2026-11-20T00:00:00Z",
        managedFields=[{"manager": manager, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": owned}],
    )
    live["status"] = {"observed": True}
    return live


def live_fields(manifest: dict[str, Any]) -> dict[str, Any]:
    return _with_defaults("", copy.deepcopy(manifest), only_keys=True)


def _with_defaults(name: str, value: Any, only_keys: bool = False) -> Any:
    if isinstance(value, dict):
        return {key: _with_defaults(key, item, only_keys) for key, item in value.items()}
    if isinstance(value, list):
        items = [_with_defaults("", item, only_keys) for item in value]
        keys = MERGE_KEYS.get(name, ())
        for item in items:
            for key, default in DEFAULTS.get(name, {}).items():
                if isinstance(item, dict) and (key in keys or not only_keys):
                    item.setdefault(key, default)
        return items
    return value


def owned_fields(name: str, value: Any) -> dict[str, Any]:
    """The fieldsV1 of a value."""
    if isinstance(value, dict) and name not in ATOMIC_MAPS:
        return {f"f:{key}": owned_fields(key, item) for key, item in value.items()}
    if isinstance(value, list) and name in MERGE_KEYS:
        return {
            f"k:{json.dumps({key: item[key] for key in MERGE_KEYS[name]}, separators=(',', ':'))}": {
                ".": {},
                **owned_fields("", item),
            }
            for item in value
        }
    if isinstance(value, list) and name in SETS:
        return {f"v:{json.dumps(item)}": {} for item in value}
    return {}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespace, and on request its quota and limit range."""

from __future__ import annotations

from .._options.access import Instance
from .identity import ENGINE, Manifest, metadata, name, pod_labels

PART = "namespace"
_COMPONENT = "namespace"


def namespace_manifests(instance: Instance) -> list[Manifest]:
    """Return the Namespace with its Pod Security labels, and the ResourceQuota and LimitRange that were asked for."""
    level = instance["namespace_pod_security"]
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode in ("enforce", "warn", "audit")}
    manifests: list[Manifest] = [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": instance["namespace"],
                "labels": {**pod_labels(instance, _COMPONENT), f"{ENGINE}/part": PART, **labels},
            },
        }
    ]
    if instance["namespace_quota"]:
        manifests.append(
            {
                "apiVersion": "v1",
                "kind": "ResourceQuota",
                "metadata": metadata(instance, PART, name(instance), _COMPONENT),
                "spec": {"hard": _texts(instance["namespace_quota"])},
            }
        )
    limits = instance["namespace_limit_range"]
    # A layer may have emptied a group with null.
    groups = (
        {group: _texts(values) for group, values in sorted(limits.items()) if values}
        if isinstance(limits, dict)
        else {}
    )
    if groups:
        manifests.append(
            {
                "apiVersion": "v1",
                "kind": "LimitRange",
                "metadata": metadata(instance, PART, name(instance), _COMPONENT),
                "spec": {"limits": [{"type": "Container", **_completed(groups)}]},
            }
        )
    return manifests


def _completed(groups: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return the limits with what the API server fills in: the list is atomic, so a gap would look like a change."""
    default = {**groups.get("max", {}), **groups.get("default", {})}
    request = {**groups.get("min", {}), **default, **groups.get("defaultRequest", {})}
    filled = {**groups, "default": default, "defaultRequest": request}
    return {group: dict(sorted(limits.items())) for group, limits in sorted(filled.items()) if limits}


def _texts(quantities: object) -> dict[str, str]:
    return {key: str(value) for key, value in sorted(quantities.items())} if isinstance(quantities, dict) else {}

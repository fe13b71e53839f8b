# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's StatefulSet, and how many pods it has: each is one gateway with volumes of its own."""

from __future__ import annotations

from .._options.access import Instance, whole
from .identity import GATEWAY, Manifest, metadata, name, selector
from .image import version_labels
from .pod_template import pod_template
from .storage import claim_templates

PART = "workload"
_API_OF_THE_SET = "apps/v1"
_KIND_OF_THE_SET = "StatefulSet"


def workload_manifests(instance: Instance) -> list[Manifest]:
    """Return the StatefulSet, and what scales and protects its pods if that was asked for."""
    manifests = [_stateful_set(instance)]
    if instance["disruption_budget_enabled"]:
        manifests.append(_disruption_budget(instance))
    if _is_autoscaled(instance):
        manifests.append(_autoscaler(instance))
    return manifests


def _is_suspended(instance: Instance) -> bool:
    return instance["state"] == "suspended"


def _is_autoscaled(instance: Instance) -> bool:
    """An autoscaler would wake a suspended instance up."""
    return bool(instance["autoscaling_enabled"]) and not _is_suspended(instance)


def _stateful_set(instance: Instance) -> Manifest:
    templates = claim_templates(instance)
    return {
        "apiVersion": _API_OF_THE_SET,
        "kind": _KIND_OF_THE_SET,
        "metadata": metadata(instance, PART, name(instance), labels=version_labels(instance)),
        "spec": {
            **_replicas(instance),
            "serviceName": name(instance),
            # With OrderedReady a pod that never became ready would keep its revision even after the next change.
            "podManagementPolicy": "Parallel",
            "updateStrategy": {"type": "RollingUpdate"},
            "revisionHistoryLimit": 5,
            "selector": {"matchLabels": selector(instance, GATEWAY)},
            "template": pod_template(instance),
            **({"volumeClaimTemplates": templates} if templates else {}),
        },
    }


def _replicas(instance: Instance) -> Manifest:
    """Return the field that says how many pods there are, unless an autoscaler writes it."""
    if _is_autoscaled(instance):
        return {}
    return {"replicas": 0 if _is_suspended(instance) else whole(instance, "replicas")}


def _autoscaler(instance: Instance) -> Manifest:
    targets = {"cpu": whole(instance, "autoscaling_cpu"), "memory": whole(instance, "autoscaling_memory")}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(instance, PART, name(instance)),
        "spec": {
            "scaleTargetRef": {"apiVersion": _API_OF_THE_SET, "kind": _KIND_OF_THE_SET, "name": name(instance)},
            "minReplicas": whole(instance, "autoscaling_min_replicas"),
            "maxReplicas": whole(instance, "autoscaling_max_replicas"),
            "metrics": [_target(resource, percent) for resource, percent in targets.items() if percent],
        },
    }


def _target(resource: str, percent: int) -> Manifest:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": resource, "target": target}}


def _disruption_budget(instance: Instance) -> Manifest:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(instance, PART, name(instance)),
        "spec": {
            "maxUnavailable": whole(instance, "disruption_budget_max_unavailable"),
            "selector": {"matchLabels": selector(instance, GATEWAY)},
        },
    }

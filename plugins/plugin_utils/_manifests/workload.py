# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's StatefulSet: one replica, since one process owns the state directory."""

from __future__ import annotations

from .._options.access import Instance
from .identity import GATEWAY, Manifest, metadata, name, selector
from .image import version_labels
from .pod_template import pod_template

PART = "workload"


def workload_manifests(instance: Instance) -> list[Manifest]:
    """Return the StatefulSet."""
    return [_stateful_set(instance)]


def _stateful_set(instance: Instance) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata(instance, PART, name(instance), labels=version_labels(instance)),
        "spec": {
            "replicas": 1,
            "serviceName": name(instance),
            # With OrderedReady a pod that never became ready would keep its revision even after the next change.
            "podManagementPolicy": "Parallel",
            "updateStrategy": {"type": "RollingUpdate"},
            "revisionHistoryLimit": 5,
            "selector": {"matchLabels": selector(instance, GATEWAY)},
            "template": pod_template(instance),
        },
    }

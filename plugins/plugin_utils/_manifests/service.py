# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of the gateway inside the cluster."""

from __future__ import annotations

from .._openclaw.pod import PORT
from .identity import Instance, Manifest, metadata, name, selector

PART = "service"


def service_manifests(instance: Instance) -> list[Manifest]:
    """Return the Service."""
    annotations = instance["service_annotations"]
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata(
                instance, PART, name(instance), annotations=annotations if isinstance(annotations, dict) else None
            ),
            "spec": {
                "type": "ClusterIP",
                "selector": selector(instance),
                "ports": [{"name": "gateway", "port": PORT, "targetPort": "gateway", "protocol": "TCP"}],
            },
        }
    ]

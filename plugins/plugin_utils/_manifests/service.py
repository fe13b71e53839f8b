# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of the gateway inside the cluster."""

from __future__ import annotations

from .._openclaw.pod import PORT
from .._options.access import Instance
from .features.catalog import ports_of
from .identity import Manifest, metadata, name, selector

PART = "service"


def _port(port_name: str, number: int) -> Manifest:
    return {"name": port_name, "port": number, "targetPort": port_name, "protocol": "TCP"}


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
                "ports": [_port("gateway", PORT), *(_port(port.name, port.number) for port in ports_of(instance))],
            },
        }
    ]

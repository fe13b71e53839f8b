# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account the pod runs as: no rights, no token."""

from __future__ import annotations

from .._options.access import Instance
from .identity import Manifest, metadata, name

PART = "rbac"


def rbac_manifests(instance: Instance) -> list[Manifest]:
    """Return the ServiceAccount. OpenClaw does not speak to the Kubernetes API, so nothing is bound to it."""
    annotations = instance["service_account_annotations"]
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata(
                instance, PART, name(instance), annotations=annotations if isinstance(annotations, dict) else None
            ),
            "automountServiceAccountToken": False,
        }
    ]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account the pod runs as: no rights, and no token unless somebody asks for one."""

from __future__ import annotations

from .._options.access import Instance, mapping
from .identity import Manifest, account_name, metadata

PART = "rbac"


def rbac_manifests(instance: Instance) -> list[Manifest]:
    """Return the ServiceAccount, unless an existing one is named.

    OpenClaw does not speak to the Kubernetes API, so nothing is bound to it. The pod says whether it gets a token.
    """
    if instance["service_account_name"]:
        return []
    annotations = mapping(instance, "service_account_annotations")
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata(instance, PART, account_name(instance), annotations=annotations),
            "automountServiceAccountToken": False,
        }
    ]

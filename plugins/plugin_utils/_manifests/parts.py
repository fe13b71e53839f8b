# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of an instance in the order in which they come to stand on the cluster."""

from __future__ import annotations

from collections.abc import Callable, Collection

from .._options.access import Instance
from . import (
    backup,
    config,
    cron,
    hooks,
    ingress,
    namespace,
    networkpolicy,
    plugins,
    rbac,
    route,
    secrets,
    service,
    skills,
    storage,
    workload,
    workspace,
)
from .identity import Manifest

# The network policy stands before the first pod starts.
BUILDERS: dict[str, Callable[[Instance], list[Manifest]]] = {
    namespace.PART: namespace.namespace_manifests,
    rbac.PART: rbac.rbac_manifests,
    secrets.PART: secrets.secrets_manifests,
    storage.PART: storage.storage_manifests,
    workspace.PART: workspace.workspace_manifests,
    skills.PART: skills.skills_manifests,
    plugins.PART: plugins.plugins_manifests,
    hooks.PART: hooks.hooks_manifests,
    config.PART: config.config_manifests,
    networkpolicy.PART: networkpolicy.networkpolicy_manifests,
    workload.PART: workload.workload_manifests,
    service.PART: service.service_manifests,
    ingress.PART: ingress.ingress_manifests,
    route.PART: route.route_manifests,
    backup.PART: backup.backup_manifests,
    cron.PART: cron.cron_manifests,
}


def instance_manifests(instance: Instance, without: Collection[str] = ()) -> list[Manifest]:
    """Return the manifests of every part but those I(without)."""
    return [manifest for part, builder in BUILDERS.items() if part not in without for manifest in builder(instance)]


def wanted_manifests(instance: Instance, builder: Callable[[Instance], list[Manifest]]) -> list[Manifest]:
    """Return what I(builder) makes; nothing for an instance that is to be absent, if somebody confirmed that.

    Raises ValueError if nobody did.
    """
    if instance["state"] != "absent":
        return builder(instance)
    name = instance["name"]
    if instance["teardown_confirm"] not in (name, "yes-all"):
        raise ValueError(
            f"openclaw_state  absent removes the instance. Nothing was removed. To remove {name} from namespace "
            f"{instance['namespace']}, run again with -e openclaw_teardown_confirm={name} (the volume and the Secrets "
            "stay; to delete them too, add -e openclaw_storage_delete_enabled=true)"
        )
    return []

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's container, put together."""

from __future__ import annotations

from collections.abc import Sequence

from .._openclaw.pod import CONFIG_DIR, ENTRY_POINT, PORT, TEMPORARY_DIR
from .._options.access import Instance, entries, mapping
from .._options.resources import gateway_resources
from .environment import environment, environment_sources, override_variables
from .features.feature import Feature
from .identity import Manifest
from .image import reference
from .overrides import laid_over
from .probes import probes
from .replicas import own_environment, replica_index, selected_config_mount
from .restricted import gateway_security
from .state import state_mounts

CONTAINER = "openclaw"
GATEWAY_PORT = "gateway"
FRONTED_PORT = "gateway-inside"
"""The name of the gateway's own port while a proxy of the pod has the one that clients know."""
CONFIG_MOUNT: Manifest = {"name": "config", "mountPath": CONFIG_DIR, "readOnly": True}
TEMPORARY_MOUNT: Manifest = {"name": "tmp", "mountPath": TEMPORARY_DIR}
_ARGUMENTS = ("gateway", "run")


def gateway_container(instance: Instance, features: Sequence[Feature]) -> Manifest:
    """Return the container that the pod is about."""
    fronted = any(feature.front_port for feature in features)
    port = FRONTED_PORT if fronted else GATEWAY_PORT
    command = [*(entries(instance, "command") or ENTRY_POINT), *(entries(instance, "args") or _ARGUMENTS)]
    sources = environment_sources(instance)
    lifecycle = laid_over({}, mapping(instance, "lifecycle"))
    return {
        "name": CONTAINER,
        "image": reference(instance),
        "imagePullPolicy": instance["image_pull_policy"],
        "command": own_environment(instance, [str(part) for part in command]),
        "env": [*replica_index(instance), *environment(instance, features), *override_variables(instance)],
        **({"envFrom": sources} if sources else {}),
        "ports": [{"name": port, "containerPort": PORT, "protocol": "TCP"}],
        **probes(instance),
        **({"lifecycle": lifecycle} if lifecycle else {}),
        "resources": gateway_resources(instance),
        "securityContext": gateway_security(instance),
        "volumeMounts": [
            dict(CONFIG_MOUNT),
            *selected_config_mount(instance),
            *state_mounts(instance),
            dict(TEMPORARY_MOUNT),
            *(dict(mount) for feature in features for mount in feature.mounts),
        ],
    }

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's container: command, environment, probes, resources."""

from __future__ import annotations

from collections.abc import Sequence

from .._openclaw.pod import (
    CONFIG_DIR,
    ENTRY_POINT,
    ENVIRONMENT,
    LIVE,
    PORT,
    READONLY_CONFIG,
    STARTED,
    STATE_DIR,
    STATE_SUB_PATH,
    TEMPORARY_DIR,
    TOKEN_VARIABLE,
    WRITABLE_CONFIG,
    probe_command,
)
from .._options.access import Instance, mapping
from .features.feature import Feature
from .identity import Manifest, secrets_name, token_secret
from .image import reference
from .restricted import container_security

CONTAINER = "openclaw"
GATEWAY_PORT = "gateway"
FRONTED_PORT = "gateway-inside"
"""The name of the gateway's own port while a proxy of the pod has the one that clients know."""
DATA_MOUNT: Manifest = {"name": "data", "mountPath": STATE_DIR, "subPath": STATE_SUB_PATH}
CONFIG_MOUNT: Manifest = {"name": "config", "mountPath": CONFIG_DIR, "readOnly": True}
TEMPORARY_MOUNT: Manifest = {"name": "tmp", "mountPath": TEMPORARY_DIR}
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def gateway_container(instance: Instance, features: Sequence[Feature]) -> Manifest:
    """Return the container that the pod is about."""
    fronted = any(feature.fronts_gateway for feature in features)
    port = FRONTED_PORT if fronted else GATEWAY_PORT
    return {
        "name": CONTAINER,
        "image": reference(instance),
        "imagePullPolicy": instance["image_pull_policy"],
        "command": [*ENTRY_POINT, "gateway", "run"],
        "env": _environment(instance, features),
        "ports": [{"name": port, "containerPort": PORT, "protocol": "TCP"}],
        # Five minutes to start: a schema migration on a loaded node took 101 s.
        "startupProbe": _probe(STARTED, 3, 100),
        "readinessProbe": _probe(STARTED, 10, 3),
        "livenessProbe": _probe(LIVE, 30, 3),
        "resources": _resources(instance),
        "securityContext": container_security(),
        "volumeMounts": [
            dict(CONFIG_MOUNT),
            dict(DATA_MOUNT),
            dict(TEMPORARY_MOUNT),
            *(dict(mount) for feature in features for mount in feature.mounts),
        ],
    }


def _probe(path: str, period: int, failures: int) -> Manifest:
    return {
        "exec": {"command": probe_command(path)},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain_variables(instance: Instance, features: Sequence[Feature]) -> dict[str, str]:
    """One value per name: the user's over a feature's over the pod's; names the pod depends on were refused before."""
    mounted = READONLY_CONFIG if instance["config_mode"] == "readonly" else WRITABLE_CONFIG
    added = {key: value for feature in features for key, value in feature.environment.items()}
    folders = [folder for feature in features for folder in feature.path]
    path = {"PATH": ":".join([*folders, _PATH])} if folders else {}
    user = {key: _text(value) for key, value in sorted(mapping(instance, "env").items())}
    return {**ENVIRONMENT, **mounted, **path, **added, **user}


def _secret_variables(instance: Instance) -> dict[str, tuple[str, str]]:
    """Return the Secret and key of each variable that holds a secret."""
    variables = {
        variable: (str(source["secret"]), str(source["key"]))
        if isinstance(source, dict) and "secret" in source
        else (secrets_name(instance), variable)
        for variable, source in sorted(mapping(instance, "secrets").items())
    }
    return {TOKEN_VARIABLE: token_secret(instance), **variables}


def _environment(instance: Instance, features: Sequence[Feature]) -> list[Manifest]:
    plain: list[Manifest] = [
        {"name": key, "value": value} for key, value in _plain_variables(instance, features).items()
    ]
    secret: list[Manifest] = [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": source, "key": key}}}
        for variable, (source, key) in _secret_variables(instance).items()
    ]
    return plain + secret


def _resources(instance: Instance) -> Manifest:
    limits = {"memory": instance["memory_limit"]}
    if instance["cpu_limit"]:
        limits["cpu"] = instance["cpu_limit"]
    return {
        "requests": {"cpu": instance["cpu_request"], "memory": instance["memory_request"]},
        "limits": limits,
    }

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's StatefulSet: one replica, since one process owns the state directory."""

from __future__ import annotations

from .._openclaw.pod import (
    CONFIG_DIR,
    CONFIG_FILE,
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
from .._options.formats import seconds
from .config import config_digest
from .identity import (
    CONFIG_DIGEST,
    GATEWAY,
    SECRETS_DIGEST,
    Instance,
    Manifest,
    claim_name,
    config_name,
    metadata,
    name,
    pod_labels,
    secrets_name,
    selector,
    token_secret,
)
from .image import pull_settings, reference, version_label
from .restricted import container_security, pod_security

PART = "workload"
CONTAINER = "openclaw"
_VERSION = "app.kubernetes.io/version"

# Copies the declared file to the volume. A file without OpenClaw's stamp beside an older backup of its own would be
# "restored" from that backup at the next start, so the backup goes.
_INSTALL_CONFIG = (
    "const fs=require('fs'),[from,to,mode]=process.argv.slice(1);"
    "if(mode==='seed'&&fs.existsSync(to))process.exit(0);"
    "fs.copyFileSync(from,to+'.new');fs.chmodSync(to+'.new',0o600);fs.renameSync(to+'.new',to);"
    "fs.rmSync(to+'.bak',{force:true})"
)

_PREPARE_STATE = "require('fs').mkdirSync(process.argv[1],{recursive:true,mode:0o700})"
_VOLUME_DIR = "/volume"


def _probe(path: str, period: int, failures: int) -> Manifest:
    return {
        "exec": {"command": probe_command(path)},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain_variables(instance: Instance) -> dict[str, str]:
    mounted = READONLY_CONFIG if instance["config_mode"] == "readonly" else WRITABLE_CONFIG
    given = instance["env"]
    user = {key: _text(value) for key, value in sorted(given.items())} if isinstance(given, dict) else {}
    return {**ENVIRONMENT, **mounted, **user}


def _secret_variables(instance: Instance) -> dict[str, tuple[str, str]]:
    """Return the Secret and key of each variable that holds a secret."""
    secrets = instance["secrets"]
    variables = {
        variable: (str(source["secret"]), str(source["key"]))
        if "secret" in source
        else (secrets_name(instance), variable)
        for variable, source in sorted(secrets.items() if isinstance(secrets, dict) else ())
    }
    return {TOKEN_VARIABLE: token_secret(instance), **variables}


def _environment(instance: Instance) -> list[Manifest]:
    plain: list[Manifest] = [{"name": key, "value": value} for key, value in _plain_variables(instance).items()]
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


_DATA_MOUNT: Manifest = {"name": "data", "mountPath": STATE_DIR, "subPath": STATE_SUB_PATH}
_CONFIG_MOUNT: Manifest = {"name": "config", "mountPath": CONFIG_DIR, "readOnly": True}
_TEMPORARY_MOUNT: Manifest = {"name": "tmp", "mountPath": TEMPORARY_DIR}


def _gateway(instance: Instance) -> Manifest:
    return {
        "name": CONTAINER,
        "image": reference(instance),
        "imagePullPolicy": instance["image_pull_policy"],
        "command": [*ENTRY_POINT, "gateway", "run"],
        "env": _environment(instance),
        "ports": [{"name": "gateway", "containerPort": PORT, "protocol": "TCP"}],
        # Five minutes to start: a schema migration on a loaded node took 101 s.
        "startupProbe": _probe(STARTED, 3, 100),
        "readinessProbe": _probe(STARTED, 10, 3),
        "livenessProbe": _probe(LIVE, 30, 3),
        "resources": _resources(instance),
        "securityContext": container_security(),
        "volumeMounts": [dict(_CONFIG_MOUNT), dict(_DATA_MOUNT), dict(_TEMPORARY_MOUNT)],
    }


def _small_resources() -> Manifest:
    return {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}


def _state_preparer(instance: Instance) -> Manifest:
    """Make the state directory as the gateway's user, before the kubelet makes it as root for the mount below it.

    OpenClaw sets the mode of its state directory when it writes there; only the owner may, so with root's directory
    every change of the configuration inside the pod and every migration at a start fails (EPERM, fchmod).
    """
    return {
        "name": "prepare-state",
        "image": reference(instance),
        "imagePullPolicy": instance["image_pull_policy"],
        "command": ["node", "-e", _PREPARE_STATE, f"{_VOLUME_DIR}/{STATE_SUB_PATH}"],
        "resources": _small_resources(),
        "securityContext": container_security(),
        "volumeMounts": [{"name": "data", "mountPath": _VOLUME_DIR}],
    }


def _config_installer(instance: Instance) -> Manifest:
    source, target = f"{CONFIG_DIR}/{CONFIG_FILE}", f"{STATE_DIR}/{CONFIG_FILE}"
    return {
        "name": "install-config",
        "image": reference(instance),
        "imagePullPolicy": instance["image_pull_policy"],
        "command": ["node", "-e", _INSTALL_CONFIG, source, target, instance["config_mode"]],
        "resources": _small_resources(),
        "securityContext": container_security(),
        "volumeMounts": [dict(_CONFIG_MOUNT), dict(_DATA_MOUNT)],
    }


def _pod(instance: Instance) -> Manifest:
    preparations = [_state_preparer(instance)]
    if instance["config_mode"] != "readonly":
        preparations.append(_config_installer(instance))
    return {
        "serviceAccountName": name(instance),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": seconds(str(instance["termination_timeout"])),
        "securityContext": pod_security(),
        **pull_settings(instance),
        "initContainers": preparations,
        "containers": [_gateway(instance)],
        "volumes": [
            {"name": "config", "configMap": {"name": config_name(instance)}},
            {"name": "data", "persistentVolumeClaim": {"claimName": claim_name(instance)}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "4Gi"}},
        ],
    }


def _rolling_annotations(instance: Instance) -> Manifest:
    """Return the annotations whose change restarts the pod. A seeded file is only read once, so it restarts nothing."""
    annotations: Manifest = {SECRETS_DIGEST: "auto"}
    if instance["config_mode"] != "seed":
        annotations[CONFIG_DIGEST] = config_digest(instance)
    return annotations


def workload_manifests(instance: Instance) -> list[Manifest]:
    """Return the StatefulSet."""
    version = {_VERSION: version_label(instance)}
    meta = metadata(instance, PART, name(instance))
    labels = meta["labels"]
    meta["labels"] = {**labels, **version} if isinstance(labels, dict) else version
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": meta,
            "spec": {
                "replicas": 1,
                "serviceName": name(instance),
                # With OrderedReady a pod that never became ready would keep its revision even after the next change.
                "podManagementPolicy": "Parallel",
                "updateStrategy": {"type": "RollingUpdate"},
                "revisionHistoryLimit": 5,
                "selector": {"matchLabels": selector(instance, GATEWAY)},
                "template": {
                    "metadata": {
                        "labels": {**pod_labels(instance), **version},
                        "annotations": _rolling_annotations(instance),
                    },
                    "spec": _pod(instance),
                },
            },
        }
    ]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's pod, put together: the gateway, what prepares it, and what its features bring along."""

from __future__ import annotations

from .._openclaw.pod import CONFIG_DIR, CONFIG_FILE, STATE_DIR, STATE_SUB_PATH
from .._options.access import Instance
from .._options.formats import seconds
from .config import config_digest
from .features.catalog import features_of
from .gateway import CONFIG_MOUNT, DATA_MOUNT, gateway_container
from .identity import CONFIG_DIGEST, SECRETS_DIGEST, Manifest, claim_name, config_name, name, pod_labels
from .image import pull_settings, reference, version_labels
from .restricted import container_security, pod_security

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


def pod_template(instance: Instance) -> Manifest:
    """Return the template of the gateway's pods."""
    return {
        "metadata": {
            "labels": {**pod_labels(instance), **version_labels(instance)},
            "annotations": _rolling_annotations(instance),
        },
        "spec": _pod(instance),
    }


def _pod(instance: Instance) -> Manifest:
    features = features_of(instance)
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
        "initContainers": [
            *preparations,
            *(container for feature in features for container in feature.init_containers),
        ],
        "containers": [
            gateway_container(instance, features),
            *(container for feature in features for container in feature.containers),
        ],
        "volumes": [
            {"name": "config", "configMap": {"name": config_name(instance)}},
            {"name": "data", "persistentVolumeClaim": {"claimName": claim_name(instance)}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "4Gi"}},
            *(volume for feature in features for volume in feature.volumes),
        ],
    }


def _rolling_annotations(instance: Instance) -> Manifest:
    """Return the annotations whose change restarts the pod. A seeded file is only read once, so it restarts nothing."""
    annotations: Manifest = {SECRETS_DIGEST: "auto"}
    if instance["config_mode"] != "seed":
        annotations[CONFIG_DIGEST] = config_digest(instance)
    return annotations


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
        "volumeMounts": [dict(CONFIG_MOUNT), dict(DATA_MOUNT)],
    }

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the containers and volumes of features have in common, read from options that differ only in their prefix."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..._openclaw.pod import CONFIG_DIR
from ..._options.access import Instance, mapping, text
from ..._options.resources import resources_over
from ..identity import Manifest, metadata, name
from ..image import reference
from ..restricted import container_security

# What prepares a pod runs for seconds, in Node.js.
_PREPARATION = {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}
_STORAGE_PART = "storage"
_PROGRAMS = Path(__file__).parent / "programs"


def sidecar(instance: Instance, prefix: str, container_name: str, devices: Mapping[str, str] | None = None) -> Manifest:
    """Return the frame of a container that starts before the gateway and ends after it (Kubernetes 1.29)."""
    return {
        "name": container_name,
        "image": reference(instance, prefix),
        "imagePullPolicy": instance["image_pull_policy"],
        "restartPolicy": "Always",
        "resources": _resources(instance, prefix, devices or {}),
        "securityContext": container_security(),
    }


def preparation(instance: Instance, container_name: str, program: str, arguments: Sequence[str]) -> Manifest:
    """Return a container that runs a program of ours in the gateway's image and ends before the gateway starts."""
    return {
        "name": container_name,
        "image": reference(instance),
        "imagePullPolicy": instance["image_pull_policy"],
        "command": ["node", f"{CONFIG_DIR}/{program}", *arguments],
        "resources": resources_over(_PREPARATION, mapping(instance, "init_resources")),
        "securityContext": container_security(),
        "volumeMounts": [{"name": "config", "mountPath": CONFIG_DIR, "readOnly": True}],
    }


def program_texts(*names: str) -> dict[str, str]:
    """Return programs as files of the configuration's ConfigMap, from where a preparation runs them."""
    return {name: _program_text(name) for name in names}


@functools.cache
def _program_text(name: str) -> str:
    return (_PROGRAMS / name).read_text(encoding="utf-8")


def _resources(instance: Instance, prefix: str, devices: Mapping[str, str]) -> Manifest:
    # Of devices Kubernetes only takes limits; their requests follow.
    limits = {"memory": text(instance, f"{prefix}memory_limit"), **devices}
    if instance[f"{prefix}cpu_limit"]:
        limits["cpu"] = text(instance, f"{prefix}cpu_limit")
    requests = {"cpu": text(instance, f"{prefix}cpu_request"), "memory": text(instance, f"{prefix}memory_request")}
    return {"requests": requests, "limits": limits}


def variables(ours: Mapping[str, str], given: Mapping[str, object]) -> list[Manifest]:
    """Return environment variables, one value per name: the user's win."""
    merged = {**ours, **{key: _plain(value) for key, value in sorted(given.items())}}
    return [{"name": key, "value": value} for key, value in merged.items()]


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def claim_name(instance: Instance, prefix: str, component: str) -> str:
    """Return the claim that a feature keeps its data on: an existing one, or its own."""
    return text(instance, f"{prefix}existing_claim") or f"{name(instance)}-{component}"


def own_claims(instance: Instance, prefix: str, component: str) -> tuple[Manifest, ...]:
    """Return the claim to make; none if an existing one is named."""
    if instance[f"{prefix}existing_claim"]:
        return ()
    spec: Manifest = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": instance[f"{prefix}storage_size"]}},
    }
    if instance[f"{prefix}storage_class"]:
        spec["storageClassName"] = instance[f"{prefix}storage_class"]
    claim: Manifest = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(instance, _STORAGE_PART, f"{name(instance)}-{component}", component),
        "spec": spec,
    }
    return (claim,)

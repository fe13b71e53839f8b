# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How every Job looks that talks to the repository of backups.

restic is copied out of its own image. What drives it runs in OpenClaw's: programs without a shell, which test the way
to the repository first and give up in time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from .._openclaw.backup_repository import (
    CA_DIR,
    CLUSTER_CA_DIR,
    CREDENTIALS,
    PASSWORD,
    PROGRAM_DIR,
    REPOSITORY_DIR,
    RESTIC,
    STAGING_DIR,
    VOLUME,
    VOLUME_DIR,
    settings,
)
from .._openclaw.pod import TEMPORARY_DIR, WORKSPACE
from .._options.access import Instance, mapping, text
from .._options.formats import seconds
from .._options.resources import resources_over
from .features.installer import copier
from .identity import Manifest, account_name, claim_name, name, pod_labels
from .image import pull_settings, reference
from .restricted import container_security, pod_security, user_namespace
from .scheduling import beside_gateway, same_nodes

COMPONENT = "backup"
REPOSITORY = "repository"
"""The container that talks to the repository, and reports."""
PROGRAM = "repository.mjs"
REPORTER = "openclaw.kubernetes/reporter"
STAGING_VOLUME, STATE_VOLUME = "staging", "data"
_CLUSTER_CA = "kube-root-ca.crt"


def job(
    instance: Instance,
    purpose: str,
    command: str,
    parameters: Mapping[str, object] | None = None,
    *,
    path: str = "",
    image: str = "",
    before: Sequence[Manifest] = (),
    after: Sequence[Manifest] = (),
    mounts: Sequence[Manifest] = (),
    volumes: Sequence[Manifest] = (),
    near: bool = False,
    pruner: bool = False,
    reporter: str = "",
) -> Manifest:
    """Return the Job C(<name>-I(purpose)), which has the repository do I(command) with I(parameters).

    I(before) and I(after) are containers around it, made with M(container). I(mounts) are those of the container that
    talks to the repository, beside the staging folder. I(near) is for the node on which the gateway runs, whose volume
    it shares. I(image) is OpenClaw's, by default that of the options; I(path) is another repository than one's own.
    I(pruner) has the Job use the keys that may remove; I(reporter) is the container whose report counts.
    """
    limit = seconds(text(instance, "backup_timeout"))
    given = settings(instance, limit, {"command": command, **(parameters or {})}, path)
    talking = _repository_container(instance, given, image, mounts, pruner)
    return frame(
        instance,
        purpose,
        [_restic(instance), *before, talking, *after],
        volumes=[*_volumes(instance), *volumes],
        near=near,
        reporter=reporter or REPOSITORY,
    )


def frame(
    instance: Instance,
    purpose: str,
    containers: Sequence[Manifest],
    *,
    volumes: Sequence[Manifest] = (),
    near: bool = False,
    reporter: str = "",
) -> Manifest:
    """Return a Job of the instance that runs I(containers) one after the other, without a way to the repository."""
    pod: Manifest = {
        "restartPolicy": "Never",
        "serviceAccountName": text(instance, "backup_service_account_name") or account_name(instance),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **user_namespace(instance),
        "securityContext": pod_security(instance),
        **pull_settings(instance),
        **(beside_gateway(instance) if near else same_nodes(instance)),
        **({"initContainers": list(containers[:-1])} if containers[1:] else {}),
        "containers": list(containers[-1:]),
        "volumes": [*_common_volumes(instance), *volumes],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": f"{name(instance)}-{purpose}",
            "namespace": str(instance["namespace"]),
            "labels": pod_labels(instance, COMPONENT),
            "annotations": {REPORTER: reporter or str(containers[-1]["name"])},
        },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": seconds(text(instance, "backup_timeout")),
            "template": {"metadata": {"labels": pod_labels(instance, COMPONENT)}, "spec": pod},
        },
    }


def container(
    instance: Instance,
    container_name: str,
    program: str,
    given: Mapping[str, object],
    *,
    image: str = "",
    mounts: Sequence[Manifest] = (),
    environment: Mapping[str, str] | None = None,
) -> Manifest:
    """Return a container that runs one of our programs in OpenClaw's image, with what it is given as JSON."""
    return {
        "name": container_name,
        "image": image or reference(instance),
        "imagePullPolicy": instance["image_pull_policy"],
        "command": ["node", f"{PROGRAM_DIR}/{program}", json.dumps(given, sort_keys=True, ensure_ascii=False)],
        "env": _variables({"HOME": TEMPORARY_DIR, "XDG_CACHE_HOME": f"{TEMPORARY_DIR}/cache", **(environment or {})}),
        "resources": _resources(instance),
        "securityContext": container_security(),
        "volumeMounts": [
            {"name": "programs", "mountPath": PROGRAM_DIR, "readOnly": True},
            {"name": "tmp", "mountPath": TEMPORARY_DIR},
            *mounts,
        ],
    }


def staging_mount(*, writable: bool = True) -> Manifest:
    mount: Manifest = {"name": STAGING_VOLUME, "mountPath": STAGING_DIR}
    return mount if writable else {**mount, "readOnly": True}


def volume_mounts(instance: Instance, *, writable: bool) -> list[Manifest]:
    """Return the mounts of the whole volume of the instance, with that of its workspace where the pod has it."""
    found: list[Manifest] = [{"name": STATE_VOLUME, "mountPath": VOLUME_DIR}]
    if instance["workspace_storage_enabled"]:
        found.append({"name": WORKSPACE, "mountPath": f"{VOLUME_DIR}-{WORKSPACE}"})
    return found if writable else [{**mount, "readOnly": True} for mount in found]


def state_volumes(instance: Instance) -> list[Manifest]:
    """Return the volumes of the instance."""
    claims = {STATE_VOLUME: claim_name(instance)}
    if instance["workspace_storage_enabled"]:
        claims[WORKSPACE] = text(instance, "workspace_existing_claim") or f"{name(instance)}-{WORKSPACE}"
    return [{"name": volume, "persistentVolumeClaim": {"claimName": claim}} for volume, claim in claims.items()]


def programs_name(instance: Instance) -> str:
    return f"{name(instance)}-backup"


def password_secret(instance: Instance) -> tuple[str, str]:
    """Return the Secret and the key that hold the password of the repository."""
    given = text(instance, "backup_password_secret")
    return given or f"{name(instance)}-backup-password", text(instance, "backup_password_key")


def repository_claim(instance: Instance) -> str:
    return text(instance, "backup_existing_claim") or f"{name(instance)}-backup"


# -- parts of the pod ----------------------------------------------------------------------------------------------


def _repository_container(
    instance: Instance, given: Mapping[str, object], image: str, mounts: Sequence[Manifest], pruner: bool
) -> Manifest:
    found = container(
        instance,
        REPOSITORY,
        PROGRAM,
        given,
        image=image,
        mounts=[
            {"name": "restic", "mountPath": RESTIC.rpartition("/")[0], "readOnly": True},
            {"name": "cluster", "mountPath": CLUSTER_CA_DIR, "readOnly": True},
            staging_mount(),
            *_target_mounts(instance),
            *mounts,
        ],
        environment={"RESTIC_CACHE_DIR": f"{TEMPORARY_DIR}/restic", "TMPDIR": TEMPORARY_DIR},
    )
    own = found["env"]
    return {**found, "env": [*(own if isinstance(own, list) else []), *_secrets(instance, pruner)]}


def _secrets(instance: Instance, pruner: bool) -> list[Manifest]:
    """Return the password, and the keys of S3; none of these where the cloud knows the pod by its account."""
    given = mapping(instance, "backup_repository")
    keys = str((given.get("prune_secret") if pruner else None) or given.get("secret") or "")
    secret, key = password_secret(instance)
    found: list[Manifest] = [_from_secret(PASSWORD, secret, key, optional=False)]
    if keys and instance["backup_target"] != VOLUME:
        found += [_from_secret(each, keys, each, optional=each == CREDENTIALS[-1]) for each in CREDENTIALS]
    return found


def _from_secret(variable: str, secret: str, key: str, *, optional: bool) -> Manifest:
    reference_of: Manifest = {"name": secret, "key": key, **({"optional": True} if optional else {})}
    return {"name": variable, "valueFrom": {"secretKeyRef": reference_of}}


def _restic(instance: Instance) -> Manifest:
    mount: Manifest = {"name": "restic", "mountPath": RESTIC.rpartition("/")[0]}
    return copier(instance, "copy-restic", reference(instance, "backup_"), ["/usr/bin/restic"], RESTIC, mount)


def _target_mounts(instance: Instance) -> list[Manifest]:
    if instance["backup_target"] == VOLUME:
        return [{"name": "repository", "mountPath": REPOSITORY_DIR}]
    if mapping(instance, "backup_repository").get("ca"):
        return [{"name": "authority", "mountPath": CA_DIR, "readOnly": True}]
    return []


def _volumes(instance: Instance) -> list[Manifest]:
    authority = mapping(instance, "backup_repository").get("ca")
    return [
        {"name": "cluster", "configMap": {"name": _CLUSTER_CA, "optional": True}},
        {"name": "restic", "emptyDir": {"sizeLimit": "128Mi"}},
        {"name": STAGING_VOLUME, **_staging(instance)},
        *(
            [{"name": "repository", "persistentVolumeClaim": {"claimName": repository_claim(instance)}}]
            if instance["backup_target"] == VOLUME
            else [{"name": "authority", **_authority(authority)}]
            if isinstance(authority, Mapping)
            else []
        ),
    ]


def _common_volumes(instance: Instance) -> list[Manifest]:
    return [
        {"name": "programs", "configMap": {"name": programs_name(instance)}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "4Gi"}},
    ]


def _staging(instance: Instance) -> Manifest:
    """Return where a snapshot is put together: on the node, or on a volume that lives as long as the pod."""
    size, storage_class = text(instance, "backup_staging_size"), text(instance, "backup_staging_storage_class")
    if not storage_class:
        return {"emptyDir": {"sizeLimit": size}}
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": storage_class,
        "resources": {"requests": {"storage": size}},
    }
    return {"ephemeral": {"volumeClaimTemplate": {"spec": spec}}}


def _authority(given: Mapping[str, object]) -> Manifest:
    items = [{"key": str(given.get("key") or "ca.crt"), "path": "ca.crt"}]
    if given.get("secret"):
        return {"secret": {"secretName": str(given["secret"]), "items": items}}
    return {"configMap": {"name": str(given.get("config_map")), "items": items}}


def _resources(instance: Instance) -> Manifest:
    limits = {"memory": text(instance, "backup_memory_limit")}
    if instance["backup_cpu_limit"]:
        limits["cpu"] = text(instance, "backup_cpu_limit")
    requests = {"cpu": text(instance, "backup_cpu_request"), "memory": text(instance, "backup_memory_request")}
    return dict(resources_over({"requests": requests, "limits": limits}, {}))


def _variables(values: Mapping[str, str]) -> list[Manifest]:
    return [{"name": key, "value": value} for key, value in values.items()]

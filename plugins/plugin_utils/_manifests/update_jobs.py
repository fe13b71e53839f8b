# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Jobs of an update: one that has the release to come judge a copy of the state, one that undoes its migrations.

Their programs come with the Job, so nothing has to be on the cluster before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from .._openclaw.pod import ENTRY_POINT, ENVIRONMENT, HOME, STATE_DIR, TEMPORARY_DIR
from .._options.access import Instance, text
from .._options.formats import seconds
from .features.containers import program_texts
from .identity import Manifest, account_name, claim_name, name, pod_labels
from .image import pull_settings
from .restricted import container_security, pod_security, user_namespace
from .scheduling import beside_gateway, same_nodes
from .state import DATA_MOUNT, DATA_VOLUME

COMPONENT = "update"
SCHEMA, UNDO = "schema", "undo"

_PROGRAMS = {SCHEMA: "update-schema.mjs", UNDO: "update-undo.mjs"}
_COPIES = "/copies"
_OPENCLAW = ENTRY_POINT[1]
# As for the validation of a configuration: 2.4 s and 324 MiB on an idle machine.
_RESOURCES = {"requests": {"cpu": "100m", "memory": "384Mi"}, "limits": {"memory": "1Gi"}}
# What the steps of one Job take of its time.
_STEPS = 3
_COPIES_SIZE = "8Gi"
# Seconds. The operation began by the clock of the cluster, files have the time of their node.
_CLOCKS_DIFFER = 60


def update_job(instance: Instance, purpose: str, running: str, target: str = "", since: str = "") -> Manifest:
    """Return the Job for I(purpose), C(schema) or C(undo). I(running) is the image that runs before the update.

    Raises ValueError for a purpose that is none, and for a time that is none.
    """
    if purpose == SCHEMA:
        return schema_job(instance, running, target)
    if purpose == UNDO:
        begun = datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return undo_job(instance, running, int(begun.timestamp()) - _CLOCKS_DIFFER)
    raise ValueError(f"{purpose} is not one of {SCHEMA}, {UNDO}")


def schema_job(instance: Instance, running: str, target: str) -> Manifest:
    """Return the Job in which the image I(running) copies its database, and I(target) says whether it can take it over.

    It shares the volume of the running gateway and cannot write to it.
    """
    given = {"openclaw": _OPENCLAW, "copies": f"{_COPIES}/databases", "timeout": _patience(instance)}
    copy = _container(instance, "copy", running, SCHEMA, {**given, "do": "copy"}, [{**DATA_MOUNT, "readOnly": True}])
    judge = _container(instance, "judge", target, SCHEMA, {**given, "do": "judge"}, [])
    return _job(instance, SCHEMA, [copy], judge, beside_gateway(instance))


def undo_job(instance: Instance, former: str, since: int) -> Manifest:
    """Return the Job that puts back the databases which were migrated I(since), and has the image I(former) judge them.

    The gateway must be stopped.
    """
    given = {
        "openclaw": _OPENCLAW,
        "state": STATE_DIR,
        "copies": f"{_COPIES}/databases",
        "since": since,
        "timeout": _patience(instance),
    }
    undo = _container(instance, "undo", former, UNDO, given, [dict(DATA_MOUNT)])
    return _job(instance, UNDO, [], undo, same_nodes(instance))


def _patience(instance: Instance) -> int:
    return max(60, seconds(text(instance, "update_job_timeout")) // _STEPS)


def _container(
    instance: Instance,
    container: str,
    image: str,
    purpose: str,
    given: Mapping[str, object],
    mounts: Sequence[Manifest],
) -> Manifest:
    program = program_texts(_PROGRAMS[purpose])[_PROGRAMS[purpose]]
    environment = {**ENVIRONMENT, "HOME": HOME, "OPENCLAW_CONFIG_PATH": f"{TEMPORARY_DIR}/none.json"}
    return {
        "name": container,
        "image": image,
        "imagePullPolicy": instance["image_pull_policy"],
        "command": ["node", "--input-type=module", "-e", program, json.dumps(given, sort_keys=True)],
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "resources": {group: dict(amounts) for group, amounts in _RESOURCES.items()},
        "securityContext": container_security(),
        "volumeMounts": [
            {"name": "copies", "mountPath": _COPIES},
            {"name": "tmp", "mountPath": TEMPORARY_DIR},
            *mounts,
        ],
    }


def _job(
    instance: Instance, purpose: str, first: Sequence[Manifest], last: Manifest, placed: Mapping[str, object]
) -> Manifest:
    pod: Manifest = {
        "restartPolicy": "Never",
        "serviceAccountName": account_name(instance),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **user_namespace(instance),
        "securityContext": pod_security(instance),
        **pull_settings(instance),
        **placed,
        **({"initContainers": list(first)} if first else {}),
        "containers": [last],
        "volumes": [
            {"name": DATA_VOLUME, "persistentVolumeClaim": {"claimName": claim_name(instance)}},
            {"name": "copies", "emptyDir": {"sizeLimit": _COPIES_SIZE}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "4Gi"}},
        ],
    }
    labels = pod_labels(instance, COMPONENT)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": f"{name(instance)}-update-{purpose}",
            "namespace": str(instance["namespace"]),
            "labels": labels,
        },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": seconds(text(instance, "update_job_timeout")),
            "ttlSecondsAfterFinished": 600,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backups of an instance need on the cluster: programs, password, network policy, schedules, perhaps a volume."""

from __future__ import annotations

from collections.abc import Iterator

from .._openclaw.backup_repository import VOLUME, repository
from .._options.access import Instance, entries, mapping, text
from .as_written import fields
from .backup_alerts import alert_groups
from .backup_job import COMPONENT, password_secret, programs_name, repository_claim
from .backup_jobs import backup_job
from .features.containers import program_texts
from .identity import GENERATED, Manifest, metadata, name, selector
from .networkpolicy_egress import dns_rule, internet, way_to
from .networkpolicy_peers import block, tcp

PART = "backup"
PROGRAMS = (
    "openclaw-calls.mjs",
    "s3-probe.mjs",
    "repository.mjs",
    "repository-choice.mjs",
    "backup-stage.mjs",
    "backup-drill.mjs",
    "restore-swap.mjs",
    "volume-move.mjs",
    "state-databases.mjs",
)
_ESCROW = "openclaw.kubernetes/escrow"
_ESCROW_NOTE = "Keep a copy of this password outside of the cluster: without it no backup can ever be read."
_HISTORY = 3
# A Job that was missed, since nothing could schedule it, is made up for within that time.
_STARTING_DEADLINE = 3600


def backup_manifests(instance: Instance) -> list[Manifest]:
    """Return the objects of the role C(backup); nothing where backups are off."""
    if not instance["backup_enabled"]:
        return []
    return [
        *_password(instance),
        *_claim(instance),
        _programs(instance),
        *_policy(instance),
        *(_cron_job(instance, purpose, schedule) for purpose, schedule in _schedules(instance)),
        *_alerts(instance),
    ]


def _password(instance: Instance) -> list[Manifest]:
    """Return the Secret that is made once, unless one is named."""
    if text(instance, "backup_password_secret"):
        return []
    secret, key = password_secret(instance)
    notes = {GENERATED: key, _ESCROW: _ESCROW_NOTE}
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata(instance, PART, secret, COMPONENT, notes),
            "type": "Opaque",
        }
    ]


def _claim(instance: Instance) -> list[Manifest]:
    """Return the claim of a repository on a volume, unless one is named."""
    if instance["backup_target"] != VOLUME or text(instance, "backup_existing_claim"):
        return []
    spec: Manifest = {
        "accessModes": entries(instance, "backup_access_modes"),
        "resources": {"requests": {"storage": text(instance, "backup_size")}},
    }
    if instance["backup_storage_class"]:
        spec["storageClassName"] = text(instance, "backup_storage_class")
    about = metadata(instance, PART, repository_claim(instance), COMPONENT)
    return [{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": about, "spec": spec}]


def _programs(instance: Instance) -> Manifest:
    about = metadata(instance, PART, programs_name(instance), COMPONENT)
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": program_texts(*PROGRAMS)}


def _policy(instance: Instance) -> list[Manifest]:
    """Return the way of these Jobs to names and to their repository; what denies the rest stands anyway."""
    if not instance["networkpolicy_enabled"]:
        return []
    spec: Manifest = {
        "podSelector": {"matchLabels": selector(instance, COMPONENT)},
        "policyTypes": ["Ingress", "Egress"],
        "egress": [dns_rule(instance), *_ways(instance)],
    }
    about = metadata(instance, PART, f"{name(instance)}-backup", COMPONENT)
    return [{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": about, "spec": spec}]


def _alerts(instance: Instance) -> list[Manifest]:
    if not instance["backup_alerts_enabled"]:
        return []
    about = metadata(instance, PART, f"{name(instance)}-backup", COMPONENT)
    spec: Manifest = {"groups": alert_groups(instance)}
    return [{"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": about, "spec": spec}]


def _ways(instance: Instance) -> Iterator[Manifest]:
    way = repository(instance).way
    if way is None:
        return
    given = fields(mapping(instance, "backup_repository")).get("cidr")
    if isinstance(given, list) and given:
        yield {"to": [block(each) for each in given], "ports": [tcp(way.port)]}
    elif way.named_elsewhere:
        yield {"to": internet(instance), "ports": [tcp(way.port)]}
    else:
        yield way_to(instance, way)


def _schedules(instance: Instance) -> Iterator[tuple[str, str]]:
    for purpose, option in _SCHEDULES.items():
        schedule = text(instance, option)
        if schedule:
            yield purpose, schedule


# With a name of 40 characters, that of a CronJob has the 52 that it may have.
_SCHEDULES = {
    "backup": "backup_schedule",
    "backup-read": "backup_check_schedule",
    "backup-test": "backup_drill_schedule",
}


def _cron_job(instance: Instance, purpose: str, schedule: str) -> Manifest:
    made = backup_job(instance, purpose)
    about, spec = fields(made["metadata"]), fields(made["spec"])
    zone = text(instance, "backup_timezone") or text(instance, "timezone")
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": metadata(instance, PART, f"{name(instance)}-{purpose}", COMPONENT),
        "spec": {
            "schedule": schedule,
            **({"timeZone": zone} if zone else {}),
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": _STARTING_DEADLINE,
            "successfulJobsHistoryLimit": _HISTORY,
            "failedJobsHistoryLimit": _HISTORY,
            # Nothing is backed up, and no volume attached, while the instance is not to run.
            "suspend": instance["state"] == "suspended",
            "jobTemplate": {
                "metadata": {"labels": about["labels"], "annotations": about["annotations"]},
                "spec": {**spec, "backoffLimit": 1},
            },
        },
    }

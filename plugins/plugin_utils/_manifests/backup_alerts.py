# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts about backups, from what kube-state-metrics tells about CronJobs and Jobs."""

from __future__ import annotations

from .._options.access import Instance, text
from .._options.formats import seconds
from .identity import Manifest, name


def alert_groups(instance: Instance) -> list[Manifest]:
    """Return the groups of rules: a Job that failed, and a schedule that brought no good backup for too long."""
    failed = f'kube_job_status_failed{{namespace="{instance["namespace"]}",job_name=~"{name(instance)}-backup.*"}} > 0'
    rules = [_alert(instance, "OpenClawBackupFailed", failed, "a Job around its backups has failed")]
    if instance["backup_schedule"]:
        age = seconds(text(instance, "backup_alerts_period"))
        schedule = f'{{namespace="{instance["namespace"]}",cronjob="{name(instance)}-backup"}}'
        # Without any good one so far, the age of the schedule counts.
        last = f"kube_cronjob_status_last_successful_time{schedule} or kube_cronjob_created{schedule}"
        rules.append(_alert(instance, "OpenClawBackupMissing", f"time() - max({last}) > {age}", "has no recent backup"))
    return [{"name": f"openclaw-backup-{name(instance)}", "rules": rules}]


def _alert(instance: Instance, alert: str, expression: str, what: str) -> Manifest:
    return {
        "alert": alert,
        "expr": expression,
        "for": "5m",
        "labels": {"severity": "warning", "instance_name": name(instance)},
        "annotations": {"summary": f"OpenClaw {name(instance)} in namespace {instance['namespace']}: {what}"},
    }

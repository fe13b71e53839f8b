# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of the scheduled jobs that were put in place last: it tells that there are some when none is declared."""

from __future__ import annotations

import json

from .._openclaw.cron import declared_jobs, heartbeat_notes
from .._options.access import Instance
from .identity import Manifest, metadata, name

PART = "cron"
_JOBS, _NOTES = "jobs.json", "heartbeat.md"


def cron_manifests(instance: Instance) -> list[Manifest]:
    """Return the ConfigMap with the declared jobs and notes; none without any."""
    jobs, notes = declared_jobs(instance), heartbeat_notes(instance)
    if not jobs and not notes:
        return []
    texts = {_JOBS: json.dumps(jobs, indent=2, sort_keys=True, ensure_ascii=False) + "\n"}
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata(instance, PART, f"{name(instance)}-cron", "cron"),
            "data": {**texts, **({_NOTES: notes + "\n"} if notes else {})},
        }
    ]

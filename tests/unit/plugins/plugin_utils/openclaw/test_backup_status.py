# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an instance stands with its backups, in a cell of the status table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.backup_status import (
    backup_facts,
    backup_state,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ON = {"name": "support", "backup_enabled": True, "backup_schedule": "17 3 * * *"}


def job(name: str, started: str, outcome: str = "succeeded", **report: Any) -> dict[str, Any]:
    return {"name": name, "schedule": "", "outcome": outcome, "started": started, "message": "", "report": report}


def taken(time: str) -> dict[str, Any]:
    return job("support-backup-1", time, command="backup", snapshot="2f9c1e07", time=time, bytes=9)


DRILLED = job("support-backup-test-1", "2026-11-01", drilled="2026-11-01T05:24:00Z", snapshot="2f9c1e07")
CHECKED = job("support-backup-read-1", "2026-11-15", command="check", checked="2026-11-15T04:44:00Z")
NO_ROOM = job("support-restore", "2026-11-21", "failed", problem="no room")
FAILED = job("support-backup-1", "2026-11-21T11:00:00Z", "failed", problem="the bucket does not exist")


@pytest.mark.parametrize(
    "jobs, cell",
    [
        ([taken("2026-11-21T11:40:00Z")], "20 min ago"),
        ([taken("2026-11-21T03:17:00Z"), DRILLED], "8 h ago, drill ok"),
        ([taken("2026-11-18T03:17:00Z")], "3 d ago!"),
        ([DRILLED], "none yet!"),
        ([], "none yet!"),
        ([FAILED, {**taken("2026-11-20T03:17:00Z"), "name": "support-backup-0"}], "failed: the bucket does not exist"),
        ([taken("2026-11-21T11:50:00Z"), FAILED], "10 min ago"),
        ([NO_ROOM, taken("2026-11-21T11:40:00Z")], "20 min ago"),
    ],
)
def test_the_cell_says_what_a_person_wants_to_know(jobs: list[dict[str, Any]], cell: str) -> None:
    assert backup_state(ON, {"jobs": jobs}, NOW) == cell


def test_an_instance_without_backups_has_an_empty_cell() -> None:
    assert backup_state({**ON, "backup_enabled": False}, {"jobs": []}, NOW) == "-"


def test_the_facts_name_the_last_good_backup_and_when_it_was_verified() -> None:
    assert backup_facts(ON, {"jobs": [taken("2026-11-21T11:00:00Z"), CHECKED, DRILLED]}, NOW) == {
        "enabled": True,
        "last": {"time": "2026-11-21T11:00:00Z", "age": 3600, "snapshot": "2f9c1e07", "bytes": 9},
        "problem": "",
        "verified": "2026-11-15T04:44:00Z",
        "drilled": "2026-11-01T05:24:00Z",
    }

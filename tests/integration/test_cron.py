# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled jobs are what the inventory declares: added, brought back, changed and removed; those of others stay."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

COMMANDS = "openclaw.kubernetes.commands"
JOBS: dict[str, Any] = {
    "morning brief": {"cron": "0 7 * * 1-5", "timezone": "Europe/Berlin", "message": 'Summarize `$(date)` "now".'},
    "disk": {"every": "1h30m", "command": ["df", "-h"], "timeout": "2m"},
    "look": {"every": "1d", "event": "Look around.", "enabled": False},
}
NOTES = "Look at the backups.\nTell nobody unless one failed."


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, model: str) -> Instance:
    return new_instance(shared_stage, "cron", model, openclaw_cron_jobs=JOBS)


def jobs(instance: Instance) -> dict[str, Any]:
    """The jobs of the gateway by name, without those of OpenClaw itself."""
    params = json.dumps({"includeDisabled": True, "limit": 200})
    said = instance.openclaw("gateway", "call", "cron.list", "--json", "--params", params)
    assert said.rc == 0, said.stderr
    found = json.loads(said.stdout[said.stdout.index("{") :])["jobs"]
    return {job["name"]: job for job in found if job["payload"]["kind"] != "heartbeat"}


def titles(played: Run) -> list[str]:
    return [command["title"] for task in played.of(COMMANDS) for command in task.result["commands"]]


def test_declared_jobs_are_there_after_the_first_deployment(instance: Instance) -> None:
    assert titles(instance.deployed or instance.site()) == ["add job disk", "add job look", "add job morning brief"]
    found = jobs(instance)
    assert found["morning brief"]["payload"]["message"] == JOBS["morning brief"]["message"]
    assert found["morning brief"]["schedule"]["tz"] == "Europe/Berlin"
    assert found["disk"]["payload"]["argv"] == ["df", "-h"]
    assert found["look"]["enabled"] is False


def test_a_second_run_changes_nothing_and_writes_nothing(instance: Instance, audit: AuditLog) -> None:
    mark = audit.mark()
    again = instance.site().ok()
    assert again.changed(instance.name) == 0
    assert titles(again) == []
    assert audit.since(mark).real_writes == []


def test_what_was_changed_in_the_instance_is_brought_back_and_what_others_made_stays(instance: Instance) -> None:
    found = jobs(instance)
    assert instance.openclaw("cron", "edit", found["disk"]["id"], "--every", "5m").rc == 0
    assert instance.openclaw("cron", "remove", found["morning brief"]["id"]).rc == 0
    assert instance.openclaw("cron", "add", "--name", "own", "--every", "1d", "--message", "mine").rc == 0

    rehearsed = run("site", instance.inventory, check=True).ok()
    assert titles(rehearsed) == ["bring up to date job disk", "add job morning brief"]
    assert "morning brief" not in jobs(instance)

    played = instance.site().ok()
    assert titles(played) == ["bring up to date job disk", "add job morning brief"]
    found = jobs(instance)
    assert found["disk"]["schedule"]["everyMs"] == 5_400_000
    assert {"morning brief", "own"} <= set(found)


def test_a_change_in_the_inventory_arrives_and_what_leaves_it_goes(instance: Instance) -> None:
    uid = instance.uid()
    changed = {"disk": {**JOBS["disk"], "every": "2h"}, "look": {**JOBS["look"], "description": "why"}}
    played = instance.site(openclaw_cron_jobs=changed).ok()
    assert titles(played) == [
        "remove job look",
        "remove job morning brief",
        "bring up to date job disk",
        "add job look",
    ]
    found = jobs(instance)
    assert set(found) == {"disk", "look", "own"}
    assert found["disk"]["schedule"]["everyMs"] == 7_200_000
    assert found["look"]["description"] == "why"
    assert instance.uid() == uid, "jobs restart nothing"


def test_the_last_jobs_go_too(instance: Instance) -> None:
    played = instance.site(openclaw_cron_jobs={}).ok()
    assert titles(played) == ["remove job disk", "remove job look"]
    assert set(jobs(instance)) == {"own"}
    assert instance.cluster.find("ConfigMap", f"{instance.name}-cron", instance.name) is None
    again = instance.site().ok()
    assert again.changed(instance.name) == 0
    assert again.of("openclaw.kubernetes.instance_info") == [] or titles(again) == []


def test_the_notes_of_the_heartbeat(instance: Instance) -> None:
    notes = {"openclaw_heartbeat": {"every": "45m", "target": "none"}, "openclaw_heartbeat_notes": NOTES}
    assert titles(instance.site(**notes).ok()) == ["write the notes of the heartbeat"]
    params = json.dumps({"includeDisabled": True, "limit": 200})
    listed = instance.openclaw("gateway", "call", "cron.list", "--json", "--params", params)
    found = json.loads(listed.stdout[listed.stdout.index("{") :])["jobs"]
    (heart,) = (job for job in found if job["payload"]["kind"] == "heartbeat")
    assert heart["schedule"]["everyMs"] == 2_700_000
    assert instance.openclaw("cron", "scratch", heart["id"]).stdout.strip() == NOTES
    assert titles(instance.site().ok()) == []


def test_jobs_survive_a_restart(instance: Instance) -> None:
    instance.site(openclaw_cron_jobs=JOBS).ok()
    run("restart", instance.inventory).ok()
    assert set(JOBS) <= set(jobs(instance))
    assert titles(instance.site().ok()) == []

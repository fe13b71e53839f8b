# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance that runs: it answers, its second run changes nothing, and status and verify tell the truth about it."""

from __future__ import annotations

import re

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, with_max_concurrent
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage


def test_site_deploys_an_instance_that_answers_through_its_service(live: Instance) -> None:
    assert live.ready()
    assert live.ask("ping:first-words") == (200, "pong:first-words")


def test_second_run_leaves_a_running_instance_alone(live: Instance, audit: AuditLog) -> None:
    uid, contents = live.uid(), live.cluster.contents(live.name)

    mark = audit.mark()
    again = live.site().ok()

    assert again.changed(live.name) == 0
    assert audit.since(mark).writes == []
    assert live.uid() == uid
    assert live.cluster.contents(live.name) == contents


def test_verify_shows_the_answer_to_a_question(live: Instance) -> None:
    verified = run("verify", live.inventory, extra={"openclaw_verify_prompt": "ping:verified-42"}).ok()
    assert "pong:verified-42" in verified.stdout


def test_verify_fails_when_another_configuration_is_in_force(live: Instance) -> None:
    declared = {"openclaw_config": with_max_concurrent(7)}

    failed = run("verify", live.inventory, extra=declared)

    assert failed.rc != 0
    assert "agents.defaults.maxConcurrent" in failed.error


def test_verify_fails_when_the_service_leads_nowhere(live: Instance) -> None:
    nowhere = {"spec": {"selector": {"app.kubernetes.io/name": "nobody"}}}
    live.cluster.merge("Service", live.name, live.name, nowhere)
    try:
        failed = run("verify", live.inventory)
        assert failed.rc != 0
        assert f"does not answer through the Service {live.name}" in failed.error
    finally:
        run("site", live.inventory, extra={"openclaw_force_conflicts": True}).ok()


def test_status_is_a_readable_table(live: Instance, stage: Stage) -> None:
    missing = stage.name("absent")
    inventory = live.inventory
    inventory.host(missing)
    try:
        shown = run("status", inventory)
    finally:
        inventory.forget(missing)

    rows = {row.split()[1]: row for row in re.findall(r'"((?:tests|CLUSTER|-) .*?)"', shown.stdout)}
    assert rows["INSTANCE"].split()[:5] == ["CLUSTER", "INSTANCE", "VERSION", "PHASE", "CONFIG"]
    assert re.match(rf"tests +{live.name} +2026\.9\.6 +ready +in sync +0 +-", rows[live.name])
    assert "absent" in rows[missing]


def test_status_changes_nothing(live: Instance, audit: AuditLog) -> None:
    mark = audit.mark()
    run("status", live.inventory).ok()
    assert audit.since(mark).writes == []

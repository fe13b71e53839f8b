# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup is what can be restored: taken while the agent is busy, stored encrypted, and lived with once a month."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, model_options
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.s3 import SECRET_KEY, Server, s3_server
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage
from ansible_collections.openclaw.kubernetes.tests.integration.test_secrets import leaks

pytestmark = pytest.mark.needs_image("restic", "versitygw")
JOB = "openclaw.kubernetes.job"
# What the issue asks for.
SNAPSHOTS = 20

Figure = Callable[[str, object], None]


@pytest.fixture(scope="module")
def server(shared_stage: Stage) -> Iterator[Server]:
    with s3_server(shared_stage) as server:
        yield server


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, model: str, server: Server) -> Instance:
    return backed_up(shared_stage, model, server)


def backed_up(stage: Stage, model: str, server: Server, stem: str = "kept", **options: object) -> Instance:
    """An instance whose backups are kept by the server; it has answered once, so that it remembers something."""
    name, inventory = stage.instance(stem, **{**model_options(model), **server.options(), **options})
    server.welcome(name)
    instance = Instance(stage.cluster, name, inventory, deployed=run("site", inventory).ok())
    assert instance.ask("ping:first") == (200, "pong:first")
    return instance


def report(finished: Run) -> dict[str, Any]:
    """What the Job of a playbook reported."""
    found: dict[str, Any] = finished.of(JOB)[-1].result["report"]
    return found


def backup(instance: Instance, **variables: object) -> dict[str, Any]:
    return report(run("backup", instance.inventory, extra=variables).ok())


@contextmanager
def chatting(instance: Instance) -> Iterator[list[int]]:
    """Somebody who asks without a pause; what was answered so far, by number."""
    answered: list[int] = []
    over = threading.Event()

    def ask() -> None:
        number = 0
        while not over.is_set():
            number += 1
            if instance.ask(f"ping:{number}") == (200, f"pong:{number}"):
                answered.append(number)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        wait_until("the first question is answered", lambda: answered)
        yield answered
    finally:
        over.set()
        thread.join(120)


def test_backup_is_encrypted_and_shows_no_secret(instance: Instance, server: Server, record_property: Figure) -> None:
    finished = run("backup", instance.inventory, verbosity=4).ok()
    taken = report(finished)
    assert taken["snapshot"] == taken["id"][:8]
    assert taken["version"]
    password = instance.cluster.secret_value(f"{instance.name}-backup-password", "password", instance.name)
    assert leaks(finished.everything, password, SECRET_KEY, instance.token()) == set()
    assert server.shell(f"grep -rl openclaw.sqlite /data/claws/{instance.name} | head -n 1; true").strip() == ""
    record_property("figure", f"{finished.seconds:.0f} s, {taken['bytes']} bytes")


def test_pod_keeps_running_meanwhile(instance: Instance) -> None:
    uid = instance.uid()
    backup(instance)
    assert instance.uid() == uid
    assert instance.site().ok().changed(instance.name) == 0


def test_second_backup_stores_what_is_new(instance: Instance, record_property: Figure) -> None:
    backup(instance)
    again = backup(instance)
    record_property("figure", f"{again['added']} of {again['bytes']} bytes are new")
    assert again["added"] < again["bytes"] / 2


@pytest.mark.slow
def test_every_backup_under_load_can_be_lived_with(instance: Instance, server: Server, record_property: Figure) -> None:
    """Each is restored into a scratch folder and opened; a gateway is started on it and lists the conversation."""
    sound = 0
    with chatting(instance) as answered:
        for _number in range(SNAPSHOTS):
            before = len(answered)
            taken = backup(instance)
            drilled = report(
                run("restore_drill", instance.inventory, extra={"openclaw_backup_drill_from": taken["id"]}).ok()
            )
            assert before > 0
            assert set(drilled["databases"].values()) <= {"exact", "startup-repairable"}
            assert drilled["sessions"] >= 1
            sound += 1
    record_property("figure", f"{sound} of {SNAPSHOTS}, {len(answered)} questions answered meanwhile")


def test_whole_volume_is_copied_with_the_gateway_stopped(instance: Instance, record_property: Figure) -> None:
    uid = instance.uid()
    instance.exec("sh", "-c", "echo kept > /home/node/.openclaw/workspace/notes.jsonl")
    started = time.monotonic()
    taken = backup(instance, openclaw_backup_source="volume")
    record_property("figure", f"{time.monotonic() - started:.0f} s with the stop and the start")
    assert taken["files"] > 0
    assert instance.uid() != uid
    assert instance.ask("ping:again") == (200, "pong:again")
    # The number of pods is ours as before: nothing is left to do.
    assert instance.site().ok().changed(instance.name) == 0


def test_drill_starts_a_gateway_on_the_latest_backup(instance: Instance, record_property: Figure) -> None:
    backup(instance)
    finished = run("restore_drill", instance.inventory).ok()
    assert report(finished)["sessions"] >= 1
    record_property("figure", f"{finished.seconds:.0f} s")


def test_check_reads_the_whole_repository_and_list_shows_it(instance: Instance) -> None:
    taken = backup(instance)
    checked = report(run("backup_check", instance.inventory).ok())
    assert (checked["percent"], checked["latest"]["id"]) == (100, taken["id"])
    listed = run("backup_list", instance.inventory).ok()
    assert taken["snapshot"] in listed.stdout


def test_status_says_when_the_last_good_backup_was(instance: Instance) -> None:
    backup(instance)
    run("restore_drill", instance.inventory).ok()
    shown = run("status", instance.inventory).ok().stdout
    assert "BACKUP" in shown
    assert "min ago, drill ok" in shown


def test_schedules_run_the_same_jobs(instance: Instance) -> None:
    """A CronJob's template, started by hand as `kubectl create job --from` does."""
    extra = {"openclaw_backup_schedule": "0 0 1 1 *", "openclaw_backup_drill_schedule": "0 0 1 1 *"}
    run("site", instance.inventory, extra=extra).ok()
    try:
        for purpose in ("backup", "backup-test"):
            cron = instance.cluster.get("CronJob", f"{instance.name}-{purpose}", instance.name)
            template = cron["spec"]["jobTemplate"]
            about = {**template["metadata"], "name": f"{instance.name}-{purpose}-byhand", "namespace": instance.name}
            instance.cluster.create(
                {"apiVersion": "batch/v1", "kind": "Job", "metadata": about, "spec": template["spec"]}
            )
            wait_until(f"{purpose} succeeded", partial(succeeded, instance, about["name"]), 300)
    finally:
        run("site", instance.inventory).ok()


def succeeded(instance: Instance, job: str) -> bool:
    found = instance.cluster.get("Job", job, instance.name)
    conditions = {each["type"]: each["status"] for each in found["status"].get("conditions", ())}
    if conditions.get("Failed") == "True":
        pods = instance.cluster.list("Pod", instance.name, f"batch.kubernetes.io/job-name={job}")
        raise AssertionError(f"{job} failed: {json.dumps([pod['status'] for pod in pods])[:3000]}")
    return conditions.get("Complete") == "True"


def test_containers_around_a_backup_see_the_state_and_stop_it(instance: Instance) -> None:
    look = "process.exit(require('fs').existsSync('/home/node/.openclaw/state/openclaw.sqlite')?0:1)"
    fine = {"openclaw_backup_before": {"look": {"command": ["node", "-e", look]}}}
    backup(instance, **fine)
    no = {"openclaw_backup_before": {"no": {"command": ["node", "-e", "process.exit(3)"]}}}
    refused = run("backup", instance.inventory, extra=no)
    assert "no backup was made" in refused.error


def test_repository_on_a_volume_of_the_cluster(shared_stage: Stage, model: str, server: Server) -> None:
    given = {"openclaw_backup_target": "volume", "openclaw_backup_repository": None, "openclaw_backup_size": "1Gi"}
    instance = backed_up(shared_stage, model, server, "disk", **given)
    taken = backup(instance)
    assert report(run("backup_check", instance.inventory).ok())["latest"]["id"] == taken["id"]


def test_check_mode_takes_nothing(instance: Instance, server: Server) -> None:
    stored = server.shell("find /data/claws -type f | sort")
    run("backup", instance.inventory, check=True, diff=True).ok()
    assert server.shell("find /data/claws -type f | sort") == stored


def test_teardown_keeps_the_password(shared_stage: Stage, model: str, server: Server) -> None:
    instance = backed_up(shared_stage, model, server, "gone")
    consent = {"openclaw_teardown_confirm": instance.name, "openclaw_storage_delete_enabled": True}
    run("teardown", instance.inventory, extra=consent).ok()
    assert instance.cluster.secret_value(f"{instance.name}-backup-password", "password", instance.name)
    assert instance.cluster.find("ConfigMap", f"{instance.name}-backup", instance.name) is None

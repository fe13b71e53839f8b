# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong around backups is said in time, in words, and costs no backup that was good."""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.s3 import ACCESS_KEY, Server, s3_server, secret
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage
from ansible_collections.openclaw.kubernetes.tests.integration.test_backup import backed_up, backup, report

pytestmark = pytest.mark.needs_image("restic", "versitygw")
# A server that says no is not asked for minutes.
SOON = 90

Figure = Callable[[str, object], None]


@pytest.fixture(scope="module")
def server(shared_stage: Stage) -> Iterator[Server]:
    with s3_server(shared_stage) as server:
        yield server


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, model: str, server: Server) -> Instance:
    instance = backed_up(shared_stage, model, server, "fault")
    backup(instance)
    return instance


def sound(instance: Instance) -> bool:
    """Whether all that was stored can still be read."""
    return bool(report(run("backup_check", instance.inventory).ok())["snapshots"])


def refused(instance: Instance, **variables: object) -> tuple[str, float]:
    finished = run("backup", instance.inventory, extra=variables, timeout=600)
    assert finished.rc != 0
    assert instance.ready()
    return finished.error, finished.seconds


@pytest.mark.parametrize(
    "further, words",
    [
        ({"bucket": "no-such-bucket"}, "the bucket does not exist"),
        ({"ca": None}, "its certificate is not trusted"),
        ({"endpoint": "https://nobody.{namespace}.svc:7070"}, "cannot be reached (ENOTFOUND"),
    ],
    ids=["bucket", "authority", "name"],
)
def test_repository_that_cannot_be_used_is_named_at_once(
    instance: Instance, server: Server, further: dict[str, object], words: str, record_property: Figure
) -> None:
    given = {key: str(value).format(namespace=server.namespace) if value else value for key, value in further.items()}
    error, took = refused(instance, openclaw_backup_repository=server.repository(**given))
    assert words in error
    assert took < SOON + 60
    record_property("figure", f"{took:.0f} s")


def test_wrong_keys_are_named_at_once(instance: Instance, server: Server, record_property: Figure) -> None:
    wrong = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": "not-the-key-0123456789"}
    instance.cluster.create(secret("wrong-keys", instance.name, wrong))
    error, took = refused(instance, openclaw_backup_repository=server.repository(secret="wrong-keys"))
    assert "of the Secret" in error
    assert took < SOON
    record_property("figure", f"{took:.0f} s")


def test_wrong_password_never_makes_a_second_repository(instance: Instance) -> None:
    instance.cluster.create(secret("wrong-password", instance.name, {"password": "not-the-password"}))
    error, _took = refused(instance, openclaw_backup_password_secret="wrong-password")
    assert "the password of the Secret does not open the repository" in error
    assert sound(instance)


def test_prefix_of_something_else_is_left_alone(instance: Instance, server: Server) -> None:
    server.shell("mkdir -p /data/claws/holiday && echo x > /data/claws/holiday/photo.jpg")
    error, _took = refused(instance, openclaw_backup_repository=server.repository(prefix="holiday"))
    assert "holds something, but no repository" in error


def test_missing_secret_is_a_failure(instance: Instance, server: Server) -> None:
    error, _took = refused(instance, openclaw_backup_repository=server.repository(secret="nobody-made-it"))
    assert "nobody-made-it" in error


def test_server_that_is_down_for_a_moment_costs_nothing(instance: Instance, server: Server) -> None:
    server.scale(0)
    back = threading.Timer(20, lambda: server.scale(1))
    back.start()
    try:
        assert backup(instance)["snapshot"]
    finally:
        back.join()
    assert sound(instance)


def test_server_that_stays_down_is_named_in_time(instance: Instance, server: Server, record_property: Figure) -> None:
    server.scale(0)
    try:
        error, took = refused(instance)
    finally:
        server.scale(1)
    assert server.endpoint in error
    assert took < 2 * SOON
    record_property("figure", f"{took:.0f} s")
    assert sound(instance)


def test_server_that_goes_down_meanwhile_is_waited_for(instance: Instance, server: Server) -> None:
    instance.exec("sh", "-c", "head -c 80000000 /dev/urandom > /home/node/.openclaw/workspace/large")
    try:
        down = threading.Thread(target=lambda: (time.sleep(15), server.scale(0), time.sleep(20), server.scale(1)))
        down.start()
        assert backup(instance)["snapshot"]
        down.join()
    finally:
        instance.exec("rm", "-f", "/home/node/.openclaw/workspace/large")
    assert sound(instance)


def test_full_staging_folder_leaves_no_half_backup(instance: Instance) -> None:
    instance.exec("sh", "-c", "head -c 60000000 /dev/urandom > /home/node/.openclaw/workspace/large")
    try:
        error, _took = refused(instance, openclaw_backup_staging_size="20Mi")
    finally:
        instance.exec("rm", "-f", "/home/node/.openclaw/workspace/large")
    # The kubelet ends a pod whose folder outgrew its limit, if the disk has not ended it before.
    assert any(words in error for words in ("staging", "exceeds", "evicted", "Evicted", "fail"))
    assert sound(instance)


def test_killed_job_does_not_block_the_next_one(instance: Instance) -> None:
    instance.exec("sh", "-c", "head -c 80000000 /dev/urandom > /home/node/.openclaw/workspace/large")
    job = f"{instance.name}-backup"

    def kill() -> None:
        wait_until("restic is at work", lambda: _repository_runs(instance, job), 120, 0.2)
        time.sleep(1)
        for pod in instance.cluster.list("Pod", instance.name, f"batch.kubernetes.io/job-name={job}"):
            instance.cluster.delete("Pod", pod["metadata"]["name"], instance.name, grace=0)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        run("backup", instance.inventory)
        killer.join()
    finally:
        instance.exec("rm", "-f", "/home/node/.openclaw/workspace/large")
    assert backup(instance)["snapshot"]


def _repository_runs(instance: Instance, job: str) -> bool:
    pods = instance.cluster.list("Pod", instance.name, f"batch.kubernetes.io/job-name={job}")
    return any(
        status["name"] == "repository" and "running" in status["state"]
        for pod in pods
        for status in pod["status"].get("containerStatuses", ())
    )


def test_two_operations_take_turns(instance: Instance) -> None:
    results: list[int] = []

    def start() -> None:
        results.append(run("backup", copied(instance)).rc)

    runs = [threading.Thread(target=start) for _number in range(2)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert sorted(results)[0] == 0
    assert sorted(results)[1] != 0


_copies = itertools.count()


def copied(instance: Instance) -> Inventory:
    """The same inventory in a folder of its own: two runs at once keep their files apart."""
    ours = instance.inventory
    folder = ours.folder.with_name(f"{ours.folder.name}-copy-{next(_copies)}")
    shutil.copytree(ours.folder, folder)
    made = Inventory(folder, ours.home, ours.kubeconfig)
    shutil.copytree(ours.folder, folder, dirs_exist_ok=True)
    return made


@pytest.mark.slow
def test_damage_turns_check_and_drill_red(shared_stage: Stage, model: str, server: Server) -> None:
    instance = backed_up(shared_stage, model, server, "torn")
    backup(instance)
    run("restore_drill", instance.inventory).ok()
    server.damage(f"{instance.name}/{instance.name}")
    checked = run("backup_check", instance.inventory)
    assert checked.rc != 0
    assert "check: " in checked.error
    drilled = run("restore_drill", instance.inventory)
    assert drilled.rc != 0
    assert "failed: " in run("status", instance.inventory).ok().stdout


def test_retention_keeps_the_last_one_whatever_the_clock_says(instance: Instance) -> None:
    little = {"last": 1, "daily": 0, "weekly": 0, "monthly": 0}
    first = backup(instance, openclaw_backup_keep=little, backup_pin="a reason")
    latest = backup(instance, openclaw_backup_keep=little)
    report(run("backup_check", instance.inventory, extra={"openclaw_backup_keep": {"last": 1}}).ok())
    listed = report(run("backup_list", instance.inventory).ok())
    assert {first["id"], latest["id"]} <= {each["id"] for each in listed["snapshots"]}


def test_authority_of_a_secret_will_do(instance: Instance, server: Server) -> None:
    instance.cluster.create(secret("ca-secret", instance.name, {"authority.pem": server.authority.certificate}))
    given = server.repository(ca={"secret": "ca-secret", "key": "authority.pem"})
    assert backup(instance, openclaw_backup_repository=given)["snapshot"]

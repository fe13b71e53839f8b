# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backups put on the cluster, and the Jobs that take, check and restore them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.backup import backup_manifests
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.backup_jobs import PURPOSES, backup_job
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.restore import (
    PURPOSES as RESTORES,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.restore import (
    restore_job,
    restore_problems,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.volume_move import (
    move_job,
    move_problems,
    target_claim,
)

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
S3: Json = {"endpoint": "https://s3.example.com", "bucket": "claws", "secret": "s3-keys"}
ON: Json = {"backup_enabled": True, "backup_repository": S3}


def kinds(instance: Json) -> list[str]:
    return [f"{each['kind']}/{each['metadata']['name']}" for each in backup_manifests(instance)]


def pod_of(job: Json) -> Any:
    return job["spec"]["template"]["spec"]


def containers(job: Json) -> dict[str, Json]:
    pod = pod_of(job)
    return {each["name"]: each for each in [*pod.get("initContainers", []), *pod["containers"]]}


def told(container: Json) -> Any:
    return json.loads(container["command"][-1])


def policy_of(instance: Json) -> Any:
    return next(each for each in backup_manifests(instance) if each["kind"] == "NetworkPolicy")["spec"]


ALL = [
    "Secret/support-backup-password",
    "ConfigMap/support-backup",
    "NetworkPolicy/support-backup",
    "CronJob/support-backup",
    "CronJob/support-backup-read",
    "CronJob/support-backup-test",
]


def test_nothing_is_there_without_backups(make_instance: MakeInstance) -> None:
    assert kinds(make_instance()) == []


def test_what_is_there_with_them(make_instance: MakeInstance) -> None:
    assert kinds(make_instance(**ON)) == ALL
    assert kinds(make_instance(**ON, backup_password_secret="shared", backup_drill_schedule="")) == ALL[1:-1]


def test_a_repository_on_a_volume_has_a_claim(make_instance: MakeInstance) -> None:
    given = {"backup_enabled": True, "backup_target": "volume"}
    assert "PersistentVolumeClaim/support-backup" in kinds(make_instance(**given))
    assert "PersistentVolumeClaim/support-backup" not in kinds(make_instance(**given, backup_existing_claim="disk"))
    repository = containers(backup_job(make_instance(**given), "backup"))["repository"]
    assert told(repository)["repository"] == "/repository/support/support"
    assert "probe" not in told(repository)


@pytest.mark.parametrize(
    "given, wanted",
    [
        ({}, {"ports": [{"protocol": "TCP", "port": 443}]}),
        ({"cidr": ["10.9.0.0/16"]}, {"to": [{"ipBlock": {"cidr": "10.9.0.0/16"}}]}),
        ({"endpoint": "https://10.0.0.5:7070"}, {"to": [{"ipBlock": {"cidr": "10.0.0.5/32"}}]}),
        (
            {"endpoint": "https://s3.storage.svc:7070"},
            {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "storage"}}}]},
        ),
    ],
)
def test_the_jobs_reach_names_and_their_repository_alone(
    make_instance: MakeInstance, given: Json, wanted: Json
) -> None:
    spec = policy_of(make_instance(backup_enabled=True, backup_repository={**S3, **given}))
    assert spec["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "backup"
    assert len(spec["egress"]) == 2
    assert wanted.items() <= spec["egress"][1].items()


def test_no_secret_is_in_a_job(make_instance: MakeInstance) -> None:
    job = backup_job(make_instance(**ON), "backup")
    variables = {entry["name"]: entry for entry in containers(job)["repository"]["env"]}
    assert variables["RESTIC_PASSWORD"]["valueFrom"]["secretKeyRef"] == {
        "name": "support-backup-password",
        "key": "password",
    }
    assert variables["AWS_SECRET_ACCESS_KEY"]["valueFrom"]["secretKeyRef"]["name"] == "s3-keys"
    # Whoever reads the agent's files has no way to the repository, and the other way round.
    assert not {"RESTIC_PASSWORD", "AWS_ACCESS_KEY_ID"} & {each["name"] for each in containers(job)["snapshot"]["env"]}
    mounts = {mount["name"] for mount in containers(job)["repository"]["volumeMounts"]}
    assert "data" not in mounts


def test_a_cloud_that_knows_the_pods_needs_no_keys(make_instance: MakeInstance) -> None:
    without = {key: value for key, value in S3.items() if key != "secret"}
    given = {**ON, "backup_repository": without, "backup_service_account_name": "backups"}
    job = backup_job(make_instance(**given), "backup")
    assert pod_of(job)["serviceAccountName"] == "backups"
    assert "AWS_ACCESS_KEY_ID" not in {each["name"] for each in containers(job)["repository"]["env"]}


def test_a_snapshot_is_made_beside_the_gateway_from_a_volume_that_cannot_be_written(
    make_instance: MakeInstance,
) -> None:
    job = backup_job(make_instance(**ON, workspace_storage_enabled=True), "backup")
    mounts = [mount for mount in containers(job)["snapshot"]["volumeMounts"] if mount["name"] in ("data", "workspace")]
    assert [mount["readOnly"] for mount in mounts] == [True, True]
    terms = pod_of(job)["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert terms[0]["labelSelector"]["matchLabels"]["app.kubernetes.io/component"] == "gateway"


@pytest.mark.parametrize(
    "given", [{"storage_access_modes": ["ReadWriteMany"]}, {"state": "suspended"}], ids=["shared", "suspended"]
)
def test_a_job_that_needs_no_gateway_follows_none(make_instance: MakeInstance, given: Json) -> None:
    assert "affinity" not in pod_of(backup_job(make_instance(**ON, **given), "backup"))


def test_a_whole_volume_is_read_without_openclaw(make_instance: MakeInstance) -> None:
    given = {**ON, "backup_source": "volume", "backup_schedule": ""}
    job = backup_job(make_instance(**given), "backup", {"pin": "before a restore", "purpose_name": "restore-save"})
    assert job["metadata"]["name"] == "support-restore-save"
    assert list(containers(job)) == ["copy-restic", "repository"]
    settings = told(containers(job)["repository"])
    assert settings["source"] == "/volume"
    assert settings["exclude"] == ["/volume/.restore", "/volume/lost+found"]
    assert settings["tags"]["pinned"] is True
    assert settings["tags"]["reason"] == "before a restore"


def test_the_image_that_runs_makes_the_snapshot(make_instance: MakeInstance) -> None:
    job = backup_job(make_instance(**ON), "backup", {"image": "openclaw:old"})
    assert containers(job)["snapshot"]["image"] == "openclaw:old"
    assert told(containers(job)["repository"])["tags"]["image"] == "openclaw:old"


def test_containers_of_the_users_run_around_a_backup(make_instance: MakeInstance) -> None:
    hook = {"command": ["node", "-e", "0"], "env": {"A": "1"}}
    job = backup_job(make_instance(**ON, backup_before={"flush": hook}, backup_after={"tell": hook}), "backup")
    assert list(containers(job)) == ["copy-restic", "flush", "snapshot", "repository", "tell"]
    assert containers(job)["flush"]["command"] == ["node", "-e", "0"]
    assert job["metadata"]["annotations"] == {"openclaw.kubernetes/reporter": "repository"}


def test_whoever_backs_up_need_not_be_able_to_delete(make_instance: MakeInstance) -> None:
    instance = make_instance(backup_enabled=True, backup_repository={**S3, "prune_secret": "pruner"})
    assert "keep" not in told(containers(backup_job(instance, "backup"))["repository"])
    check = containers(backup_job(instance, "backup-read"))["repository"]
    assert told(check)["keep"] == {"last": 3, "daily": 7, "weekly": 5, "monthly": 12}
    keys = next(each for each in check["env"] if each["name"] == "AWS_ACCESS_KEY_ID")
    assert keys["valueFrom"]["secretKeyRef"]["name"] == "pruner"


def test_the_last_snapshot_is_kept_whatever_is_wanted(make_instance: MakeInstance) -> None:
    instance = make_instance(**ON, backup_keep={"daily": 0})
    assert told(containers(backup_job(instance, "backup"))["repository"])["keep"]["last"] >= 1


def test_a_drill_reports_what_the_gateway_said(make_instance: MakeInstance) -> None:
    job = backup_job(make_instance(**ON), "backup-test")
    assert list(containers(job)) == ["copy-restic", "repository", "drill"]
    assert job["metadata"]["annotations"] == {"openclaw.kubernetes/reporter": "drill"}


def test_schedules_have_a_time_zone_and_never_overlap(make_instance: MakeInstance) -> None:
    found = backup_manifests(make_instance(**ON, timezone="Europe/Berlin"))
    job = next(each for each in found if each["kind"] == "CronJob")
    spec: Any = job["spec"]
    assert (spec["timeZone"], spec["concurrencyPolicy"], spec["suspend"]) == ("Europe/Berlin", "Forbid", False)
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 3600
    assert spec["jobTemplate"]["metadata"]["annotations"]


def test_alerts_tell_of_failures_and_of_old_backups(make_instance: MakeInstance) -> None:
    instance = make_instance(**ON, backup_alerts_enabled=True, backup_alerts_period="2h")
    rule: Any = backup_manifests(instance)[-1]
    assert rule["kind"] == "PrometheusRule"
    failed, missing = rule["spec"]["groups"][0]["rules"]
    assert 'job_name=~"support-backup.*"' in failed["expr"]
    assert missing["expr"].startswith("time() - max(kube_cronjob_status_last_successful_time{")
    assert missing["expr"].endswith("> 7200")


def test_the_longest_name_makes_no_name_too_long(make_instance: MakeInstance) -> None:
    named = [each["metadata"]["name"] for each in backup_manifests(make_instance(**ON, name="a" * 40))]
    # A CronJob adds eleven characters for each of its Jobs.
    assert all(len(name) <= 52 for name in named[3:])


def jobs(instance: Json) -> list[Json]:
    found = [backup_job(instance, purpose) for purpose in PURPOSES]
    found += [restore_job(instance, purpose) for purpose in RESTORES]
    return [*found, move_job(instance, {"claim": "support-data"})]


def test_every_job_keeps_to_the_restricted_standard_and_to_its_time(make_instance: MakeInstance) -> None:
    for job in jobs(make_instance(**ON)):
        pod = pod_of(job)
        assert job["spec"]["activeDeadlineSeconds"] == 3600
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        volumes = {volume["name"] for volume in pod["volumes"]}
        assert volumes == {mount["name"] for each in containers(job).values() for mount in each["volumeMounts"]}
        for container in containers(job).values():
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]
            assert container["command"][0] in ("node", "cp")


def test_an_unknown_purpose_is_refused(make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match="is not one of backup, "):
        backup_job(make_instance(**ON), "bakcup")
    with pytest.raises(ValueError, match="is not one of restore-find, "):
        restore_job(make_instance(**ON), "undo")


# -- restore and move ----------------------------------------------------------------------------------------------


def test_a_workspace_of_its_own_is_restored_to_its_own_volume(make_instance: MakeInstance) -> None:
    job = restore_job(make_instance(**ON, workspace_storage_enabled=True), "restore", {"path": "prod/other"})
    settings = told(containers(job)["repository"])
    assert settings["repository"] == "s3:https://s3.example.com/claws/prod/other"
    assert [part["target"] for part in settings["parts"]] == [
        "/volume/.restore/incoming",
        "/volume-workspace/.restore/incoming/workspace",
    ]
    assert told(containers(job)["swap"])["volumes"] == ["/volume", "/volume-workspace"]


def test_a_clone_has_no_channels_until_somebody_confirms_them(make_instance: MakeInstance) -> None:
    config = {"channels": {"telegram": {"enabled": True}, "slack": {"enabled": False}}}
    given = {**ON, "restore_clone_enabled": True, "config": config}
    (problem,) = restore_problems(make_instance(**given))
    assert "would answer on telegram beside the original" in problem
    assert restore_problems(make_instance(**given, restore_channels_confirm="support")) == []
    assert restore_problems(make_instance(**ON, config=config)) == []
    clone = restore_job(make_instance(**ON), "restore", {"clone": True})
    assert told(containers(clone)["swap"])["clone"] is True
    confirmed = restore_job(make_instance(**ON, restore_channels_confirm="support"), "restore", {"clone": True})
    assert "clone" not in told(containers(confirmed)["swap"])


def test_without_a_repository_nothing_is_restored(make_instance: MakeInstance) -> None:
    assert "there is no repository" in restore_problems(make_instance())[0]


def test_a_volume_is_moved_to_another_claim(make_instance: MakeInstance) -> None:
    instance = make_instance(**ON, storage_existing_claim="new", storage_size="30Gi", storage_class="fast")
    assert move_problems(instance, "support-data") == []
    claim: Any = target_claim(instance)
    assert claim["metadata"]["name"] == "new"
    assert claim["spec"]["storageClassName"] == "fast"
    claims = [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod_of(move_job(instance, {"claim": "support-data"}))["volumes"]
        if "persistentVolumeClaim" in volume
    ]
    assert claims == ["support-data", "new"]


@pytest.mark.parametrize(
    "given, claim, words",
    [
        ({}, "support-data", "is missing"),
        ({"storage_existing_claim": "a"}, "a", "is what the instance has already"),
        ({"storage_existing_claim": "a"}, "", "nothing to move yet"),
    ],
)
def test_a_move_to_nowhere_is_refused(make_instance: MakeInstance, given: Json, claim: str, words: str) -> None:
    (problem,) = move_problems(make_instance(**ON, **given), claim)
    assert words in problem

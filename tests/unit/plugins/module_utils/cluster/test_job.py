# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Job is run once for each run of a playbook, however often that is killed, and its own words are its result."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import job, wait
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.identity import (
    INSTANCE_LABEL,
    MANAGED_BY,
    MANAGED_BY_LABEL,
)
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.test_commands import FakeTransport

OURS = {INSTANCE_LABEL: "support", MANAGED_BY_LABEL: MANAGED_BY}
REF = ("batch/Job", "support-backup")
POD = ("Pod", "support-backup-x")


def manifest(**labels: str) -> dict[str, Any]:
    container = {"name": "repository", "image": "openclaw:1"}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": REF[1], "namespace": "ns", "labels": {**OURS, **labels}},
        "spec": {"template": {"metadata": {}, "spec": {"containers": [container]}}},
    }


class Transport(FakeTransport):
    warnings: tuple[str, ...] = ()


class Jobs(FakeCluster):
    """Ends each Job as it is told, as soon as it was made."""

    ends = "Complete"
    pods_log = 'some words\n{"command": "backup", "snapshot": "2f9c1e07"}\n'

    def create(self, kind: Any, namespace: str, given: dict[str, Any]) -> dict[str, Any]:
        made = super().create(kind, namespace, given)
        if kind.key == "batch/Job":
            condition = {"type": self.ends, "status": "True", "message": "it has come to its end"}
            self.objects[REF]["status"] = {"conditions": [condition]}
            about = {"name": POD[1], "creationTimestamp": "2026-11-21T10:00:00Z", "uid": "pod"}
            self.objects[POD] = {"metadata": about, "spec": {}, "status": {}}
            self.logs = self.pods_log
        return made


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    cluster = Jobs({("ConfigMap", "support-backup"): {"metadata": {"name": "support-backup", "uid": "owner"}}})
    monkeypatch.setattr(job, "Transport", Transport)
    monkeypatch.setattr(job, "Cluster", lambda _transport: cluster)
    monkeypatch.setattr(job, "settings_from", lambda _options, _environ: None)
    monkeypatch.setattr(job.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(wait.time, "sleep", lambda _seconds: None)
    return cluster


def carried_out(*, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    given = {"name": "support", "namespace": "ns", "job": manifest(), "timeout": "1m", **options}
    return job.run(given, {}, check_mode=check_mode)


def test_the_last_line_of_json_is_the_report(fake: Jobs) -> None:
    assert carried_out() == {
        "changed": True,
        "job": "support-backup",
        "report": {"command": "backup", "snapshot": "2f9c1e07"},
    }


def test_a_job_without_words_reports_nothing(fake: Jobs) -> None:
    fake.pods_log = "no json here\n{not json}\n[1]\n"
    assert carried_out()["report"] == {}


def test_a_failure_is_told_in_the_words_of_the_job(fake: Jobs) -> None:
    fake.ends, fake.pods_log = "Failed", '{"problem": "the bucket does not exist"}\n'
    found = carried_out()
    assert found["failed"]
    assert found["problems"] == ["the bucket does not exist"]


def test_a_failure_without_words_is_told_by_the_cluster(fake: Jobs) -> None:
    fake.ends, fake.pods_log = "Failed", "killed"
    assert "it has come to its end" in carried_out()["msg"]


def test_what_an_earlier_run_left_is_removed_first(fake: Jobs) -> None:
    carried_out(run="one")
    fake.calls.clear()
    carried_out(run="two")
    assert [call for call in fake.writes if call[1] == "batch/Job"] == [
        ("create", *REF),
        ("delete", *REF),
        ("create", *REF),
    ]


def test_a_job_of_the_same_run_is_not_started_twice(fake: Jobs) -> None:
    carried_out(run="one")
    fake.calls.clear()
    found = carried_out(run="one")
    assert found["changed"] is False
    assert found["report"]["snapshot"] == "2f9c1e07"
    assert fake.writes == []


def test_a_job_of_the_same_run_that_failed_is_tried_again(fake: Jobs) -> None:
    fake.ends = "Failed"
    carried_out(run="one")
    fake.ends = "Complete"
    assert carried_out(run="one")["report"]["snapshot"] == "2f9c1e07"


def test_a_job_goes_with_its_owner(fake: Jobs) -> None:
    carried_out(owner="support-backup")
    assert fake.objects[REF]["metadata"]["ownerReferences"][0]["uid"] == "owner"
    assert "owns this Job" in carried_out(owner="another", run="x")["msg"]


def test_a_claim_is_made_once(fake: Jobs) -> None:
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "target"}, "spec": {}}
    carried_out(claims=[claim])
    carried_out(claims=[claim])
    assert [call for call in fake.writes if call[0] == "create" and call[2] == "target"] == [
        ("create", "PersistentVolumeClaim", "target")
    ]


def test_the_job_of_somebody_else_stays(fake: Jobs) -> None:
    fake.objects[REF] = {"metadata": {"name": REF[1], "uid": "theirs", "labels": {}}}
    assert "is not ours" in carried_out()["msg"]
    assert fake.objects[REF]["metadata"]["uid"] == "theirs"


def test_only_a_job_of_the_instance_is_run(fake: Jobs) -> None:
    assert "is not a Job of instance support" in carried_out(job=manifest(**{INSTANCE_LABEL: "other"}))["msg"]


def test_check_mode_runs_nothing(fake: Jobs) -> None:
    assert carried_out(check_mode=True) == {"changed": True, "job": "support-backup", "report": {}}
    assert fake.calls == []

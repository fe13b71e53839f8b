# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ran before can run again: kept once, found by number, never forgotten before something else has served."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import revisions as revisions_module
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.fields import FIELD_MANAGER
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.identity import (
    CONFIG_DIGEST,
    INSTANCE_LABEL,
    MANAGED_BY,
    MANAGED_BY_LABEL,
    SECRETS_DIGEST,
    VERSION_LABEL,
)
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.revisions import (
    FAILED,
    SERVING,
    Revision,
    Revisions,
)
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.test_commands import FakeTransport

Json = dict[str, Any]
OURS = {INSTANCE_LABEL: "support", MANAGED_BY_LABEL: MANAGED_BY}
SET, CONFIG = ("apps/StatefulSet", "support"), ("ConfigMap", "support-config")


def _owned(value: Any) -> Json:
    """Everything of a value, in the notation of fieldsV1; containers by their names."""
    if isinstance(value, dict):
        return {f"f:{key}": _owned(each) for key, each in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {f'k:{{"name":"{each["name"]}"}}': {".": {}, **_owned(each)} for each in value}
    return {}


def _stored(manifest: Json) -> Json:
    """As the server has it: with what we own noted, and with things that are not ours."""
    about = {key: value for key, value in manifest["metadata"].items() if key not in ("name", "namespace")}
    fields = {**_owned({key: manifest[key] for key in manifest if key not in ("apiVersion", "kind", "metadata")})}
    fields["f:metadata"] = _owned(about)
    stored = copy.deepcopy(manifest)
    stored["metadata"] |= {
        "uid": f"uid-of-{manifest['metadata']['name']}",
        "managedFields": [{"manager": FIELD_MANAGER, "operation": "Apply", "fieldsV1": fields}],
    }
    stored["status"] = {"observed": "by somebody"}
    return stored


def workload(tag: str = "2026.9.5", digest: str = "one", **container: Any) -> Json:
    pod = {
        "initContainers": [{"name": "prepare", "image": f"claw:{tag}"}],
        "containers": [{"name": "openclaw", "image": f"claw:{tag}", **container}, {"name": "side", "image": "side:1"}],
    }
    annotations = {CONFIG_DIGEST: digest, SECRETS_DIGEST: "0123456789abcdef"}
    template = {"metadata": {"labels": {VERSION_LABEL: tag}, "annotations": annotations}, "spec": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "support", "namespace": "ns", "labels": {**OURS, VERSION_LABEL: tag}},
        "spec": {"replicas": 1, "template": template},
    }


def config(text: str = "{}") -> Json:
    metadata = {"name": "support-config", "namespace": "ns", "labels": dict(OURS)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"openclaw.json": text}}


@pytest.fixture
def fake() -> FakeCluster:
    return FakeCluster({SET: _stored(workload()), CONFIG: _stored(config())})


def put(fake: FakeCluster, tag: str, digest: str = "one", text: str = "{}", **container: Any) -> None:
    fake.objects[SET] = _stored(workload(tag, digest, **container))
    fake.objects[CONFIG] = _stored(config(text))


def revisions(fake: FakeCluster, *, check_mode: bool = False) -> Revisions:
    cluster: Any = fake
    return Revisions(cluster, "support", "ns", check_mode)


def record(fake: FakeCluster, keep: int = 10, **notes: str) -> Revision:
    return revisions(fake).record(["support-config"], keep=keep, **notes)


def images(objects: list[Json]) -> list[str]:
    pod = next(each for each in objects if each["kind"] == "StatefulSet")["spec"]["template"]["spec"]
    return [each["image"] for each in (*pod["initContainers"], *pod["containers"])]


def digest_of(objects: list[Json]) -> str:
    template = next(each for each in objects if each["kind"] == "StatefulSet")["spec"]["template"]
    return str(template["metadata"]["annotations"][CONFIG_DIGEST])


def test_what_is_applied_comes_back_as_it_was(fake: FakeCluster) -> None:
    first = record(fake)
    assert (first.number, first.image, first.version, first.config_digest) == (1, "claw:2026.9.5", "2026.9.5", "one")
    put(fake, "2026.9.6", "two", '{"other": 1}')
    kept = revisions(fake).objects(1)
    expected = workload()
    # What the pods use may have changed since: the engine fills the digest in.
    expected["spec"]["template"]["metadata"]["annotations"][SECRETS_DIGEST] = "auto"
    assert kept == [config(), expected]


def test_the_same_is_kept_once(fake: FakeCluster) -> None:
    assert record(fake).number == 1
    writes = len(fake.writes)
    assert record(fake).number == 1
    assert len(fake.writes) == writes
    put(fake, "2026.9.6")
    assert record(fake).number == 2
    assert [each.number for each in revisions(fake).all()] == [1, 2]


def test_a_secret_that_changed_makes_no_revision(fake: FakeCluster) -> None:
    record(fake)
    template = fake.objects[SET]["spec"]["template"]
    template["metadata"]["annotations"][SECRETS_DIGEST] = "fedcba9876543210"
    assert record(fake).number == 1


def test_notes_are_added_and_stay(fake: FakeCluster) -> None:
    record(fake)
    revisions(fake).note(1, snapshot="2f9c1e")
    revisions(fake).note(1, outcome=FAILED, why="it crashed", snapshot="")
    (found,) = revisions(fake).all()
    assert (found.snapshot, found.outcome, found.why) == ("2f9c1e", FAILED, "it crashed")


def test_one_that_failed_and_then_served_has_served(fake: FakeCluster) -> None:
    record(fake, outcome=FAILED, why="it crashed")
    assert record(fake).outcome == SERVING


def test_the_image_alone_comes_back(fake: FakeCluster) -> None:
    record(fake)
    put(fake, "2026.9.6", "two", '{"other": 1}', args=["new"])
    objects = revisions(fake).objects(1, ["image"])
    assert images(objects) == ["claw:2026.9.5", "claw:2026.9.5", "side:1"]
    assert digest_of(objects) == "two"
    (found,) = objects
    assert found["metadata"]["labels"][VERSION_LABEL] == "2026.9.5"
    assert found["spec"]["template"]["metadata"]["labels"][VERSION_LABEL] == "2026.9.5"
    assert found["spec"]["template"]["spec"]["containers"][0]["args"] == ["new"]


def test_the_configuration_alone_comes_back(fake: FakeCluster) -> None:
    record(fake)
    put(fake, "2026.9.6", "two", '{"other": 1}')
    objects = revisions(fake).objects(1, ["config"])
    assert images(objects) == ["claw:2026.9.6", "claw:2026.9.6", "side:1"]
    assert digest_of(objects) == "one"
    assert objects[0] == config()


def test_the_oldest_are_forgotten_but_never_the_last_that_served(fake: FakeCluster) -> None:
    record(fake)
    for patch in range(6, 12):
        put(fake, f"2026.9.{patch}")
        record(fake, keep=3, outcome=FAILED)
    assert [(each.number, each.outcome) for each in revisions(fake).all()] == [
        (1, SERVING),
        (5, FAILED),
        (6, FAILED),
        (7, FAILED),
    ]


def test_numbers_are_not_given_twice(fake: FakeCluster) -> None:
    for patch in range(3, 9):
        put(fake, f"2026.9.{patch}")
        record(fake, keep=2)
    assert [each.number for each in revisions(fake).all()] == [5, 6]


def test_a_revision_goes_with_its_stateful_set(fake: FakeCluster) -> None:
    record(fake)
    stored = fake.objects[("ConfigMap", "support-revision-1")]["metadata"]
    assert stored["ownerReferences"][0]["uid"] == "uid-of-support"
    # Of no part: no apply takes it away.
    assert "openclaw.kubernetes/part" not in stored["labels"]


def test_an_answer_that_was_lost_is_no_second_revision(fake: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    create = fake.create

    def twice(*given: Any) -> Json:
        create(*given)
        return create(*given)

    monkeypatch.setattr(fake, "create", twice)
    assert record(fake).number == 1


def test_check_mode_writes_nothing(fake: FakeCluster) -> None:
    found = revisions(fake, check_mode=True)
    assert found.record(["support-config"], keep=10).number == 1
    assert found.wrote
    assert fake.writes == []


def test_a_number_that_is_not_kept_is_told_with_those_that_are(fake: FakeCluster) -> None:
    record(fake)
    with pytest.raises(EngineError) as caught:
        revisions(fake).objects(7)
    assert caught.value.text == "support: there is no revision 7. Kept are: 1"


def test_what_was_never_deployed_cannot_be_kept() -> None:
    with pytest.raises(EngineError, match=r"StatefulSet support: is not in namespace ns, or not ours"):
        record(FakeCluster())


def test_one_that_somebody_has_written_over_is_left_out(fake: FakeCluster) -> None:
    record(fake)
    fake.objects[("ConfigMap", "support-revision-1")]["data"]["about"] = "mine"
    assert revisions(fake).all() == []


def test_the_task(fake: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions_module, "Transport", FakeTransport)
    monkeypatch.setattr(revisions_module, "Cluster", lambda _transport: fake)
    monkeypatch.setattr(revisions_module, "settings_from", lambda _options, _environ: None)
    given = {
        "name": "support",
        "namespace": "ns",
        "config_maps": ["support-config"],
        "keep": 10,
        "what": ["image", "config"],
        "number": None,
        "outcome": None,
        "snapshot": None,
        "why": None,
    }
    recorded = revisions_module.run({**given, "state": "recorded"}, {}, check_mode=False)
    assert recorded["changed"] is True
    assert recorded["revision"]["number"] == 1
    listed = revisions_module.run({**given, "state": "listed"}, {}, check_mode=False)
    assert (listed["changed"], len(listed["revisions"]), listed["objects"]) == (False, 1, [])
    read = revisions_module.run({**given, "state": "listed", "number": 1}, {}, check_mode=False)
    assert [each["kind"] for each in read["objects"]] == ["ConfigMap", "StatefulSet"]
    noted = revisions_module.run({**given, "state": "noted", "number": 1, "snapshot": "abc"}, {}, check_mode=False)
    assert noted["revision"]["snapshot"] == "abc"
    missing = revisions_module.run({**given, "state": "noted", "number": 9}, {}, check_mode=False)
    assert missing["failed"] is True

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operation is noted before each step: what was killed is gone on with, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import operation as door
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.identity import PART_LABEL
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.operation import Operation
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster

LEASE = ("coordination.k8s.io/Lease", "support-operation")
JOURNAL = ("ConfigMap", "support-operation")
STEPS = ("one", "two", "three")


@pytest.fixture
def fake() -> FakeCluster:
    return FakeCluster()


def of(fake: FakeCluster, holder: str = "kim", *, check_mode: bool = False) -> Operation:
    cluster: Any = fake
    return Operation(cluster, "support", "ns", holder, 60, check_mode)


def later(fake: FakeCluster) -> None:
    """A holder that was killed together with what frees its lease."""
    fake.now += timedelta(seconds=61)


def test_a_whole_operation(fake: FakeCluster) -> None:
    mine = of(fake)
    assert mine.begin("update", {"to": "2"}, resume=True)["resumed"] is False
    for step in STEPS:
        said = mine.step(step, {step: len(step)})
        assert (said["done"], said["interrupted"]) == (False, False)
    ended = mine.end("done")
    assert ended["journal"] == {
        "operation": "update",
        "state": "done",
        "holder": "kim",
        "since": "2026-11-21T10:00:00Z",
        "step": "",
        "steps": [*STEPS],
        "parameters": {"to": "2"},
        "recorded": {"one": 3, "two": 3, "three": 5},
        "unfinished": False,
    }
    assert "holderIdentity" not in fake.objects[LEASE]["spec"]
    assert of(fake).status() == {"journal": ended["journal"], "holder": "", "unfinished": False}


def test_an_end_after_the_end_writes_nothing(fake: FakeCluster) -> None:
    mine = of(fake)
    mine.begin("update", {}, resume=False)
    mine.end("done")
    fake.calls.clear()
    assert of(fake).end("stopped")["journal"]["state"] == "done"
    assert fake.writes == []


@pytest.mark.parametrize("killed_at", range(len(STEPS)))
def test_what_was_killed_is_gone_on_with(fake: FakeCluster, killed_at: int) -> None:
    mine = of(fake)
    mine.begin("update", {"to": "2"}, resume=True)
    for step in STEPS[: killed_at + 1]:
        mine.step(step, {})
    later(fake)
    assert of(fake, "alex").status()["unfinished"]

    begun = of(fake, "alex").begin("update", {"to": "3"}, resume=True)
    assert begun["resumed"]
    assert begun["journal"]["parameters"] == {"to": "2"}
    said = [of(fake, "alex").step(step, {}) for step in STEPS]
    assert [answer["done"] for answer in said] == [index < killed_at for index in range(len(STEPS))]
    assert [answer["interrupted"] for answer in said] == [index == killed_at for index in range(len(STEPS))]
    assert of(fake, "alex").end("done")["journal"]["steps"] == [*STEPS]


@pytest.mark.parametrize("operation, resume", [("restore", True), ("update", False)])
def test_what_was_left_is_not_forgotten(fake: FakeCluster, operation: str, resume: bool) -> None:
    mine = of(fake)
    mine.begin("update", {}, resume=True)
    mine.step("one", {})
    mine.end("stopped")
    with pytest.raises(EngineError) as caught:
        of(fake, "alex").begin(operation, {}, resume=resume)
    assert caught.value.text == (
        "support: update, begun 2026-11-21T10:00:00Z by kim, was left unfinished at step one. Run the playbook of this "
        "operation again, which finishes or undoes it"
    )
    # The lease is free again, for that playbook.
    assert of(fake, "alex").begin("update", {}, resume=True)["resumed"]


def test_a_journal_that_somebody_settled_by_hand_is_closed(fake: FakeCluster) -> None:
    of(fake).begin("update", {}, resume=True)
    of(fake).end("stopped")
    with pytest.raises(EngineError, match="no unfinished operation restore: the last one, update, is stopped"):
        of(fake).abandon("restore")
    assert of(fake).abandon("update")["journal"]["state"] == "abandoned"
    assert not of(fake).begin("restore", {}, resume=False)["resumed"]
    with pytest.raises(EngineError, match="restore is under way"):
        of(fake, "alex").abandon("restore")


def test_a_run_that_lost_its_lease_stops_before_the_next_step(fake: FakeCluster) -> None:
    of(fake).begin("update", {}, resume=True)
    later(fake)
    of(fake, "alex").begin("update", {}, resume=True)
    late = of(fake)
    with pytest.raises(EngineError, match="this run does not hold Lease support-operation any more"):
        late.step("two", {})
    late.end("stopped")
    assert of(fake, "alex").step("two", {})["done"] is False


def test_an_end_without_the_lease_says_so(fake: FakeCluster) -> None:
    mine = of(fake)
    mine.begin("update", {}, resume=True)
    later(fake)
    of(fake, "alex").begin("update", {}, resume=True)
    # The other one died, too, and this one's name is still in the journal.
    fake.objects[JOURNAL]["data"]["holder"] = "kim"
    mine.end("done")
    assert mine.warnings == ["support: the lease was lost before update came to its end"]
    assert of(fake).status()["journal"]["state"] == "running"


@pytest.mark.parametrize(
    "act",
    [
        lambda mine: mine.begin("update", {}, resume=True),
        lambda mine: mine.step("one", {}),
        lambda mine: mine.end("done"),
        lambda mine: mine.remove(),
        lambda mine: mine.status(),
    ],
)
def test_check_mode_writes_nothing(fake: FakeCluster, act: Callable[[Operation], object]) -> None:
    mine = of(fake, check_mode=True)
    act(mine)
    assert fake.writes == []
    assert not mine.wrote


def test_check_mode_tells_what_is_in_the_way(fake: FakeCluster) -> None:
    of(fake).begin("update", {}, resume=True)
    with pytest.raises(EngineError, match="update is under way"):
        of(fake, "alex", check_mode=True).begin("restore", {}, resume=True)
    later(fake)
    mine = of(fake, "alex", check_mode=True)
    mine.begin("restore", {}, resume=True)
    assert "update, begun 2026-11-21T10:00:00Z by kim, was left unfinished" in mine.warnings[0]


def test_no_apply_may_take_lease_and_journal_away_and_a_teardown_does(fake: FakeCluster) -> None:
    of(fake).begin("update", {}, resume=True)
    assert all(PART_LABEL not in found["metadata"]["labels"] for found in fake.objects.values())
    with pytest.raises(EngineError, match="update is under way"):
        of(fake, "alex").remove()
    of(fake).end("done")
    mine = of(fake, "alex")
    mine.remove()
    assert mine.wrote
    assert fake.objects == {}


def test_a_journal_that_is_none_is_not_misread(fake: FakeCluster) -> None:
    of(fake).begin("update", {}, resume=True)
    fake.objects[JOURNAL]["data"]["steps"] = "one, two"
    with pytest.raises(EngineError, match="ConfigMap support-operation: is the journal of the last operation, but"):
        of(fake).status()
    fake.objects[JOURNAL]["metadata"]["labels"] = {}
    with pytest.raises(EngineError, match="is not ours"):
        of(fake).status()


@pytest.mark.parametrize("state, needed", [("begin", "operation"), ("step", "step"), ("abandon", "operation")])
def test_what_a_state_needs_is_asked_for(state: str, needed: str) -> None:
    said = door.run({"state": state, needed: None, "api_key": None}, {}, check_mode=False)
    assert said == {
        "changed": False,
        "failed": True,
        "msg": f"{needed}: is missing. Set it with state={state}",
        "problems": [f"{needed}: is missing. Set it with state={state}"],
    }

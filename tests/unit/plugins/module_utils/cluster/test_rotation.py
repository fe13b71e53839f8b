# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A value is replaced in two steps: whoever is killed in between has lost neither the new nor the former one."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import exec as container_exec
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import rotation
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.exec import Output
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.fields import FIELD_MANAGER
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.identity import (
    INSTANCE_LABEL,
    MANAGED_BY,
    MANAGED_BY_LABEL,
)
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.redact import HIDDEN
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.test_commands import (
    WORKLOAD,
    FakeTransport,
    a_pod,
)

REF = ("Secret", "support-gateway-token")
OURS = {INSTANCE_LABEL: "support", MANAGED_BY_LABEL: MANAGED_BY}
OLD = "the-old-value-0123456789"
NEW = "the-new-value-0123456789"


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


class Pod:
    """The instance's pod: ends a command with the exit code it is told, and notes what the command was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ends = Output(0, "", "")
        self.given: list[tuple[list[str], dict[str, str]]] = []
        monkeypatch.setattr(container_exec, "run", self._run)

    def _run(self, *given: Any, stdin: bytes) -> Output:
        self.given.append((given[4], json.loads(stdin)))
        return self.ends


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    cluster = FakeCluster(
        {
            REF: {"metadata": {"name": REF[1], "labels": OURS}, "data": {"token": encoded(OLD), "other": "eA=="}},
            ("apps/StatefulSet", "support"): WORKLOAD,
            ("Pod", "support-0"): a_pod("support-0"),
        }
    )
    monkeypatch.setattr(rotation, "Transport", FakeTransport)
    monkeypatch.setattr(rotation, "Cluster", lambda _transport: cluster)
    monkeypatch.setattr(rotation, "settings_from", lambda _options, _environ: None)
    return cluster


@pytest.fixture
def pod(fake: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> Pod:
    return Pod(monkeypatch)


def turn(state: str, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    given = {"name": "support", "namespace": "ns", "secret": REF[1], "key": "token", "state": state, "value": None}
    return rotation.run({**given, "argv": ["prove"], "timeout": 9, **options}, {}, check_mode=check_mode)


def values(fake: FakeCluster) -> dict[str, str]:
    data = fake.objects[REF]["data"]
    return {key: b64decode(text).decode() for key, text in data.items() if key != "other"}


def test_the_former_value_stays_beside_the_new_one_until_it_is_settled(fake: FakeCluster) -> None:
    assert turn("replaced", value=NEW) == {"changed": True, "former": True}
    assert values(fake) == {"token": NEW, "token.former": OLD}
    assert turn("settled") == {"changed": True, "former": False}
    assert values(fake) == {"token": NEW}
    # Owned by apply, the former value would be taken away by the next run.
    assert FIELD_MANAGER not in fake.managers


def test_a_value_is_made_up_once(fake: FakeCluster) -> None:
    turn("replaced")
    made = values(fake)
    assert len(made["token"]) >= 40
    assert made["token.former"] == OLD
    # As after a run that was killed: the write had been carried out.
    assert turn("replaced") == {"changed": False, "former": True}
    assert values(fake) == made


@pytest.mark.parametrize("state", ["replaced", "restored", "settled", "proven"])
def test_without_anything_to_do_nothing_is_written(fake: FakeCluster, pod: Pod, state: str) -> None:
    assert turn(state, value=OLD) == {"changed": False, "former": False}
    assert fake.writes == []
    assert pod.given == []


def test_the_first_value_of_a_key_replaces_none(fake: FakeCluster) -> None:
    assert turn("replaced", key="another", value=NEW) == {"changed": False, "former": False}
    assert "has no key another" in turn("replaced", key="another")["msg"]


def test_the_former_value_comes_back(fake: FakeCluster) -> None:
    turn("replaced", value=NEW)
    assert turn("restored") == {"changed": True, "former": False}
    assert values(fake) == {"token": OLD}


def test_the_proof_gets_both_values_where_nobody_sees_them(fake: FakeCluster, pod: Pod) -> None:
    turn("replaced", value=NEW)
    assert turn("proven") == {"changed": False, "former": True}
    assert pod.given == [(["prove"], {"former": OLD, "current": NEW})]


def test_a_proof_that_fails_says_why_and_no_value(fake: FakeCluster, pod: Pod) -> None:
    turn("replaced", value=NEW)
    pod.ends = Output(1, "", f"noise\nthe gateway still takes {OLD}\n")
    failed = turn("proven")
    assert failed["msg"] == (
        f"support: key token of Secret support-gateway-token: the gateway still takes {HIDDEN}"
    )
    assert not failed["changed"]


def test_nothing_is_proven_without_a_pod(fake: FakeCluster, pod: Pod) -> None:
    turn("replaced", value=NEW)
    del fake.objects["Pod", "support-0"]
    assert "no container is running, so nobody can say whether the former value is dead" in turn("proven")["msg"]


@pytest.mark.parametrize("state", ["replaced", "restored", "settled", "proven"])
def test_check_mode_writes_and_runs_nothing(fake: FakeCluster, pod: Pod, state: str) -> None:
    before = {"replaced": {}}.get(state, {"token.former": encoded(OLD)})
    fake.objects[REF]["data"].update(before)
    told = turn(state, check_mode=True)
    assert told["changed"] is (state != "proven")
    assert fake.writes == []
    assert pod.given == []


@pytest.mark.parametrize(
    "labels, said", [(None, "is not in namespace ns"), ({}, "is not ours. Change it where it comes from")]
)
def test_a_secret_of_somebody_else_is_left_alone(fake: FakeCluster, labels: Any, said: str) -> None:
    if labels is None:
        del fake.objects[REF]
    else:
        fake.objects[REF]["metadata"]["labels"] = labels
    assert said in turn("replaced")["msg"]
    assert fake.writes == []

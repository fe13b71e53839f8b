# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that change something: what is run where, when it is a change, and what of its output is told."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import commands
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import exec as container_exec
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.exec import Output
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.redact import HIDDEN
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster

SECRET = "very-secret-token"
WORKLOAD: dict[str, Any] = {
    "metadata": {"name": "support", "uid": "u", "generation": 1},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "x"}}, "template": {"metadata": {}, "spec": {}}},
    "status": {"observedGeneration": 1, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 2},
}


def a_pod(name: str, running: bool = True) -> dict[str, Any]:
    state = {"running": {}} if running else {"waiting": {"reason": "CrashLoopBackOff"}}
    return {
        "metadata": {"name": name, "uid": name, "labels": {}, "ownerReferences": [{"uid": "u", "controller": True}]},
        "spec": {"containers": [{"name": "main", "image": "x"}, {"name": "other", "image": "x"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True" if running else "False"}],
            "containerStatuses": [{"name": name, "state": state, "restartCount": 0} for name in ("main", "other")],
        },
    }


class FakeTransport:
    def __init__(self, _settings: object) -> None:
        """Nobody is asked."""

    def secrets(self) -> list[str]:
        return []

    def close(self) -> None: ...


class Pods:
    """Runs every command where it is told to; a command answers with what its last word says."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, str, str, list[str], float]] = []
        self.given: list[bytes] = []

    def run(
        self,
        _cluster: object,
        namespace: str,
        pod: str,
        container: str,
        argv: list[str],
        timeout: float,
        *,
        stdin: bytes,
    ) -> Output:
        self.ran.append((namespace, pod, container, argv, timeout))
        self.given.append(stdin)
        rc, _colon, text = argv[-1].partition(":")
        return Output(int(rc), text if rc == "0" else "", "" if rc == "0" else f"more before\n{text}\n")


@pytest.fixture
def pods(monkeypatch: pytest.MonkeyPatch) -> Pods:
    pods = Pods()
    cluster = FakeCluster(
        {
            ("apps/StatefulSet", "support"): WORKLOAD,
            ("Pod", "support-0"): a_pod("support-0"),
            ("Pod", "support-1"): a_pod("support-1"),
            ("Pod", "support-2"): a_pod("support-2", running=False),
            ("Secret", "s"): {"metadata": {"name": "s"}, "data": {"k": "dmVyeS1zZWNyZXQtdG9rZW4="}},
        }
    )
    monkeypatch.setattr(commands, "Transport", FakeTransport)
    monkeypatch.setattr(commands, "Cluster", lambda _transport: cluster)
    monkeypatch.setattr(commands, "settings_from", lambda _options, _environ: None)
    monkeypatch.setattr(container_exec, "run", pods.run)
    return pods


def play(*argv: str, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    given = {
        "name": "support",
        "namespace": "ns",
        "commands": [{"title": f"do {words}", "argv": ["tool", words], "timeout": 7} for words in argv],
        "show_output": False,
        **options,
    }
    return commands.run(given, {}, check_mode=check_mode)


def test_a_command_that_ends_well_is_a_change_and_its_output_stays_inside(pods: Pods) -> None:
    result = play("0:printed")
    assert result == {"changed": True, "pod": "support-0", "commands": [{"title": "do 0:printed", "rc": 0}]}
    assert pods.ran == [("ns", "support-0", "main", ["tool", "0:printed"], 7.0)]


def test_a_command_gets_its_standard_input(pods: Pods) -> None:
    play(commands=[{"title": "read", "argv": ["tool", "0:"], "timeout": 7, "stdin": "ü"}])
    play("0:")
    assert pods.given == ["ü".encode(), b""]


def test_pod_and_container_can_be_named(pods: Pods) -> None:
    assert play("0:x", pod="support-1", container="other")["pod"] == "support-1"
    assert pods.ran[0][1:3] == ("support-1", "other")


def test_without_a_command_nobody_is_asked(pods: Pods, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "Transport", None)
    assert play() == {"changed": False, "pod": "", "commands": []}


def test_check_mode_runs_nothing_and_tells_what_it_would(pods: Pods) -> None:
    result = play("0:x", "0:y", check_mode=True, show_output=True)
    assert result == {"changed": True, "pod": "support-0", "commands": [{"title": "do 0:x"}, {"title": "do 0:y"}]}
    assert pods.ran == []


def test_those_that_fail_are_named_and_the_others_run(pods: Pods) -> None:
    result = play("1:unknown request", "0:fine", "3:")
    assert (result["changed"], result["failed"]) == (True, True)
    assert result["problems"] == ["cannot do 1:unknown request: unknown request", "cannot do 3:: more before"]
    assert [command["rc"] for command in result["commands"]] == [1, 0, 3]


def test_nothing_that_ends_well_is_no_change(pods: Pods) -> None:
    assert play("1:no")["changed"] is False


def test_output_is_shown_on_demand_but_no_secret(pods: Pods) -> None:
    assert play(f"0:one\ntwo {SECRET}", show_output=True)["msg"] == ["one", f"two {HIDDEN}"]
    failed = play(f"1:it was {SECRET}", f"0:shown {SECRET}", show_output=True)
    assert SECRET not in str({**failed, "commands": None})


@pytest.mark.parametrize("pod", ["support-2", "support-9", "somebody-else-0"])
def test_a_pod_that_does_not_run_is_refused(pods: Pods, pod: str) -> None:
    result = play("0:x", pod=pod)
    assert result["problems"] == [f"{pod}: no container is running"]
    assert (result["changed"], pods.ran) == (False, [])

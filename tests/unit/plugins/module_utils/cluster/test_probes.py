# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that look into an instance run beside each other, two at a time."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import exec as container_exec
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.exec import Output
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.info import Reader
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.redact import Redactor
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster


def reader() -> Reader:
    labels = {"app": "claw"}
    workload = {
        "metadata": {"name": "support", "uid": "u", "generation": 1},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {}}},
        "status": {"observedGeneration": 1},
    }
    pod = {
        "metadata": {"name": "support-0", "uid": "p", "labels": labels},
        "spec": {"nodeName": "n", "containers": [{"name": "main"}]},
        "status": {"containerStatuses": [{"name": "main", "state": {"running": {}}}]},
    }
    return Reader(
        FakeCluster({("apps/StatefulSet", "support"): workload, ("Pod", "support-0"): pod}), "support", "ns", None
    )  # type: ignore[arg-type]


def probes(*names: str) -> dict[str, dict[str, Any]]:
    return {name: {"argv": [name]} for name in names}


def test_one_that_only_waits_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = threading.Barrier(2, timeout=10)

    def run(
        _cluster: object, _namespace: str, _pod: str, _container: str, argv: list[str], _timeout: float, *, stdin: bytes
    ) -> Output:
        assert stdin == b""
        if argv != ["third"]:
            meeting.wait()
        return Output(0, argv[0], "")

    monkeypatch.setattr(container_exec, "run", run)
    found = reader().probe(probes("first", "second", "third"), Redactor())
    assert {name: output["stdout"] for name, output in found.items()} == {
        "first": "first",
        "second": "second",
        "third": "third",
    }


def test_not_all_of_them_burden_the_pod_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    most, running, lock = 0, 0, threading.Lock()
    pause = threading.Event()

    def run(*_arguments: object, **_named: object) -> Output:
        nonlocal most, running
        with lock:
            running += 1
            most = max(most, running)
        pause.wait(0.05)
        with lock:
            running -= 1
        return Output(0, "", "")

    monkeypatch.setattr(container_exec, "run", run)
    reader().probe(probes(*"abcdef"), Redactor())
    assert most == 2

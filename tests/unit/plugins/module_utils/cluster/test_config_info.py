# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance has of its configuration: which pod is asked, and that two lists are enough."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import config_info
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import exec as container_exec
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.exec import Output
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster

Json = dict[str, Any]
OPTIONS: Json = {
    "name": "support",
    "namespace": "ns",
    "container": "openclaw",
    "config_map": "support-config",
    "argv": ["node", "-e", "..."],
    "stdin": "ü",
    "timeout": 30,
}


class FakeTransport:
    def __init__(self, _settings: object) -> None:
        """Nobody is asked."""

    def secrets(self) -> list[str]:
        return []

    def close(self) -> None: ...


def a_pod(name: str, container: str = "openclaw", state: str = "running", leaves: bool = False) -> Json:
    metadata: Json = {"name": name, **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if leaves else {})}
    return {"metadata": metadata, "status": {"containerStatuses": [{"name": container, "state": {state: {}}}]}}


def look(monkeypatch: pytest.MonkeyPatch, *pods: Json, stored: Json | None = None) -> tuple[Json, list[Any]]:
    """What is found, and what was run."""
    objects = {("Pod", pod["metadata"]["name"]): pod for pod in pods}
    if stored is not None:
        objects["ConfigMap", "support-config"] = {"metadata": {"name": "support-config"}, "data": stored}
    ran: list[Any] = []

    def execute(_cluster: object, *words: object, stdin: bytes, limit: int) -> Output:
        ran.append((*words, stdin, limit))
        return Output(0, "printed", "")

    monkeypatch.setattr(config_info, "Transport", FakeTransport)
    monkeypatch.setattr(config_info, "Cluster", lambda _transport: FakeCluster(objects))
    monkeypatch.setattr(config_info, "settings_from", lambda _options, _environ: None)
    monkeypatch.setattr(container_exec, "run", execute)
    return config_info.run(OPTIONS, {}), ran


def test_files_and_output_of_the_running_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    found, ran = look(monkeypatch, a_pod("support-0"), stored={"openclaw.json": "{}"})
    assert found == {
        "changed": False,
        "pod": "support-0",
        "output": {"rc": 0, "stdout": "printed", "stderr": ""},
        "stored": {"openclaw.json": "{}"},
    }
    assert ran == [("ns", "support-0", "openclaw", ["node", "-e", "..."], 30.0, "ü".encode(), 2 * 1024 * 1024)]


@pytest.mark.parametrize(
    "pods",
    [
        [],
        [a_pod("support-0", state="waiting")],
        [a_pod("support-0", leaves=True)],
        [a_pod("support-config-check-x", container="config-check")],
    ],
    ids=["none", "crashed", "on its way out", "another one"],
)
def test_without_a_running_pod_nothing_is_run(monkeypatch: pytest.MonkeyPatch, pods: list[Json]) -> None:
    found, ran = look(monkeypatch, *pods)
    assert found == {"changed": False, "pod": "", "output": {}, "stored": {}}
    assert ran == []

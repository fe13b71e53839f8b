# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance that is stopped for a while is afterwards what it was, in the eyes of `apply`, too."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import scale
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.applied import applied
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.fields import FIELD_MANAGER, changes
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.identity import (
    INSTANCE_LABEL,
    MANAGED_BY,
    MANAGED_BY_LABEL,
)
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.test_commands import FakeTransport

REF = ("apps/StatefulSet", "support")
PORT = {".": {}, "f:name": {}, "f:containerPort": {}, "f:protocol": {}}
OWNED = {
    "f:metadata": {"f:labels": {f"f:{INSTANCE_LABEL}": {}, f"f:{MANAGED_BY_LABEL}": {}}},
    "f:spec": {
        "f:replicas": {},
        "f:selector": {},
        "f:template": {
            "f:spec": {
                "f:containers": {
                    'k:{"name":"openclaw"}': {
                        ".": {},
                        "f:name": {},
                        "f:image": {},
                        "f:command": {},
                        "f:ports": {'k:{"containerPort":18789,"protocol":"TCP"}': PORT},
                    }
                }
            }
        },
    },
}
CONTAINER = {
    "name": "openclaw",
    "image": "openclaw:1",
    "command": ["node", "x"],
    "ports": [{"name": "gateway", "containerPort": 18789, "protocol": "TCP"}],
    "terminationMessagePath": "/dev/termination-log",
}
LIVE: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {
        "name": "support",
        "namespace": "ns",
        "generation": 1,
        "uid": "u",
        "labels": {INSTANCE_LABEL: "support", MANAGED_BY_LABEL: MANAGED_BY, "theirs": "x"},
        "managedFields": [{"manager": FIELD_MANAGER, "operation": "Apply", "fieldsV1": OWNED}],
    },
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"spec": {"containers": [CONTAINER], "dnsPolicy": "ClusterFirst"}},
    },
    "status": {},
}


class Transport(FakeTransport):
    warnings: tuple[str, ...] = ()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    cluster = FakeCluster({REF: copy.deepcopy(LIVE)})
    monkeypatch.setattr(scale, "Transport", Transport)
    monkeypatch.setattr(scale, "Cluster", lambda _transport: cluster)
    monkeypatch.setattr(scale, "settings_from", lambda _options, _environ: None)
    return cluster


def scaled(replicas: int, *, check_mode: bool = False) -> dict[str, Any]:
    options = {"name": "support", "namespace": "ns", "replicas": replicas, "wait": False, "wait_timeout": "1m"}
    return scale.run(options, {}, check_mode=check_mode)


def test_what_was_applied_is_put_together_from_the_fields_that_are_ours() -> None:
    found = applied(LIVE)
    assert found == {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {
            "name": "support",
            "namespace": "ns",
            "labels": {INSTANCE_LABEL: "support", MANAGED_BY_LABEL: MANAGED_BY},
        },
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "spec": {
                    "containers": [
                        {
                            "name": "openclaw",
                            "image": "openclaw:1",
                            "command": ["node", "x"],
                            "ports": [{"containerPort": 18789, "protocol": "TCP", "name": "gateway"}],
                        }
                    ]
                }
            },
        },
    }
    assert changes(found, LIVE) == []


def test_an_object_that_was_never_applied_has_nothing_of_ours() -> None:
    assert applied({**LIVE, "metadata": {"name": "support"}}) is None


def test_only_the_number_changes_and_stays_ours(fake: FakeCluster) -> None:
    assert scaled(0) == {"changed": True, "before": 1}
    assert fake.objects[REF]["spec"] == {**LIVE["spec"], "replicas": 0}
    assert [verb for verb, *_ in fake.writes] == ["dry-run apply", "apply"]


def test_a_preview_that_changes_more_is_not_carried_out(fake: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def wider(*_given: Any, dry_run: bool, **_more: Any) -> tuple[bool, dict[str, Any]]:
        assert dry_run
        return False, {"spec": {**LIVE["spec"], "selector": {}}}

    monkeypatch.setattr(fake, "apply", wider)
    scaled(0)
    assert [verb for verb, *_ in fake.writes] == ["merge"]
    assert fake.objects[REF]["spec"] == {**LIVE["spec"], "replicas": 0}


def test_a_number_that_is_right_is_not_written(fake: FakeCluster) -> None:
    assert scaled(1) == {"changed": False, "before": 1}
    assert fake.writes == []


def test_check_mode_tells_and_writes_nothing(fake: FakeCluster) -> None:
    assert scaled(0, check_mode=True) == {"changed": True, "before": 1}
    assert fake.writes == []


def test_an_instance_that_is_not_there_or_not_ours_is_refused(fake: FakeCluster) -> None:
    del fake.objects[REF]["metadata"]["labels"][INSTANCE_LABEL]
    assert "is not ours" in scaled(0)["msg"]
    del fake.objects[REF]
    assert "Run the site playbook first" in scaled(0)["msg"]

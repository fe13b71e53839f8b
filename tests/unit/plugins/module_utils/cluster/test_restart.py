# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restart changes one annotation in somebody else's name, and waits."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.fields import FIELD_MANAGER
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.identity import (
    INSTANCE_LABEL,
    MANAGED_BY,
    MANAGED_BY_LABEL,
)
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.redact import HIDDEN, Redactor
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.restart import Restart
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster

OURS = {INSTANCE_LABEL: "support", MANAGED_BY_LABEL: MANAGED_BY}
ANNOTATION = "kubectl.kubernetes.io/restartedAt"
REF = ("apps/StatefulSet", "support")


def a_set(replicas: int = 1, labels: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "metadata": {"name": "support", "labels": OURS if labels is None else labels, "generation": 1, "uid": "u"},
        "spec": {"replicas": replicas, "template": {"metadata": {"annotations": {"mine": "stays"}}, "spec": {}}},
        "status": {"observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "updatedReplicas": 1},
    }


def cluster(**options: Any) -> FakeCluster:
    return FakeCluster({REF: a_set(**options)})


def annotations(fake: FakeCluster) -> dict[str, str]:
    found: dict[str, str] = fake.objects[REF]["spec"]["template"]["metadata"]["annotations"]
    return found


def restart(fake: FakeCluster, *, check_mode: bool = False) -> Restart:
    made = Restart(fake, "support", "ns")  # type: ignore[arg-type]
    made.execute(check_mode=check_mode)
    return made


def test_the_template_says_when_it_was_restarted_and_keeps_the_rest() -> None:
    fake = cluster()
    done = restart(fake)
    assert annotations(fake) == {"mine": "stays", ANNOTATION: done.restarted_at}
    assert done.result(with_diff=False) == {"changed": True, "restarted_at": done.restarted_at}
    # What `apply` wants does not hold the annotation: owned by it, the next run would take it away.
    assert fake.managers != [FIELD_MANAGER]


def test_check_mode_writes_nothing_and_shows_the_same() -> None:
    fake = cluster()
    done = restart(fake, check_mode=True)
    assert annotations(fake) == {"mine": "stays"}
    assert [call[0] for call in fake.calls] == ["get", "dry-run merge"]
    result = done.result(with_diff=True)
    assert result["changed"]
    assert f"+{ANNOTATION}: " in result["diff"][0]["prepared"]
    assert not done.wrote


def test_nothing_is_restarted_where_no_pod_is() -> None:
    fake = cluster(replicas=0)
    done = restart(fake)
    assert fake.writes == []
    assert done.result(with_diff=True) == {"changed": False, "restarted_at": ""}
    assert done.warnings == ["StatefulSet support: is scaled to zero, there is no pod to restart"]


@pytest.mark.parametrize(
    "objects, said",
    [({}, "is not in namespace ns"), ({REF: a_set(labels={INSTANCE_LABEL: "support"})}, "is not ours")],
)
def test_what_is_not_there_or_not_ours_is_refused(objects: dict[Any, Any], said: str) -> None:
    fake = FakeCluster(objects)
    with pytest.raises(EngineError) as caught:
        restart(fake)
    assert said in caught.value.text
    assert fake.writes == []


def test_a_failing_restart_learns_the_secrets_before_it_quotes_a_log() -> None:
    fake = cluster()
    spec = {"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "s"}}]}]}
    fake.objects[REF]["spec"]["template"]["spec"] = spec
    fake.objects["Secret", "s"] = {"metadata": {"name": "s"}, "data": {"k": "dmVyeS1zZWNyZXQ="}}
    fake.objects[REF]["metadata"]["generation"] = 2
    done = restart(fake)
    redactor = Redactor()
    with pytest.raises(EngineError):
        done.wait(0, redactor)
    assert redactor.scrub("it said very-secret") == f"it said {HIDDEN}"

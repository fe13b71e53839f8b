# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several gateways of one instance: each has its own environment, configuration and memory, and they are counted."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import (
    Instance,
    new_instance,
    with_max_concurrent,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

_FILE = "/home/node/.openclaw/remembered"
_AWKWARD = 'it\'s "$HOME"; $(id) `id`\nsecond line'
OPTIONS: dict[str, object] = {
    "openclaw_replicas": 3,
    "openclaw_memory_request": "384Mi",
    "openclaw_env": {"ROLE": "any", "SHARED": "same"},
    "openclaw_config": with_max_concurrent(2),
    "openclaw_replica_overrides": {
        "0": {"env": {"ROLE": "first"}},
        "2": {"env": {"ROLE": _AWKWARD, "OWN": "yes"}, "config": with_max_concurrent(5)},
    },
    "openclaw_disruption_budget_enabled": True,
}
TWO_OR_THREE: dict[str, object] = {
    "openclaw_autoscaling_enabled": True,
    "openclaw_autoscaling_min_replicas": 2,
    "openclaw_autoscaling_max_replicas": 3,
}


@pytest.fixture(scope="module")
def three(shared_stage: Stage, model: str) -> Instance:
    """An instance of three gateways. Each test leaves it at three that answer."""
    return new_instance(shared_stage, "three", model, **OPTIONS)


def pods(instance: Instance) -> dict[str, str]:
    """Name and identity of each pod that is not on its way out."""
    return {
        pod["metadata"]["name"]: pod["metadata"]["uid"]
        for pod in instance.cluster.list("Pod", instance.name)
        if not pod["metadata"].get("deletionTimestamp")
    }


def exec_in(instance: Instance, replica: int, *argv: str) -> str:
    done = instance.cluster.exec(f"{instance.name}-{replica}", instance.name, *argv, container="openclaw", timeout=120)
    assert done.rc == 0, done.stderr
    return done.stdout


def environment(instance: Instance, replica: int) -> dict[str, str]:
    """The environment of the gateway itself, which its tools inherit: not what a new process in its container gets."""
    script = (
        "console.log(JSON.stringify(Object.fromEntries(require('fs').readFileSync('/proc/1/environ','utf8')"
        ".split('\\0').filter(Boolean).map(e=>[e.slice(0,e.indexOf('=')),e.slice(e.indexOf('=')+1)]))))"
    )
    found: dict[str, str] = json.loads(exec_in(instance, replica, "node", "-e", script))
    return found


def config_in_force(instance: Instance, replica: int) -> Any:
    said = exec_in(instance, replica, "node", "/app/openclaw.mjs", "gateway", "call", "config.get", "--json")
    return json.loads(said[said.index("{") :])["config"]


def replicas_of(instance: Instance) -> int:
    return int(instance.cluster.get("StatefulSet", instance.name, instance.name)["spec"]["replicas"])


def test_each_replica_shows_its_own_environment_and_configuration(three: Instance) -> None:
    assert sorted(pods(three)) == [f"{three.name}-{replica}" for replica in range(3)]
    found = [environment(three, replica) for replica in range(3)]
    assert [env["OPENCLAW_REPLICA"] for env in found] == ["0", "1", "2"]
    assert [env["ROLE"] for env in found] == ["first", "any", _AWKWARD]
    assert [env.get("OWN") for env in found] == [None, None, "yes"]
    assert {env["SHARED"] for env in found} == {"same"}
    concurrent = [config_in_force(three, replica)["agents"]["defaults"]["maxConcurrent"] for replica in range(3)]
    assert concurrent == [2, 2, 5]


def test_verify_and_status_tell_of_all_pods(three: Instance) -> None:
    verified = run("verify", three.inventory, extra={"openclaw_verify_prompt": "ping:several"}).ok()
    assert f"3 pods ready, answers through its Service, runs the declared configuration ({three.name}-0 was asked)" in (
        verified.stdout
    )
    assert "pong:several" in verified.stdout
    shown = run("status", three.inventory).ok().stdout
    assert re.search(rf"{three.name} +2026\.9\.6 +ready 3/3 +in sync +0 +-", shown)


def test_second_run_leaves_several_alone(three: Instance, audit: AuditLog) -> None:
    before, mark = pods(three), audit.mark()
    assert three.site().ok().changed(three.name) == 0
    assert audit.since(mark).writes == []
    assert pods(three) == before


def test_each_keeps_its_own_memory_over_a_restart(three: Instance) -> None:
    for replica in range(3):
        exec_in(three, replica, "node", "-e", f"require('fs').writeFileSync('{_FILE}','words of {replica}')")
    before = pods(three)

    run("restart", three.inventory).ok()

    after = pods(three)
    assert sorted(after) == sorted(before)
    assert not set(after.values()) & set(before.values())
    for replica in range(3):
        said = exec_in(three, replica, "node", "-p", f"require('fs').readFileSync('{_FILE}','utf8')")
        assert said.strip() == f"words of {replica}"
    assert three.site().ok().changed(three.name) == 0
    assert pods(three) == after


def test_an_instance_does_not_change_its_layout(three: Instance) -> None:
    contents, before = three.cluster.contents(three.name), pods(three)

    alone = {"openclaw_replicas": 1, "openclaw_replica_overrides": None}
    refused = run("site", three.inventory.host(three.name, **alone))
    three.inventory.host(three.name, **{key: OPTIONS[key] for key in alone})

    assert refused.rc != 0
    assert f"keeps its data in a claim for each pod (data-{three.name}-0, ...)" in refused.error
    assert f"wanted is claim {three.name}-data" in refused.error
    assert three.cluster.contents(three.name) == contents
    assert pods(three) == before


def test_configuration_of_one_replica_is_judged_too(three: Instance) -> None:
    contents, before = three.cluster.contents(three.name), pods(three)
    refused = run("site", three.inventory, extra={"openclaw_replica_overrides": {"1": {"config": {"bogus": True}}}})
    assert refused.rc != 0
    assert re.search(r"replica-1: .*bogus", refused.error)
    assert three.cluster.contents(three.name) == contents
    assert pods(three) == before


def test_an_autoscaler_comes_chooses_and_goes_without_stopping_a_pod(three: Instance, audit: AuditLog) -> None:
    name, before = three.name, pods(three)

    assert three.site(**TWO_OR_THREE).ok().changed(name) == 1
    autoscaler = three.cluster.get("HorizontalPodAutoscaler", name, name)
    assert (autoscaler["spec"]["minReplicas"], autoscaler["spec"]["maxReplicas"]) == (2, 3)
    assert replicas_of(three) == 3
    assert pods(three) == before
    assert three.site().ok().changed(name) == 0

    # What the controller writes once it has figures, under its name and the way it does.
    path = f"/apis/apps/v1/namespaces/{name}/statefulsets/{name}/scale"
    scale = three.cluster.request("GET", path)
    scale["spec"]["replicas"] = 2
    three.cluster.request("PUT", path, scale, {"fieldManager": "kube-controller-manager"})
    wait_until("two pods are left", lambda: len(three.cluster.list("Pod", name)) == 2, 90)
    mark = audit.mark()
    assert three.site().ok().changed(name) == 0
    assert audit.since(mark).writes == []
    assert replicas_of(three) == 2

    assert three.site(**dict.fromkeys(TWO_OR_THREE)).ok().changed(name) == 1
    assert three.cluster.find("HorizontalPodAutoscaler", name, name) is None
    assert replicas_of(three) == 3
    kept = exec_in(three, 2, "node", "-p", f"require('fs').existsSync('{_FILE}')")
    assert kept.strip() == "true", "a pod that comes back finds its volume"
    after = pods(three)
    assert {pod: uid for pod, uid in after.items() if not pod.endswith("-2")} == {
        pod: uid for pod, uid in before.items() if not pod.endswith("-2")
    }


def test_suspended_takes_the_autoscaler_away_and_claims_stay_until_asked_twice(three: Instance) -> None:
    """The last test of this file: it removes the instance."""
    name = three.name
    three.site(**TWO_OR_THREE).ok()
    three.site(openclaw_state="suspended").ok()
    assert three.cluster.list("Pod", name) == []
    assert three.cluster.find("HorizontalPodAutoscaler", name, name) is None

    claims = {f"data-{name}-{replica}" for replica in range(3)}

    def left() -> set[str]:
        return {claim["metadata"]["name"] for claim in three.cluster.list("PersistentVolumeClaim", name)}

    run("teardown", three.inventory, extra={"openclaw_teardown_confirm": name}).ok()
    assert left() == claims
    answers = {"openclaw_teardown_confirm": name, "openclaw_storage_delete_enabled": True}
    run("teardown", three.inventory, extra=answers).ok()
    wait_until("the claims are gone", lambda: left() == set())

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance that sleeps, is woken, restarted, and follows what it refers to: nothing is lost on the way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import (
    Instance,
    model_options,
    new_instance,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

_STATE = "/home/node/.openclaw"
# How many files of the state hold these words: transcripts are kept as text, whatever they are kept in.
_HOLDING = (
    "const fs=require('fs'),[dir,words]=process.argv.slice(1);"
    "console.log(fs.readdirSync(dir,{recursive:true,withFileTypes:true}).filter(f=>f.isFile()&&"
    "fs.readFileSync(f.parentPath+'/'+f.name).includes(words)).length)"
)


@pytest.fixture(scope="module")
def living(shared_stage: Stage, model: str) -> Instance:
    """An instance that the tests of this file put to sleep and restart; each leaves it answering."""
    return new_instance(shared_stage, "living", model)


def remembers(instance: Instance, words: str) -> bool:
    return int(instance.exec("node", "-e", _HOLDING, _STATE, words).stdout) > 0


def test_suspended_instance_comes_back_with_what_it_knew(
    living: Instance, audit: AuditLog, record_property: Callable[[str, object], None]
) -> None:
    name, words = living.name, "ping:before-the-sleep"
    assert living.ask(words) == (200, "pong:before-the-sleep")
    assert remembers(living, "pong:before-the-sleep")
    assert not remembers(living, "pong:never-said")
    before = living.cluster.contents(name)

    suspended = living.site(openclaw_state="suspended").ok()

    assert suspended.changed(name) == 1
    assert living.cluster.list("Pod", name) == []
    asleep = living.cluster.contents(name)
    assert set(asleep) == set(before)
    assert {ref for ref in asleep if asleep[ref] != before[ref]} == {("StatefulSet", name)}
    assert "suspended: no pod runs, everything else is kept" in suspended.stdout

    mark = audit.mark()
    assert living.site().ok().changed(name) == 0
    assert audit.since(mark).writes == []
    assert re.search(rf"tests +{name} +2026\.9\.6 +suspended +", run("status", living.inventory).ok().stdout)
    restarted = run("restart", living.inventory).ok()
    assert restarted.changed(name) == 0
    assert living.cluster.list("Pod", name) == []

    woken = living.site(openclaw_state=None).ok()

    record_property("figure", f"awake after {woken.seconds:.0f} s with its conversation")
    assert remembers(living, "pong:before-the-sleep")
    assert living.ask("ping:after-the-sleep") == (200, "pong:after-the-sleep")


def test_declared_and_asleep_is_a_problem(living: Instance) -> None:
    living.cluster.merge("StatefulSet", living.name, living.name, {"spec": {"replicas": 0}})
    wait_until("the pod is gone", lambda: living.cluster.list("Pod", living.name) == [])
    failed = run("verify", living.inventory)
    assert failed.rc != 0
    assert "is suspended; run the site playbook" in failed.error
    run("site", living.inventory, extra={"openclaw_force_conflicts": True}).ok()


def test_restart_replaces_the_pod_once_and_is_no_change_afterwards(living: Instance, audit: AuditLog) -> None:
    name, uid, revisions = living.name, living.uid(), living.revisions()

    mark = audit.mark()
    shown = run("restart", living.inventory, check=True, diff=True).ok()
    assert shown.changed(name) == 1
    assert "kubectl.kubernetes.io/restartedAt" in shown.stdout
    assert audit.since(mark).real_writes == []

    restarted = run("restart", living.inventory).ok()

    assert restarted.changed(name) == 1
    assert living.ready()
    second = living.uid()
    assert second != uid
    assert living.revisions() == revisions + 1
    mark = audit.mark()
    assert living.site().ok().changed(name) == 0
    assert audit.since(mark).writes == []
    assert living.uid() == second
    assert living.ask("ping:restarted") == (200, "pong:restarted")


def test_change_of_what_the_pod_refers_to_rolls_it_once(
    stage: Stage, model: str, record_property: Callable[[str, object], None]
) -> None:
    name = stage.namespace(stage.name("refers"), {"pod-security.kubernetes.io/enforce": "restricted"})
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": name}}
    stage.cluster.create({**settings, "data": {"WHO": "first"}})
    options = {**model_options(model), "openclaw_env_from": {"settings": {"config_map": "settings"}}}
    inventory = stage.inventory().host(name, **options)
    instance = Instance(stage.cluster, name, inventory, deployed=run("site", inventory).ok())
    assert instance.exec("sh", "-c", "echo $WHO").stdout == "first\n"
    uid, revisions = instance.uid(), instance.revisions()
    stage.cluster.merge("ConfigMap", "settings", name, {"data": {"WHO": "second"}})

    rolled = instance.site().ok()

    record_property("figure", f"{instance.revisions() - revisions} rollout")
    assert rolled.changed(name) == 1
    assert instance.revisions() == revisions + 1
    second = instance.uid()
    assert second != uid
    assert instance.exec("sh", "-c", "echo $WHO").stdout == "second\n"
    assert instance.site().ok().changed(name) == 0
    assert instance.uid() == second


def test_absent_needs_the_confirmation_and_keeps_the_volume(living: Instance) -> None:
    """The last test of this file: it removes the instance."""
    name, cluster = living.name, living.cluster
    contents = cluster.contents(name)

    refused = living.site(openclaw_state="absent")
    assert refused.rc != 0
    assert f"openclaw_teardown_confirm={name}" in refused.error
    assert cluster.contents(name) == contents

    confirmed = {"openclaw_teardown_confirm": name}
    gone = run("site", living.inventory, extra=confirmed).ok()

    assert gone.changed(name) == 1
    assert "absent: nothing of it runs on the cluster" in gone.stdout
    assert {kind for kind, _name in cluster.objects(name)} <= {"PersistentVolumeClaim", "Secret", "ConfigMap"}
    assert cluster.find("PersistentVolumeClaim", f"{name}-data", name)
    assert run("site", living.inventory, extra=confirmed).ok().changed(name) == 0

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A changed configuration is in force after one restart; one that OpenClaw refuses never reaches the running pod."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import (
    Instance,
    new_instance,
    with_max_concurrent,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage


@pytest.fixture(scope="module")
def changing(shared_stage: Stage, model: str) -> Instance:
    """An instance whose configuration the tests of this file change; each leaves it answering."""
    return new_instance(shared_stage, "changing", model, openclaw_config=with_max_concurrent(2))


def test_change_rolls_the_pod_once_and_is_in_force(
    changing: Instance, record_property: Callable[[str, object], None]
) -> None:
    uid, revisions = changing.uid(), changing.revisions()
    assert changing.max_concurrent() == 2

    changed = changing.site(openclaw_config=with_max_concurrent(5)).ok()

    record_property("figure", f"{changing.revisions() - revisions} rollout")
    assert changed.changed(changing.name) == 1
    assert changing.uid() != uid
    assert changing.revisions() == revisions + 1
    assert changing.max_concurrent() == 5
    assert changing.ask("ping:after-the-change") == (200, "pong:after-the-change")

    uid = changing.uid()
    assert changing.site().ok().changed(changing.name) == 0
    assert changing.uid() == uid


@pytest.mark.parametrize(
    "config,said",
    [
        ({"agents": {"defaults": {"maxConcurent": 5}}}, ("agents.defaults", "maxConcurent")),
        ({"gateway": {"reload": {"mode": "sometimes"}}}, ("gateway.reload.mode",)),
        ({"bogus": True}, ("bogus",)),
    ],
    ids=["unknown key", "bad value", "unknown root key"],
)
def test_refused_configuration_stops_the_run_while_the_pod_serves(
    changing: Instance, config: dict[str, object], said: tuple[str, ...]
) -> None:
    uid, contents = changing.uid(), changing.cluster.contents(changing.name)

    refused = run("site", changing.inventory, extra={"openclaw_config": config})

    assert refused.rc != 0
    for words in said:
        assert words in refused.error
    assert "Traceback" not in refused.output
    assert changing.uid() == uid
    assert changing.cluster.contents(changing.name) == contents
    assert changing.cluster.list("Job", changing.name) == []
    assert changing.ask("ping:still-here") == (200, "pong:still-here")


def test_refused_configuration_of_a_new_instance_leaves_nothing(stage: Stage, audit: AuditLog) -> None:
    name, inventory = stage.instance("refused", openclaw_config={"bogus": True})

    refused = run("site", inventory)

    assert refused.rc != 0
    assert "bogus" in refused.error
    namespace = stage.cluster.find("Namespace", name)
    assert namespace is None or namespace["metadata"]["deletionTimestamp"]


def test_edit_inside_the_pod_is_refused_in_readonly_mode(changing: Instance) -> None:
    refused = changing.openclaw("config", "set", "agents.defaults.maxConcurrent", "9")
    assert refused.rc != 0
    assert changing.max_concurrent() != 9


def test_inventory_wins_over_an_edit_in_overwrite_mode(stage: Stage, model: str) -> None:
    """OpenClaw restores its own backup of a file that lacks its stamp: the pod is Ready with the old value in force."""
    instance = new_instance(
        stage, "overwrite", model, openclaw_config_mode="overwrite", openclaw_config=with_max_concurrent(2)
    )
    assert instance.max_concurrent() == 2
    edited = instance.openclaw("config", "set", "agents.defaults.maxConcurrent", "3")
    assert edited.rc == 0, edited.stderr
    uid = instance.uid()

    instance.site(openclaw_config=with_max_concurrent(5)).ok()

    assert instance.uid() != uid
    assert instance.max_concurrent() == 5
    run("verify", instance.inventory).ok()


def test_seeded_configuration_belongs_to_the_instance(stage: Stage, model: str) -> None:
    instance = new_instance(stage, "seed", model, openclaw_config_mode="seed", openclaw_config=with_max_concurrent(2))
    assert instance.max_concurrent() == 2
    uid = instance.uid()
    assert instance.openclaw("config", "set", "agents.defaults.maxConcurrent", "3").rc == 0

    instance.site(openclaw_config=with_max_concurrent(5)).ok()
    assert instance.uid() == uid, "a file that is read only once restarts nothing"

    instance.site(openclaw_env={"TZ": "UTC"}).ok()
    assert instance.uid() != uid
    assert instance.max_concurrent() == 3

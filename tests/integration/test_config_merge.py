# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two write one configuration: whatever one side changes holds, over restarts and updates, and every edit is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.edited import (
    delete_pod,
    edit,
    in_force,
    parsed,
    restart,
    rewrite,
    text_of,
    write,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import (
    Instance,
    new_instance,
    with_max_concurrent,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

CONCURRENT = "agents.defaults.maxConcurrent"
ZONE = "agents.defaults.userTimezone"
COLOUR = "ui.seamColor"
SECRET = "7123456789:AAE-abcdefghijklmnopqrstuvwxyz12345"


@pytest.fixture(scope="module")
def shared(shared_stage: Stage, model: str) -> Instance:
    """An instance that both the inventory and its people configure; each test leaves it answering."""
    return new_instance(
        shared_stage, "shared", model, openclaw_config_mode="merge", openclaw_config=with_max_concurrent(2)
    )


def test_second_run_writes_nothing_and_asks_once(shared: Instance, audit: AuditLog) -> None:
    contents, text, uid = shared.cluster.contents(shared.name), text_of(shared), shared.uid()

    mark = audit.mark()
    run("preflight", shared.inventory).ok()
    asked = audit.since(mark)
    again = shared.site().ok()

    assert again.changed(shared.name) == 0
    assert audit.since(mark).writes == []
    assert [request.resource for request in asked.requests if request.verb != "list"] == ["pods/exec", "namespaces"]
    assert shared.cluster.contents(shared.name) == contents
    assert (text_of(shared), shared.uid()) == (text, uid)


def test_change_of_the_inventory_reaches_the_running_pod(
    shared: Instance, record_property: Callable[[str, object], None]
) -> None:
    uid, revisions = shared.uid(), shared.revisions()

    changed = shared.site(openclaw_config=with_max_concurrent(5)).ok()

    record_property("figure", f"in force after {changed.seconds:.0f} s, no new pod")
    assert changed.changed(shared.name) == 1
    assert (shared.uid(), shared.revisions()) == (uid, revisions)
    assert in_force(shared, CONCURRENT) == 5
    assert shared.site().ok().changed(shared.name) == 0


def test_edit_in_the_user_interface_stays_and_is_told(shared: Instance) -> None:
    edit(shared, {"ui": {"seamColor": "#112233"}})
    contents = shared.cluster.contents(shared.name)

    again = shared.site().ok()

    assert again.changed(shared.name) == 0
    assert shared.cluster.contents(shared.name) == contents
    assert in_force(shared, COLOUR) == "#112233"
    assert f"edited in the instance and kept: {COLOUR}" in again.output.replace("\n", " ")
    shown = run("status", shared.inventory).ok().stdout
    assert "1 edit" in shown
    assert COLOUR in shown
    run("verify", shared.inventory).ok()


def test_both_change_something_else(shared: Instance) -> None:
    edit(shared, {"agents": {"defaults": {"userTimezone": "Europe/Berlin"}}})
    shared.site(openclaw_config=with_max_concurrent(7)).ok()
    assert (in_force(shared, CONCURRENT), in_force(shared, ZONE)) == (7, "Europe/Berlin")


def test_both_change_the_same_and_the_inventory_wins_and_says_so(shared: Instance) -> None:
    edit(shared, {"agents": {"defaults": {"maxConcurrent": 3}}})
    changed = run("site", shared.inventory, extra={"openclaw_config": with_max_concurrent(8)}).ok()
    assert in_force(shared, CONCURRENT) == 8
    assert f"{CONCURRENT}: 3 of the instance gave way to 8 of the inventory" in " ".join(changed.output.split())
    shared.site(openclaw_config=with_max_concurrent(8)).ok()


def test_what_either_side_deletes_is_gone(shared: Instance) -> None:
    both = {"agents": {"defaults": {"maxConcurrent": 8, "typingIntervalSeconds": 7}}}
    shared.site(openclaw_config=both).ok()
    assert in_force(shared, "agents.defaults.typingIntervalSeconds") == 7

    edit(shared, {"agents": {"defaults": {"typingIntervalSeconds": None}}})
    shared.site().ok()
    assert in_force(shared, "agents.defaults.typingIntervalSeconds") is None

    shared.site(openclaw_config=None).ok()
    assert in_force(shared, CONCURRENT) is None
    shared.site(openclaw_config=with_max_concurrent(2)).ok()


def test_check_shows_what_would_become_of_an_edit_and_writes_nothing(shared: Instance) -> None:
    edit(shared, {"agents": {"defaults": {"maxConcurrent": 3}}})
    contents, text = shared.cluster.contents(shared.name), text_of(shared)

    checked = run(
        "site", shared.inventory, check=True, diff=True, extra={"openclaw_config": with_max_concurrent(6)}
    ).ok()

    assert "3 of the instance gave way to 6 of the inventory" in " ".join(checked.output.split())
    assert re.search(r'^\+ .*"maxConcurrent": 6', checked.diff(shared.name), re.MULTILINE)
    assert shared.cluster.contents(shared.name) == contents
    assert text_of(shared) == text


def test_protected_setting_keeps_no_edit(shared: Instance) -> None:
    rewrite(shared, lambda config: config["gateway"].update(trustedProxies=["10.0.0.1"]))

    changed = shared.site().ok()

    assert changed.changed(shared.name) == 1
    assert in_force(shared, "gateway.trustedProxies") is None
    assert "which openclaw_config_protected keeps there" in " ".join(changed.output.split())
    assert shared.site().ok().changed(shared.name) == 0


def test_ignored_setting_is_no_drift(shared: Instance) -> None:
    edit(shared, {"ui": {"seamColor": "#445566"}})
    ignoring = shared.site(openclaw_config_ignored=["ui", ZONE, CONCURRENT]).ok()
    assert "edited in the instance" not in ignoring.output
    assert "in sync" in run("status", shared.inventory).ok().stdout
    shared.site(openclaw_config_ignored=None).ok()


def test_secret_that_somebody_typed_never_leaves_the_pod(shared: Instance) -> None:
    rewrite(shared, lambda config: config.update(talk={"providers": {"x": {"apiKey": SECRET}}}))

    changed = run(
        "site", shared.inventory, diff=True, verbosity=3, extra={"openclaw_config": with_max_concurrent(4)}
    ).ok()

    assert SECRET in text_of(shared)
    assert SECRET not in changed.everything
    assert SECRET not in json.dumps(shared.cluster.list("ConfigMap", shared.name))
    rewrite(shared, lambda config: config.pop("talk"))
    shared.site(openclaw_config=with_max_concurrent(4)).ok()


def test_restarts_revert_neither_side(shared: Instance) -> None:
    edit(shared, {"ui": {"seamColor": "#778899"}})
    shared.site(openclaw_config=with_max_concurrent(9)).ok()

    for again in (restart, delete_pod):
        again(shared)
        assert (in_force(shared, CONCURRENT), in_force(shared, COLOUR)) == (9, "#778899")
    assert shared.site().ok().changed(shared.name) == 0


def test_change_while_suspended_is_merged_when_the_pod_is_back(shared: Instance) -> None:
    edit(shared, {"ui": {"seamColor": "#aabbcc"}})
    shared.site(openclaw_state="suspended", openclaw_config=with_max_concurrent(3)).ok()
    assert shared.site().ok().changed(shared.name) == 0

    shared.site(openclaw_state=None).ok()

    assert (in_force(shared, CONCURRENT), in_force(shared, COLOUR)) == (3, "#aabbcc")


def test_file_that_nobody_can_read_stops_the_run_and_stays(shared: Instance) -> None:
    text = text_of(shared)
    write(shared, "{agents: ")
    try:
        refused = run("site", shared.inventory, extra={"openclaw_config": with_max_concurrent(6)})
        assert refused.rc != 0
        assert "is not JSON5" in refused.error
        assert text_of(shared) == "{agents: "
    finally:
        write(shared, text)
    shared.site().ok()


def test_the_other_modes_lead_here_and_back(stage: Stage, model: str) -> None:
    instance = new_instance(stage, "modes", model, openclaw_config_mode="seed", openclaw_config=with_max_concurrent(2))
    edit(instance, {"ui": {"seamColor": "#123456"}})

    instance.site(openclaw_config_mode="merge", openclaw_config=with_max_concurrent(3)).ok()
    assert (in_force(instance, CONCURRENT), in_force(instance, COLOUR)) == (3, "#123456")
    assert instance.site().ok().changed(instance.name) == 0

    instance.site(openclaw_config_mode="readonly").ok()
    assert (in_force(instance, CONCURRENT), in_force(instance, COLOUR)) == (3, None)

    instance.site(openclaw_config_mode="merge").ok()
    assert in_force(instance, COLOUR) == "#123456"


@pytest.mark.needs_image("openclaw-2026.8.2")
def test_update_of_openclaw_reverts_neither_side(stage: Stage, model: str) -> None:
    old = {"openclaw_image_tag": "2026.8.2", "openclaw_config": with_max_concurrent(2)}
    instance = new_instance(stage, "updated", model, openclaw_config_mode="merge", **old)
    edit(instance, {"ui": {"seamColor": "#123456"}})

    instance.site(openclaw_image_tag="2026.9.6", openclaw_config=with_max_concurrent(5)).ok()

    assert (in_force(instance, CONCURRENT), in_force(instance, COLOUR)) == (5, "#123456")
    delete_pod(instance)
    assert (in_force(instance, CONCURRENT), in_force(instance, COLOUR)) == (5, "#123456")
    assert instance.site().ok().changed(instance.name) == 0
    assert "meta" in parsed(instance)

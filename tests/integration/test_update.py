# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An update ends with the new release serving, or with the old one and all of its state; nothing lies between."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.downtime import downtime
from ansible_collections.openclaw.kubernetes.tests.integration.support.fault_proxy import FaultProxy, fault_proxy
from ansible_collections.openclaw.kubernetes.tests.integration.support.image_registry import (
    REPOSITORY,
    ImageRegistry,
    serving,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

pytestmark = pytest.mark.needs_image("openclaw-2026.8.2")

OLD, NEW = "2026.8.2", "2026.9.6"
# The registry of the images is not reached from the tests, and the soak is for releases, not for tests.
AT_ONCE: dict[str, object] = {"openclaw_update_registry_enabled": False, "openclaw_update_soak_period": "3s"}
# What is tested then is the way back, not the checks that make it rarely needed.
UNCHECKED: dict[str, object] = {
    "openclaw_update_schema_check_enabled": False,
    "openclaw_config_validate_enabled": False,
}
_TIMEOUT = 900.0


@pytest.fixture
def instance(stage: Stage, model: str) -> Instance:
    """One that runs the old release and has something to remember."""
    return new_instance(stage, "update", model, openclaw_image_tag=OLD, **AT_ONCE)


@pytest.fixture
def marker(instance: Instance) -> str:
    """What was said to the agent before."""
    said = f"before-{uuid.uuid4().hex}"
    assert instance.ask(f"ping:{said}") == (200, f"pong:{said}")
    return said


def update(instance: Instance, tag: str = NEW, *, check: bool = False, **variables: object) -> Run:
    instance.inventory.host(instance.name, openclaw_image_tag=tag, **variables)
    return run("update", instance.inventory, check=check, diff=check, timeout=_TIMEOUT)


def version(instance: Instance) -> str:
    return str(instance.pod()["spec"]["containers"][0]["image"]).rpartition(":")[2]


def remembers(instance: Instance, marker: str) -> bool:
    """Whether a conversation is in the databases in force. Copies of these do not count."""
    found = instance.exec(
        "grep", "-rlF", "--include=*.sqlite", "--include=*.sqlite-wal", marker, "/home/node/.openclaw/agents"
    )
    return found.rc == 0


def revisions(instance: Instance) -> list[tuple[str, str]]:
    """Version and outcome of each revision that is kept."""
    listed = run("rollback", instance.inventory).ok()
    found = next(task for task in listed.of("openclaw.kubernetes.revision"))
    return [(each["version"], each["outcome"]) for each in found.result["revisions"]]


def is_back(instance: Instance, marker: str) -> None:
    """The old release serves, knows what it knew, and no run is owed."""
    assert version(instance) == OLD
    assert instance.ask("ping:back") == (200, "pong:back")
    assert remembers(instance, marker)
    data = instance.cluster.get("ConfigMap", f"{instance.name}-operation", instance.name)["data"]
    assert data["state"] == "undone"


# -- well ----------------------------------------------------------------------------------------------------------


def test_update_keeps_what_was_said(
    instance: Instance, marker: str, record_property: Callable[[str, object], None]
) -> None:
    with downtime(instance) as down:
        updated = update(instance, openclaw_verify_prompt="ping:new-release").ok()

    assert version(instance) == NEW
    assert "pong:new-release" in updated.stdout
    assert remembers(instance, marker)
    assert instance.site().ok().changed(instance.name) == 0
    assert revisions(instance) == [(OLD, "serving"), (NEW, "serving")]
    record_property("figure", f"{down.seconds:.0f} s without a ready pod, {updated.seconds:.0f} s in all")

    again = update(instance).ok()
    assert again.changed(instance.name) == 0
    assert f"runs {NEW} already" in again.stdout


def test_check_mode_says_what_would_be(instance: Instance) -> None:
    uid = instance.uid()
    would = update(instance, check=True).ok()
    assert f"+image: ghcr.io/openclaw/openclaw:{NEW}" in would.diff()
    assert instance.uid() == uid
    assert instance.cluster.find("Job", f"{instance.name}-update-schema", instance.name) is None


# -- refused -------------------------------------------------------------------------------------------------------


def test_older_release_is_refused(instance: Instance) -> None:
    refused = update(instance, "2026.7.1")
    assert refused.rc != 0
    assert 'openclaw_image_tag  "2026.7.1" is older than 2026.8.2, which runs' in refused.error
    assert version(instance) == OLD


def test_release_that_is_not_there_is_refused_before_the_pod_is_touched(instance: Instance, marker: str) -> None:
    """The Job in which it was to judge the state cannot be started."""
    uid = instance.uid()
    refused = update(instance, "2026.9.99")
    assert refused.rc != 0
    assert "nothing was changed" in refused.error
    assert "openclaw:2026.9.99" in refused.error
    assert instance.uid() == uid
    assert instance.ask("ping:untouched") == (200, "pong:untouched")


def test_configuration_that_the_new_release_refuses_leaves_the_old_one_alone(instance: Instance) -> None:
    uid = instance.uid()
    refused = update(instance, openclaw_config={"bogus": True})
    assert refused.rc != 0
    assert "bogus" in refused.error
    assert instance.uid() == uid


# -- badly ---------------------------------------------------------------------------------------------------------


def test_image_that_cannot_be_pulled_is_rolled_back(
    instance: Instance, marker: str, record_property: Callable[[str, object], None]
) -> None:
    with downtime(instance) as down:
        failed = update(instance, "2026.9.99", **UNCHECKED)
    assert failed.rc != 0
    assert "openclaw:2026.9.99" in failed.error
    assert f"openclaw:{OLD} serves again" in failed.error
    assert "unchanged: the new release had not migrated it" in failed.error
    is_back(instance, marker)
    record_property("figure", f"{down.seconds:.0f} s without a ready pod")


def test_crash_loop_is_rolled_back(
    instance: Instance, marker: str, record_property: Callable[[str, object], None]
) -> None:
    token = {"gateway": {"auth": {"token": {"id": "NOT_IN_THE_POD"}}}}
    with downtime(instance) as down:
        failed = update(instance, openclaw_config=token, **UNCHECKED)
    assert failed.rc != 0
    assert "secrets are unavailable" in failed.error
    is_back(instance, marker)
    record_property("figure", f"{down.seconds:.0f} s without a ready pod")


def test_pod_that_never_becomes_ready_is_rolled_back(
    instance: Instance, marker: str, record_property: Callable[[str, object], None]
) -> None:
    with downtime(instance) as down:
        failed = update(
            instance, openclaw_command=["node", "-e", "setInterval(() => {}, 1e6)"], openclaw_wait_timeout="90s"
        )
    assert failed.rc != 0
    assert "not ready after 90 s" in failed.error
    is_back(instance, marker)
    record_property("figure", f"{down.seconds:.0f} s without a ready pod, 90 s of them patience")


def test_release_that_migrates_the_state_and_then_fails_is_rolled_back_with_the_state(
    instance: Instance, model: str, marker: str, record_property: Callable[[str, object], None]
) -> None:
    """The new gateway serves, with databases that the old one cannot read, and the agent does not answer."""
    nowhere = {"models": {"providers": {"stub": {"baseUrl": f"http://model.{model}.svc:4011/v1"}}}}
    with downtime(instance) as down:
        failed = update(instance, openclaw_config=nowhere, openclaw_verify_prompt="ping:never")
    assert failed.rc != 0
    assert "as it was before the migration: " in failed.error
    is_back(instance, marker)
    record_property("figure", f"{down.seconds:.0f} s without a ready pod")

    # It is remembered, until something changes.
    refused = update(instance)
    assert refused.rc != 0
    assert f'openclaw_image_tag  "{NEW}" failed here at ' in refused.error
    assert revisions(instance)[-1] == (NEW, "failed")
    update(instance, openclaw_config=None, openclaw_verify_prompt="").ok()
    assert version(instance) == NEW
    assert remembers(instance, marker)


def test_old_release_stays_away_where_that_is_asked_for(instance: Instance) -> None:
    failed = update(instance, "2026.9.99", openclaw_update_rollback_enabled=False, **UNCHECKED)
    assert failed.rc != 0
    assert "failed and stays, since openclaw_update_rollback_enabled is false" in failed.error
    # A person decides: here, that it shall come back.
    run("update", instance.inventory, extra={"openclaw_update_rollback_enabled": True}, timeout=_TIMEOUT)
    assert version(instance) == OLD
    assert instance.ask("ping:decided") == (200, "pong:decided")


# -- a fleet -------------------------------------------------------------------------------------------------------


def test_waves_stop_at_a_failure_and_go_on_later(stage: Stage, model: str) -> None:
    canary = new_instance(stage, "a-canary", model, openclaw_image_tag=OLD, **AT_ONCE)
    second = new_instance(stage, "b-second", model, openclaw_image_tag=OLD, **AT_ONCE)
    fleet = _joined(stage, canary, second)
    fleet.host(canary.name, openclaw_image_tag="2026.9.99")
    fleet.host(second.name, openclaw_image_tag=NEW)
    waves = {"openclaw_update_waves": [1, "100%"]}

    stopped = run("update", fleet, extra=waves, timeout=_TIMEOUT)
    assert stopped.rc != 0
    assert (version(canary), version(second)) == (OLD, OLD)
    assert second.name not in stopped.recap or stopped.changed(second.name) == 0

    fleet.host(canary.name, openclaw_image_tag=NEW)
    run("update", fleet, extra=waves, timeout=_TIMEOUT).ok()
    assert (version(canary), version(second)) == (NEW, NEW)


def _joined(stage: Stage, *instances: Instance) -> Inventory:
    inventory = stage.inventory()
    for instance in instances:
        variables = instance.inventory._variables[instance.inventory.folder / "host_vars" / f"{instance.name}.yml"]
        inventory.host(instance.name, **variables)
    return inventory


# -- by itself -----------------------------------------------------------------------------------------------------


@pytest.fixture
def registry() -> Iterator[ImageRegistry]:
    with serving(
        ImageRegistry(tags=["latest", OLD, "2026.9.5", NEW, "2026.9.7-beta.1"], page=2, auth="bearer")
    ) as made:
        yield made


def test_the_newest_release_of_the_registry_is_chosen(instance: Instance, registry: ImageRegistry) -> None:
    by_itself: dict[str, object] = {
        "openclaw_update_automatic_enabled": True,
        "openclaw_update_windows": {"always": {}},
        "openclaw_image_repository": f"{registry.host}/{REPOSITORY}",
    }
    chosen = run("update", instance.inventory, check=True, diff=True, extra=by_itself).ok()
    assert f"+image: {registry.image}:{NEW}@{registry.digest(NEW)}" in chosen.diff()

    pinned = {**by_itself, "openclaw_update_constraint": "<2026.9"}
    nothing = run("update", instance.inventory, check=True, extra=pinned).ok()
    assert f"{OLD} is the newest release of channel stable that fits" in nothing.stdout

    never = {**by_itself, "openclaw_update_windows": {"never": {"from": "00:00", "until": "00:01", "days": ["mon"]}}}
    if "none of openclaw_update_windows is open" not in run("update", instance.inventory, extra=never).ok().stdout:
        pytest.skip("it is the first minute of a Monday")


def test_site_keeps_the_release_that_automatic_updates_brought(instance: Instance) -> None:
    update(instance).ok()
    # The inventory still has what was deployed first.
    instance.inventory.host(instance.name, openclaw_image_tag=OLD, openclaw_update_automatic_enabled=True)
    assert instance.site().ok().changed(instance.name) == 0
    assert version(instance) == NEW


# -- killed --------------------------------------------------------------------------------------------------------


@pytest.fixture
def proxy(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultProxy]:
    with fault_proxy(cluster.kubeconfig, tmp_path_factory.mktemp("proxy")) as made:
        yield made


def _is_free(instance: Instance) -> bool:
    lease = instance.cluster.find("Lease", f"{instance.name}-operation", instance.name)
    return lease is None or not lease["spec"].get("holderIdentity")


@pytest.mark.slow
def test_update_killed_after_each_write(
    stage: Stage, model: str, proxy: FaultProxy, record_property: Callable[[str, object], None]
) -> None:
    """Whatever a run had done when it was killed, the next one ends the update."""
    count = 0
    while True:
        count += 1
        instance = new_instance(stage, "killed", model, openclaw_image_tag=OLD, **AT_ONCE)
        instance.inventory.host(instance.name, openclaw_image_tag=NEW)
        proxy.kill_after_write(count)
        through = {"openclaw_kubeconfig": proxy.kubeconfig}
        killed = run("update", instance.inventory, extra=through, timeout=_TIMEOUT, on_start=proxy.watch)
        if killed.rc != -9:
            break
        wait_until("the lease of the killed run is free", lambda: _is_free(instance), timeout=65)  # noqa: B023
        run("update", instance.inventory, timeout=_TIMEOUT).ok()
        assert version(instance) == NEW, f"after write {count}, {proxy.writes[-1]}"
        assert instance.ask("ping:whole") == (200, "pong:whole")
        assert instance.site().ok().changed(instance.name) == 0
        stage.drop(instance.name)
    record_property("figure", f"killed after each of {count - 1} writes")
    assert count > 10

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Image, configuration and state of an earlier revision come back as asked, after a look at what would be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import (
    Instance,
    new_instance,
    with_max_concurrent,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.s3 import s3_server
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage
from ansible_collections.openclaw.kubernetes.tests.integration.test_backup import backed_up
from ansible_collections.openclaw.kubernetes.tests.integration.test_update import remembers, version

QUICK: dict[str, object] = {"openclaw_update_registry_enabled": False}


@pytest.fixture
def instance(stage: Stage, model: str) -> Instance:
    """One with two revisions of its configuration."""
    made = new_instance(stage, "rollback", model, openclaw_config=with_max_concurrent(2), **QUICK)
    made.site(openclaw_config=with_max_concurrent(5)).ok()
    assert made.max_concurrent() == 5
    return made


def rollback(instance: Instance, to: int, *, check: bool = False, **variables: object) -> Run:
    extra = {"openclaw_rollback_to": to, **variables}
    return run("rollback", instance.inventory, check=check, diff=check, extra=extra, timeout=600)


def test_revisions_are_listed(instance: Instance) -> None:
    uid = instance.uid()
    listed = run("rollback", instance.inventory).ok()
    assert f"{instance.name}: 2 revisions" in listed.stdout
    assert listed.changed(instance.name) == 0
    assert instance.uid() == uid


def test_preview_changes_nothing(instance: Instance) -> None:
    uid = instance.uid()
    would = rollback(instance, 1, check=True).ok()
    assert '"maxConcurrent": 2' in would.diff()
    assert instance.uid() == uid
    assert instance.max_concurrent() == 5


def test_configuration_comes_back(instance: Instance, record_property: Callable[[str, object], None]) -> None:
    back = rollback(instance, 1, openclaw_rollback_what=["config"]).ok()
    assert instance.max_concurrent() == 2
    assert instance.ask("ping:back") == (200, "pong:back")
    assert "write it in the inventory" in back.stdout
    record_property("figure", f"in {back.seconds:.0f} s")
    # What the inventory says is what site brings.
    instance.site().ok()
    assert instance.max_concurrent() == 5


def test_revision_that_is_not_kept_is_told(instance: Instance) -> None:
    refused = rollback(instance, 9)
    assert refused.rc != 0
    assert f"openclaw_rollback_to  9 is no revision of {instance.name}. Kept are: 1, 2." in refused.error


def test_state_without_a_backup_is_refused(instance: Instance) -> None:
    refused = rollback(instance, 1, openclaw_rollback_what=["config", "state"])
    assert refused.rc != 0
    assert "openclaw_rollback_to  1 has no backup, so its state cannot come back." in refused.error


@pytest.mark.needs_image("openclaw-2026.8.2")
def test_older_release_is_refused_on_a_state_that_it_cannot_read(stage: Stage, model: str) -> None:
    """The older release judges a copy of the state first: the gateway that runs is not touched."""
    instance = new_instance(stage, "older", model, openclaw_image_tag="2026.8.2", **QUICK)
    instance.inventory.host(instance.name, openclaw_image_tag="2026.9.6", openclaw_update_soak_period="1s")
    run("update", instance.inventory, timeout=600).ok()
    uid = instance.uid()

    refused = rollback(instance, 1)

    assert refused.rc != 0
    assert "the release cannot take over the state: incompatible" in refused.error
    assert instance.uid() == uid
    assert instance.ask("ping:untouched") == (200, "pong:untouched")


@pytest.mark.needs_image("openclaw-2026.8.2", "restic", "versitygw")
def test_image_and_state_come_back_together(
    stage: Stage, model: str, record_property: Callable[[str, object], None]
) -> None:
    """The backup that was made before the update holds what the older release can read."""
    with s3_server(stage) as server:
        instance = backed_up(stage, model, server, "together", openclaw_image_tag="2026.8.2", **QUICK)
        assert instance.ask("ping:said-before") == (200, "pong:said-before")
        instance.inventory.host(instance.name, openclaw_image_tag="2026.9.6", openclaw_update_soak_period="1s")
        run("update", instance.inventory, timeout=900).ok()
        assert instance.ask("ping:said-after") == (200, "pong:said-after")

        back = rollback(instance, 1, openclaw_rollback_what=["image", "config", "state"]).ok()

        assert version(instance) == "2026.8.2"
        assert instance.ask("ping:here-again") == (200, "pong:here-again")
        assert remembers(instance, "said-before")
        assert not remembers(instance, "said-after")
        record_property("figure", f"in {back.seconds:.0f} s")

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout that cannot succeed is reported when it is seen, with its cause, not when the time is over."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable
from typing import Protocol

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import (
    Instance,
    new_instance,
    with_max_concurrent,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

UNCHECKED: dict[str, object] = {"openclaw_config_validate_enabled": False}
# What the issue allows between the fact and the report.
REPORTED_WITHIN = 60


class FailsEarly(Protocol):
    def __call__(self, inventory: Inventory, *said: str, allowance: float = 0.0) -> Run: ...


@pytest.fixture
def fails_early(record_property: Callable[[str, object], None]) -> FailsEarly:
    """Run site, which must fail within the time and say this. allowance: seconds until the fact is a fact."""

    def run_site(inventory: Inventory, *said: str, allowance: float = 0.0) -> Run:
        started = time.monotonic()
        failed = run("site", inventory)
        seconds = time.monotonic() - started
        record_property("seconds", round(seconds))
        assert failed.rc != 0
        for words in said:
            assert words in failed.error
        assert "Traceback" not in failed.output
        assert seconds < REPORTED_WITHIN + allowance
        return failed

    return run_site


def test_missing_image_tag(stage: Stage, fails_early: FailsEarly) -> None:
    name, inventory = stage.instance("notag", openclaw_image_tag="2026.1.0", **UNCHECKED)
    fails_early(inventory, "openclaw:2026.1.0", "image", name)


def test_missing_image_tag_is_seen_by_the_check_before_anything_is_written(
    stage: Stage, fails_early: FailsEarly
) -> None:
    name, inventory = stage.instance("notag", openclaw_image_tag="2026.1.0")
    fails_early(inventory, "openclaw:2026.1.0", "image")
    assert stage.cluster.find("StatefulSet", name, name) is None


@pytest.fixture
def registry() -> str:
    address = os.environ.get("OPENCLAW_TEST_REGISTRY")
    if not address:
        pytest.skip("needs OPENCLAW_TEST_REGISTRY: run on the built-in cluster")
    return address


def test_image_pull_without_credentials(stage: Stage, registry: str, fails_early: FailsEarly) -> None:
    _name, inventory = stage.instance(
        "nocreds", openclaw_image_repository=f"{registry}/tools", openclaw_image_tag="1", **UNCHECKED
    )
    fails_early(inventory, f"{registry}/tools:1", "image")


def _pull_secret(cluster: Cluster, namespace: str, registry: str) -> None:
    user, password = os.environ["OPENCLAW_TEST_REGISTRY_USER"], os.environ["OPENCLAW_TEST_REGISTRY_PASSWORD"]
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    config = json.dumps({"auths": {registry: {"username": user, "password": password, "auth": auth}}})
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "registry", "namespace": namespace},
            "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": base64.b64encode(config.encode()).decode()},
        }
    )


def test_pull_secret_serves_the_check_as_well(stage: Stage, registry: str, fails_early: FailsEarly) -> None:
    """The private image is no OpenClaw: that its container fails to start proves that it was pulled."""
    name = stage.namespace(stage.name("creds"))
    _pull_secret(stage.cluster, name, registry)
    inventory = stage.inventory().host(
        name,
        openclaw_image_repository=f"{registry}/tools",
        openclaw_image_tag="1",
        openclaw_image_pull_secrets=["registry"],
        openclaw_image_pull_policy="Always",
    )
    failed = fails_early(inventory, f"{name}-config-check")
    assert "node" in failed.error
    assert "pull" not in failed.error.lower()


def test_refused_start(stage: Stage, fails_early: FailsEarly) -> None:
    """Exit code 78 is named, with what the gateway said."""
    _name, inventory = stage.instance("exit78", openclaw_config={"bogus": True}, **UNCHECKED)
    fails_early(inventory, "78", "bogus", "Unrecognized", allowance=20)


def test_crash_loop(stage: Stage, fails_early: FailsEarly) -> None:
    """The gateway starts, does not find its token, and ends with 1 again and again."""
    token = {"gateway": {"auth": {"token": {"id": "NOT_IN_THE_POD"}}}}
    _name, inventory = stage.instance("crash", openclaw_config=token, **UNCHECKED)
    fails_early(inventory, "secrets are unavailable", "openclaw", allowance=60)


def test_volume_that_nobody_provisions(stage: Stage, fails_early: FailsEarly) -> None:
    name, inventory = stage.instance("novolume", **UNCHECKED)
    stage.cluster.create(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": name},
            "provisioner": "volumes.openclaw.test",
            "parameters": {"filesystem": "no-such-filesystem"},
            "volumeBindingMode": "WaitForFirstConsumer",
        }
    )
    try:
        fails_early(inventory.host(name, openclaw_storage_class=name), f"{name}-data", "provision")
    finally:
        stage.cluster.delete("StorageClass", name)


def test_no_room_on_the_node(stage: Stage, fails_early: FailsEarly) -> None:
    _name, inventory = stage.instance("noroom", openclaw_cpu_request="64", **UNCHECKED)
    fails_early(inventory, "Insufficient cpu", allowance=10)


@pytest.fixture(scope="module")
def serving(shared_stage: Stage, model: str) -> Instance:
    return new_instance(shared_stage, "serving", model)


def test_good_run_after_a_bad_tag_brings_the_service_back(
    serving: Instance, record_property: Callable[[str, object], None]
) -> None:
    failed = serving.site(openclaw_image_tag="2026.1.0", **UNCHECKED)
    assert failed.rc != 0
    assert "openclaw:2026.1.0" in failed.error
    assert not serving.ready()

    started = time.monotonic()
    serving.site(openclaw_image_tag="2026.9.6").ok()
    record_property("seconds", round(time.monotonic() - started))

    assert serving.ready()
    assert serving.ask("ping:back-again") == (200, "pong:back-again")


def test_good_run_after_a_refused_start_brings_the_service_back(
    serving: Instance, record_property: Callable[[str, object], None]
) -> None:
    failed = serving.site(openclaw_config={"bogus": True}, **UNCHECKED)
    assert failed.rc != 0
    assert "bogus" in failed.error

    started = time.monotonic()
    serving.site(openclaw_config=with_max_concurrent(4)).ok()
    record_property("seconds", round(time.monotonic() - started))

    assert serving.ready()
    assert serving.max_concurrent() == 4
    assert serving.ask("ping:back-again") == (200, "pong:back-again")

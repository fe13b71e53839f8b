# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation ends with new values that work and former ones that are proven dead, or with everything as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage
from ansible_collections.openclaw.kubernetes.tests.integration.test_secrets import leaks

NEW_KEY = "new-key-of-the-provider-0123456789"


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, model: str) -> Instance:
    return new_instance(shared_stage, "rotate", model)


def rotate(instance: Instance, *what: str, **variables: object) -> Run:
    extra = {"openclaw_rotate": list(what) or ["gateway"], **variables}
    return run("rotate", instance.inventory, diff=True, verbosity=4, extra=extra)


def keys(instance: Instance, secret: str) -> set[str]:
    return set(instance.cluster.get("Secret", f"{instance.name}-{secret}", instance.name)["data"])


def journal(instance: Instance) -> dict[str, str]:
    data: dict[str, str] = instance.cluster.get("ConfigMap", f"{instance.name}-operation", instance.name)["data"]
    return data


@contextmanager
def _model_without_service(cluster: Cluster, namespace: str) -> Iterator[None]:
    selector = cluster.get("Service", "model", namespace)["spec"]["selector"]
    cluster.merge("Service", "model", namespace, {"spec": {"selector": dict.fromkeys(selector, "nobody")}})
    try:
        yield
    finally:
        cluster.merge("Service", "model", namespace, {"spec": {"selector": selector}})


def test_new_token_is_taken_and_the_former_one_is_dead(
    instance: Instance, record_property: Callable[[str, object], None]
) -> None:
    former, uid = instance.token(), instance.uid()

    rotated = rotate(instance).ok()

    token = instance.token()
    assert token != former
    assert instance.ask("ping:new", token) == (200, "pong:new")
    assert instance.ask("ping:old", former)[0] == 401
    assert keys(instance, "gateway-token") == {"token"}
    # OpenClaw reads its environment when it starts: one new pod, not two.
    assert instance.uid() != uid
    assert leaks(rotated.everything, former, token) == set()
    assert journal(instance)["state"] == "done"
    assert leaks(json.dumps(journal(instance)), former, token) == set()
    record_property("figure", f"in {rotated.seconds:.0f} s, with one restart")


def test_after_a_rotation_nothing_is_left_to_do(instance: Instance) -> None:
    rotate(instance).ok()
    uid = instance.uid()
    assert instance.site().ok().changed(instance.name) == 0
    assert instance.uid() == uid


def test_check_mode_rotates_nothing(instance: Instance) -> None:
    token, uid, version = instance.token(), instance.uid(), journal(instance)
    run("rotate", instance.inventory, check=True, diff=True).ok()
    assert (instance.token(), instance.uid(), journal(instance)) == (token, uid, version)


def test_new_key_of_a_provider_is_used_and_the_former_one_is_gone(instance: Instance) -> None:
    instance.inventory.host(instance.name, openclaw_secrets={"STUB_API_KEY": {"value": NEW_KEY}})

    rotated = rotate(instance, "providers", openclaw_verify_prompt="ping:new-key").ok()

    assert "pong:new-key" in rotated.stdout
    assert instance.exec("printenv", "STUB_API_KEY").stdout.strip() == NEW_KEY
    assert keys(instance, "secrets") == {"STUB_API_KEY"}
    assert leaks(rotated.everything, NEW_KEY) == set()


def test_key_with_which_the_agent_does_not_answer_is_taken_back(instance: Instance, model: str) -> None:
    before = instance.cluster.secret_value(f"{instance.name}-secrets", "STUB_API_KEY", instance.name)
    instance.inventory.host(instance.name, openclaw_secrets={"STUB_API_KEY": {"value": "a-key-that-is-no-good"}})

    # The stand-in model takes any key, so it is its Service that leads nowhere.
    with _model_without_service(instance.cluster, model):
        refused = rotate(instance, "providers", openclaw_verify_prompt="ping:nobody-there")

    assert refused.rc != 0
    assert f"{instance.name}: nothing was rotated, the former values are in force: " in refused.error
    assert instance.cluster.secret_value(f"{instance.name}-secrets", "STUB_API_KEY", instance.name) == before
    assert instance.exec("printenv", "STUB_API_KEY").stdout.strip() == before
    assert instance.ask("ping:still-here") == (200, "pong:still-here")
    assert journal(instance)["state"] == "undone"


def test_token_of_the_user_is_not_ours_to_rotate(instance: Instance) -> None:
    refused = run("rotate", instance.inventory, extra={"openclaw_gateway_token_secret": "my-own"})
    assert refused.rc != 0
    assert "openclaw_rotate  gateway: there is no such secret of which this collection has the value" in refused.error

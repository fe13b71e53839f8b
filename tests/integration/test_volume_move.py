# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state moves to another volume as it is, and the former volume stays until somebody removes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.s3 import Server, s3_server
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage
from ansible_collections.openclaw.kubernetes.tests.integration.test_backup import backed_up
from ansible_collections.openclaw.kubernetes.tests.integration.test_restore import FILL, WORKSPACE, journal, workspace

pytestmark = pytest.mark.needs_image("restic", "versitygw")

Figure = Callable[[str, object], None]


@pytest.fixture(scope="module")
def server(shared_stage: Stage) -> Iterator[Server]:
    with s3_server(shared_stage) as server:
        yield server


@pytest.fixture
def instance(stage: Stage, model: str, server: Server) -> Instance:
    instance = backed_up(stage, model, server, "moved")
    instance.exec("node", "-e", FILL, WORKSPACE)
    return instance


def move(instance: Instance, **variables: object) -> Run:
    if variables:
        instance.inventory.host(instance.name, **variables)
    return run("move", instance.inventory, timeout=900)


def claim_of(instance: Instance) -> str:
    volumes = instance.pod()["spec"]["volumes"]
    return str(next(each["persistentVolumeClaim"]["claimName"] for each in volumes if each["name"] == "data"))


def test_state_moves_to_another_class_and_size(instance: Instance, record_property: Figure) -> None:
    before = workspace(instance)
    moved = move(
        instance,
        openclaw_storage_existing_claim="roomier",
        openclaw_storage_class="expandable",
        openclaw_storage_size="2Gi",
    ).ok()
    assert claim_of(instance) == "roomier"
    assert workspace(instance) == before
    assert instance.ask("ping:moved") == (200, "pong:moved")
    claim = instance.cluster.get("PersistentVolumeClaim", "roomier", instance.name)
    assert claim["spec"]["storageClassName"] == "expandable"
    assert instance.cluster.find("PersistentVolumeClaim", f"{instance.name}-data", instance.name)
    assert instance.site().ok().changed(instance.name) == 0
    record_property("figure", f"{moved.seconds:.0f} s")


def test_claim_that_holds_something_is_refused_and_the_gateway_serves_again(instance: Instance, stage: Stage) -> None:
    stage.cluster.create(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "taken", "namespace": instance.name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }
    )
    _write_to(instance, "taken")
    refused = move(instance, openclaw_storage_existing_claim="taken")
    assert "the claim is not empty" in refused.error
    assert claim_of(instance) == f"{instance.name}-data"
    assert journal(instance)["state"] == "undone"
    assert instance.ask("ping:stayed") == (200, "pong:stayed")


def _write_to(instance: Instance, claim: str) -> None:
    """Have a pod leave a file on a volume."""
    container = {
        "name": "write",
        "image": "ghcr.io/openclaw/tools:1",
        "command": ["sh", "-c", "echo x > /volume/file"],
        "volumeMounts": [{"name": "volume", "mountPath": "/volume"}],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    security = {"runAsNonRoot": True, "runAsUser": 1000, "fsGroup": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
    pod = {
        "restartPolicy": "Never",
        "securityContext": security,
        "containers": [container],
        "volumes": [{"name": "volume", "persistentVolumeClaim": {"claimName": claim}}],
    }
    about = {"name": "write", "namespace": instance.name}
    instance.cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": pod})
    wait_until("the file is written", lambda: _phase(instance) == "Succeeded", 120)
    instance.cluster.delete("Pod", "write", instance.name, grace=0)


def _phase(instance: Instance) -> str:
    return str(instance.cluster.get("Pod", "write", instance.name)["status"]["phase"])


def test_existing_claim_is_adopted_by_a_new_instance(stage: Stage, instance: Instance) -> None:
    """A state outlives its instance: the claim that stayed is that of the next one."""
    before = workspace(instance)
    run("teardown", instance.inventory, extra={"openclaw_teardown_confirm": instance.name}).ok()
    instance.site(openclaw_storage_existing_claim=f"{instance.name}-data").ok()
    assert workspace(instance) == before


def test_move_without_a_target_is_refused(instance: Instance) -> None:
    refused = move(instance)
    assert "openclaw_storage_existing_claim  is missing. Name the claim to move to" in refused.error

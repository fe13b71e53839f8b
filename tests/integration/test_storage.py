# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volume: kept, grown, brought along, and never lost by accident."""

from __future__ import annotations

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

_FILE = "/home/node/.openclaw/remembered"


def _remember(instance: Instance, words: str) -> None:
    assert instance.exec("node", "-e", f"require('fs').writeFileSync('{_FILE}','{words}')").rc == 0


def _remembered(instance: Instance) -> str:
    return instance.exec("node", "-p", f"require('fs').readFileSync('{_FILE}','utf8')").stdout.strip()


def _kinds(cluster: Cluster, namespace: str) -> set[str]:
    return {kind for kind, _name in cluster.objects(namespace)}


def test_teardown_keeps_memory_and_token_until_it_is_asked_twice(stage: Stage, model: str) -> None:
    instance = new_instance(stage, "kept", model)
    name, token = instance.name, instance.token()
    _remember(instance, "the answer is 42")
    claim = stage.cluster.get("PersistentVolumeClaim", f"{name}-data", name)

    # No confirmation: nothing happens.
    contents, uid = stage.cluster.contents(name), instance.uid()
    refused = run("teardown", instance.inventory)
    assert refused.rc != 0
    assert f"openclaw_teardown_confirm={name}" in refused.error
    wrong = run("teardown", instance.inventory, extra={"openclaw_teardown_confirm": "another"})
    assert wrong.rc != 0
    assert stage.cluster.contents(name) == contents
    assert instance.uid() == uid

    # One confirmation: the instance goes, volume and Secrets stay.
    run("teardown", instance.inventory, extra={"openclaw_teardown_confirm": name}).ok()
    wait_until("the pod is gone", lambda: stage.cluster.list("Pod", name) == [])
    assert _kinds(stage.cluster, name) <= {"PersistentVolumeClaim", "Secret", "ConfigMap"}
    kept = stage.cluster.get("PersistentVolumeClaim", f"{name}-data", name)
    assert kept["metadata"]["uid"] == claim["metadata"]["uid"]

    # The next deployment finds both again.
    instance.site().ok()
    assert instance.token() == token
    assert _remembered(instance) == "the answer is 42"

    # Asked twice: all of it goes.
    answers = {"openclaw_teardown_confirm": "yes-all", "openclaw_storage_delete_enabled": True}
    run("teardown", instance.inventory, extra=answers).ok()
    wait_until("the namespace is gone", lambda: stage.cluster.find("Namespace", name) is None, 120)
    volume = claim["spec"]["volumeName"]
    wait_until("the volume is gone", lambda: stage.cluster.find("PersistentVolume", volume) is None, 60)


def test_volume_grows_in_place(stage: Stage, model: str) -> None:
    instance = new_instance(stage, "grow", model, openclaw_storage_class="expandable", openclaw_storage_size="1Gi")
    uid = instance.uid()

    instance.site(openclaw_storage_size="1536Mi").ok()

    def capacity() -> str:
        claim = stage.cluster.get("PersistentVolumeClaim", f"{instance.name}-data", instance.name)
        return str(claim["status"]["capacity"]["storage"])

    wait_until("the volume has grown", lambda: capacity() == "1536Mi", 90)
    assert instance.uid() == uid
    size = instance.exec("node", "-p", "const s=require('fs').statfsSync('/home/node/.openclaw');s.blocks*s.bsize")
    assert int(size.stdout) > 1.3 * 1024**3


def test_volume_of_a_class_that_cannot_grow_is_refused(live: Instance) -> None:
    contents = live.cluster.contents(live.name)
    refused = run("site", live.inventory, extra={"openclaw_storage_size": "2Gi"})
    assert refused.rc != 0
    assert "cannot grow from 1Gi to 2Gi" in refused.error
    assert "standard" in refused.error
    assert live.cluster.contents(live.name) == contents


def test_claim_of_somebody_else_is_used_and_kept(stage: Stage, model: str) -> None:
    name = stage.namespace(stage.name("claim"))
    stage.cluster.create(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "brought-along", "namespace": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }
    )
    inventory = stage.inventory().host(name, openclaw_storage_existing_claim="brought-along")
    run("site", inventory).ok()

    claims = [claim["metadata"]["name"] for claim in stage.cluster.list("PersistentVolumeClaim", name)]
    assert claims == ["brought-along"]
    answers = {"openclaw_teardown_confirm": name, "openclaw_storage_delete_enabled": True}
    run("teardown", inventory, extra=answers).ok()
    assert "deletionTimestamp" not in stage.cluster.get("PersistentVolumeClaim", "brought-along", name)["metadata"]
    assert stage.cluster.find("Namespace", name)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only the cluster knows to be wrong: one clear error that names the object, and nothing changed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.identity import identity
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage


class Refusal:
    """A run that has to stop before it changes anything."""

    def __init__(self, stage: Stage, audit: AuditLog, namespace: str) -> None:
        self._stage = stage
        self._audit = audit
        self._namespace = namespace

    def of(self, inventory: Inventory, *said: str, extra: dict[str, object] | None = None) -> Run:
        """Run site; it must fail, say this, and leave namespace and objects as they are."""
        namespaces = self._stage.cluster.find("Namespace", self._namespace)
        contents = self._stage.cluster.contents(self._namespace)
        mark = self._audit.mark()

        refused = run("site", inventory, extra=extra)

        assert refused.rc != 0
        assert len(refused.failures()) == 1
        for words in said:
            assert words in refused.error
        assert "Traceback" not in refused.output
        assert self._audit.since(mark).real_writes == []
        assert self._stage.cluster.contents(self._namespace) == contents
        assert self._stage.cluster.find("Namespace", self._namespace) == namespaces
        return refused


def _secret(name: str, namespace: str, **values: str) -> dict[str, object]:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "data": data}


def test_missing_secrets_are_all_named(bare: Stage, other_audit: AuditLog) -> None:
    name = bare.namespace(bare.name("nosecret"))
    bare.cluster.create(_secret("keys", name, anthropic="value-1"))
    inventory = bare.inventory().host(
        name,
        openclaw_secrets={
            "A_KEY": {"secret": "keys", "key": "anthropic"},
            "B_KEY": {"secret": "keys", "key": "openai"},
            "C_KEY": {"secret": "nowhere", "key": "x"},
        },
        openclaw_gateway_token_secret="no-token",
        openclaw_image_pull_secrets=["no-registry"],
    )

    refused = Refusal(bare, other_audit, name).of(
        inventory,
        "key openai of Secret keys",
        "only: anthropic",
        "Secret nowhere",
        "Secret no-token",
        "Secret no-registry",
    )

    assert "A_KEY" not in refused.error
    assert "B_KEY" in refused.error


def test_missing_secret_without_a_namespace_leaves_none_behind(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("nons", openclaw_secrets={"KEY": {"secret": "keys", "key": "x"}})
    Refusal(bare, other_audit, name).of(inventory, "Secret keys")


def test_missing_claim_and_storage_class(bare: Stage, other_audit: AuditLog) -> None:
    name = bare.namespace(bare.name("noclass"))
    refusal = Refusal(bare, other_audit, name)
    refusal.of(bare.inventory().host(name, openclaw_storage_existing_claim="lost"), "PersistentVolumeClaim lost")
    refusal.of(bare.inventory().host(name, openclaw_storage_class="gone"), "StorageClass gone")


@contextmanager
def _terminating(cluster: Cluster, name: str) -> Iterator[None]:
    """A namespace that cannot finish its deletion while a finalizer holds one of its objects."""
    holder = {"name": "holder", "namespace": name, "finalizers": ["example.com/hold"]}
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": holder})
    cluster.delete("Namespace", name)
    wait_until(
        "the namespace is terminating", lambda: cluster.get("Namespace", name)["metadata"].get("deletionTimestamp")
    )
    try:
        yield
    finally:
        cluster.merge("ConfigMap", "holder", name, {"metadata": {"finalizers": None}})


def test_terminating_namespace(bare: Stage, other_audit: AuditLog) -> None:
    name = bare.namespace(bare.name("leaving"))
    with _terminating(bare.cluster, name):
        mark = other_audit.mark()
        refused = run("site", bare.inventory().host(name))
        assert refused.rc != 0
        assert f"namespace {name} is being deleted" in refused.error
        assert other_audit.since(mark).real_writes == []


def test_object_of_somebody_else(bare: Stage, other_audit: AuditLog) -> None:
    name = bare.namespace(bare.name("foreign"))
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": name, "labels": {"team": "billing"}},
        "spec": {"ports": [{"port": 80}], "selector": {"app": "billing"}},
    }
    bare.cluster.apply(service, manager="billing-deployer")

    Refusal(bare, other_audit, name).of(
        bare.inventory().host(name), f"Service {name}", "not ours", "team=billing", "billing-deployer", "adopt"
    )


def test_object_of_somebody_else_can_be_taken_over(bare: Stage) -> None:
    name = bare.namespace(bare.name("adopt"))
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": name}}
    bare.cluster.create(account)

    inventory = bare.inventory().host(name, openclaw_adopt_enabled=True)
    run("site", inventory).ok()

    labels = bare.cluster.get("ServiceAccount", name, name)["metadata"]["labels"]
    assert labels["app.kubernetes.io/managed-by"] == "openclaw.kubernetes"
    assert run("site", inventory).ok().changed(name) == 0


def test_object_of_another_instance(bare: Stage, other_audit: AuditLog) -> None:
    """The Secret that an instance needs carries the labels of its neighbour."""
    name, inventory = bare.instance("twin", openclaw_gateway_token_secret=None)
    run("site", inventory).ok()
    neighbour = bare.inventory().host("neighbour", openclaw_namespace=name, openclaw_name="neighbour")
    token = bare.cluster.get("Secret", f"{name}-gateway-token", name)
    token["metadata"] = {
        "name": "neighbour-gateway-token",
        "namespace": name,
        "labels": token["metadata"]["labels"],
    }
    bare.cluster.create(token)

    Refusal(bare, other_audit, name).of(
        neighbour, "Secret neighbour-gateway-token", "not ours", f"app.kubernetes.io/instance={name}"
    )


def test_field_of_another_manager(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("conflict")
    run("site", inventory).ok()
    patch = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 5}}}}
    bare.cluster.merge("StatefulSet", name, name, patch, manager="grace-controller")

    Refusal(bare, other_audit, name).of(
        inventory, f"StatefulSet {name}", "grace-controller", "terminationGracePeriodSeconds", "force_conflicts"
    )

    run("site", inventory.host(name, openclaw_force_conflicts=True)).ok()
    pod = bare.cluster.get("StatefulSet", name, name)["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] == 345


def test_claim_does_not_shrink(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("shrink", openclaw_storage_size="2Gi", openclaw_env={"A": "1"})
    run("site", inventory).ok()
    inventory.host(name, openclaw_storage_size="1Gi", openclaw_env={"A": "2"})

    Refusal(bare, other_audit, name).of(inventory, f"PersistentVolumeClaim {name}-data", "2Gi", "cannot shrink")


def test_fields_that_cannot_change(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("immutable")
    classes = [f"{name}-{letter}" for letter in "ab"]
    try:
        for storage_class in classes:
            bare.cluster.create(
                {
                    "apiVersion": "storage.k8s.io/v1",
                    "kind": "StorageClass",
                    "metadata": {"name": storage_class},
                    "provisioner": "example.com/nobody",
                    "volumeBindingMode": "WaitForFirstConsumer",
                }
            )
        run("site", inventory.host(name, openclaw_storage_class=classes[0])).ok()
        inventory.host(name, openclaw_storage_class=classes[1], openclaw_env={"A": "2"})
        Refusal(bare, other_audit, name).of(
            inventory, f"PersistentVolumeClaim {name}-data", "storageClassName", "put the old value back"
        )
    finally:
        for storage_class in classes:
            bare.cluster.delete("StorageClass", storage_class)


def test_all_problems_of_all_objects_come_at_once(bare: Stage, other_audit: AuditLog) -> None:
    name, inventory = bare.instance("many", openclaw_storage_size="2Gi")
    run("site", inventory).ok()
    inventory.host(
        name,
        openclaw_storage_size="1Gi",
        openclaw_secrets={"KEY": {"secret": "nowhere", "key": "x"}},
        # Only the API server knows that of such a resource as much is reserved as may be used.
        openclaw_resources={"limits": {"example.com/gpu": 2}, "requests": {"example.com/gpu": 1}},
    )

    Refusal(bare, other_audit, name).of(inventory, "cannot shrink", "Secret nowhere", "must be equal to")


def test_quota_of_the_namespace_is_told_before_anything_changes(bare: Stage, other_audit: AuditLog) -> None:
    name = bare.namespace(bare.name("quota"))
    bare.cluster.create(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "small", "namespace": name},
            "spec": {"hard": {"count/configmaps": "1", "persistentvolumeclaims": "0"}},
        }
    )
    wait_until(
        "the quota is in force",
        lambda: (bare.cluster.get("ResourceQuota", "small", name).get("status") or {}).get("hard"),
    )

    Refusal(bare, other_audit, name).of(bare.inventory().host(name), "exceeded quota: small")


def test_missing_permissions_are_all_named(bare: Stage, other_audit: AuditLog) -> None:
    everything_but_two_kinds = [
        {"apiGroups": [""], "verbs": ["*"], "resources": ["namespaces", "configmaps", "secrets", "serviceaccounts"]},
        {"apiGroups": [""], "verbs": ["*"], "resources": ["persistentvolumeclaims", "pods", "pods/log", "events"]},
        {"apiGroups": ["apps"], "verbs": ["get", "list"], "resources": ["statefulsets"]},
        {"apiGroups": ["networking.k8s.io"], "verbs": ["*"], "resources": ["networkpolicies"]},
    ]
    name, inventory = bare.instance("denied")
    with identity(bare.cluster, bare.folder, everything_but_two_kinds) as confined:
        inventory.all(openclaw_kubeconfig=confined.kubeconfig)
        mark = other_audit.mark()
        refused = run("site", inventory)

        assert refused.rc != 0
        for words in ("create statefulsets.apps", "patch statefulsets.apps", "create services", "list services"):
            assert f"not allowed to {words}" in refused.error
        assert "networkpolicies" not in refused.error
        seen = other_audit.since(mark, user=confined.user)
        assert seen.writes == []
        assert seen.reviews != []
    assert bare.cluster.find("Namespace", name) is None


def test_kubeconfig_that_does_not_fit_is_named(bare: Stage) -> None:
    name, inventory = bare.instance("config")
    assert 'no context named "elsewhere"' in run("site", inventory.host(name, openclaw_context="elsewhere")).error
    inventory.host(name, openclaw_context=None, openclaw_kubeconfig="/nonexistent/kubeconfig")
    assert "/nonexistent/kubeconfig: no such file" in run("site", inventory).error

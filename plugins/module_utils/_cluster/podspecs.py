# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the pods of a workload need to exist: Secrets, ConfigMaps, claims, classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .identity import PART_LABEL, Ref, labels_of
from .plain import Manifest

AUTOSCALER = "autoscaling/HorizontalPodAutoscaler"
# In every namespace, perhaps a moment after the namespace itself; the kubelet waits for it, and follows its changes.
_CLUSTER_CA = "kube-root-ca.crt"

_TEMPLATE_PATHS = {
    "apps/StatefulSet": ("spec", "template"),
    "apps/Deployment": ("spec", "template"),
    "apps/DaemonSet": ("spec", "template"),
    "batch/Job": ("spec", "template"),
    "batch/CronJob": ("spec", "jobTemplate", "spec", "template"),
}


@dataclass(frozen=True)
class Reference:
    """One object, or one key of it, that somebody relies on."""

    kind: str
    name: str
    holder: str
    key: str = ""
    # The pod starts without it.
    optional: bool = False


def pod_template(kind_key: str, manifest: Manifest) -> Manifest | None:
    """The pod template of a workload; None for other kinds."""
    path = _TEMPLATE_PATHS.get(kind_key)
    if path is None:
        return None
    template: Any = manifest
    for step in path:
        template = template.get(step) if isinstance(template, dict) else None
    return template if isinstance(template, dict) else None


def references(kind_key: str, manifest: Manifest) -> Iterator[Reference]:
    """Everything a wanted object refers to by name."""
    spec = manifest.get("spec") or {}
    if kind_key == "PersistentVolumeClaim":
        yield from _storage_class(spec, "spec")
    elif kind_key == "ServiceAccount":
        yield from _pull_secrets(manifest)
    template = pod_template(kind_key, manifest)
    if template is None:
        return
    for claim in spec.get("volumeClaimTemplates") or ():
        yield from _storage_class(claim.get("spec") or {}, f"volume claim template {claim['metadata']['name']}")
    yield from _pod(template.get("spec") or {})


def _storage_class(spec: Manifest, holder: str) -> Iterator[Reference]:
    if spec.get("storageClassName"):
        yield Reference("storage.k8s.io/StorageClass", spec["storageClassName"], f"{holder}.storageClassName")


def _pull_secrets(spec: Manifest) -> Iterator[Reference]:
    for entry in spec.get("imagePullSecrets") or ():
        yield Reference("Secret", entry["name"], "imagePullSecrets")


def _pod(spec: Manifest) -> Iterator[Reference]:
    yield from _pull_secrets(spec)
    # Every namespace has the account "default"; it may appear a moment after the namespace does.
    if spec.get("serviceAccountName", "default") != "default":
        yield Reference("ServiceAccount", spec["serviceAccountName"], "serviceAccountName")
    if spec.get("priorityClassName"):
        yield Reference("scheduling.k8s.io/PriorityClass", spec["priorityClassName"], "priorityClassName")
    if spec.get("runtimeClassName"):
        yield Reference("node.k8s.io/RuntimeClass", spec["runtimeClassName"], "runtimeClassName")
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        yield from _container(container)
    for volume in spec.get("volumes") or ():
        yield from _volume(volume)


def _container(container: Manifest) -> Iterator[Reference]:
    holder = f"container {container.get('name', '')}"
    for variable in container.get("env") or ():
        source = variable.get("valueFrom") or {}
        for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
            if found := source.get(field):
                where = f"{holder} env {variable['name']}"
                yield Reference(kind, found["name"], where, found["key"], bool(found.get("optional")))
    for source in container.get("envFrom") or ():
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            if found := source.get(field):
                yield Reference(kind, found["name"], f"{holder} envFrom", optional=bool(found.get("optional")))


def _volume(volume: Manifest) -> Iterator[Reference]:
    holder = f"volume {volume.get('name', '')}"
    claim = volume.get("persistentVolumeClaim")
    if claim:
        yield Reference("PersistentVolumeClaim", claim["claimName"], holder)
    for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
        yield from _mounted(source, holder)


def _mounted(source: Manifest, holder: str) -> Iterator[Reference]:
    for field, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
        mounted = source.get(field)
        if not mounted or (kind == "ConfigMap" and mounted.get("name") == _CLUSTER_CA):
            continue
        # A volume names its Secret `secretName`, a projected source `name`.
        name, optional = mounted.get("secretName") or mounted.get("name"), bool(mounted.get("optional"))
        if not mounted.get("items"):
            yield Reference(kind, name, holder, optional=optional)
        for item in mounted.get("items") or ():
            yield Reference(kind, name, holder, item["key"], optional)


# -- autoscalers ---------------------------------------------------------------------------------------------------


def scale_target(autoscaler: Manifest) -> Ref:
    """The workload whose number of pods an autoscaler chooses."""
    target = autoscaler["spec"]["scaleTargetRef"]
    return f"{str(target.get('apiVersion', '')).partition('/')[0]}/{target['kind']}", str(target["name"])


# -- claims that a StatefulSet makes -------------------------------------------------------------------------------


def claim_templates(manifest: Manifest) -> list[Manifest]:
    return list((manifest.get("spec") or {}).get("volumeClaimTemplates") or ())


def claim_of(template: Manifest, workload: Manifest, index: int) -> str:
    """The name of the claim that the pod of that index gets from a template."""
    return f"{template['metadata']['name']}-{workload['metadata']['name']}-{index}"


def makes_claim(workload: Manifest, claim: str) -> bool:
    """Whether the claim of that name comes from this workload, for a pod that it has, had or may have."""
    _beginning, _dash, index = claim.rpartition("-")
    return index.isdecimal() and any(
        claim_of(template, workload, int(index)) == claim for template in claim_templates(workload)
    )


def parts_of_claims(workload: Manifest) -> set[str]:
    """The parts that the claims of a workload's templates belong to."""
    return {labels_of(template).get(PART_LABEL, "") for template in claim_templates(workload)}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Values the engine fills in: generated Secret keys, digests that roll pods when what they read changes, and numbers of
pods that an autoscaler has not taken over yet.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping

from .fields import owned_fields
from .identity import (
    CONFIG_MAPS_DIGEST,
    GENERATED,
    MANAGED_BY,
    MANAGED_BY_LABEL,
    SECRETS_DIGEST,
    Ref,
    annotations_of,
    labels_of,
)
from .manifests import Wanted
from .plain import Manifest
from .podspecs import AUTOSCALER, pod_template, references, scale_target

AUTO = "auto"
SHOWN_GENERATED = "<generated>"
_RANDOM_BYTES = 32
_DIGEST_LENGTH = 16
# Which objects the digest of each annotation is over.
_DIGESTED_KINDS = {SECRETS_DIGEST: "Secret", CONFIG_MAPS_DIGEST: "ConfigMap"}

# Kind and name to the object; None when there is none.
Find = Callable[[str, str], "Manifest | None"]


class Generator:
    """Makes up each missing key once per run, however often the plan is made."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], str] = {}
        # Pod templates, each with the annotation whose digest the engine computes; asked for by `auto`.
        self._digested: set[tuple[Ref, str]] = set()
        # Workloads whose number of pods was filled in.
        self._counted: set[Ref] = set()
        # Digests that depend on values which a check run cannot know.
        self.unforeseeable: set[Ref] = set()

    def fill_keys(self, wanted: Iterable[Wanted], live: Mapping[Ref, Manifest]) -> None:
        """Complete the generated keys of every wanted Secret; a value on the cluster always stays."""
        for item in wanted:
            if item.kind.key != "Secret":
                continue
            stored = (live.get(item.ref) or {}).get("data") or {}
            for key in generated_keys(item.manifest):
                # An empty map would be ours, and the server drops it: every run would send it anew.
                data = item.manifest.setdefault("data", {})
                if key in data and key not in item.generated:
                    continue
                if key in stored:
                    data[key] = stored[key]
                    item.generated.discard(key)
                else:
                    data[key] = self._value(item.name, key)
                    item.generated.add(key)

    def _value(self, secret: str, key: str) -> str:
        token = self._made.setdefault((secret, key), secrets.token_urlsafe(_RANDOM_BYTES))
        return b64encode(token.encode()).decode()

    def fill_digests(self, wanted: Iterable[Wanted], find: Find) -> None:
        """Replace `auto` by one digest over all that a pod template uses. find takes the kind and the name."""
        for item in wanted:
            template = pod_template(item.kind.key, item.manifest)
            annotations = ((template or {}).get("metadata") or {}).get("annotations") or {}
            for annotation, kind in _DIGESTED_KINDS.items():
                if annotations.get(annotation) == AUTO:
                    self._digested.add((item.ref, annotation))
                if (item.ref, annotation) in self._digested:
                    annotations[annotation] = self._digest(item, kind, find)

    def _digest(self, item: Wanted, kind: str, find: Find) -> str:
        used: dict[str, set[str]] = {}
        for reference in references(item.kind.key, item.manifest):
            # Pull secrets are read by the node, never by the pod: their rotation must not restart it.
            if reference.kind == kind and reference.holder != "imagePullSecrets":
                used.setdefault(reference.name, set()).add(reference.key)
        summary = hashlib.sha256()
        if kind == "Secret":
            self.unforeseeable.discard(item.ref)
        for name, keys in sorted(used.items()):
            found = find(kind, name)
            if kind == "Secret" and (found is None or generated_keys(found)):
                self.unforeseeable.add(item.ref)
            if kind == "ConfigMap" and labels_of(found or {}).get(MANAGED_BY_LABEL) == MANAGED_BY:
                # Whoever makes it knows better when a change of it restarts a pod, and annotates the pod itself.
                continue
            data = {**((found or {}).get("binaryData") or {}), **((found or {}).get("data") or {})}
            for key in sorted(data if "" in keys else keys):
                # NUL separates: it can be in no name, and neither base64 nor a variable has one.
                summary.update(f"{name}\0{key}\0{data.get(key, '')}\0".encode())
        return summary.hexdigest()[:_DIGEST_LENGTH]

    def keep_replicas(self, wanted: Iterable[Wanted], live: Mapping[Ref, Manifest]) -> None:
        """Send a number of pods until the autoscaler that is to choose it has done so: what is live, or its least.

        Left out it would be 1 until the autoscaler looks, and stay 0 forever: pods would stop and start for nothing.
        """
        items = list(wanted)
        least = {
            scale_target(item.manifest): item.manifest["spec"].get("minReplicas", 1)
            for item in items
            if item.kind.key == AUTOSCALER
        }
        for item in items:
            if item.ref not in least or ("replicas" in item.manifest["spec"] and item.ref not in self._counted):
                continue
            self._counted.add(item.ref)
            item.manifest["spec"].pop("replicas", None)
            found = live.get(item.ref)
            if found is None or "f:replicas" in ((owned_fields(found) or {}).get("f:spec") or {}):
                number = ((found or {}).get("spec") or {}).get("replicas")
                item.manifest["spec"]["replicas"] = number or least[item.ref]


def generated_keys(manifest: Manifest) -> list[str]:
    """The keys a Secret wants to have made up."""
    return [key.strip() for key in annotations_of(manifest).get(GENERATED, "").split(",") if key.strip()]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The wanted objects: checked, labelled and split from the hooks before anything is read from a cluster."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .errors import ApiError, EngineError
from .identity import HOOK, INSTANCE_LABEL, MANAGED_BY, MANAGED_BY_LABEL, PART_LABEL, Ref, annotations_of, labels_of
from .kinds import Kind, Kinds
from .plain import Manifest

_NAME = re.compile(r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
_RBAC_NAME = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?$")
_LONGEST_NAME = 253


@dataclass
class Wanted:
    """One object that has to exist."""

    kind: Kind
    name: str
    manifest: Manifest
    # Keys of a Secret whose value the engine made up in this run.
    generated: set[str] = field(default_factory=set)

    @property
    def ref(self) -> Ref:
        return self.kind.key, self.name

    @property
    def part(self) -> str:
        return labels_of(self.manifest).get(PART_LABEL, "")

    @property
    def title(self) -> str:
        return f"{self.kind.name} {self.name}"


@dataclass(frozen=True)
class Scope:
    """Whose objects: the instance, its namespace, the parts this call speaks for."""

    instance: str
    namespace: str
    parts: tuple[str, ...]


def admit(objects: Iterable[Manifest], scope: Scope, kinds: Kinds) -> tuple[list[Wanted], list[Wanted]]:
    """Check every object; return the wanted ones and the hooks. All problems at once."""
    wanted: list[Wanted] = []
    hooks: list[Wanted] = []
    problems: list[str] = []
    seen: set[Ref] = set()
    for index, manifest in enumerate(objects):
        complaint = _malformed(manifest)
        if complaint:
            problems.append(f"objects[{index}]: {complaint}")
            continue
        item = _resolve(manifest, kinds, problems)
        if item is None:
            continue
        if item.ref in seen:
            problems.append(f"{item.title}: given twice")
            continue
        seen.add(item.ref)
        is_hook = HOOK in annotations_of(manifest)
        problems.extend(f"{item.title}: {text}" for text in _place(item, scope) + _label(item, scope, is_hook))
        (hooks if is_hook else wanted).append(item)
    if problems:
        raise EngineError(problems)
    return wanted, hooks


def _malformed(manifest: Any) -> str:
    if not isinstance(manifest, dict):
        return "not a mapping"
    missing = [key for key in ("apiVersion", "kind") if not isinstance(manifest.get(key), str) or not manifest[key]]
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    if not isinstance(metadata.get("name"), str):
        missing.append("metadata.name")
    if missing:
        return f"{', '.join(missing)} missing"
    for key in ("labels", "annotations"):
        values = metadata.get(key)
        if values is not None and not (isinstance(values, dict) and all(isinstance(v, str) for v in values.values())):
            return f"metadata.{key} must map text to text"
    rules = _RBAC_NAME if manifest["apiVersion"].startswith("rbac.") else _NAME
    name = metadata["name"]
    if len(name) > _LONGEST_NAME or not rules.match(name) or ".." in name:
        return f'"{name}" is no valid name for a {manifest["kind"]}'
    return ""


def _resolve(manifest: Manifest, kinds: Kinds, problems: list[str]) -> Wanted | None:
    title = f"{manifest['kind']} {manifest['metadata']['name']}"
    try:
        kind = kinds.of_manifest(manifest)
    except ApiError as exc:
        problems.append(f"{title}: {exc}")
        return None
    if kind is None:
        problems.append(f"{title}: the cluster does not serve {manifest['apiVersion']} {manifest['kind']}")
        return None
    _normalise(manifest, known_kind=kind)
    return Wanted(kind, str(manifest["metadata"]["name"]), manifest)


def _normalise(manifest: Manifest, known_kind: Kind) -> None:
    """Bring the manifest into the form the server stores, so that comparing it is simple."""
    for key in [key for key in manifest if key == "status" or manifest[key] is None]:
        del manifest[key]
    _drop_nothing(manifest)
    if known_kind.key == "Secret" and "stringData" in manifest:
        data = {key: b64encode(str(text).encode()).decode() for key, text in manifest.pop("stringData").items()}
        manifest["data"] = {**manifest.get("data", {}), **data}


def _drop_nothing(value: Any) -> None:
    """Remove nulls and empty lists: the server drops both, and applying them anew counts as a change."""
    if isinstance(value, dict):
        for key in [key for key, item in value.items() if item is None or item == []]:
            del value[key]
        for item in value.values():
            _drop_nothing(item)
    elif isinstance(value, list):
        for item in value:
            _drop_nothing(item)


def _place(item: Wanted, scope: Scope) -> list[str]:
    metadata = item.manifest["metadata"]
    if not item.kind.namespaced:
        if item.kind.key != "Namespace":
            return ["cluster-wide objects other than the namespace are not applied"]
        if item.name != scope.namespace:
            return [f"the namespace of this call is {scope.namespace}"]
        return []
    if metadata.setdefault("namespace", scope.namespace) != scope.namespace:
        return [f"is in namespace {metadata['namespace']}, this call is about {scope.namespace}"]
    return []


def _label(item: Wanted, scope: Scope, is_hook: bool) -> list[str]:
    """Every object carries the labels it is found by; missing ones are added, others are refused."""
    labels = item.manifest["metadata"].setdefault("labels", {})
    problems = []
    for label, value in ((INSTANCE_LABEL, scope.instance), (MANAGED_BY_LABEL, MANAGED_BY)):
        if labels.setdefault(label, value) != value:
            problems.append(f'label {label} is "{labels[label]}", expected "{value}"')
    if is_hook:
        return problems
    if PART_LABEL not in labels and len(scope.parts) == 1:
        labels[PART_LABEL] = scope.parts[0]
    if labels.get(PART_LABEL) not in scope.parts:
        problems.append(f'label {PART_LABEL} is "{labels.get(PART_LABEL, "")}", not one of: {", ".join(scope.parts)}')
    return problems

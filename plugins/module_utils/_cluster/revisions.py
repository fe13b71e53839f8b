# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What ran before, kept in the cluster so that it can run again: one ConfigMap for each revision of an instance.

A revision is the StatefulSet as it was applied, and the ConfigMaps that belong to it. No Secret is in it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from .applied import applied
from .cluster import Cluster
from .connection import settings_from
from .errors import ApiError, EngineError
from .identity import (
    COMPONENT_LABEL,
    CONFIG_DIGEST,
    CONFIG_MAPS_DIGEST,
    INSTANCE_LABEL,
    MANAGED_BY,
    MANAGED_BY_LABEL,
    SECRETS_DIGEST,
    VERSION_LABEL,
    annotations_of,
    is_of,
    labels_of,
)
from .kinds import known
from .plain import Manifest
from .podspecs import pod_template
from .redact import Redactor
from .transport import Transport

SERVING, TRYING, FAILED = "serving", "trying", "failed"
IMAGE, CONFIG = "image", "config"

_WORKLOAD = "apps/StatefulSet"
_COMPONENT = "revision"
_ABOUT, _CONTENT = "about", "content"
_LONGEST_WHY = 2000
# Filled in at each run from what the pods use by then.
_AUTOMATIC = (SECRETS_DIGEST, CONFIG_MAPS_DIGEST)


@dataclass(frozen=True)
class Revision:
    """What is known of a revision without its content."""

    number: int
    digest: str
    at: str
    image: str = ""
    version: str = ""
    config_digest: str = ""
    outcome: str = SERVING
    snapshot: str = ""
    why: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        return asdict(self)


def run(options: Mapping[str, Any], environ: Mapping[str, str], *, check_mode: bool) -> dict[str, Any]:
    """What both doors call: options in, task result out."""
    redactor = Redactor([text for text in (options.get("api_key"),) if text])
    transport: Transport | None = None
    revisions: Revisions | None = None
    result: dict[str, Any] = {}
    try:
        transport = Transport(settings_from(options, environ))
        for secret in transport.secrets():
            redactor.learn(secret)
        cluster = Cluster(transport)
        revisions = Revisions(cluster, str(options["name"]), str(options["namespace"]), check_mode)
        result = revisions.carry_out(options)
    except EngineError as exc:
        result = dict(exc.failure)
    finally:
        if transport is not None:
            transport.close()
    result["changed"] = revisions is not None and revisions.wrote
    return dict(redactor.scrub_all(result))


class Revisions:
    """The revisions of one instance. Only the holder of its Lease writes them."""

    def __init__(self, cluster: Cluster, instance: str, namespace: str, check_mode: bool = False) -> None:
        self._cluster = cluster
        self._instance = instance
        self._namespace = namespace
        self._check_mode = check_mode
        self._kind = known("ConfigMap")
        self.wrote = False

    def carry_out(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Do what `state` says."""
        notes = {name: str(options.get(name) or "") for name in ("snapshot", "why")}
        result: dict[str, Any] = {"revision": {}, "objects": []}
        match options["state"]:
            case "recorded":
                outcome = str(options.get("outcome") or SERVING)
                names = [str(name) for name in options["config_maps"]]
                result["revision"] = self.record(names, keep=int(options["keep"]), outcome=outcome, **notes).facts
            case "noted":
                number = int(options["number"])
                result["revision"] = self.note(number, outcome=str(options.get("outcome") or ""), **notes).facts
            case _ if options.get("number"):
                number = int(options["number"])
                result["objects"] = self.objects(number, options["what"])
                result["revision"] = next(each.facts for each in self.all() if each.number == number)
        return {**result, "revisions": [each.facts for each in self.all()]}

    # -- reading -----------------------------------------------------------------------------------------------

    def all(self) -> list[Revision]:
        """Every revision that is kept, the oldest first."""
        selector = f"{INSTANCE_LABEL}={self._instance},{MANAGED_BY_LABEL}={MANAGED_BY},{COMPONENT_LABEL}={_COMPONENT}"
        found = (_about(each) for each in self._cluster.list(self._kind, self._namespace, selector))
        return sorted((each for each in found if each is not None), key=lambda revision: revision.number)

    def objects(self, number: int, what: Sequence[str] = (IMAGE, CONFIG)) -> list[Manifest]:
        """What to apply to have a revision back: all of it, or its images or its configuration alone."""
        kept = self._content(number)
        if {IMAGE, CONFIG} <= set(what):
            return kept
        workload, config_maps = _apart(kept)
        current = self._applied(_WORKLOAD, self._instance)
        if CONFIG in what:
            _copy_annotation(workload, current, CONFIG_DIGEST)
            return [*config_maps, current]
        _copy_images(workload, current)
        return [current]

    def _content(self, number: int) -> list[Manifest]:
        found = self._cluster.get(self._kind, self._namespace, self._name(number))
        packed = (found or {}).get("binaryData", {}).get(_CONTENT) if found and is_of(found, self._instance) else None
        if not packed:
            known_ones = ", ".join(str(each.number) for each in self.all()) or "none"
            raise EngineError([f"{self._instance}: there is no revision {number}. Kept are: {known_ones}"])
        try:
            content: list[Manifest] = json.loads(gzip.decompress(b64decode(packed)))
        except (ValueError, OSError, EOFError) as exc:
            raise EngineError([f"ConfigMap {self._name(number)}: cannot be read: {exc}"]) from exc
        return content

    # -- writing -----------------------------------------------------------------------------------------------

    def record(self, config_maps: Iterable[str], *, keep: int, outcome: str = SERVING, **notes: str) -> Revision:
        """Keep what is applied now, unless that is kept already; its notes are brought up to date then."""
        workload = self._applied(_WORKLOAD, self._instance)
        found = [self._applied("ConfigMap", name) for name in config_maps]
        content = [*found, workload]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
        before = self.all()
        same = next((each for each in reversed(before) if each.digest == digest), None)
        if same is not None:
            return self.note(same.number, outcome=outcome, **notes)
        template = pod_template(_WORKLOAD, workload) or {}
        revision = Revision(
            number=max((each.number for each in before), default=0) + 1,
            digest=digest,
            at=self._now(),
            image=_image(workload),
            version=labels_of(workload).get(VERSION_LABEL, ""),
            config_digest=annotations_of(template).get(CONFIG_DIGEST, ""),
            outcome=outcome,
            **_short(notes),
        )
        self._create(revision, content)
        self._forget([*before, revision], keep)
        return revision

    def note(self, number: int, **notes: str) -> Revision:
        """Add what is known of a revision by now; empty notes leave what is there."""
        before = next((each for each in self.all() if each.number == number), None)
        if before is None:
            raise EngineError([f"{self._instance}: there is no revision {number}"])
        revision = replace(before, **{name: text for name, text in _short(notes).items() if text})
        if revision != before:
            self._write(revision)
        return revision

    def _write(self, revision: Revision) -> None:
        self.wrote = True
        if not self._check_mode:
            patch = {"data": {_ABOUT: json.dumps(revision.facts, sort_keys=True)}}
            self._cluster.merge(self._kind, self._namespace, self._name(revision.number), patch)

    def _create(self, revision: Revision, content: list[Manifest]) -> None:
        self.wrote = True
        if self._check_mode:
            return
        # The same content is the same bytes: no time of day is in it.
        packed = b64encode(gzip.compress(json.dumps(content, sort_keys=True).encode(), mtime=0)).decode()
        manifest: Manifest = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self._name(revision.number),
                "namespace": self._namespace,
                "labels": {
                    INSTANCE_LABEL: self._instance,
                    MANAGED_BY_LABEL: MANAGED_BY,
                    COMPONENT_LABEL: _COMPONENT,
                },
                "ownerReferences": [self._owner()],
            },
            "data": {_ABOUT: json.dumps(revision.facts, sort_keys=True)},
            "binaryData": {_CONTENT: packed},
        }
        try:
            self._cluster.create(self._kind, self._namespace, manifest)
        except ApiError as exc:
            found = self._cluster.get(self._kind, self._namespace, self._name(revision.number))
            # Our own first attempt, whose answer was lost.
            if exc.status != 409 or found is None or found.get("binaryData") != manifest["binaryData"]:
                raise

    def _owner(self) -> Manifest:
        """They go with the StatefulSet."""
        workload = self._get(_WORKLOAD, self._instance)
        return {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "name": self._instance,
            "uid": workload["metadata"]["uid"],
            "controller": False,
        }

    def _forget(self, revisions: list[Revision], keep: int) -> None:
        """Remove the oldest. The last one that served stays, however many have failed since."""
        serving = max((each.number for each in revisions if each.outcome == SERVING), default=0)
        for revision in revisions[: max(0, len(revisions) - max(keep, 2))]:
            if revision.number == serving or self._check_mode:
                continue
            self._cluster.delete(self._kind, self._namespace, self._name(revision.number))

    # -- with the cluster --------------------------------------------------------------------------------------

    def _applied(self, kind: str, name: str) -> Manifest:
        manifest = applied(self._get(kind, name))
        if manifest is None:
            raise EngineError(
                [f"{known(kind).name} {name}: was not applied by this collection. Run the site playbook first"]
            )
        annotations = ((pod_template(kind, manifest) or {}).get("metadata") or {}).get("annotations") or {}
        annotations.update({key: "auto" for key in _AUTOMATIC if key in annotations})
        return manifest

    def _get(self, kind: str, name: str) -> Manifest:
        found = self._cluster.get(known(kind), self._namespace, name)
        if found is None or not is_of(found, self._instance):
            raise EngineError(
                [
                    f"{known(kind).name} {name}: is not in namespace {self._namespace}, or not ours. Run the site "
                    "playbook first"
                ]
            )
        return found

    def _name(self, number: int) -> str:
        return f"{self._instance}-revision-{number}"

    def _now(self) -> str:
        return self._cluster.now.strftime("%Y-%m-%dT%H:%M:%SZ")


def _about(found: Manifest) -> Revision | None:
    """What a ConfigMap says of its revision; None for one that somebody has written over."""
    try:
        facts = json.loads((found.get("data") or {})[_ABOUT])
        return Revision(**{key: facts[key] for key in Revision.__dataclass_fields__ if key in facts})
    except (KeyError, ValueError, TypeError):
        return None


def _short(notes: Mapping[str, str]) -> dict[str, str]:
    return {name: text[:_LONGEST_WHY] for name, text in notes.items()}


def _apart(objects: Iterable[Manifest]) -> tuple[Manifest, list[Manifest]]:
    """The StatefulSet, and the rest."""
    everything = list(objects)
    workload = next(each for each in everything if each["kind"] == "StatefulSet")
    return workload, [each for each in everything if each is not workload]


def _containers(workload: Manifest) -> dict[str, Manifest]:
    spec = (pod_template(_WORKLOAD, workload) or {}).get("spec") or {}
    return {str(each["name"]): each for each in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))}


def _image(workload: Manifest) -> str:
    """The image of the first container, which is what the pod is about."""
    spec = (pod_template(_WORKLOAD, workload) or {}).get("spec") or {}
    return str((spec.get("containers") or [{}])[0].get("image") or "")


def _copy_images(source: Manifest, target: Manifest) -> None:
    images = {name: container.get("image") for name, container in _containers(source).items()}
    for name, container in _containers(target).items():
        if images.get(name):
            container["image"] = images[name]
    version = labels_of(source).get(VERSION_LABEL)
    for labelled in (target, pod_template(_WORKLOAD, target)):
        if version and labelled is not None:
            labelled.setdefault("metadata", {}).setdefault("labels", {})[VERSION_LABEL] = version


def _copy_annotation(source: Manifest, target: Manifest, annotation: str) -> None:
    value = annotations_of(pod_template(_WORKLOAD, source) or {}).get(annotation)
    template = pod_template(_WORKLOAD, target)
    if value is not None and template is not None:
        template.setdefault("metadata", {}).setdefault("annotations", {})[annotation] = value

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One task, as the engine takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .duration import seconds
from .errors import EngineError
from .identity import INSTANCE_LABEL
from .manifests import Scope
from .plain import Manifest, plain


@dataclass(frozen=True)
class Request:
    """One task: what is wanted, and how far the engine may go."""

    scope: Scope
    objects: list[Manifest]
    prune: bool
    delete_protected: bool
    force_conflicts: bool
    adopt: bool
    preflight: bool
    wait: bool
    wait_timeout: float
    check_mode: bool

    @classmethod
    def from_options(cls, options: Mapping[str, Any], *, check_mode: bool) -> Request:
        flags = ("prune", "delete_protected", "force_conflicts", "adopt", "preflight", "wait")
        objects = plain(options["objects"])
        for manifest in objects:
            data = (options.get("secret_data") or {}).get(_secret_name(manifest))
            if data is not None:
                # A copy: what the engine makes up later must not show up among the module's arguments.
                manifest["data"] = dict(data)
        return cls(
            scope=Scope(
                str(options["name"] or _shared("name", (_instance_of(item) for item in objects))),
                str(options["namespace"] or _shared("namespace", (_namespace_of(item) for item in objects))),
                tuple(str(part) for part in options["parts"]),
            ),
            objects=objects,
            wait_timeout=seconds(str(options["wait_timeout"]), "wait_timeout"),
            check_mode=check_mode,
            **{flag: bool(options[flag]) for flag in flags},
        )


def _shared(option: str, values: Iterable[str]) -> str:
    """What all objects say of themselves, for an option that was left out."""
    found = {value for value in values if value}
    if len(found) == 1:
        return found.pop()
    said = f"the objects name several: {', '.join(sorted(found))}" if found else "no object names one"
    raise EngineError([f"{option}: is missing, and {said}. Set it in the task"])


def _metadata(manifest: Any) -> Mapping[str, Any]:
    metadata = manifest.get("metadata") if isinstance(manifest, dict) else None
    return metadata if isinstance(metadata, dict) else {}


def _instance_of(manifest: Any) -> str:
    labels = _metadata(manifest).get("labels")
    return str(labels.get(INSTANCE_LABEL) or "") if isinstance(labels, dict) else ""


def _namespace_of(manifest: Any) -> str:
    return str(_metadata(manifest).get("namespace") or "")


def _secret_name(manifest: Any) -> str:
    if isinstance(manifest, dict) and manifest.get("kind") == "Secret":
        return str(_metadata(manifest).get("name"))
    return ""

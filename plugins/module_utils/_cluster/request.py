# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One task, as the engine takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .duration import seconds
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
            scope=Scope(str(options["name"]), str(options["namespace"]), tuple(str(p) for p in options["parts"])),
            objects=objects,
            wait_timeout=seconds(str(options["wait_timeout"]), "wait_timeout"),
            check_mode=check_mode,
            **{flag: bool(options[flag]) for flag in flags},
        )


def _secret_name(manifest: Any) -> str:
    if isinstance(manifest, dict) and manifest.get("kind") == "Secret":
        return str((manifest.get("metadata") or {}).get("name"))
    return ""

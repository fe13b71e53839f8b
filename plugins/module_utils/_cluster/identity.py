# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How an object says whose it is: labels, annotations and the selectors made of them."""

from __future__ import annotations

from .plain import Manifest

MANAGED_BY = "openclaw.kubernetes"

INSTANCE_LABEL = "app.kubernetes.io/instance"
MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
COMPONENT_LABEL = "app.kubernetes.io/component"
VERSION_LABEL = "app.kubernetes.io/version"
PART_LABEL = "openclaw.kubernetes/part"

GENERATED = "openclaw.kubernetes/generated"
HASHED = "openclaw.kubernetes/hashed"
# Of a Secret: the keys that hold what everybody may see, such as a name, as patterns with commas between.
NOT_SECRET = "openclaw.kubernetes/not-secret"
SECRETS_DIGEST = "openclaw.kubernetes/secrets-digest"
CONFIG_MAPS_DIGEST = "openclaw.kubernetes/config-maps-digest"
CONFIG_DIGEST = "openclaw.kubernetes/config-digest"
HOOK = "openclaw.kubernetes/hook"
HOOK_FOR = "openclaw.kubernetes/hook-for"
HOOK_RESULT = "openclaw.kubernetes/hook-result"
HOOK_OUTPUT = "openclaw.kubernetes/hook-output"
OPERATION = "openclaw.kubernetes/operation"

# Kind key and name: identifies an object within its namespace.
Ref = tuple[str, str]


def selector(instance: str) -> str:
    """Finds every object of an instance."""
    return f"{INSTANCE_LABEL}={instance},{MANAGED_BY_LABEL}={MANAGED_BY}"


def labels_of(manifest: Manifest) -> dict[str, str]:
    return dict((manifest.get("metadata") or {}).get("labels") or {})


def annotations_of(manifest: Manifest) -> dict[str, str]:
    return dict((manifest.get("metadata") or {}).get("annotations") or {})


def name_of(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])


def is_of(manifest: Manifest, instance: str) -> bool:
    """Whether a live object belongs to `instance`."""
    labels = labels_of(manifest)
    return labels.get(INSTANCE_LABEL) == instance and labels.get(MANAGED_BY_LABEL) == MANAGED_BY

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and labels that tie the objects of an instance together."""

from __future__ import annotations

from collections.abc import Mapping

from .._openclaw.gateway_auth import PASSWORD, TOKEN, credential
from .._options.access import Instance

Manifest = dict[str, object]

ENGINE = "openclaw.kubernetes"
GATEWAY = "gateway"
# How the options begin that say where a credential of the gateway is.
CREDENTIAL_OPTIONS = {TOKEN: "gateway_token_", PASSWORD: "gateway_password_"}
# Annotations the engine acts on.
GENERATED = f"{ENGINE}/generated"
HASHED = f"{ENGINE}/hashed"
NOT_SECRET = f"{ENGINE}/not-secret"
HOOK = f"{ENGINE}/hook"
HOOK_FOR = f"{ENGINE}/hook-for"
HOOK_RESULT = f"{ENGINE}/hook-result"
SECRETS_DIGEST = f"{ENGINE}/secrets-digest"
CONFIG_MAPS_DIGEST = f"{ENGINE}/config-maps-digest"
# Annotations for people and for the other playbooks.
CONFIG_DIGEST = f"{ENGINE}/config-digest"
FILES_DIGEST = f"{ENGINE}/files-digest"
VALIDATED = f"{ENGINE}/validated"


def name(instance: Instance) -> str:
    return str(instance["name"])


def config_name(instance: Instance) -> str:
    return f"{name(instance)}-config"


def claim_name(instance: Instance) -> str:
    return str(instance["storage_existing_claim"] or f"{name(instance)}-data")


def account_name(instance: Instance) -> str:
    return str(instance["service_account_name"] or name(instance))


def secrets_name(instance: Instance) -> str:
    return f"{name(instance)}-secrets"


def credential_secret(instance: Instance) -> tuple[str, str]:
    """Return the Secret and the key that hold the token or the password of the gateway, whichever the pod has."""
    kind = credential(instance)
    prefix = CREDENTIAL_OPTIONS[kind]
    return str(instance[f"{prefix}secret"] or f"{name(instance)}-gateway-{kind}"), str(instance[f"{prefix}key"])


def selector(instance: Instance, component: str = GATEWAY) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "openclaw",
        "app.kubernetes.io/instance": name(instance),
        "app.kubernetes.io/component": component,
    }


def pod_labels(instance: Instance, component: str = GATEWAY) -> dict[str, str]:
    """Return the labels of a pod: all of them but the part, since a pod is never in the inventory."""
    return {
        **selector(instance, component),
        "app.kubernetes.io/part-of": "openclaw",
        "app.kubernetes.io/managed-by": ENGINE,
    }


def metadata(
    instance: Instance,
    part: str,
    object_name: str,
    component: str = GATEWAY,
    annotations: Mapping[str, object] | None = None,
    labels: Mapping[str, object] | None = None,
) -> Manifest:
    """Return the metadata of an object of the instance; its own labels win over I(labels)."""
    result: Manifest = {
        "name": object_name,
        "namespace": str(instance["namespace"]),
        "labels": {**(labels or {}), **pod_labels(instance, component), f"{ENGINE}/part": part},
    }
    if annotations:
        result["annotations"] = dict(annotations)
    return result

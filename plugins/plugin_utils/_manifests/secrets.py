# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secret values of the inventory, and the gateway token or password that is made once."""

from __future__ import annotations

import base64

from .._openclaw.gateway_auth import credential
from .._openclaw.secret_variables import secret_sources
from .._options.access import Instance
from .features.catalog import features_of
from .identity import CREDENTIAL_OPTIONS, GENERATED, Manifest, credential_secret, metadata, secrets_name

PART = "secrets"


def _values(instance: Instance) -> dict[str, str]:
    return {
        name: str(source["value"])
        for name, source in sorted(secret_sources(instance).items())
        if isinstance(source, dict) and "value" in source
    }


def secrets_manifests(instance: Instance) -> list[Manifest]:
    """Return the Secret with the inventory's values, and that of token or password unless an existing one is named."""
    manifests: list[Manifest] = []
    values = _values(instance)
    if values:
        manifests.append(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": metadata(instance, PART, secrets_name(instance)),
                "type": "Opaque",
                "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
            }
        )
    prefix = CREDENTIAL_OPTIONS[credential(instance)]
    if not instance[f"{prefix}secret"]:
        secret, key = credential_secret(instance)
        manifests.append(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": metadata(instance, PART, secret, annotations={GENERATED: key}),
                "type": "Opaque",
            }
        )
    return [*manifests, *(secret for feature in features_of(instance) for secret in feature.secrets)]

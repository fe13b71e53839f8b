# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One ConfigMap of somebody else, read for what is in it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from .cluster import Cluster
from .connection import settings_from
from .kinds import known
from .transport import Transport


def read(options: Mapping[str, Any], environ: Mapping[str, str], namespace: str, name: str) -> dict[str, bytes] | None:
    """The values of a ConfigMap by their keys, or None if there is none. EngineError if the cluster cannot be asked."""
    transport = Transport(settings_from(options, environ))
    try:
        found = Cluster(transport).get(known("ConfigMap"), namespace, name)
    finally:
        transport.close()
    if found is None:
        return None
    texts = {key: str(value).encode() for key, value in (found.get("data") or {}).items()}
    return {**texts, **{key: b64decode(value) for key, value in (found.get("binaryData") or {}).items()}}

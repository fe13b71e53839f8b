# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What an instance has of its configuration: the files of a ConfigMap, and what a command in the running pod prints.

Two lists and one command, since this is asked at every run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import exec as container_exec
from . import health
from .cluster import Cluster
from .connection import settings_from
from .errors import EngineError
from .identity import name_of, selector
from .kinds import known
from .plain import Manifest
from .redact import Redactor
from .transport import Transport

_OUTPUT_LIMIT = 2 * 1024 * 1024


def run(options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """What both doors call: options in, task result out."""
    redactor = Redactor([text for text in (options.get("api_key"),) if text])
    transport: Transport | None = None
    result: dict[str, Any] = {"changed": False, "pod": "", "output": {}, "stored": {}}
    try:
        transport = Transport(settings_from(options, environ))
        for secret in transport.secrets():
            redactor.learn(secret)
        _read(Cluster(transport), options, result)
    except EngineError as exc:
        result.update(exc.failure)
    finally:
        if transport is not None:
            transport.close()
    return dict(redactor.scrub_all(result))


def _read(cluster: Cluster, options: Mapping[str, Any], result: dict[str, Any]) -> None:
    namespace, wanted = str(options["namespace"]), selector(str(options["name"]))
    fields = f"metadata.name={options['config_map']}"
    for config_map in cluster.list(known("ConfigMap"), namespace, wanted, fields):
        result["stored"] = dict(config_map.get("data") or {})
    container = str(options["container"])
    running = [pod for pod in cluster.list(known("Pod"), namespace, wanted) if _runs(pod, container)]
    if running:
        result["pod"] = name_of(min(running, key=name_of))
        output = container_exec.run(
            cluster,
            namespace,
            result["pod"],
            container,
            list(options["argv"]),
            float(options["timeout"]),
            stdin=(options.get("stdin") or "").encode(),
            limit=_OUTPUT_LIMIT,
        )
        result["output"] = output._asdict()


def _runs(pod: Manifest, container: str) -> bool:
    """Whether the container runs in a pod that stays."""
    if pod["metadata"].get("deletionTimestamp"):
        return False
    return health.is_running(pod, container)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which cluster, as whom: one precedence for every connection option.

Task options win over `K8S_AUTH_*` variables (those of the task's `environment:` over those of the process),
which win over the kubeconfig (`kubeconfig` option, `KUBECONFIG`, `~/.kube/config`), which wins over the service
account of the pod the engine runs in.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from .errors import EngineError

# Names shared with kubernetes.core, so that an AWX Kubernetes credential works unchanged.
ENVIRONMENT: dict[str, str] = {
    "kubeconfig": "K8S_AUTH_KUBECONFIG",
    "context": "K8S_AUTH_CONTEXT",
    "host": "K8S_AUTH_HOST",
    "api_key": "K8S_AUTH_API_KEY",
    "ca_cert": "K8S_AUTH_SSL_CA_CERT",
    "validate_certs": "K8S_AUTH_VERIFY_SSL",
    "client_cert": "K8S_AUTH_CERT_FILE",
    "client_key": "K8S_AUTH_KEY_FILE",
    "proxy": "K8S_AUTH_PROXY",
    "impersonate_user": "K8S_AUTH_IMPERSONATE_USER",
}


@dataclass(frozen=True)
class Settings:
    """Connection options after precedence was applied. Empty text means: not given."""

    kubeconfig: str = ""
    context: str = ""
    host: str = ""
    api_key: str = field(default="", repr=False)
    ca_cert: str = ""
    validate_certs: bool | None = None
    client_cert: str = ""
    client_key: str = ""
    proxy: str = ""
    impersonate_user: str = ""
    request_timeout: float = 30.0
    retry_budget: float = 60.0

    @property
    def stands_alone(self) -> bool:
        """Host and credentials are both given: no kubeconfig is read."""
        return bool(self.host and (self.api_key or self.client_cert) and not (self.kubeconfig or self.context))


def settings_from(options: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Apply the precedence. `environ` is the process environment overlaid with the task's."""
    chosen: dict[str, Any] = {}
    for name, variable in ENVIRONMENT.items():
        value = options.get(name)
        if value is None or value == "":
            value = environ.get(variable, "")
        chosen[name] = value
    chosen["validate_certs"] = _truth(chosen["validate_certs"])
    settings = Settings(
        **chosen,
        request_timeout=float(options.get("request_timeout") or Settings.request_timeout),
        retry_budget=float(options.get("retry_budget") or Settings.retry_budget),
    )
    if settings.kubeconfig or settings.stands_alone:
        return settings
    return _with_kubeconfig(settings, environ)


def _with_kubeconfig(settings: Settings, environ: Mapping[str, str]) -> Settings:
    default = os.path.expanduser("~/.kube/config")
    path = environ.get("KUBECONFIG") or (default if os.path.exists(default) else "")
    return Settings(**{**settings.__dict__, "kubeconfig": path})


def _truth(value: Any) -> bool | None:
    if value == "" or value is None:
        return None
    try:
        return bool(boolean(value))
    except TypeError as exc:
        raise EngineError([f"validate_certs: {exc}"]) from exc

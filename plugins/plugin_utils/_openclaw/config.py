# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's configuration file: what a pod needs below, what the inventory says above."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .config_layers import finished, laid_over
from .config_paths import Rules
from .endpoint import Endpoint, endpoint_of
from .json5_text import MAX_BYTES
from .pod import PORT

# Ready with these and nothing else; each line is here because the gateway does not start, or is not reachable,
# or calls out, without it. How clients prove who they are comes on top.
POD_CONFIG: dict[str, object] = {
    "gateway": {
        "mode": "local",
        "bind": "lan",
        "port": PORT,
    },
    "update": {"checkOnStart": False},
    "discovery": {"mdns": {"mode": "off"}},
    "models": {"catalogRefresh": {"enabled": False}},
    "logging": {"consoleStyle": "json"},
}
# Lists to which every layer adds its entries; of everything else the uppermost layer has the say.
_JOINED = frozenset({"gateway.controlUi.allowedOrigins", "gateway.trustedProxies"})
_DIGEST_LENGTH = 16
_KIBIBYTE = 1024


def declared(
    user_config: Mapping[str, object], *additions: Mapping[str, object], rules: Rules | None = None
) -> dict[str, object]:
    """Return the whole configuration that the inventory declares: the user's, over what features of the pod add."""
    config: Mapping[str, object] = POD_CONFIG
    for layer in (*additions, user_config):
        config = laid_over(config, layer, _JOINED, rules or Rules())
    return {key: finished(value) for key, value in config.items()}


def merge_rules(instance: Mapping[str, object]) -> Rules:
    """Return who has the say where, and which lists are merged entry by entry; nothing of that if a path is wrong."""
    protected, ignored, keys = (instance.get(f"config_{what}") for what in ("protected", "ignored", "merge_keys"))
    try:
        return Rules.of(
            protected if isinstance(protected, list) else (),
            ignored if isinstance(ignored, list) else (),
            keys if isinstance(keys, dict) else {},
        )
    except ValueError:  # told by a rule of its own
        return Rules()


def text(declared_config: Mapping[str, object]) -> str:
    """Return C(openclaw.json): stable, so that the same inventory gives the same bytes."""
    return json.dumps(declared_config, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def digest(*texts: str) -> str:
    """Return the short digest of what a pod reads at its start."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:_DIGEST_LENGTH]


def config_too_large(instance: Mapping[str, object]) -> list[str]:
    """A ConfigMap holds 1 MiB; a configuration beyond a quarter of it is a mistake."""
    config = instance["config"]
    size = len(text(declared(config)).encode()) if isinstance(config, dict) else 0
    if size <= MAX_BYTES:
        return []
    return [f"openclaw_config  has {size // _KIBIBYTE} KiB; at most {MAX_BYTES // _KIBIBYTE} KiB are allowed."]


def gateway_settings(instance: Mapping[str, object]) -> Mapping[str, object]:
    """Return what the user's configuration says about the gateway."""
    config = instance["config"]
    gateway = config.get("gateway") if isinstance(config, dict) else None
    return gateway if isinstance(gateway, dict) else {}


def port_set_twice(instance: Mapping[str, object]) -> list[str]:
    """Probes, Service and policies speak to the one port that the collection sets."""
    gateway = gateway_settings(instance)
    problems = []
    if gateway.get("port", PORT) != PORT:
        problems.append(f"openclaw_config  gateway.port: {gateway['port']} cannot be changed. Remove it; it is {PORT}.")
    if gateway.get("mode", "local") != "local":
        problems.append(f'openclaw_config  gateway.mode: "{gateway["mode"]}" does not serve. Remove it; it is local.')
    reached = ("lan", "auto", "custom", *(["loopback"] if instance["gateway_proxy_enabled"] else []))
    if gateway.get("bind", "lan") not in reached:
        hint = "lan" if gateway["bind"] in ("0.0.0.0", "::") else "lan, or remove it"
        problems.append(
            f'openclaw_config  gateway.bind: "{gateway["bind"]}" cannot be reached through the Service. Use {hint}.'
        )
    return problems


def model_at_forbidden_address(instance: Mapping[str, object]) -> list[str]:
    """The network policy opens the way to a declared model, so none may stand where a cloud keeps credentials."""
    config = instance["config"]
    return [
        f"openclaw_config  models.providers.{endpoint.provider}.baseUrl: {endpoint.host} is a link-local, metadata or "
        "reserved address. Write the address of a model."
        for endpoint in (model_endpoints(config) if isinstance(config, dict) else ())
        if endpoint.forbidden
    ]


@dataclass(frozen=True)
class ModelEndpoint(Endpoint):
    """Where a model provider listens, as its C(baseUrl) says."""

    provider: str


def model_endpoints(user_config: Mapping[str, object]) -> Iterator[ModelEndpoint]:
    """Yield the endpoint of each model provider that the configuration gives a C(baseUrl)."""
    models = user_config.get("models")
    providers = models.get("providers") if isinstance(models, dict) else None
    for name, provider in sorted(providers.items()) if isinstance(providers, dict) else []:
        url = provider.get("baseUrl") if isinstance(provider, dict) else None
        endpoint = endpoint_of(url) if isinstance(url, str) else None
        if endpoint is not None:
            yield ModelEndpoint(endpoint.host, endpoint.port, str(name))

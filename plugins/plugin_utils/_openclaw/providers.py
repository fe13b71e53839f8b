# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the providers of models listen, those included whose address OpenClaw knows by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .config import ModelEndpoint, model_endpoints

_HTTPS = 443
# As OpenClaw 2026.9.6 has them. Providers whose address depends on a region, a plan or an account are not here.
API_HOSTS = {
    "anthropic": "api.anthropic.com",
    "cerebras": "api.cerebras.ai",
    "cohere": "api.cohere.ai",
    "deepinfra": "api.deepinfra.com",
    "deepseek": "api.deepseek.com",
    "fireworks": "api.fireworks.ai",
    "google": "generativelanguage.googleapis.com",
    "groq": "api.groq.com",
    "huggingface": "router.huggingface.co",
    "kimi": "api.kimi.com",
    "minimax": "api.minimax.io",
    "mistral": "api.mistral.ai",
    "moonshot": "api.moonshot.ai",
    "nvidia": "integrate.api.nvidia.com",
    "openai": "api.openai.com",
    "opencode": "opencode.ai",
    "opencode-go": "opencode.ai",
    "openrouter": "openrouter.ai",
    "perplexity": "api.perplexity.ai",
    "together": "api.together.xyz",
    "venice": "api.venice.ai",
    "vercel-ai-gateway": "ai-gateway.vercel.sh",
    "xai": "api.x.ai",
    "zai": "api.z.ai",
}
# Where these are asked unless they have a C(baseUrl): on the pod's loopback.
LOCAL = frozenset({"litellm", "lmstudio", "ollama", "sglang", "vllm"})


def provider_endpoints(user_config: Mapping[str, object], further: Iterable[str] = ()) -> Iterator[ModelEndpoint]:
    """Yield the endpoint of each provider that has a C(baseUrl), or that is used and known, and of I(further) ones."""
    yield from model_endpoints(user_config)
    for provider in _without_address(user_config, further):
        if provider in API_HOSTS:
            yield ModelEndpoint(API_HOSTS[provider], _HTTPS, provider)


def unknown_providers(user_config: Mapping[str, object], further: Iterable[str] = ()) -> list[str]:
    """Return the providers that are used, but whose address nobody here knows."""
    return [each for each in _without_address(user_config, further) if each not in API_HOSTS and each not in LOCAL]


def _without_address(user_config: Mapping[str, object], further: Iterable[str]) -> list[str]:
    declared = _declared(user_config)
    used = {model.partition("/")[0] for model in _models(user_config.get("agents")) if "/" in model}
    addressed = {name for name, provider in declared.items() if isinstance(provider, dict) and provider.get("baseUrl")}
    return sorted({*declared, *used, *further} - addressed)


def _declared(user_config: Mapping[str, object]) -> Mapping[str, object]:
    models = user_config.get("models")
    providers = models.get("providers") if isinstance(models, dict) else None
    return providers if isinstance(providers, dict) else {}


def _models(settings: object, key: str = "") -> Iterator[str]:
    """Yield what stands where OpenClaw takes the name of a model, C(provider/model)."""
    if isinstance(settings, str):
        if key in ("primary", "fallbacks") or key.lower().endswith("model"):
            yield settings
    elif isinstance(settings, list):
        for entry in settings:
            yield from _models(entry, key)
    elif isinstance(settings, dict):
        if key == "models":
            yield from map(str, settings)
        for name, value in settings.items():
            yield from _models(value, str(name))

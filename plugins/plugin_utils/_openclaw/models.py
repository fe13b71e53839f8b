# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Providers of models as options: the key by reference, and the address where OpenClaw does not know it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .config_layers import laid_over
from .plaintext import OptionSecret, reference_to, variable_for
from .providers import API_HOSTS, LOCAL

Instance = Mapping[str, object]

OPTION = "openclaw_providers"
DEFAULT_API = "openai-completions"
# As OpenClaw 2026.9.6 has them.
APIS = (
    "anthropic-messages",
    "azure-openai-responses",
    "bedrock-converse-stream",
    "github-copilot",
    "google-generative-ai",
    "google-vertex",
    "ollama",
    "openai-chatgpt-responses",
    DEFAULT_API,
    "openai-responses",
    "pi-messages",
)
# The variable in which OpenClaw looks for a key. Where none is named here, it is <PROVIDER>_API_KEY.
_VARIABLES = {
    "github-copilot": "COPILOT_GITHUB_TOKEN",
    "google": "GEMINI_API_KEY",
    "huggingface": "HF_TOKEN",
    "lmstudio": "LM_API_TOKEN",
    "opencode-go": "OPENCODE_API_KEY",
    "vercel-ai-gateway": "AI_GATEWAY_API_KEY",
}
# Those that are in the image; each other one that is known is a plugin, @openclaw/<provider>-provider.
_IN_THE_IMAGE = frozenset(
    {
        "anthropic",
        "github-copilot",
        "google",
        "huggingface",
        "litellm",
        "lmstudio",
        "minimax",
        "nvidia",
        "ollama",
        "openai",
        "opencode-go",
        "openrouter",
        "sglang",
        "together",
        "vllm",
        "xai",
    }
)
_KNOWN = frozenset({*API_HOSTS, *LOCAL, *_IN_THE_IMAGE})


def provider_entries(instance: Instance) -> dict[str, Mapping[str, object]]:
    """Return the providers that are options, by name."""
    given = instance["providers"]
    found = sorted(given.items()) if isinstance(given, dict) else []
    return {name: entry for name, entry in found if isinstance(entry, dict)}


def key_variable(provider: str) -> str:
    """Return the variable that holds the key of a provider."""
    return _VARIABLES.get(provider) or variable_for(("models", "providers", provider, "apiKey"))


def provider_secrets(instance: Instance) -> Iterator[OptionSecret]:
    """Yield the keys of the providers."""
    for name, entry in provider_entries(instance).items():
        if "key" in entry:
            yield OptionSecret(key_variable(name), f"{OPTION}.{name}", entry["key"])


def provider_config(instance: Instance) -> dict[str, object]:
    """Return this part of OpenClaw's configuration. A provider it knows finds its key in the environment."""
    found = {
        name: _settings(name, entry)
        for name, entry in provider_entries(instance).items()
        if any(key in entry for key in ("url", "api", "models", "config"))
    }
    return {"models": {"providers": found}} if found else {}


def _settings(name: str, entry: Mapping[str, object]) -> dict[str, object]:
    settings: dict[str, object] = {}
    if "url" in entry:
        settings |= {"baseUrl": entry["url"], "api": entry.get("api", DEFAULT_API)}
    elif "api" in entry:
        settings["api"] = entry["api"]
    if "key" in entry:
        settings["apiKey"] = reference_to(("models", "providers", name, "apiKey"), key_variable(name))
    models = entry.get("models")
    if isinstance(models, dict):
        settings["models"] = [_model(str(model), of) for model, of in models.items()]
    more = entry.get("config")
    return laid_over(settings, more) if isinstance(more, dict) else settings


def _model(model: str, settings: object) -> dict[str, object]:
    return {"id": model, "name": model, **(settings if isinstance(settings, dict) else {})}


# Rules


def provider_without_address(instance: Instance) -> list[str]:
    """OpenClaw knows the addresses of some providers; of any other one it has to be told what is there."""
    problems = []
    for name, entry in provider_entries(instance).items():
        if name in _KNOWN:
            continue
        if "url" not in entry:
            problems.append(
                f"{OPTION}  {name}: is no provider that OpenClaw knows. Write its url, such as https://host/v1."
            )
        if not entry.get("models"):
            problems.append(f"{OPTION}  {name}: has no models. Write models: {{<name of the model>: {{}}}}.")
    return problems


def provider_needs_plugin(instance: Instance) -> list[str]:
    """Most providers are not in OpenClaw's image; one with an address and models needs no plugin."""
    plugins = instance.get("plugins")
    there = plugins if isinstance(plugins, dict) else {}
    return [
        f"{OPTION}  {name}: is no part of OpenClaw's image, but its plugin @openclaw/{name}-provider. Add it to "
        "openclaw_plugins, unless your image has it, or write url and models."
        for name, entry in provider_entries(instance).items()
        if name in _KNOWN - _IN_THE_IMAGE and not (entry.get("url") and entry.get("models"))
        if not _brings(there, name)
    ]


def _brings(plugins: Mapping[str, object], name: str) -> bool:
    return any(plugin in (name, f"{name}-provider") for plugin in plugins)


def declared_providers(instance: Instance) -> Iterator[str]:
    """Yield the providers whose address OpenClaw knows, and which the configuration does not name."""
    for name, entry in provider_entries(instance).items():
        if not any(key in entry for key in ("url", "api", "models", "config")):
            yield name


RULES = (provider_without_address,)
CAUTIONS = (provider_needs_plugin,)

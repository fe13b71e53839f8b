# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the browser and about Ollama, the sidecars of the gateway."""

from __future__ import annotations

import re
from collections.abc import Callable

from .access import Instance, entries, mapping, text, whole
from .formats import size_bytes

_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OLLAMA_REGISTRY = "registry.ollama.ai"
# A model is named like an image, perhaps with its registry: llama3.2, qwen3:8b, hf.co/someone/model-GGUF:Q4_K_M.
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(:[0-9]+/)?([A-Za-z0-9._/-]*[A-Za-z0-9._-])?(:[A-Za-z0-9._-]+)?")

# Arguments that other parts of the pod count on.
_ARGUMENTS_OF_OURS = {
    "--remote-debugging-address": "would open the browser, with all its logins, to other pods",
    "--remote-debugging-pipe": "would close the port through which the gateway drives the browser",
    "--remote-debugging-port": "is the port through which the gateway drives the browser",
    "--user-data-dir": "is the volume of the profile; keep it by openclaw_chromium_persistence_enabled",
}
_VARIABLES_OF_OURS = {
    "HOME": "is where the models are kept",
    "OLLAMA_HOST": "is where the gateway asks for models",
    "OLLAMA_MODELS": "would put the models beside their volume",
}


def browser_argument_of_ours(instance: Instance) -> list[str]:
    """The pod counts on some arguments of the browser."""
    return [
        f"openclaw_chromium_args  {flag}: {_ARGUMENTS_OF_OURS[flag]}. Remove it."
        for argument in map(str, entries(instance, "chromium_args"))
        if (flag := argument.partition("=")[0]) in _ARGUMENTS_OF_OURS
    ]


def browser_command_missing(instance: Instance) -> list[str]:
    """The image's own command may open the browser to other pods, so there always is one of ours."""
    if not instance["chromium_enabled"] or entries(instance, "chromium_command"):
        return []
    return ["openclaw_chromium_command  is an empty list. Write the path of the browser in its image, or remove it."]


def profile_not_kept(instance: Instance) -> list[str]:
    """A claim alone does not make the profile last."""
    if not text(instance, "chromium_existing_claim") or instance["chromium_persistence_enabled"]:
        return []
    return [
        "openclaw_chromium_existing_claim  is not used while openclaw_chromium_persistence_enabled is false. "
        "Set that to true, or remove the claim."
    ]


def sidecar_environment_not_text(instance: Instance) -> list[str]:
    """Variables of sidecars have names that a shell accepts, and scalar values."""
    problems = []
    for option in ("chromium_env", "ollama_env"):
        for name, value in mapping(instance, option).items():
            at = f"openclaw_{option}  {name}:"
            if not _ENV_NAME.fullmatch(name):
                problems.append(f"{at} is not the name of an environment variable.")
            # A number with a point may have lost digits.
            if isinstance(value, (dict, list, float)) or value is None:
                problems.append(f"{at} is not text. Write it in quotes.")
    return problems


def ollama_variable_of_ours(instance: Instance) -> list[str]:
    """The pod counts on some variables of Ollama."""
    return [
        f"openclaw_ollama_env  {name}: {_VARIABLES_OF_OURS[name]}. Remove it."
        for name in mapping(instance, "ollama_env")
        if name in _VARIABLES_OF_OURS
    ]


def model_name_misspelt(instance: Instance) -> list[str]:
    """What cannot be a name of a model is told before a pod fails at it."""
    return [
        f'openclaw_ollama_models  "{model}" is not the name of a model. Write it as Ollama does, such as qwen3:8b.'
        for model in map(str, entries(instance, "ollama_models"))
        if not _MODEL.fullmatch(model)
    ]


def gpus_below_zero(instance: Instance) -> list[str]:
    """There is no fewer than no GPU."""
    number = whole(instance, "ollama_gpu")
    return [] if number >= 0 else [f"openclaw_ollama_gpu  {number} is not a number of GPUs. Write 0 or more."]


def shared_memory_beyond_limit(instance: Instance) -> list[str]:
    """Shared memory counts as the container's own."""
    if not instance["chromium_enabled"]:
        return []
    shared, limit = text(instance, "chromium_shared_memory_size"), text(instance, "chromium_memory_limit")
    if size_bytes(shared) < size_bytes(limit):
        return []
    return [
        f'openclaw_chromium_shared_memory_size  "{shared}" is not below openclaw_chromium_memory_limit "{limit}", '
        "which counts it: a page that fills it kills the browser."
    ]


def _not_named(instance: Instance) -> bool:
    """Whether only named places are open, and the registry of Ollama is none of them."""
    chosen = instance["networkpolicy_egress"] == "providers-only" and not instance["proxy_url"]
    return chosen and _OLLAMA_REGISTRY not in entries(instance, "networkpolicy_egress_names")


def models_cannot_be_pulled(instance: Instance) -> list[str]:
    """Models come from the public Internet, unless their volume has them already."""
    egress = text(instance, "networkpolicy_egress")
    closed = instance["networkpolicy_enabled"] and (egress in ("internal", "none") or _not_named(instance))
    if not (instance["ollama_enabled"] and closed):
        return []
    return [
        f"openclaw_networkpolicy_egress  {egress} closes the way to the registry of the model {model}: the pod only "
        "starts when its volume has it already. Use open-internet, or openclaw_ollama_existing_claim with the models."
        for model in map(str, entries(instance, "ollama_models"))
    ]


def browser_without_certificates(instance: Instance) -> list[str]:
    """The browser reads certificates from a store of its own, not from a file."""
    if not instance["chromium_enabled"]:
        return []
    return [
        f"openclaw_{option}  is not known to the browser of openclaw_chromium_enabled: it refuses sites that these "
        "authorities signed."
        for option in ("ca_bundle_config_map", "ca_bundle_secret")
        if text(instance, option)
    ]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    browser_argument_of_ours,
    browser_command_missing,
    profile_not_kept,
    sidecar_environment_not_text,
    ollama_variable_of_ours,
    model_name_misspelt,
    gpus_below_zero,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (
    shared_memory_beyond_limit,
    models_cannot_be_pulled,
    browser_without_certificates,
)

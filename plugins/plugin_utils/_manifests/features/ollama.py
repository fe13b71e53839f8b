# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ollama beside the gateway, with its models pulled before the gateway starts, and among the model providers."""

from __future__ import annotations

from ..._options.access import Instance, entries, mapping, whole
from ..identity import Manifest
from .containers import claim_name, own_claims, preparation, program_texts, sidecar, variables
from .feature import Feature

CONTAINER = "ollama"
_PULLER = "ollama-models"
_PREFIX = "ollama_"
# Its API has no password, and can delete models: it is open on loopback only.
_HOST = "127.0.0.1:11434"
_ADDRESS = f"http://{_HOST}"
_SECONDS_TO_ANSWER = 60
_HOME = "/ollama"
_GPU = "nvidia.com/gpu"
# The word by which OpenClaw knows a server without a key. It takes it from the environment only: without the variable
# a turn ends with "No API key found", whatever the provider's entry says.
_NO_KEY = "ollama-local"

_ENVIRONMENT = {
    # Its key and its models are in .ollama below; a volume of the official image holds the same.
    "HOME": _HOME,
    "OLLAMA_HOST": _HOST,
}


def ollama(instance: Instance) -> Feature | None:
    """Return what Ollama adds."""
    if not instance["ollama_enabled"]:
        return None
    models = map(str, entries(instance, "ollama_models"))
    pull = preparation(instance, _PULLER, "pull-models.mjs", [_ADDRESS, str(_SECONDS_TO_ANSWER), *models])
    claim = claim_name(instance, _PREFIX, CONTAINER)
    return Feature(
        init_containers=(_server(instance), pull),
        volumes=(
            {"name": "ollama-models", "persistentVolumeClaim": {"claimName": claim}},
            {"name": "ollama-tmp", "emptyDir": {"sizeLimit": "1Gi"}},
        ),
        environment={"OLLAMA_API_KEY": _NO_KEY, "OLLAMA_HOST": _ADDRESS},
        offline=(_PULLER,),
        config={"models": {"providers": {"ollama": _provider()}}},
        claims=own_claims(instance, _PREFIX, CONTAINER),
        files=program_texts("answers.mjs", "pull-models.mjs"),
    )


def _server(instance: Instance) -> Manifest:
    gpus = whole(instance, "ollama_gpu")
    return {
        **sidecar(instance, _PREFIX, CONTAINER, {_GPU: str(gpus)} if gpus else {}),
        "command": ["ollama", "serve"],
        "env": variables(_ENVIRONMENT, mapping(instance, "ollama_env")),
        "volumeMounts": [
            {"name": "ollama-models", "mountPath": f"{_HOME}/.ollama"},
            {"name": "ollama-tmp", "mountPath": "/tmp"},
        ],
    }


def _provider() -> Manifest:
    """Return the entry among OpenClaw's model providers.

    It speaks Ollama's own API, since over the OpenAI-compatible one tool calls arrive as text. With an empty list it
    asks the server which models there are, how large their context is, and whether they can use tools.
    """
    return {
        "api": "ollama",
        "apiKey": _NO_KEY,
        "baseUrl": _ADDRESS,
        "models": [],
        # A model has to be loaded for its first word, and reads a long prompt slowly without a GPU.
        "timeoutSeconds": 300,
    }

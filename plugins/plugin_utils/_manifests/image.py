# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of the instance's containers, and how they are pulled."""

from __future__ import annotations

import re

from .._options.access import Instance, text
from .identity import Manifest

_NOT_IN_A_LABEL = re.compile(r"[^A-Za-z0-9_.-]")


# Repository, tag and digest of each image that has options, by their prefix.
_OPTIONS = {
    "": ("image_repository", "image_tag", "image_digest"),
    "chromium_": ("chromium_image_repository", "chromium_image_tag", "chromium_image_digest"),
    "ollama_": ("ollama_image_repository", "ollama_image_tag", "ollama_image_digest"),
    "terminal_": ("terminal_image_repository", "terminal_image_tag", "terminal_image_digest"),
    "gateway_proxy_": ("gateway_proxy_image_repository", "gateway_proxy_image_tag", "gateway_proxy_image_digest"),
    "runtime_uv_": ("runtime_uv_image_repository", "runtime_uv_image_tag", "runtime_uv_image_digest"),
    "tailscale_": ("tailscale_image_repository", "tailscale_image_tag", "tailscale_image_digest"),
    "backup_": ("backup_image_repository", "backup_image_tag", "backup_image_digest"),
    "cloudflared_": ("cloudflared_image_repository", "cloudflared_image_tag", "cloudflared_image_digest"),
}


def reference(instance: Instance, prefix: str = "") -> str:
    """Return the reference of OpenClaw's image, or of that of a feature by the I(prefix) of its options.

    A digest decides what runs, the tag then only tells what it is.
    """
    repository, tag, digest = (text(instance, option) for option in _OPTIONS[prefix])
    image = f"{in_registry(repository, text(instance, 'image_registry'))}:{tag}"
    return f"{image}@{digest}" if digest else image


def original_reference(instance: Instance) -> str:
    """Return the reference of OpenClaw's image wherever it is pulled from: a registry of one's own has the same one."""
    return reference({**instance, "image_registry": ""})


def in_registry(repository: str, registry: str) -> str:
    """Return the repository as the instance's own registry has it; unchanged without one."""
    if not registry:
        return repository
    first, slash, rest = repository.partition("/")
    path = rest if slash and (first == "localhost" or any(sign in first for sign in ".:")) else repository
    return f"{registry.rstrip('/')}/{path}"


def version_labels(instance: Instance) -> dict[str, str]:
    version = _NOT_IN_A_LABEL.sub("-", str(instance["image_tag"]))[:63].strip("-_.")
    return {"app.kubernetes.io/version": version}


def pull_settings(instance: Instance) -> Manifest:
    """Return what the pod needs to pull: every pod of the instance carries the same credentials."""
    secrets = instance["image_pull_secrets"]
    if not isinstance(secrets, list) or not secrets:
        return {}
    return {"imagePullSecrets": [{"name": secret} for secret in secrets]}

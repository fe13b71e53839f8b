# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks of the gateway, with a token of their own, and the heartbeat."""

from __future__ import annotations

from ..._openclaw.hooks import TOKEN_VARIABLE, heartbeat_config, hooks_config
from ..._options.access import Instance, text
from ..hooks import transform_files
from ..identity import GENERATED, Manifest, metadata, name
from .feature import Feature

_SECRETS_PART = "secrets"


def hooks(instance: Instance) -> Feature | None:
    """Return the configuration, its token and its modules."""
    if not instance["hooks_enabled"]:
        return None
    secret, key = hooks_token(instance)
    modules = transform_files(instance)
    return Feature(
        config=hooks_config(instance),
        secret_environment={TOKEN_VARIABLE: (secret, key)},
        secrets=() if instance["hooks_token_secret"] else (_secret(instance, secret, key),),
        files={file: content for file, (_path, content) in modules.items()},
        file_paths={file: path for file, (path, _content) in modules.items()},
    )


def heartbeat(instance: Instance) -> Feature | None:
    """Return the configuration of the heartbeat, where the inventory has one."""
    config = heartbeat_config(instance)
    return Feature(config=config) if config else None


def hooks_token(instance: Instance) -> tuple[str, str]:
    """Return the Secret and the key of the token."""
    return text(instance, "hooks_token_secret") or f"{name(instance)}-hooks-token", text(instance, "hooks_token_key")


def _secret(instance: Instance, secret: str, key: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(instance, _SECRETS_PART, secret, annotations={GENERATED: key}),
        "type": "Opaque",
    }

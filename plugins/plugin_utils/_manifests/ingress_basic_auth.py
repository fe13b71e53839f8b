# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The password that is made once, and its hash where the controller looks for it."""

from __future__ import annotations

from .._options.access import Instance, text
from .identity import GENERATED, HASHED, Manifest, metadata, name
from .ingress_controllers import USER, profile_of, users_secret

PASSWORD = "password"


def basic_auth_secrets(instance: Instance, part: str) -> list[Manifest]:
    """Return two Secrets: for people, and for the controller, since some take every key of theirs for a user."""
    if not instance["ingress_basic_auth_enabled"] or instance["ingress_basic_auth_secret"]:
        return []
    own = f"{name(instance)}-basic-auth"
    return [
        _secret(instance, part, own, {GENERATED: PASSWORD}),
        _secret(instance, part, users_secret(instance), {HASHED: _hashed(instance, own)}),
    ]


def _hashed(instance: Instance, secret: str) -> str:
    """Return what the engine is to derive: C(key=user:secret/key), without the user where the key names it."""
    user, key = text(instance, "ingress_basic_auth_user"), profile_of(instance).users
    source = f"{secret}/{PASSWORD}"
    return f"{user}={source}" if key == USER else f"{key}={user}:{source}"


def _secret(instance: Instance, part: str, secret: str, annotations: dict[str, str]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(instance, part, secret, annotations=annotations),
        "type": "Opaque",
    }

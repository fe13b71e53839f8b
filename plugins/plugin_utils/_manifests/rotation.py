# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values of an instance's Secrets can be replaced, and how it is proven that the former ones are dead."""

from __future__ import annotations

from .._openclaw.gateway_auth import credential
from .._openclaw.rotation import TIMEOUT, environment_proof, gateway_proof
from .._openclaw.secret_variables import secret_sources
from .._options.access import Instance, entries
from .identity import CREDENTIAL_OPTIONS, credential_secret, secrets_name

GATEWAY = "gateway"
PROVIDERS = "providers"

Turn = dict[str, object]


def rotation_turns(instance: Instance, what: list[str] | None = None) -> list[Turn]:
    """Return the values to replace: C(title), C(secret), C(key), and C(argv) of the proof.

    I(what) is the choice of openclaw_rotate; C(variable) names the secret whose new value the inventory holds.
    """
    chosen = [str(part) for part in (entries(instance, "rotate") if what is None else what)]
    return [turn for part in (GATEWAY, PROVIDERS) if part in chosen for turn in _TURNS[part](instance)]


def new_value(instance: Instance, turn: Turn) -> str:
    """Return the value of the inventory; empty for one that the cluster makes up."""
    source = secret_sources(instance).get(str(turn["variable"]))
    return str(source["value"]) if isinstance(source, dict) and "value" in source else ""


def _gateway(instance: Instance) -> list[Turn]:
    """The credential that this collection has made; one of the user's own is changed where it comes from."""
    kind = credential(instance)
    if instance[f"{CREDENTIAL_OPTIONS[kind]}secret"]:
        return []
    secret, key = credential_secret(instance)
    return [_turn(f"the {kind} of the gateway", secret, key, "", gateway_proof())]


def _providers(instance: Instance) -> list[Turn]:
    return [
        _turn(variable, secrets_name(instance), variable, variable, environment_proof())
        for variable, source in sorted(secret_sources(instance).items())
        if isinstance(source, dict) and "value" in source
    ]


def _turn(title: str, secret: str, key: str, variable: str, argv: list[str]) -> Turn:
    return {"title": title, "secret": secret, "key": key, "variable": variable, "argv": argv, "timeout": TIMEOUT}


_TURNS = {GATEWAY: _gateway, PROVIDERS: _providers}

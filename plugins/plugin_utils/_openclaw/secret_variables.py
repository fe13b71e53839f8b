# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the gateway that hold secrets, whatever option brings them."""

from __future__ import annotations

from collections.abc import Mapping

from .channels import channel_secrets
from .models import provider_secrets
from .plaintext import OptionSecret

Instance = Mapping[str, object]


def secret_sources(instance: Instance) -> dict[str, object]:
    """Return where each secret comes from, by variable: those of channels, of providers, and the user's own."""
    own = instance["secrets"]
    return {
        **{secret.variable: secret.source for secret in _of_options(instance)},
        **(own if isinstance(own, dict) else {}),
    }


def _of_options(instance: Instance) -> list[OptionSecret]:
    return [*channel_secrets(instance), *provider_secrets(instance)]


def variable_of_an_option_said_twice(instance: Instance) -> list[str]:
    """The token of a channel and the key of a provider are in variables, and each of those has one value."""
    problems = []
    holders: dict[str, str] = {}
    for secret in _of_options(instance):
        option, _dot, name = secret.option.partition(".")
        holder = holders.setdefault(secret.variable, secret.option)
        if holder != secret.option:
            problems.append(
                f"{option}  {name}: needs the variable {secret.variable}, as does {holder}. Remove one of them."
            )
    for option in ("env", "secrets"):
        given = instance[option]
        problems += [
            f"openclaw_{option}  {variable}: is set by {holder} already. Remove one of the two."
            for variable, holder in sorted(holders.items())
            if isinstance(given, dict) and variable in given
        ]
    return problems


RULES = (variable_of_an_option_said_twice,)

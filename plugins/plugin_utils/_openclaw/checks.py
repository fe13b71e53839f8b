# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about options that need to know OpenClaw. The rules about options alone stand with the options."""

from __future__ import annotations

from collections.abc import Mapping

from .config import config_too_large, model_at_forbidden_address, model_endpoints, port_set_twice
from .pod import RESERVED_VARIABLES


def reserved_variables_set(instance: Mapping[str, object]) -> list[str]:
    """The pod's own variables say where state, cache and configuration are; a second value breaks it."""
    problems = []
    for option in ("env", "secrets"):
        given = instance[option]
        for name in sorted(RESERVED_VARIABLES & set(given if isinstance(given, dict) else ())):
            problems.append(f"openclaw_{option}  {name}: is set by the collection. Remove it.")
    return problems


def model_out_of_reach(instance: Mapping[str, object]) -> list[str]:
    """A policy knows addresses, not names: without Internet access a model with a public name stays out of reach."""
    config = instance["config"]
    if (
        not instance["networkpolicy_enabled"]
        or instance["networkpolicy_egress"] != "none"
        or not isinstance(config, dict)
    ):
        return []
    return [
        f"openclaw_networkpolicy_egress  none closes the way to the model provider {endpoint.provider} "
        f"at {endpoint.host}. Use open-internet, or a model inside the cluster."
        for endpoint in model_endpoints(config)
        if endpoint.address is None and endpoint.service_namespace is None and not endpoint.in_the_pod
    ]


# The first are problems, the second only warnings.
RULES = (reserved_variables_set, port_set_twice, config_too_large, model_at_forbidden_address)
CAUTIONS = (model_out_of_reach,)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about options that need to know OpenClaw. The rules about options alone stand with the options."""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    channels,
    config_checks,
    cron,
    download_checks,
    egress_checks,
    gateway_auth,
    hooks,
    merge_checks,
    models,
    plugins,
    proxy_checks,
    replica_checks,
    secret_variables,
    tunnel_checks,
    update_checks,
    workspace,
)
from .config import config_too_large, model_at_forbidden_address, port_set_twice
from .pod import RESERVED_VARIABLES
from .skills import loading as skill_loading
from .skills import option_checks as skill_checks


def reserved_variables_set(instance: Mapping[str, object]) -> list[str]:
    """The pod's own variables say where state, cache and configuration are; a second value breaks it."""
    problems = []
    for option in ("env", "secrets"):
        given = instance[option]
        for name in sorted(RESERVED_VARIABLES.keys() & set(given if isinstance(given, dict) else ())):
            problems.append(
                f"openclaw_{option}  {name}: is set by the collection, since it {RESERVED_VARIABLES[name]}. Remove it."
            )
    return problems


# The first are problems, the second only warnings.
RULES = (
    reserved_variables_set,
    port_set_twice,
    config_too_large,
    model_at_forbidden_address,
    *config_checks.RULES,
    *channels.RULES,
    *models.RULES,
    *secret_variables.RULES,
    *merge_checks.RULES,
    *egress_checks.RULES,
    *replica_checks.RULES,
    *gateway_auth.RULES,
    *tunnel_checks.RULES,
    *update_checks.RULES,
    *workspace.RULES,
    *hooks.RULES,
    *cron.RULES,
    *plugins.RULES,
    *skill_checks.RULES,
    *skill_loading.RULES,
)
CAUTIONS = (
    *config_checks.CAUTIONS,
    *channels.CAUTIONS,
    *models.CAUTIONS,
    *egress_checks.CAUTIONS,
    *gateway_auth.CAUTIONS,
    *proxy_checks.CAUTIONS,
    *tunnel_checks.CAUTIONS,
    *workspace.CAUTIONS,
    *download_checks.CAUTIONS,
    *skill_loading.CAUTIONS,
)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about options that need to know OpenClaw. The rules about options alone stand with the options."""

from __future__ import annotations

from collections.abc import Mapping

from . import download_checks, proxy_checks, replica_checks
from .config import config_too_large, model_at_forbidden_address, model_endpoints, port_set_twice
from .endpoint import Endpoint, endpoint_of
from .pod import RESERVED_VARIABLES


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


def model_out_of_reach(instance: Mapping[str, object]) -> list[str]:
    """A policy knows addresses, not names: without Internet access a model with a public name stays out of reach."""
    config = instance["config"]
    if not _closed(instance) or instance["proxy_url"] or not isinstance(config, dict):
        return []
    return [
        f"openclaw_networkpolicy_egress  none closes the way to the model provider {endpoint.provider} "
        f"at {endpoint.host}. Use open-internet, or a model inside the cluster."
        for endpoint in model_endpoints(config)
        if endpoint.named_elsewhere
    ]


def _closed(instance: Mapping[str, object]) -> bool:
    return bool(instance["networkpolicy_enabled"]) and instance["networkpolicy_egress"] == "none"


def _proxy(instance: Mapping[str, object]) -> Endpoint | None:
    return endpoint_of(str(instance["proxy_url"])) if instance["proxy_url"] else None


def proxy_at_forbidden_address(instance: Mapping[str, object]) -> list[str]:
    """No way is opened to where a cloud keeps credentials."""
    endpoint = _proxy(instance)
    if endpoint is None or not endpoint.forbidden:
        return []
    return [
        f"openclaw_proxy_url  {endpoint.host} is a link-local, metadata or reserved address. "
        "Write the address of a proxy."
    ]


def proxy_out_of_reach(instance: Mapping[str, object]) -> list[str]:
    """A policy knows addresses, not names, and most proxies with a name have a private address."""
    endpoint = _proxy(instance)
    if endpoint is None or not instance["networkpolicy_enabled"] or not endpoint.named_elsewhere:
        return []
    opened = "no way" if _closed(instance) else f"only the way to public addresses, at port {endpoint.port}"
    return [
        f"openclaw_proxy_url  {endpoint.host} is a name, and a network policy knows addresses: it opens {opened}. "
        "Write the address of the proxy, or its Service <name>.<namespace>.svc."
    ]


# The first are problems, the second only warnings.
RULES = (
    reserved_variables_set,
    port_set_twice,
    config_too_large,
    model_at_forbidden_address,
    proxy_at_forbidden_address,
    *replica_checks.RULES,
    *proxy_checks.RULES,
)
CAUTIONS = (model_out_of_reach, proxy_out_of_reach, *proxy_checks.CAUTIONS, *download_checks.CAUTIONS)

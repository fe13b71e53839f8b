# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the ways out: what a policy must not open, and what stays out of reach with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .endpoint import Endpoint, endpoint_of, wholly_forbidden
from .models import declared_providers
from .providers import provider_endpoints, unknown_providers
from .replicas import wanted_config

_WITHOUT_INTERNET = ("internal", "none")


def without_internet(instance: Mapping[str, object]) -> bool:
    """Whether the policy closes the way to every public address."""
    return bool(instance["networkpolicy_enabled"]) and instance["networkpolicy_egress"] in _WITHOUT_INTERNET


def by_name(instance: Mapping[str, object]) -> bool:
    """Whether the policy opens the ways to names, and to nothing else outside the cluster."""
    chosen = instance["networkpolicy_egress"] == "providers-only" and instance["networkpolicy_flavor"] != "kubernetes"
    return bool(instance["networkpolicy_enabled"]) and chosen


def _proxy(instance: Mapping[str, object]) -> Endpoint | None:
    return endpoint_of(str(instance["proxy_url"])) if instance["proxy_url"] else None


def _declared_ranges(instance: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the name of each declared way with each of its ranges."""
    ways = instance["networkpolicy_egress_to"]
    for name, way in ways.items() if isinstance(ways, dict) else ():
        ranges = way.get("cidr") if isinstance(way, dict) else None
        for each in ranges if isinstance(ranges, list) else ():
            yield name, str(each)


def way_to_forbidden_address(instance: Mapping[str, object]) -> list[str]:
    """No way is opened by mistake to where a cloud keeps credentials; wider ranges are opened without it."""
    return [
        f"openclaw_networkpolicy_egress_to  {name}: cidr: {each} is a link-local, metadata or reserved address. If it "
        "has to be open, write the rule in openclaw_networkpolicy_egress_rules."
        for name, each in _declared_ranges(instance)
        if wholly_forbidden(each)
    ]


def proxy_at_forbidden_address(instance: Mapping[str, object]) -> list[str]:
    """No way is opened to where a cloud keeps credentials."""
    endpoint = _proxy(instance)
    if endpoint is None or not endpoint.forbidden:
        return []
    return [
        f"openclaw_proxy_url  {endpoint.host} is a link-local, metadata or reserved address. "
        "Write the address of a proxy."
    ]


def model_out_of_reach(instance: Mapping[str, object]) -> list[str]:
    """A policy knows addresses, not names: without Internet access a model with a public name stays out of reach."""
    if not without_internet(instance) or instance["proxy_url"]:
        return []
    return [
        f"openclaw_networkpolicy_egress  {instance['networkpolicy_egress']} closes the way to the model provider "
        f"{endpoint.provider} at {endpoint.host}. Use open-internet or providers-only, or a model inside the cluster."
        for endpoint in provider_endpoints(wanted_config(instance), declared_providers(instance))
        if endpoint.named_elsewhere
    ]


def provider_without_name(instance: Mapping[str, object]) -> list[str]:
    """The address of some providers depends on a region or an account, so it cannot be opened by itself."""
    if not by_name(instance) or instance["proxy_url"] or instance["networkpolicy_egress_names"]:
        return []
    return [
        f"openclaw_networkpolicy_egress_names  is empty, and where the model provider {provider} listens is not known. "
        "Add the name of its API."
        for provider in unknown_providers(wanted_config(instance), declared_providers(instance))
    ]


def proxy_out_of_reach(instance: Mapping[str, object]) -> list[str]:
    """A policy knows addresses, not names, and most proxies with a name have a private address."""
    endpoint = _proxy(instance)
    if endpoint is None or not endpoint.named_elsewhere or not instance["networkpolicy_enabled"] or by_name(instance):
        return []
    public = instance["networkpolicy_egress"] == "open-internet"
    opened = f"only the way to public addresses, at port {endpoint.port}" if public else "no way"
    return [
        f"openclaw_proxy_url  {endpoint.host} is a name, and a network policy knows addresses: it opens {opened}. "
        "Write the address of the proxy, or its Service <name>.<namespace>.svc."
    ]


RULES = (way_to_forbidden_address, proxy_at_forbidden_address)
CAUTIONS = (model_out_of_reach, provider_without_name, proxy_out_of_reach)

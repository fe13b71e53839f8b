# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connections the policies of an instance forbid for certain, so that one of them shows whether policies hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network

from .._openclaw.isolation import APISERVER, DNS_METRICS, METRICS_PORT
from .._options.access import Instance, entries
from .._options.ranges import PUBLIC
from .features.catalog import ways_of
from .identity import Manifest
from .networkpolicy import networkpolicy_manifests
from .networkpolicy_egress import DNS_NAMESPACE
from .networkpolicy_peers import NAMESPACE_NAME

_DNS_PORT = 53


def forbidden_targets(instance: Instance) -> list[str]:
    """Return the targets that no rule opens; none if there is no policy, or if nobody wants to know."""
    rules = list(_rules(instance))
    if not rules or instance["networkpolicy_enforcement"] == "ignore":
        return []
    # What Cilium's rules of the user open is not read here.
    if entries(instance, "networkpolicy_cilium_egress_rules"):
        return []
    asks_the_apiserver = any(way.apiserver for way in ways_of(instance))
    opened = {
        # Neither its address nor its port is known here.
        APISERVER: asks_the_apiserver or any(_opens_more_than_dns(rule) and _has_addresses(rule) for rule in rules),
        DNS_METRICS: any(_opens_metrics(rule) and _may_mean_dns(rule) for rule in rules),
    }
    return [target for target, is_open in opened.items() if not is_open]


def _rules(instance: Instance) -> Iterator[Mapping[str, object]]:
    """Yield the egress rules by address. Those by name lead out of the cluster."""
    for manifest in networkpolicy_manifests(instance):
        spec = manifest["spec"]
        rules = spec.get("egress") if manifest["kind"] == "NetworkPolicy" and isinstance(spec, dict) else None
        yield from rules if isinstance(rules, list) else ()


def _maps(rule: Mapping[str, object], key: str) -> list[Manifest]:
    found = rule.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _tcp_ports(rule: Mapping[str, object]) -> list[object]:
    """Return the ports of TCP that a rule opens, None for all of them."""
    ports = _maps(rule, "ports")
    opened = [None if "endPort" in each else each.get("port") for each in ports if each.get("protocol", "TCP") == "TCP"]
    return opened if ports else [None]


def _opens_more_than_dns(rule: Mapping[str, object]) -> bool:
    return any(port != _DNS_PORT for port in _tcp_ports(rule))


def _opens_metrics(rule: Mapping[str, object]) -> bool:
    return any(port in (None, METRICS_PORT) for port in _tcp_ports(rule))


def _ranges(rule: Mapping[str, object]) -> list[str]:
    """Return the addresses that a rule is about, without the public ones."""
    blocks = [each["ipBlock"] for each in _maps(rule, "to") if isinstance(each.get("ipBlock"), dict)]
    return [str(each["cidr"]) for each in blocks if isinstance(each, dict) and not _is_public(each)]


def _is_public(block: Manifest) -> bool:
    holes, left_out = PUBLIC.get(str(block.get("cidr"))), block.get("except")
    return holes is not None and isinstance(left_out, list) and set(holes) <= set(left_out)


def _has_addresses(rule: Mapping[str, object]) -> bool:
    return "to" not in rule or bool(_ranges(rule))


def _may_mean_dns(rule: Mapping[str, object]) -> bool:
    """Whether a rule may be about the pods of the cluster's DNS, whose addresses are not known here."""
    selectors = [each["namespaceSelector"] for each in _maps(rule, "to") if "namespaceSelector" in each]
    return "to" not in rule or any(map(_is_wide, _ranges(rule))) or any(map(_may_be_home_of_dns, selectors))


def _is_wide(cidr: str) -> bool:
    try:
        return ip_network(cidr, strict=False).num_addresses > 1
    except ValueError:
        return True


def _may_be_home_of_dns(selector: object) -> bool:
    labels = selector.get("matchLabels") if isinstance(selector, dict) else None
    name = labels.get(NAMESPACE_NAME) if isinstance(labels, dict) else None
    return name in (None, DNS_NAMESPACE)

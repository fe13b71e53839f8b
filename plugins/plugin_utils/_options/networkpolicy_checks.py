# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about who may reach the pod and what it may reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network

from .access import Instance, entries, mapping, text
from .formats import address_range, label
from .ranges import Network, holds_the_internet, is_public
from .values import nearest

_EGRESS_TO = "openclaw_networkpolicy_egress_to"
_NAMES = "openclaw_networkpolicy_egress_names"
_WAY_KEYS = ("namespace", "pods", "cidr", "ports", "protocol")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_GREATEST_PORT = 65535
# An asterisk stands for a part between two dots, or for some of it; two of them for several parts.
_PART = r"[a-z0-9*]([a-z0-9*-]{0,61}[a-z0-9*])?"
_FIXED_PART = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$)(\*\*\.)?({_PART}\.)*{_FIXED_PART}\.{_FIXED_PART}")
_SEVERAL_PARTS = "**."
# What a rule of each option holds.
_RULE_KEYS = {"networkpolicy_ingress_rules": ("from", "ports"), "networkpolicy_egress_rules": ("to", "ports")}
_CILIUM_RULES = ("networkpolicy_cilium_ingress_rules", "networkpolicy_cilium_egress_rules")


def _unknown(at: str, given: Mapping[str, object], known: tuple[str, ...]) -> Iterator[str]:
    for key in given:
        if key not in known:
            near = nearest(key, known)
            yield f"{at} {key} is not one of {', '.join(known)}.{f' Did you mean {near}?' if near else ''}"


def name_misspelt(instance: Instance) -> list[str]:
    """Ways are opened to names, which may have asterisks, not to addresses or URLs."""
    problems = []
    for name in map(str, entries(instance, "networkpolicy_egress_names")):
        if not _NAME.fullmatch(name):
            problems.append(
                f'{_NAMES}  "{name}" is not a name on the Internet. Write for example api.anthropic.com or *.slack.com.'
            )
        elif name.startswith(_SEVERAL_PARTS) and text(instance, "networkpolicy_flavor") == "gke":
            problems.append(f'{_NAMES}  "{name}" begins with **, which only Cilium knows. Write one * for each part.')
    return problems


def way_misspelt(instance: Instance) -> list[str]:
    """A way out leads to pods or to ranges, at ports with numbers."""
    problems = []
    for name, way in mapping(instance, "networkpolicy_egress_to").items():
        at = f"{_EGRESS_TO}  {name}:"
        if not isinstance(way, dict):
            problems.append(f"{at} is not a map. Write {{namespace: <namespace>, ports: [<number>]}}.")
            continue
        problems += [*_unknown(at, way, _WAY_KEYS), *_place_problems(at, way), *_port_problems(at, way)]
    return problems


def _place_problems(at: str, way: Mapping[str, object]) -> Iterator[str]:
    ranges, pods = way.get("cidr"), way.get("pods")
    by_pods = "namespace" in way or "pods" in way
    if ("cidr" in way) is by_pods:
        yield f"{at} write either cidr, or namespace, pods or both."
    if "cidr" in way and (not isinstance(ranges, list) or not ranges):
        yield f"{at} cidr is not a list of ranges. Write cidr: [<range>]."
    for each in ranges if isinstance(ranges, list) else ():
        reason = address_range(str(each))
        if reason:
            yield f'{at} cidr: "{each}" {reason}'
    if "namespace" in way and (reason := label(str(way["namespace"]))):
        yield f'{at} namespace: "{way["namespace"]}" {reason}'
    if "pods" in way and not _are_labels(pods):
        yield f"{at} pods is not a map of labels. Write pods: {{<label>: <text>}}."


def _are_labels(given: object) -> bool:
    return isinstance(given, dict) and bool(given) and all(isinstance(value, str) for value in given.values())


def _port_problems(at: str, way: Mapping[str, object]) -> Iterator[str]:
    ports, protocol = way.get("ports", []), way.get("protocol", "TCP")
    if not isinstance(ports, list):
        yield f"{at} ports is not a list. Write ports: [<number>]."
    for port in ports if isinstance(ports, list) else ():
        if not isinstance(port, int) or isinstance(port, bool) or not 0 < port <= _GREATEST_PORT:
            yield f'{at} ports: "{port}" is not the number of a port. Write one from 1 to {_GREATEST_PORT}.'
    if protocol not in _PROTOCOLS:
        near = nearest(str(protocol).upper(), _PROTOCOLS)
        hint = f" Did you mean {near}?" if near else ""
        yield f'{at} protocol: "{protocol}" is not one of {", ".join(_PROTOCOLS)}.{hint}'


def rule_misspelt(instance: Instance) -> list[str]:
    """What is inside the rules is left to the API server, but a rule of the wrong direction opens everything."""
    return [
        problem
        for option, known in _RULE_KEYS.items()
        for number, rule in enumerate(entries(instance, option), start=1)
        if isinstance(rule, dict)
        for problem in _unknown(f"openclaw_{option}  rule {number}:", rule, known)
    ]


def nobody_knows_names(instance: Instance) -> list[str]:
    """Network policies know addresses only, so names need one that knows more, or a proxy."""
    chosen = instance["networkpolicy_enabled"] and instance["networkpolicy_egress"] == "providers-only"
    if not chosen or instance["networkpolicy_flavor"] != "kubernetes" or instance["proxy_url"]:
        return []
    return [
        "openclaw_networkpolicy_egress  providers-only needs somebody who knows names. Set "
        "openclaw_networkpolicy_flavor to cilium or to gke, if the cluster has that, or openclaw_proxy_url, which "
        "everything goes through then."
    ]


def _cluster_ranges(instance: Instance) -> Iterator[tuple[str, Network]]:
    for each in map(str, entries(instance, "networkpolicy_cluster_ranges")):
        if address_range(each) is None:
            yield each, ip_network(each)


def everything_is_the_cluster(instance: Instance) -> list[str]:
    """A range without which there is no Internet left."""
    return [
        f'openclaw_networkpolicy_cluster_ranges  "{given}" holds the whole Internet. Write the ranges of the cluster '
        "alone, or set openclaw_networkpolicy_egress to internal."
        for given, parsed in _cluster_ranges(instance)
        if holds_the_internet(parsed)
    ]


def range_left_out_anyway(instance: Instance) -> list[str]:
    return [
        f'openclaw_networkpolicy_cluster_ranges  "{given}" has no effect: only public addresses are open.'
        for given, parsed in _cluster_ranges(instance)
        if not is_public(parsed)
    ]


def names_not_used(instance: Instance) -> list[str]:
    """Names are opened by one profile, and by policies that know names."""
    profile = text(instance, "networkpolicy_egress")
    if not entries(instance, "networkpolicy_egress_names"):
        return []
    if profile != "providers-only":
        return [f"{_NAMES}  has no effect while openclaw_networkpolicy_egress is {profile}."]
    if instance["networkpolicy_flavor"] == "kubernetes":
        return [f"{_NAMES}  has no effect: the proxy of openclaw_proxy_url decides which names it lets through."]
    return []


def way_not_used(instance: Instance) -> list[str]:
    """The strictest profile opens nothing by an option for all of them."""
    if not mapping(instance, "networkpolicy_egress_to") or instance["networkpolicy_egress"] != "none":
        return []
    return [f"{_EGRESS_TO}  has no effect while openclaw_networkpolicy_egress is none. Set that to internal."]


def flavor_not_used(instance: Instance) -> list[str]:
    """Further kinds of policies are made where they open something that the others cannot."""
    flavor = text(instance, "networkpolicy_flavor")
    needed = instance["networkpolicy_egress"] == "providers-only"
    if flavor == "cilium":
        by_entity = instance["networkpolicy_node_dns_enabled"] or instance["tailscale_enabled"]
        needed = needed or bool(by_entity) or any(entries(instance, option) for option in _CILIUM_RULES)
    if flavor == "kubernetes" or needed:
        return []
    return [
        f"openclaw_networkpolicy_flavor  {flavor} has no effect while openclaw_networkpolicy_egress is "
        f"{instance['networkpolicy_egress']}."
    ]


def rules_for_another_flavor(instance: Instance) -> list[str]:
    if instance["networkpolicy_flavor"] == "cilium":
        return []
    return [
        f"openclaw_{option}  has no effect while openclaw_networkpolicy_flavor is {instance['networkpolicy_flavor']}."
        for option in _CILIUM_RULES
        if entries(instance, option)
    ]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    name_misspelt,
    way_misspelt,
    rule_misspelt,
    nobody_knows_names,
    everything_is_the_cluster,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (
    range_left_out_anyway,
    names_not_used,
    way_not_used,
    flavor_not_used,
    rules_for_another_flavor,
)

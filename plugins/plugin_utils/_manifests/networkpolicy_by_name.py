# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pod may reach by name, with the policies of Cilium and of GKE, which know names.

Policies add up, of whichever kind: these open further ways, and what they do not open stays denied by the others.
"""

from __future__ import annotations

from collections.abc import Callable

from .._options.access import Instance, entries, text
from .as_written import fields
from .features.catalog import ways_of
from .identity import Manifest, selector
from .networkpolicy_egress import destinations, dns_pods

_HTTPS = 443


def spec_by_name(instance: Instance) -> tuple[str, str, Manifest] | None:
    """Return API version, kind and content of the policy; None if there is nothing to put in."""
    build = _FLAVORS.get(text(instance, "networkpolicy_flavor"))
    return build(instance) if build else None


def _names(instance: Instance) -> dict[int, list[str]]:
    """Return the names that the profile opens, by port."""
    if instance["networkpolicy_egress"] != "providers-only":
        return {}
    found = {_HTTPS: set(map(str, entries(instance, "networkpolicy_egress_names")))}
    for endpoint in destinations(instance):
        if endpoint.named_elsewhere:
            found.setdefault(endpoint.port, set()).add(endpoint.host.rstrip("."))
    return {port: sorted(names) for port, names in sorted(found.items()) if names}


def _cilium(instance: Instance) -> tuple[str, str, Manifest] | None:
    names = _names(instance)
    egress = [
        *_cilium_dns(instance, bool(names)),
        *([{"toEntities": ["kube-apiserver"]}] if any(way.apiserver for way in ways_of(instance)) else []),
        *(
            {
                "toFQDNs": [{"matchPattern" if "*" in name else "matchName": name} for name in group],
                "toPorts": [{"ports": [{"port": str(port), "protocol": "TCP"}]}],
            }
            for port, group in names.items()
        ),
        *(fields(rule) for rule in entries(instance, "networkpolicy_cilium_egress_rules")),
    ]
    ingress = [fields(rule) for rule in entries(instance, "networkpolicy_cilium_ingress_rules")]
    ways: Manifest = {**({"ingress": ingress} if ingress else {}), **({"egress": egress} if egress else {})}
    if not ways:
        return None
    return "cilium.io/v2", "CiliumNetworkPolicy", {"endpointSelector": {"matchLabels": selector(instance)}, **ways}


def _cilium_dns(instance: Instance, names: bool) -> list[Manifest]:
    """Lead questions through Cilium's DNS proxy, from whose answers it learns the addresses of names.

    NodeLocal DNSCache is the host for Cilium, whatever its address: a rule by address does not match it.
    """
    servers = [
        {"matchLabels": {"k8s:io.kubernetes.pod.namespace": home, **labels}} for home, labels in dns_pods(instance)
    ]
    whom: list[Manifest] = [{"toEndpoints": servers}] if names else []
    if instance["networkpolicy_node_dns_enabled"]:
        whom.append({"toEntities": ["host"]})
    return [{**each, "toPorts": [_cilium_dns_port(names)]} for each in whom]


def _cilium_dns_port(names: bool) -> Manifest:
    seen: Manifest = {"rules": {"dns": [{"matchPattern": "*"}]}} if names else {}
    return {"ports": [{"port": "53", "protocol": "ANY"}], **seen}


def _gke(instance: Instance) -> tuple[str, str, Manifest] | None:
    egress = [
        {
            "matches": [{"pattern" if "*" in name else "name": name} for name in group],
            "ports": [{"protocol": "TCP", "port": port}],
        }
        for port, group in _names(instance).items()
    ]
    if not egress:
        return None
    spec: Manifest = {"podSelector": {"matchLabels": selector(instance)}, "egress": egress}
    return "networking.gke.io/v1alpha1", "FQDNNetworkPolicy", spec


_FLAVORS: dict[str, Callable[[Instance], tuple[str, str, Manifest] | None]] = {"cilium": _cilium, "gke": _gke}

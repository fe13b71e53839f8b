# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which network policies select pods, and what each of them opens. Pure: objects in, words out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .identity import is_of, name_of
from .plain import Manifest

_NAMESPACE_NAME = "kubernetes.io/metadata.name"
# The field of the rules, the type of the policy, and the field of who is on the other side.
_DIRECTIONS = (("ingress", "Ingress", "from"), ("egress", "Egress", "to"))

Labels = Mapping[str, str]


def selecting(policies: Iterable[Manifest], pods: Iterable[Labels], instance: str) -> list[dict[str, Any]]:
    """Name, owner and openings of each policy that selects one of the pods, whose labels are given."""
    known = list(pods)
    return [
        {"name": name_of(policy), "managed": is_of(policy, instance), **_openings(policy.get("spec") or {})}
        for policy in policies
        if any(selects((policy.get("spec") or {}).get("podSelector"), labels) for labels in known)
    ]


def selects(selector: Manifest | None, labels: Labels) -> bool:
    """Whether a label selector finds these labels. An empty one finds everything."""
    given = selector or {}
    exact = all(labels.get(key) == value for key, value in (given.get("matchLabels") or {}).items())
    return exact and all(_holds(each, labels) for each in given.get("matchExpressions") or ())


def _holds(expression: Manifest, labels: Labels) -> bool:
    key, values = expression["key"], expression.get("values") or ()
    return {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }.get(expression["operator"], False)


def _openings(spec: Manifest) -> dict[str, list[str]]:
    """What the rules of each direction open, in words. A direction that is not among the types has no say."""
    types = spec.get("policyTypes") or ("Ingress", *(("Egress",) if spec.get("egress") else ()))
    return {
        field: list(dict.fromkeys(_told(spec.get(field) or (), side))) if kind in types else []
        for field, kind, side in _DIRECTIONS
    }


def _told(rules: Iterable[Manifest], side: str) -> Iterator[str]:
    for rule in rules:
        ports = _ports(rule.get("ports") or ())
        peers = [_peer(peer) for peer in rule.get(side) or ()] or ["everywhere"]
        yield f"{side} {', '.join(peers)}{ports}"


def _ports(ports: Iterable[Manifest]) -> str:
    told = [_port(port) for port in ports]
    return f" at {', '.join(told)}" if told else ""


def _port(port: Manifest) -> str:
    protocol, first, last = port.get("protocol", "TCP"), port.get("port"), port.get("endPort")
    if first is None:
        return f"any {protocol} port"
    return f"{protocol} {first}" if last is None else f"{protocol} {first}-{last}"


def _peer(peer: Manifest) -> str:
    block = peer.get("ipBlock")
    if block:
        holes = block.get("except") or ()
        return f"{block['cidr']}{f' except {len(holes)} of its ranges' if holes else ''}"
    pods = _selector(peer.get("podSelector"))
    whose = f"pods with {pods}" if pods else "every pod"
    if "namespaceSelector" not in peer:
        return f"{whose} of the namespace"
    names = ((peer["namespaceSelector"] or {}).get("matchLabels") or {}).get(_NAMESPACE_NAME)
    where = _selector(peer["namespaceSelector"])
    if not where:
        return f"{whose} of every namespace"
    return f"{whose} of {f'namespace {names}' if names else f'namespaces with {where}'}"


def _selector(selector: Manifest | None) -> str:
    """A label selector as kubectl takes it; empty for one that finds everything."""
    given = selector or {}
    exact = [f"{key}={value}" for key, value in sorted((given.get("matchLabels") or {}).items())]
    return ",".join([*exact, *(_expression(each) for each in given.get("matchExpressions") or ())])


def _expression(expression: Manifest) -> str:
    key, operator = expression["key"], expression["operator"]
    if operator in ("Exists", "DoesNotExist"):
        return key if operator == "Exists" else f"!{key}"
    values = ",".join(expression.get("values") or ())
    return f"{key} {'in' if operator == 'In' else 'notin'} ({values})"

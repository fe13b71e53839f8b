# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On which node the pod runs, and how important it is there."""

from __future__ import annotations

from .._options.access import Instance, entries, mapping, text
from .as_written import as_written, fields
from .identity import Manifest, selector


def scheduling(instance: Instance) -> Manifest:
    """Return the fields of the specification of the gateway's pod; none for what is not set."""
    affinity = fields(mapping(instance, "affinity"))
    spread = [_constraint(instance, entry) for entry in entries(instance, "topology_spread")]
    return _set({**_node(instance), "affinity": affinity, "topologySpreadConstraints": spread})


def same_nodes(instance: Instance) -> Manifest:
    """Return the fields of a short pod that works for the gateway: for the same nodes, wherever other pods are."""
    node = fields(mapping(instance, "affinity").get("nodeAffinity"))
    return _set({**_node(instance), "affinity": {"nodeAffinity": node} if node else {}})


def beside_gateway(instance: Instance) -> Manifest:
    """Return the fields of a short pod that shares the volume of the running gateway, which is on no other node."""
    placed = same_nodes(instance)
    term = {"labelSelector": {"matchLabels": selector(instance)}, "topologyKey": "kubernetes.io/hostname"}
    beside = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    return {**placed, "affinity": {**fields(placed.get("affinity")), **beside}}


def _node(instance: Instance) -> Manifest:
    return {
        "priorityClassName": text(instance, "priority_class"),
        "runtimeClassName": text(instance, "runtime_class"),
        "nodeSelector": dict(sorted(mapping(instance, "node_selector").items())),
        "tolerations": as_written(entries(instance, "tolerations")),
    }


def _set(found: Manifest) -> Manifest:
    return {field: value for field, value in found.items() if value}


def _constraint(instance: Instance, given: object) -> Manifest:
    """A constraint without a selector counts no pod at all."""
    return {"labelSelector": {"matchLabels": selector(instance)}, **fields(given)}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies that isolate the pods of an instance, put together."""

from __future__ import annotations

from .._options.access import Instance
from .features.catalog import ports_of
from .identity import Manifest, metadata, name, selector
from .networkpolicy_by_name import spec_by_name
from .networkpolicy_egress import egress_rules
from .networkpolicy_ingress import ingress_rules

PART = "networkpolicy"


def networkpolicy_manifests(instance: Instance) -> list[Manifest]:
    """Return a policy that denies everything to every pod of the instance, and those that open what it needs."""
    if not instance["networkpolicy_enabled"]:
        return []
    gateway = selector(instance)
    every_pod = {key: value for key, value in gateway.items() if key != "app.kubernetes.io/component"}
    ways: Manifest = {"ingress": ingress_rules(instance, ports_of(instance)), "egress": egress_rules(instance)}
    return [
        _policy(instance, "deny", every_pod, {}),
        _policy(instance, "gateway", gateway, ways),
        *_policy_by_name(instance),
    ]


def _policy(instance: Instance, suffix: str, pods: dict[str, str], rules: Manifest) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(instance, PART, f"{name(instance)}-{suffix}", "networkpolicy"),
        "spec": {"podSelector": {"matchLabels": pods}, "policyTypes": ["Ingress", "Egress"], **rules},
    }


def _policy_by_name(instance: Instance) -> list[Manifest]:
    found = spec_by_name(instance)
    if found is None:
        return []
    version, kind, spec = found
    about = metadata(instance, PART, f"{name(instance)}-names", "networkpolicy")
    return [{"apiVersion": version, "kind": kind, "metadata": about, "spec": spec}]

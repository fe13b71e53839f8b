# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account the pod runs as: no token unless somebody asks for one, and no rights but those that a feature needs."""

from __future__ import annotations

from .._options.access import Instance, mapping
from .features.catalog import features_of
from .identity import Manifest, account_name, metadata, name

PART = "rbac"
_GROUP = "rbac.authorization.k8s.io"


def rbac_manifests(instance: Instance) -> list[Manifest]:
    """Return the ServiceAccount, unless an existing one is named, and what features ask the Kubernetes API for.

    OpenClaw itself does not speak to it. The pod says which of its containers get a token.
    """
    rules = [dict(rule) for feature in features_of(instance) for rule in feature.rights]
    account = [] if instance["service_account_name"] else [_account(instance)]
    return [*account, *([_role(instance, rules), _binding(instance)] if rules else [])]


def _account(instance: Instance) -> Manifest:
    annotations = mapping(instance, "service_account_annotations")
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(instance, PART, account_name(instance), annotations=annotations),
        "automountServiceAccountToken": False,
    }


def _role(instance: Instance, rules: list[Manifest]) -> Manifest:
    return {
        "apiVersion": f"{_GROUP}/v1",
        "kind": "Role",
        "metadata": metadata(instance, PART, name(instance)),
        "rules": rules,
    }


def _binding(instance: Instance) -> Manifest:
    account = {"kind": "ServiceAccount", "name": account_name(instance), "namespace": str(instance["namespace"])}
    return {
        "apiVersion": f"{_GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": metadata(instance, PART, name(instance)),
        "roleRef": {"apiGroup": _GROUP, "kind": "Role", "name": name(instance)},
        "subjects": [account],
    }

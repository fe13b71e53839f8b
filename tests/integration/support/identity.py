# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account of the tests' own on a cluster, so that the audit log tells their requests from everybody else's."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .cluster import Cluster, Manifest

_ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"
_BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
_ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
_HOURS = 6


@dataclass(frozen=True)
class Identity:
    """A ServiceAccount with a kubeconfig."""

    user: str
    token: str
    kubeconfig: str


@contextmanager
def identity(cluster: Cluster, folder: Path, rules: Iterable[Manifest] = ()) -> Iterator[Identity]:
    """An account that may do everything, or only what the rules of a ClusterRole say. Gone at the end."""
    name = f"openclaw-tests-{uuid.uuid4().hex[:8]}"
    rules = list(rules)
    cluster.request("POST", _ACCOUNTS, {"metadata": {"name": name}})
    try:
        if rules:
            cluster.request("POST", _ROLES, {"metadata": {"name": name}, "rules": rules})
        cluster.request("POST", _BINDINGS, _binding(name, name if rules else "cluster-admin"))
        review = {"spec": {"expirationSeconds": _HOURS * 3600}}
        token = cluster.request("POST", f"{_ACCOUNTS}/{name}/token", review)["status"]["token"]
        path = folder / f"{name}.kubeconfig"
        path.write_text(yaml.safe_dump(_kubeconfig(cluster, token)), encoding="utf-8")
        path.chmod(0o600)
        yield Identity(f"system:serviceaccount:default:{name}", token, str(path))
    finally:
        for collection in (_BINDINGS, _ROLES, _ACCOUNTS):
            cluster.remove(f"{collection}/{name}")


def _binding(name: str, role: str) -> Manifest:
    return {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
    }


def _kubeconfig(cluster: Cluster, token: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"server": cluster.server}
    if cluster.certificate_authority:
        entry["certificate-authority-data"] = cluster.certificate_authority
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "tests",
        "clusters": [{"name": "tests", "cluster": entry}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
        "users": [{"name": "tests", "user": {"token": token}}],
    }

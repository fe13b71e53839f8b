# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ingress that leads to the gateway, and what its controller needs beside it."""

from __future__ import annotations

from collections.abc import Mapping

from .._options.access import Instance, entries, mapping, text
from .._options.ingress_controller import controller_of
from . import ingress_traefik as traefik
from .exposure import entry_port
from .identity import Manifest, metadata, name
from .ingress_basic_auth import basic_auth_secrets
from .ingress_controllers import told_by_annotations, wishes_of

PART = "ingress"

_ISSUER_ANNOTATIONS = {"ClusterIssuer": "cert-manager.io/cluster-issuer", "Issuer": "cert-manager.io/issuer"}


def ingress_manifests(instance: Instance) -> list[Manifest]:
    """Return the Ingress; with Traefik also its Middlewares, and an Ingress that sends clients from HTTP to HTTPS."""
    if not instance["ingress_enabled"]:
        return []
    manifests = basic_auth_secrets(instance, PART)
    theirs = mapping(instance, "ingress_annotations")
    annotations = {**told_by_annotations(instance), **_issuer(instance), **theirs}
    if controller_of(instance) != "traefik":
        return [*manifests, _serving(instance, annotations)]
    # Theirs go on top of ours here: a header of somebody's own must not take the password away.
    annotations |= traefik.chain(instance, str(theirs.get(traefik.MIDDLEWARES, "")))
    manifests += [*traefik.middlewares(instance, PART), _serving(instance, annotations)]
    if traefik.REDIRECT in wishes_of(instance):
        manifests.append(_ingress(instance, f"{name(instance)}-redirect", traefik.redirecting(instance)))
    return manifests


def _serving(instance: Instance, annotations: Mapping[str, object]) -> Manifest:
    tls: Manifest = {"tls": [_tls(instance)]} if instance["ingress_tls_enabled"] else {}
    return _ingress(instance, name(instance), annotations, tls)


def _ingress(
    instance: Instance, object_name: str, annotations: Mapping[str, object], tls: Manifest | None = None
) -> Manifest:
    ingress_class = text(instance, "ingress_class")
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata(instance, PART, object_name, annotations=annotations),
        "spec": {
            **({"ingressClassName": ingress_class} if ingress_class else {}),
            **(tls or {}),
            "rules": [{"host": host, "http": {"paths": [_path(instance)]}} for host in _hosts(instance)],
        },
    }


def _hosts(instance: Instance) -> list[str]:
    return list(dict.fromkeys([text(instance, "hostname"), *map(str, entries(instance, "hostname_aliases"))]))


def _path(instance: Instance) -> Manifest:
    return {
        "path": text(instance, "ingress_path"),
        "pathType": "Prefix",
        "backend": {"service": {"name": name(instance), "port": {"name": entry_port(instance)}}},
    }


def _tls(instance: Instance) -> Manifest:
    """Return the hosts with their certificate; without one the controller's own serves."""
    issued = f"{name(instance)}-tls" if mapping(instance, "ingress_tls_issuer") else ""
    secret = text(instance, "ingress_tls_secret") or issued
    return {"hosts": _hosts(instance), **({"secretName": secret} if secret else {})}


def _issuer(instance: Instance) -> dict[str, object]:
    """Return the annotation by which cert-manager is asked for the certificate."""
    issuer = mapping(instance, "ingress_tls_issuer")
    if not issuer or not instance["ingress_tls_enabled"]:
        return {}
    return {_ISSUER_ANNOTATIONS[str(issuer.get("kind", "ClusterIssuer"))]: issuer["name"]}

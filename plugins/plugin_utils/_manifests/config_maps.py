# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ConfigMaps of others that a pod reads: their change restarts it."""

from __future__ import annotations

from collections.abc import Iterator

from .._options.access import Instance
from .content_sources import content_map_names
from .identity import CONFIG_MAPS_DIGEST, Manifest, config_name

_REFERENCES = ("configMap", "configMapRef", "configMapKeyRef")
# The authority of the cluster itself, which the kubelet keeps up to date.
_CLUSTER_CA = "kube-root-ca.crt"


def digest_of_config_maps(instance: Instance, pod: Manifest) -> Manifest:
    """Return the annotation that has the engine digest them; none for a pod that reads none."""
    own = {config_name(instance), _CLUSTER_CA, *content_map_names(instance)}
    return {CONFIG_MAPS_DIGEST: "auto"} if set(_names(pod)) - own else {}


def _names(node: object) -> Iterator[str]:
    """Yield the names of all ConfigMaps that a specification refers to."""
    if isinstance(node, list):
        for child in node:
            yield from _names(child)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key in _REFERENCES and isinstance(child, dict) and "name" in child:
                yield str(child["name"])
            else:
                yield from _names(child)

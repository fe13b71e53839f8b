# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a feature adds to an instance, as data: workload, config, storage, service and network policy read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..._openclaw.endpoint import Endpoint
from ..identity import Manifest

CLIENTS = "networkpolicy_ingress_namespaces"
MONITORING = "networkpolicy_monitoring_namespaces"
"""Those who collect figures."""


@dataclass(frozen=True)
class Port:
    """A port of the pod that others may reach."""

    name: str
    """At most 15 characters; the name of the container's port, which Service, policies and probes refer to."""
    number: int
    clients: str = CLIENTS
    """The option that lists the namespaces that may reach it."""


@dataclass(frozen=True)
class Way:
    """A way out of the pod that a network policy has to open."""

    ports: tuple[int, ...]
    """None for every port."""
    protocol: str = "TCP"
    ranges: tuple[str, ...] = ()
    """Where it leads. Without any it leads to public addresses, and is open where they are."""
    apiserver: bool = False
    """Whether it leads to the API server of the cluster, which some policies know by name."""


@dataclass(frozen=True)
class Feature:
    """The parts of one feature that is on. A feature that is off adds nothing at all."""

    init_containers: tuple[Manifest, ...] = ()
    """Run once, after the volume is prepared; those with C(restartPolicy: Always) stay beside the gateway."""
    containers: tuple[Manifest, ...] = ()
    volumes: tuple[Manifest, ...] = ()
    mounts: tuple[Manifest, ...] = ()
    """Volume mounts of the gateway's container."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of the gateway's container; the user's own win."""
    secret_environment: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The same for secrets: each variable with its Secret and key."""
    path: tuple[str, ...] = ()
    """Folders before the others in the gateway's C(PATH)."""
    shared_mounts: tuple[Manifest, ...] = ()
    """Volume mounts of every container of the pod that is not offline, whoever placed it."""
    shared_environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of these containers; one that a container sets itself stays."""
    offline: tuple[str, ...] = ()
    """Those of its own containers that ask nothing of anybody outside the pod."""
    destinations: tuple[Endpoint, ...] = ()
    """What the pod must reach beside the cluster's DNS, its models and the public Internet."""
    ways: tuple[Way, ...] = ()
    """Further ways out: to hosts that nobody can name, or by something else than TCP."""
    config: Mapping[str, object] = field(default_factory=dict)
    """Below the user's configuration, so that what the user sets wins."""
    ports: tuple[Port, ...] = ()
    claims: tuple[Manifest, ...] = ()
    """PersistentVolumeClaims, made by the part C(storage)."""
    secrets: tuple[Manifest, ...] = ()
    """Secrets, made by the part C(secrets)."""
    rights: tuple[Manifest, ...] = ()
    """What its containers may ask the API server for: rules of the Role that the part C(rbac) makes."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Further keys of the configuration's ConfigMap. Their content rolls the pod."""
    file_paths: Mapping[str, str] = field(default_factory=dict)
    """Where some of these are below the folder of the configuration, if not directly in it."""
    front_port: int | None = None
    """Where a container of this feature takes the gateway's place, on the port that clients know by its name."""

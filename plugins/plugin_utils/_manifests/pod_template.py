# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's pod, put together: the gateway, what prepares it, what its features and the user bring along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._openclaw.config import digest
from .._options.access import Instance, mapping
from .._options.formats import seconds
from .additions import added_containers, added_mounts, added_volumes
from .config import config_digest, feature_files, takes_changes_up
from .config_installer import config_installers, installed_config_volume
from .config_maps import digest_of_config_maps
from .config_volume import config_volume
from .content_sources import content_digest
from .features.catalog import features_of
from .features.feature import Feature
from .gateway import gateway_container
from .identity import (
    CONFIG_DIGEST,
    FILES_DIGEST,
    SECRETS_DIGEST,
    Manifest,
    account_name,
    claim_name,
    pod_labels,
)
from .image import pull_settings, version_labels
from .name_resolution import name_resolution
from .restricted import pod_security, user_namespace
from .scheduling import scheduling
from .state import DATA_VOLUME
from .state_preparer import STATE_PREPARER, state_preparer
from .storage import claim_templates, volumes_beside

_CONFIG_INSTALLER = "install-config"
# They only move files, so proxies and certificates are nothing to them.
_OFFLINE = (STATE_PREPARER, _CONFIG_INSTALLER)


@dataclass(frozen=True)
class OwnParts:
    """What the collection and its features put into the pod, before anything of the user's own."""

    init_containers: list[Manifest]
    containers: list[Manifest]
    volumes: list[Manifest]


def own_parts(instance: Instance, features: Sequence[Feature]) -> OwnParts:
    """Return the containers in the order in which they start, and the volumes."""
    return OwnParts(
        init_containers=[
            state_preparer(instance),
            *config_installers(instance),
            *(container for feature in features for container in feature.init_containers),
        ],
        containers=[
            gateway_container(instance, features),
            *(container for feature in features for container in feature.containers),
        ],
        volumes=[
            config_volume(instance, features),
            {"name": DATA_VOLUME, "persistentVolumeClaim": {"claimName": claim_name(instance)}},
            *installed_config_volume(instance),
            {"name": "tmp", "emptyDir": {"sizeLimit": "4Gi"}},
            *(volume for feature in features for volume in feature.volumes),
        ],
    )


def pod_template(instance: Instance) -> Manifest:
    """Return the template of the gateway's pods. Our labels and annotations win over the user's."""
    pod = _pod(instance)
    rolling = {**_rolling_annotations(instance), **content_digest(instance), **digest_of_config_maps(instance, pod)}
    return {
        "metadata": {
            "labels": {**mapping(instance, "pod_labels"), **pod_labels(instance), **version_labels(instance)},
            "annotations": {**mapping(instance, "pod_annotations"), **rolling},
        },
        "spec": pod,
    }


def _pod(instance: Instance) -> Manifest:
    features = features_of(instance)
    own = own_parts(instance, features)
    init_containers = [*own.init_containers, *added_containers(instance, "init_containers")]
    containers = [*own.containers, *added_containers(instance, "sidecars")]
    return {
        "serviceAccountName": account_name(instance),
        "automountServiceAccountToken": instance["service_account_token_enabled"],
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": seconds(str(instance["termination_timeout"])),
        **user_namespace(instance),
        "securityContext": pod_security(instance),
        **pull_settings(instance),
        **scheduling(instance),
        **name_resolution(instance),
        **({"shareProcessNamespace": True} if instance["share_process_namespace_enabled"] else {}),
        "initContainers": [_completed(instance, features, container) for container in init_containers],
        "containers": [_completed(instance, features, container) for container in containers],
        "volumes": [*volumes_beside(claim_templates(instance), own.volumes), *added_volumes(instance)],
    }


def _completed(instance: Instance, features: Sequence[Feature], container: Manifest) -> Manifest:
    """Return a container with what the features share with every one, and with the user's volumes."""
    offline = {*_OFFLINE, *(each for feature in features for each in feature.offline)}
    sharing = [] if container["name"] in offline else features
    shared = [dict(mount) for feature in sharing for mount in feature.shared_mounts]
    given = [entry for entry in _entries(container, "env") if isinstance(entry, dict)]
    # A program may read either form of a variable: https_proxy of ours would win over HTTPS_PROXY of the container.
    known = {str(entry.get("name")).upper() for entry in given}
    added = [
        {"name": variable, "value": value}
        for feature in sharing
        for variable, value in feature.shared_environment.items()
        if variable.upper() not in known
    ]
    lists = {
        "env": [*_entries(container, "env"), *added],
        "volumeMounts": [
            *_entries(container, "volumeMounts"),
            *shared,
            *added_mounts(instance, str(container["name"])),
        ],
    }
    return {**container, **{field: values for field, values in lists.items() if values}}


def _entries(container: Manifest, field: str) -> list[object]:
    value = container.get(field)
    return value if isinstance(value, list) else []


def _rolling_annotations(instance: Instance) -> Manifest:
    """Return the annotations whose change restarts the pod.

    A seeded file is only read once, and a merged one reaches the running gateway: neither restarts anything.
    """
    annotations: Manifest = {SECRETS_DIGEST: "auto"}
    if instance["config_mode"] != "seed" and not takes_changes_up(instance):
        annotations[CONFIG_DIGEST] = config_digest(instance)
    elif feature_files(instance):
        annotations[FILES_DIGEST] = digest(*feature_files(instance).values())
    return annotations

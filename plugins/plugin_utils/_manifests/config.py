# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration file, and the Job in which the target image judges it before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._openclaw import config as openclaw_config
from .._openclaw.channels import channel_config
from .._openclaw.config_origins import Contribution
from .._openclaw.gateway_auth import auth_config
from .._openclaw.models import provider_config
from .._openclaw.pod import CONFIG_DIR, CONFIG_FILE, CONFIG_VARIABLE, ENTRY_POINT, TEMPORARY_DIR
from .._openclaw.replicas import user_config
from .._openclaw.retired import release_of, translated
from .._options.access import Instance
from .config_schema import PRINTER, printing, schema_file, schema_output
from .exposed_config import exposed_config
from .features.catalog import features_of, named_features_of
from .identity import HOOK, HOOK_FOR, HOOK_RESULT, VALIDATED, Manifest, config_name, metadata, name, pod_labels
from .image import pull_settings, reference
from .merging import merge_annotation, merge_files
from .replicas import replica_config_files
from .restricted import container_security, pod_security, user_namespace
from .scheduling import same_nodes

PART = "config"
_CHECK = "config-check"
# Validation takes 2.4 s and 324 MiB on an idle machine; a first pull of the image comes on top.
_CHECK_RESOURCES = {"requests": {"cpu": "100m", "memory": "384Mi"}, "limits": {"memory": "1Gi"}}
_KEEP_SECONDS = 300
_VALIDATE = (*ENTRY_POINT, "config", "validate", "--json")


def declared_config(instance: Instance, replica: int | None = None) -> dict[str, object]:
    """Return the whole configuration that the inventory declares: that of a replica, or what they have in common."""
    additions = (config for _source, config in additions_to_config(instance))
    rules = openclaw_config.merge_rules(instance)
    return openclaw_config.declared(user_config(instance, replica), *additions, rules=rules)


def additions_to_config(instance: Instance) -> list[Contribution]:
    """Return what the other options add below the user's configuration, each with the name of where it comes from."""
    features = [(f"{name.replace('_', ' ')} options", feature.config) for name, feature in named_features_of(instance)]
    return [
        ("openclaw_gateway_auth", auth_config(instance)),
        ("addresses of the instance", exposed_config(instance)),
        *features,
        ("openclaw_channels", channel_config(instance)),
        ("openclaw_providers", provider_config(instance)),
    ]


def config_contributions(instance: Instance, layers: Mapping[str, Mapping[str, object]]) -> list[Contribution]:
    """Return all that the configuration is made of, the lowest first; I(layers) are the user's, by variable."""
    release = release_of(str(instance["image_tag"]))
    written = [(name, translated(layer, release)[0]) for name, layer in layers.items()]
    users = written or [("openclaw_config", user_config(instance))]
    return [("the collection", openclaw_config.POD_CONFIG), *additions_to_config(instance), *users]


def _configurations(instance: Instance) -> dict[str, str]:
    """Return the configuration that replicas share, and those of the replicas that differ, by file name."""
    files: dict[str, int | None] = {CONFIG_FILE: None, **replica_config_files(instance)}
    return {file: openclaw_config.text(declared_config(instance, replica)) for file, replica in files.items()}


def config_files(instance: Instance) -> dict[str, str]:
    """Return the files that the pods mount: their configuration, and those of its features."""
    declared = _configurations(instance)
    merge = merge_files(declared[CONFIG_FILE]) if instance["config_mode"] == "merge" else {}
    return {**declared, **merge, **feature_files(instance)}


def feature_files(instance: Instance) -> dict[str, str]:
    """Return the files that features read at their start."""
    return {key: text for feature in features_of(instance) for key, text in feature.files.items()}


def config_digest(instance: Instance) -> str:
    """Return the short digest of what the inventory has in these files, as pods carry it."""
    return openclaw_config.digest(*_configurations(instance).values(), *feature_files(instance).values())


def takes_changes_up(instance: Instance) -> bool:
    """Whether a running gateway sees a change of its file by itself, so that no pod has to go for it."""
    reload = openclaw_config.gateway_settings(instance).get("reload")
    return instance["config_mode"] == "merge" and not (isinstance(reload, dict) and reload.get("mode") == "off")


def config_manifests(instance: Instance) -> list[Manifest]:
    """Return the ConfigMap with C(openclaw.json), and the objects of its validation."""
    data = config_files(instance)
    merge = merge_annotation(instance)
    if not instance["config_validate_enabled"]:
        return [_config_map(instance, config_name(instance), data, merge)]
    validated = {VALIDATED: f"{config_digest(instance)} {reference(instance)}", **merge}
    judged = {file: data[file] for file in (CONFIG_FILE, *replica_config_files(instance))}
    hook = {HOOK: "pre-apply", HOOK_FOR: f"ConfigMap/{config_name(instance)}"}
    return [
        _config_map(instance, config_name(instance), data, validated),
        _config_map(instance, f"{name(instance)}-{_CHECK}", judged, hook),
        _check_job(instance, {**hook, HOOK_RESULT: "json-issues", **schema_output(instance)}),
    ]


def _config_map(
    instance: Instance, object_name: str, data: dict[str, str], annotations: Mapping[str, object] | None
) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(instance, PART, object_name, "config", annotations),
        "data": data,
    }


def _check_container(instance: Instance, container: str, file: str, command: Sequence[str] = _VALIDATE) -> Manifest:
    return {
        "name": container,
        "image": reference(instance),
        "imagePullPolicy": instance["image_pull_policy"],
        "command": list(command),
        "env": [
            {"name": "HOME", "value": TEMPORARY_DIR},
            {"name": CONFIG_VARIABLE, "value": f"{CONFIG_DIR}/{file}"},
            {"name": "OPENCLAW_CONFIG_READONLY", "value": "1"},
            {"name": "OPENCLAW_STATE_DIR", "value": f"{TEMPORARY_DIR}/state"},
            {"name": "XDG_CACHE_HOME", "value": f"{TEMPORARY_DIR}/cache"},
        ],
        "resources": {group: dict(amounts) for group, amounts in _CHECK_RESOURCES.items()},
        "securityContext": container_security(),
        "volumeMounts": [
            {"name": "config", "mountPath": CONFIG_DIR, "readOnly": True},
            {"name": "tmp", "mountPath": TEMPORARY_DIR},
        ],
    }


def _check_job(instance: Instance, annotations: Mapping[str, object]) -> Manifest:
    """Judge one file after the other: each takes as much memory as a small gateway."""
    replicas = {f"replica-{replica}": file for file, replica in replica_config_files(instance).items()}
    checks = [
        _check_container(instance, container, file) for container, file in {_CHECK: CONFIG_FILE, **replicas}.items()
    ]
    # The schema does not depend on any configuration.
    printers = [_check_container(instance, PRINTER, "none.json", printing())] if schema_file(instance) else []
    first = [*printers, *checks[:-1]]
    pod: Manifest = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **user_namespace(instance),
        "securityContext": pod_security(instance),
        **pull_settings(instance),
        **same_nodes(instance),
        **({"initContainers": first} if first else {}),
        "containers": checks[-1:],
        "volumes": [
            {"name": "config", "configMap": {"name": f"{name(instance)}-{_CHECK}"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
        ],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(instance, PART, f"{name(instance)}-{_CHECK}", _CHECK, annotations),
        "spec": {
            "backoffLimit": 0,
            "ttlSecondsAfterFinished": _KEEP_SECONDS,
            "template": {"metadata": {"labels": pod_labels(instance, _CHECK)}, "spec": pod},
        },
    }

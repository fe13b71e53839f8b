# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of the gateway: one value or source for each name."""

from __future__ import annotations

from collections.abc import Sequence

from .._openclaw.gateway_auth import credential_variable
from .._openclaw.pod import (
    ENVIRONMENT,
    NODE_OPTIONS,
    READONLY_CONFIG,
    TIMEZONE_VARIABLE,
    WRITABLE_CONFIG,
)
from .._openclaw.replicas import overridden
from .._openclaw.secret_variables import secret_sources
from .._options.access import Instance, mapping, text
from .._options.resources import memory_limit, three_quarters_in_mebibytes
from .features.feature import Feature
from .identity import Manifest, credential_secret, secrets_name
from .replicas import held_as, selected_config_path

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_HEAP = "--max-old-space-size"


def environment(instance: Instance, features: Sequence[Feature]) -> list[Manifest]:
    """Return the variables of the gateway's container.

    One winner for each name: the user's over a feature's over the pod's; names the pod depends on were refused before.
    """
    ours = {name: _plain(value) for name, value in _ours(instance, features).items()}
    users = {name: _from_user(value) for name, value in sorted(mapping(instance, "env").items())}
    # Kubernetes replaces $(NAME) only by what stands before, so what comes from elsewhere goes first.
    sourced = {name: source for name, source in users.items() if "valueFrom" in source}
    variables = {**sourced, **ours, **users, **_secrets(instance, features)}
    return [{"name": name, **body} for name, body in variables.items()]


def environment_sources(instance: Instance) -> list[Manifest]:
    """Return the objects whose keys all become variables, in the order of their names; of two the later wins."""
    return [
        _whole_object(source)
        for _name, source in sorted(mapping(instance, "env_from").items())
        if isinstance(source, dict)
    ]


def override_variables(instance: Instance) -> list[Manifest]:
    """Return the variables that hold what differs between replicas: every pod has those of all of them."""
    return [
        {"name": held_as(replica, name), **_from_user(value)}
        for replica, variables in overridden(instance, "env").items()
        for name, value in sorted(variables.items())
    ]


def _plain(value: object) -> Manifest:
    return {"value": str(value).lower() if isinstance(value, bool) else str(value)}


def _ours(instance: Instance, features: Sequence[Feature]) -> dict[str, str]:
    mounted = READONLY_CONFIG if instance["config_mode"] == "readonly" else WRITABLE_CONFIG
    added = {name: value for feature in features for name, value in feature.environment.items()}
    folders = [folder for feature in features for folder in feature.path]
    path = {"PATH": ":".join([*folders, _PATH])} if folders else {}
    timezone = {TIMEZONE_VARIABLE: text(instance, "timezone")} if instance["timezone"] else {}
    runtime = {NODE_OPTIONS: _node_options(instance), **timezone}
    return {**ENVIRONMENT, **mounted, **selected_config_path(instance), **runtime, **path, **added}


def _node_options(instance: Instance) -> str:
    """Return the options of Node.js: with a heap that reaches the limit the container is killed, without a word."""
    given = text(instance, "node_options")
    if _HEAP in given.replace("_", "-"):
        return given
    return f"{_HEAP}={three_quarters_in_mebibytes(memory_limit(instance))} {given}".rstrip()


def _from_user(value: object) -> Manifest:
    return {"valueFrom": _source(value)} if isinstance(value, dict) else _plain(value)


def _source(source: Manifest) -> Manifest:
    if "field" in source:
        return {"fieldRef": {"fieldPath": source["field"]}}
    if "resource" in source:
        return {"resourceFieldRef": {"resource": source["resource"]}}
    kind, field = ("secret", "secretKeyRef") if "secret" in source else ("config_map", "configMapKeyRef")
    return {field: {"name": source[kind], "key": source["key"]}}


def _whole_object(source: Manifest) -> Manifest:
    kind, field = ("secret", "secretRef") if "secret" in source else ("config_map", "configMapRef")
    prefix = {"prefix": source["prefix"]} if source.get("prefix") else {}
    return {field: {"name": source[kind]}, **prefix}


def _secrets(instance: Instance, features: Sequence[Feature]) -> dict[str, Manifest]:
    """Return the variables that hold secrets, each with its Secret and key."""
    places = {
        variable: (str(source["secret"]), str(source["key"]))
        if isinstance(source, dict) and "secret" in source
        else (secrets_name(instance), variable)
        for variable, source in sorted(secret_sources(instance).items())
    }
    ours = {credential_variable(instance): credential_secret(instance)}
    for feature in features:
        ours.update(feature.secret_environment)
    return {
        variable: {"valueFrom": {"secretKeyRef": {"name": name, "key": key}}}
        for variable, (name, key) in {**ours, **places}.items()
    }

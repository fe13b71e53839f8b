# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes the gateways of one StatefulSet differ: its pods come from one template."""

from __future__ import annotations

from collections.abc import Sequence

from .._openclaw.pod import CONFIG_FILE, CONFIG_VARIABLE, REPLICA_CONFIG_DIR, REPLICA_VARIABLE
from .._openclaw.replicas import overridden, stands_alone
from .._options.access import Instance
from .identity import Manifest

_INDEX_LABEL = "apps.kubernetes.io/pod-index"
SELECTED_CONFIG = "replica-config"


def replica_index(instance: Instance) -> list[Manifest]:
    """Return the variable that tells a container which replica it belongs to, unless there is only one."""
    if stands_alone(instance):
        return []
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{_INDEX_LABEL}']"}}
    return [{"name": REPLICA_VARIABLE, "valueFrom": source}]


def held_as(replica: int, name: str) -> str:
    """Return the name under which every pod holds the value that the variable I(name) has in one replica."""
    return f"{REPLICA_VARIABLE}_{replica}_{name}"


def own_environment(instance: Instance, command: Sequence[str]) -> list[str]:
    """Return the command, begun in the environment of its own replica.

    Kubernetes gives all pods the same environment. It holds the values of all replicas, each under a name of its own,
    and the shell gives those of this replica their real names before it becomes the gateway. It only sees names: a
    value never is part of a script.
    """
    variables = {replica: sorted(env) for replica, env in overridden(instance, "env").items()}
    if not variables:
        return list(command)
    cases = " ".join(
        f"{replica}) export {' '.join(_renamed(replica, name) for name in names)};;"
        for replica, names in variables.items()
    )
    held = " ".join(held_as(replica, name) for replica, names in variables.items() for name in names)
    # The label came with Kubernetes 1.28; without it every replica would silently be the same.
    known = f': "${{{REPLICA_VARIABLE}:?the cluster does not number the pods, it needs Kubernetes 1.28}}"'
    script = f'{known}; case ${REPLICA_VARIABLE} in {cases} esac; unset {held}; exec "$@"'
    return ["sh", "-c", script, "sh", *command]


def _renamed(replica: int, name: str) -> str:
    return f'{name}="${held_as(replica, name)}"'


def replica_config_files(instance: Instance) -> dict[str, int]:
    """Return the index of each replica with a configuration of its own, by the name of its file."""
    return {_config_file(str(replica)): replica for replica in overridden(instance, "config")}


def own_config_file(instance: Instance) -> str:
    """Return the file of a replica as its own containers spell it; empty when no replica has one."""
    return _config_file(f"$({REPLICA_VARIABLE})") if overridden(instance, "config") else ""


def _config_file(replica: str) -> str:
    stem, dot, ending = CONFIG_FILE.partition(".")
    return f"{stem}-{replica}{dot}{ending}"


def reads_selected_config(instance: Instance) -> bool:
    """Whether the gateway's file is copied to a place of its own: a writable one is on the volume anyway."""
    return bool(overridden(instance, "config")) and instance["config_mode"] == "readonly"


def selected_config_mount(instance: Instance) -> list[Manifest]:
    mount = {"name": SELECTED_CONFIG, "mountPath": REPLICA_CONFIG_DIR, "readOnly": True}
    return [mount] if reads_selected_config(instance) else []


def selected_config_path(instance: Instance) -> dict[str, str]:
    return {CONFIG_VARIABLE: f"{REPLICA_CONFIG_DIR}/{CONFIG_FILE}"} if reads_selected_config(instance) else {}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web terminal (ttyd) beside the gateway, with the gateway's volume."""

from __future__ import annotations

from ..._openclaw.pod import STATE_DIR
from ..._options.access import Instance, entries, text
from ..identity import Manifest
from ..image import reference
from ..restricted import container_security
from ..state import state_mounts
from .feature import Feature, Port

CONTAINER = "terminal"
_PREFIX = "terminal_"
_PORT = Port("terminal", 7681)
_TEMPORARY = "terminal-tmp"
_USERNAME, _PASSWORD = "TERMINAL_USERNAME", "TERMINAL_PASSWORD"


def terminal(instance: Instance) -> Feature | None:
    """Return what the terminal adds."""
    if not instance["terminal_enabled"]:
        return None
    return Feature(
        containers=(_container(instance),),
        volumes=({"name": _TEMPORARY, "emptyDir": {"sizeLimit": "64Mi"}},),
        ports=(_PORT,),
    )


def _container(instance: Instance) -> Manifest:
    return {
        "name": CONTAINER,
        "image": reference(instance, _PREFIX),
        "imagePullPolicy": instance["image_pull_policy"],
        "command": ["ttyd"],
        "args": _arguments(instance),
        "env": [*_credentials(text(instance, "terminal_secret")), {"name": "HOME", "value": "/tmp"}],
        "ports": [{"name": _PORT.name, "containerPort": _PORT.number, "protocol": "TCP"}],
        "resources": {
            "requests": {"cpu": "10m", "memory": "32Mi"},
            "limits": {"memory": instance["terminal_memory_limit"]},
        },
        "securityContext": container_security(),
        "volumeMounts": [*_state(instance), {"name": _TEMPORARY, "mountPath": "/tmp"}],
    }


def _arguments(instance: Instance) -> list[str]:
    """Return the arguments of ttyd 1.7.4 and later; before that it took input unless it was told not to."""
    return [
        f"--port={_PORT.number}",
        # Errors only: at its usual level ttyd logs the credentials, and tokens that were wrong.
        "--debug=1",
        # A browser that knows the password would open a terminal for any page that asks.
        "--check-origin",
        f"--cwd={STATE_DIR}",
        # Put in by the kubelet from the variables, so the pod's manifest does not hold them.
        *([f"--credential=$({_USERNAME}):$({_PASSWORD})"] if instance["terminal_secret"] else []),
        *(["--writable"] if instance["terminal_writable_enabled"] else []),
        *map(str, entries(instance, "terminal_command")),
    ]


def _credentials(secret: str) -> list[Manifest]:
    keys = {_USERNAME: "username", _PASSWORD: "password"} if secret else {}
    return [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
        for variable, key in keys.items()
    ]


def _state(instance: Instance) -> list[Manifest]:
    if instance["terminal_writable_enabled"]:
        return state_mounts(instance)
    return [{**mount, "readOnly": True} for mount in state_mounts(instance)]

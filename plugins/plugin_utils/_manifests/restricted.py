# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security settings of pods and containers: the Pod Security Standard C(restricted), and what was asked for beyond."""

from __future__ import annotations

from .._options.access import Instance, mapping, text, whole
from .identity import Manifest
from .overrides import laid_over

_RUNTIME_DEFAULT = "RuntimeDefault"


def pod_security(instance: Instance) -> Manifest:
    """Return the security context of every pod of the instance."""
    ours: Manifest = {
        "runAsNonRoot": True,
        "runAsUser": whole(instance, "run_as_user"),
        "runAsGroup": whole(instance, "run_as_group"),
        "fsGroup": whole(instance, "fs_group"),
        # Changing the group of every file at each start takes minutes on a grown volume.
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": _RUNTIME_DEFAULT},
        **_apparmor(text(instance, "apparmor_profile")),
    }
    return laid_over(ours, mapping(instance, "pod_security_context"))


def _apparmor(profile: str) -> Manifest:
    if not profile:
        return {}
    local = {} if profile == _RUNTIME_DEFAULT else {"localhostProfile": profile}
    return {"appArmorProfile": {"type": "Localhost" if local else _RUNTIME_DEFAULT, **local}}


def user_namespace(instance: Instance) -> Manifest:
    """Return the field of a pod that gives it users of its own, where that was asked for."""
    return {"hostUsers": False} if instance["user_namespace_enabled"] else {}


def container_security() -> Manifest:
    """Return the security context of a container that needs nothing beyond the standard."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def gateway_security(instance: Instance) -> Manifest:
    """Return the security context of the gateway's container."""
    ours, theirs = container_security(), mapping(instance, "container_security_context")
    if _escalates(theirs):
        # Kubernetes refuses a container that says both.
        del ours["allowPrivilegeEscalation"]
    return laid_over(ours, theirs)


def _escalates(context: Manifest) -> bool:
    capabilities = context.get("capabilities")
    added = capabilities.get("add") if isinstance(capabilities, dict) else None
    return context.get("privileged") is True or (isinstance(added, list) and "SYS_ADMIN" in added)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to an instance for one person: no Ingress, only access to the cluster."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from .pod import PORT

LOCAL = f"http://localhost:{PORT}"


def port_forward(instance: Mapping[str, object], state: Mapping[str, object]) -> str:
    """Return the command, for what C(instance_info) tells of the instance.

    The node connects to loopback inside the pod. The gateway itself listens there, behind a proxy in the pod, too, and
    takes who comes that way for a local user.
    """
    words = ["kubectl"]
    for option, value in (("--kubeconfig", instance["kubeconfig"]), ("--context", _context(instance, state))):
        words += [option, str(value)] if value else []
    pod = str(state.get("pod") or f"{instance['name']}-0")
    return shlex.join([*words, "-n", str(instance["namespace"]), "port-forward", f"pod/{pod}", str(PORT)])


def _context(instance: Mapping[str, object], state: Mapping[str, object]) -> str:
    """Return the context, which may be another one when the command is typed; empty where no kubeconfig was used."""
    found = str(instance["context"] or state.get("cluster") or "")
    return "" if "://" in found or " " in found else found

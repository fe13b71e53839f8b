# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod of another namespace that asks instances for things, with Node.js and OpenClaw's own client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .cluster import Cluster, Executed, wait_until
from .stage import Stage

_IMAGE = "ghcr.io/openclaw/openclaw:2026.9.6"
_POD = "client"
LABELS = {"app": "client"}


@dataclass
class Neighbour:
    """A client in a namespace of its own."""

    cluster: Cluster
    namespace: str

    @property
    def address(self) -> str:
        """The address that the network knows it by."""
        return str(self.cluster.get("Pod", _POD, self.namespace)["status"]["podIP"])

    def exec(self, *argv: str) -> Executed:
        return self.cluster.exec(_POD, self.namespace, *argv, timeout=120)

    def script(self, script: str, *arguments: str) -> Any:
        """Run a module of Node.js that prints JSON; what it printed."""
        said = self.exec("node", "--input-type=module", "-e", script, *arguments)
        if said.rc != 0 or not said.stdout:
            raise AssertionError(
                f"the client's script ended with {said.rc}: {said.stdout[-500:]} {said.stderr[-2000:]}"
            )
        return json.loads(said.stdout)


def new_neighbour(stage: Stage) -> Neighbour:
    """Start a client and wait until it runs."""
    namespace = stage.namespace(stage.name("neighbour"))
    container = {
        "name": _POD,
        "image": _IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "3600"],
    }
    spec = {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0, "containers": [container]}
    metadata = {"name": _POD, "namespace": namespace, "labels": LABELS}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    stage.cluster.create(pod)
    wait_until(
        "the neighbour runs", lambda: stage.cluster.get("Pod", _POD, namespace)["status"].get("phase") == "Running"
    )
    return Neighbour(stage.cluster, namespace)

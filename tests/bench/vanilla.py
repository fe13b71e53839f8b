# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instance with nothing but defaults on a cluster with a node: what it consists of, and when it is ready."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from contenders import BIN
from meter import Apiserver, Cost

NAME = "bench-vanilla"
# Read from the API by kubectl's rules, in the interpreter of the environment: the tools themselves need no package.
_READ_POD = """
import json, sys
from kubernetes import client, config
config.load_kube_config(sys.argv[1])
pod = client.CoreV1Api().read_namespaced_pod(sys.argv[2] + "-0", sys.argv[2], _preload_content=False)
sys.stdout.write(pod.data.decode())
"""
_DELETE = """
import sys
from kubernetes import client, config
config.load_kube_config(sys.argv[1])
try:
    client.CoreV1Api().delete_namespace(sys.argv[2])
except client.ApiException as gone:
    if gone.status != 404:
        raise
"""


@dataclass(frozen=True)
class Vanilla:
    """What one instance costs, from the first run to the second."""

    create: Cost
    no_op: Cost
    containers: int
    init_containers: int
    ready: float
    """Seconds from the making of the pod until it is ready."""


def measure(environment: Mapping[str, str], audit_log: Path, folder: Path, logs: Path, cwd: Path) -> Vanilla:
    """Deploy, deploy again, look at the pod, and remove it. `environment` names a cluster with a node."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": {NAME: None}}}), encoding="utf-8")
    site = [str(BIN / "ansible-playbook"), "openclaw.kubernetes.site", "-i", str(folder / "hosts.json")]
    apiserver = Apiserver(audit_log)
    kubeconfig = environment["KUBECONFIG"]

    def python(program: str, log: str) -> None:
        apiserver.measure([sys.executable, "-c", program, kubeconfig, NAME], environment, cwd, logs / log, NAME)

    try:
        create = apiserver.measure(site, environment, cwd, logs / "vanilla-create.log", NAME)
        no_op = apiserver.measure(site, environment, cwd, logs / "vanilla-no-op.log", NAME)
        python(_READ_POD, "vanilla-pod.json")
    finally:
        python(_DELETE, "vanilla-delete.log")
    pod = json.loads((logs / "vanilla-pod.json").read_text(encoding="utf-8"))
    became = {condition["type"]: condition["lastTransitionTime"] for condition in pod["status"]["conditions"]}
    return Vanilla(
        create=create,
        no_op=no_op,
        containers=len(pod["spec"]["containers"]),
        init_containers=len(pod["spec"].get("initContainers") or []),
        ready=(_time(became["Ready"]) - _time(pod["metadata"]["creationTimestamp"])).total_seconds(),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the figures were taken on: versions and sizes, nothing that names the machine."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from cluster_access import builtin_environment


def describe(kubernetes_core: str = "") -> dict[str, str]:
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(encoding="ascii"))
    found = {
        "cores": str(os.cpu_count()),
        "memory": f"{round(int(memory[1]) / 1024 / 1024)} GiB" if memory else "unknown",
        "Python": platform.python_version(),
        "ansible-core": importlib.metadata.version("ansible-core"),
        "kubernetes client": importlib.metadata.version("kubernetes"),
        "Kubernetes": kubernetes(),
    }
    return {**found, "kubernetes.core": kubernetes_core} if kubernetes_core else found


def kubernetes() -> str:
    """The version of the apiserver that KUBECONFIG (or the built-in cluster) leads to."""
    kubeconfig = os.environ.get("KUBECONFIG") or builtin_environment().get("KUBECONFIG", "")
    asked = (
        "import json, sys\n"
        "from kubernetes import client, config\n"
        "config.load_kube_config(sys.argv[1])\n"
        "print(json.dumps(client.VersionApi().get_code().git_version))\n"
    )
    answer = subprocess.run([sys.executable, "-c", asked, kubeconfig], capture_output=True, text=True, check=False)
    return str(json.loads(answer.stdout)).lstrip("v") if answer.returncode == 0 else "unknown"


def sentence(machine: dict[str, str]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine.items() if name not in ("cores", "memory"))
    return f"{machine['cores']} cores, {machine['memory']}; {versions}"

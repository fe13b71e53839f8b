# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster the demo and the tests talk to: the person's own (KUBECONFIG is set) or the built-in one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from console import Failure
from environment import ROOT

CLUSTER = ROOT / "tests" / "cluster" / "cluster"
SIDE_BY_SIDE = ("--numprocesses=2", "--dist=loadfile")
"""Most of a test's time is waiting for pods. Each process has its own account, names and instances."""


def builtin_environment() -> dict[str, str]:
    """What `tests/cluster/cluster env` exports; empty while the built-in cluster is down."""
    if not CLUSTER.exists():
        return {}
    script = f'set -a; exports="$("{CLUSTER}" env)"; eval "$exports"; exec env -0'
    inherited = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
    shown = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=inherited, check=False)
    if shown.returncode != 0:
        return {}
    pairs = (line.partition("=") for line in shown.stdout.split("\0") if line)
    return {
        name: value
        for name, _equals, value in pairs
        if name == "KUBECONFIG" or (name.startswith("OPENCLAW_TEST_") and inherited.get(name) != value)
    }


def own_kubeconfig() -> str:
    """The person's KUBECONFIG; an empty string if it is the built-in cluster's, which `. build/activate` sets."""
    kubeconfig = os.environ.get("KUBECONFIG", "")
    if not kubeconfig or kubeconfig == builtin_environment().get("KUBECONFIG"):
        return ""
    return kubeconfig


def running_cluster() -> dict[str, str]:
    """Environment that leads to the cluster to use. Raises Failure when there is none."""
    own = own_kubeconfig()
    if own:
        return {"KUBECONFIG": own}
    found = builtin_environment()
    if not Path(found.get("KUBECONFIG", "/nonexistent")).is_file():
        raise Failure("the built-in cluster is not running", "make cluster   (or set KUBECONFIG to a cluster of yours)")
    return found

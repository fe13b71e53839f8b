# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is compared: each contender turns a step (create, no-op, change) into one command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fleet import FleetFiles

HERE = Path(__file__).resolve().parent
PLAYS = HERE / "plays"
BIN = Path(sys.executable).parent

CREATE, NO_OP, CHANGE = "create", "no-op", "change"
STEPS = (CREATE, NO_OP, CHANGE)


@dataclass(frozen=True)
class Contender:
    key: str
    """Short: part of the namespaces' names."""
    title: str
    command: Callable[[FleetFiles, str], list[str]]
    """From the fleet's files and a step to argv."""
    steps: tuple[str, ...] = STEPS
    shares: str = ""
    """The contender whose fleet it looks at, for those that make none."""
    peer: bool = False
    """Slow, and only there to compare with."""
    largest: int = 1000
    """More instances than this are not tried."""


def playbook(files: FleetFiles, step: str, name: str, *arguments: str) -> list[str]:
    """Only a change says anything with -e: the second state of the same inventory."""
    change = ["-e", f"@{files.change}"] if step == CHANGE else []
    return [str(BIN / "ansible-playbook"), name, "-i", str(files.inventory), *change, *arguments]


def site(files: FleetFiles, step: str) -> list[str]:
    return playbook(files, step, "openclaw.kubernetes.site")


def play(name: str) -> Callable[[FleetFiles, str], list[str]]:
    path = str(PLAYS / f"{name}.yml")
    return lambda files, step: playbook(files, step, path)


def core(name: str) -> Callable[[FleetFiles, str], list[str]]:
    """kubernetes.core reads manifests that were rendered before, which is kind to it."""
    path = str(PLAYS / f"{name}.yml")
    return lambda files, step: playbook(files, step, path, "-e", f"manifests={files.manifests(step == CHANGE)}")


def raw(what: str) -> Callable[[FleetFiles, str], list[str]]:
    program = str(HERE / "raw_requests.py")
    return lambda files, step: [sys.executable, program, what, str(files.manifests(step == CHANGE))]


EMPTY = Contender("empty", "Ansible's own empty tasks", play("empty"), steps=(NO_OP,), shares="batched")
RAW_PATCH = Contender("raw", "raw PATCHes", raw("patch"))
RAW_LIST = Contender("rawlist", "raw LISTs", raw("list"), steps=(NO_OP,), shares="raw")
BATCHED = Contender("batched", "one batched `apply` per instance", play("batched"))
SITE = Contender("site", "`openclaw.kubernetes.site`", site)
BY_ROLE = Contender("roles", "the eight roles one by one", play("by_role"))
CORE_LIST = Contender("corelist", "`kubernetes.core.k8s`, one task per instance", core("core_list"), peer=True)
CORE_EACH = Contender(
    "coreeach", "`kubernetes.core.k8s`, one task per object", core("core_each"), peer=True, largest=20
)
CONTENDERS = (RAW_PATCH, RAW_LIST, EMPTY, BATCHED, SITE, BY_ROLE, CORE_LIST, CORE_EACH)


def ansible_environment(inherited: Mapping[str, str], kubeconfig: str, collections: str) -> dict[str, str]:
    """What every contender gets: ten forks, quiet output, the one cluster."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_"))}
    return {
        **kept,
        "PATH": f"{BIN}{os.pathsep}{inherited.get('PATH', os.defpath)}",
        "KUBECONFIG": kubeconfig,
        "K8S_AUTH_KUBECONFIG": kubeconfig,
        "ANSIBLE_COLLECTIONS_PATH": collections,
        "ANSIBLE_FORKS": "10",
        "ANSIBLE_HOST_KEY_CHECKING": "false",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
    }

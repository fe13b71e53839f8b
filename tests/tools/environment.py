# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the virtual environments: `.venv` for work in this checkout, cached ones for the matrix.

Usage: python3 tests/tools/environment.py            make or renew .venv, build/collections and build/activate

Runs on the Python that the machine has: standard library only. OPENCLAW_PYTHON names an interpreter to use instead
of the newest one found; OPENCLAW_CACHE moves the cache folder.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from console import Failure, tail

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
BUILD = ROOT / "build"
COLLECTIONS = BUILD / "collections"
CACHE = Path(os.environ.get("OPENCLAW_CACHE") or Path.home() / ".cache" / "openclaw-kubernetes")

PREFERRED_PYTHONS = ("3.13", "3.12", "3.11")
"""Newest first: ansible-core 2.20 and later need 3.12, 2.18 and 2.19 run on all three."""

ACTIVATE = """\
# Source this file:  . build/activate
export PATH="{venv}/bin:$PATH"
export ANSIBLE_COLLECTIONS_PATH="{collections}${{ANSIBLE_COLLECTIONS_PATH:+:$ANSIBLE_COLLECTIONS_PATH}}"
# A KUBECONFIG of your own stays; otherwise the built-in cluster's, once it runs.
if [ -z "${{KUBECONFIG:-}}" ] && [ -x "{root}/tests/cluster/cluster" ]; then
    eval "$("{root}/tests/cluster/cluster" env 2>/dev/null)"
fi
"""


@dataclass(frozen=True)
class Python:
    """An interpreter that was started once to see that it works."""

    path: Path
    version: str
    """Major and minor, `3.13`."""


def main() -> int:
    try:
        link_collection()
        python = development_python()
        make_venv(VENV, python, requirement_files=[ROOT / "tests" / "requirements.txt"])
        write_activate()
    except Failure as failure:
        failure.show()
        return 1
    return 0


def development_python() -> Python:
    chosen = os.environ.get("OPENCLAW_PYTHON")
    if chosen:
        found = probe(Path(shutil.which(chosen) or chosen))
        if found is None:
            raise Failure(f"OPENCLAW_PYTHON={chosen} does not run", "name a working Python 3.11, 3.12 or 3.13")
        return found
    for version in PREFERRED_PYTHONS:
        found = find_python(version)
        if found:
            return found
    raise Failure(
        "there is no Python 3.11, 3.12 or 3.13 on this machine",
        "apt-get install python3 python3-venv (Debian 12, Ubuntu 24.04), or set OPENCLAW_PYTHON",
    )


@functools.cache
def find_python(version: str) -> Python | None:
    """The interpreter of that minor version, from PATH, pyenv or uv's own store; None if the machine lacks it."""
    for path in candidates(version):
        found = probe(path)
        if found and found.version == version:
            return found
    return None


def candidates(version: str) -> Iterable[Path]:
    for name in (f"python{version}", "python3"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path)
    # /usr/bin/python3 may hide behind a pyenv shim of another version.
    yield Path("/usr/bin") / f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted((pyenv / "versions").glob(f"{version}.*/bin/python"), reverse=True)
    yield from sorted((Path.home() / ".local/share/uv/python").glob(f"cpython-{version}.*/bin/python"), reverse=True)


@functools.cache
def probe(path: Path) -> Python | None:
    """Start the interpreter: pyenv's shims exist for versions that are not switched on."""
    asked = "import sys, sqlite3, ssl; print(sys.executable, '%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([str(path), "-c", asked], capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return None
    if answer.returncode != 0:
        return None
    executable, version = answer.stdout.split()
    return Python(Path(executable), version)


def make_venv(
    folder: Path,
    python: Python,
    requirement_files: Iterable[Path] = (),
    packages: Iterable[str] = (),
    prereleases: bool = False,
) -> None:
    """Make a virtual environment with these packages, unless it is there and was made from the same wishes."""
    wanted_files = list(requirement_files)
    wanted_packages = list(packages)
    stamp = folder / ".stamp"
    fingerprint = digest(python, wanted_files, wanted_packages)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint and (folder / "bin" / "python").exists():
        stamp.touch()
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    arguments = [argument for file in wanted_files for argument in ("-r", str(file))] + wanted_packages
    uv = find_uv(python)
    if uv and install_with_uv(uv, folder, python, arguments, prereleases):
        stamp.write_text(fingerprint, encoding="utf-8")
        return
    install_with_pip(folder, python, arguments, prereleases)
    stamp.write_text(fingerprint, encoding="utf-8")


def digest(python: Python, files: Iterable[Path], packages: Iterable[str]) -> str:
    parts = [str(python.path), python.version, *packages]
    for file in files:
        text = file.read_text(encoding="utf-8")
        parts.append(text)
        included = re.findall(r"^-r\s+(\S+)", text, flags=re.MULTILINE)
        parts.extend((file.parent / name).read_text(encoding="utf-8") for name in included)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def install_with_uv(uv: Path, folder: Path, python: Python, arguments: list[str], prereleases: bool) -> bool:
    """True if uv could do it. It ignores pip's configuration, so behind a company index pip may succeed instead."""
    made = subprocess.run(
        [str(uv), "venv", "--quiet", "--no-python-downloads", "--python", str(python.path), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        return False
    allow = ["--prerelease", "allow"] if prereleases else []
    installed = subprocess.run(
        [str(uv), "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *allow, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode != 0:
        print(f"uv could not install the packages, trying pip:\n{tail(installed.stderr, 5)}", file=sys.stderr)
    return installed.returncode == 0


def install_with_pip(folder: Path, python: Python, arguments: list[str], prereleases: bool) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    plain_venv(folder, python)
    allow = ["--pre"] if prereleases else []
    installed = subprocess.run(
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *allow, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode != 0:
        raise Failure(
            "pip could not install the Python packages",
            "check that this machine reaches its Python package index (pip config list), then run the same again",
            log=tail(installed.stderr, 15),
        )


def plain_venv(folder: Path, python: Python) -> None:
    """A venv with pip in it. Debian keeps the part that puts pip there in a package of its own."""
    command = [str(python.path), "-m", "venv", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0 and "ensurepip" in made.stdout + made.stderr:
        install_debian_package("python3-venv", "a virtual environment")
        made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise Failure(
            f"{python.path} could not make a virtual environment",
            "apt-get install python3-venv, or set OPENCLAW_PYTHON to another Python",
            log=tail(made.stdout + made.stderr, 10),
        )


@functools.cache
def find_uv(python: Python) -> Path | None:
    """uv installs in seconds what takes pip a minute. From PATH, else fetched once into the cache folder."""
    cached = CACHE / "uv" / "bin" / "uv"
    for candidate in (shutil.which("uv"), str(cached)):
        if candidate and runs([candidate, "--version"]):
            return Path(candidate)
    shutil.rmtree(CACHE / "uv", ignore_errors=True)
    plain_venv(CACHE / "uv", python)
    runs([str(CACHE / "uv" / "bin" / "pip"), "install", "--quiet", "uv>=0.5,<1"])
    return cached if cached.exists() else None


def runs(argv: list[str]) -> bool:
    try:
        return subprocess.run(argv, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def install_debian_package(package: str, reason: str) -> None:
    """Fetch one operating system package; with a clear request to the person where we may not."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure(f"{reason} needs {package}", f"install it: sudo apt-get install {package}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    done = subprocess.run(install, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        # The lists of a fresh container image are empty.
        subprocess.run(["apt-get", "update"], capture_output=True, env=environment, check=False)
        done = subprocess.run(install, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise Failure(
            f"apt-get could not install {package}, which {reason} needs",
            f"install {package} by hand, then run the same again",
            log=tail(done.stdout + done.stderr, 10),
        )


def link_collection() -> None:
    """Ansible finds a collection by its folder's name: build/collections/ansible_collections/<namespace>/<name>."""
    link = COLLECTIONS / "ansible_collections" / "openclaw" / "kubernetes"
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink() and link.resolve() == ROOT:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT, target_is_directory=True)


def write_activate() -> None:
    text = ACTIVATE.format(venv=VENV, collections=COLLECTIONS, root=ROOT)
    (BUILD / "activate").write_text(text, encoding="utf-8")


def tool_environment() -> dict[str, str]:
    """The environment in which this checkout's tools run."""
    environment = dict(os.environ)
    # Coloured output and a person's own Ansible settings would change what the programs print.
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_FORCE_COLOR", "PYTHONPATH", "VIRTUAL_ENV"):
        environment.pop(name, None)
    environment["PATH"] = f"{VENV / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    environment["ANSIBLE_COLLECTIONS_PATH"] = str(COLLECTIONS)
    environment["ANSIBLE_CONFIG"] = str(ROOT / "ansible.cfg")
    environment["ANSIBLE_NOCOLOR"] = "1"
    return environment


if __name__ == "__main__":
    sys.exit(main())

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubernetes.core, to compare with: taken from the `ansible` package on the Python package index, kept in the cache."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from console import Failure
from environment import CACHE

WANTED = "ansible>=12,<15"
FOLDER = CACHE / "kubernetes.core"


def collections_path() -> Path:
    """The folder for ANSIBLE_COLLECTIONS_PATH; fetched on first use (54 MB)."""
    if not _manifest().is_file():
        _fetch()
    return FOLDER


def version() -> str:
    return str(json.loads(_manifest().read_text(encoding="utf-8"))["collection_info"]["version"])


def _manifest() -> Path:
    return FOLDER / "ansible_collections" / "kubernetes" / "core" / "MANIFEST.json"


def _fetch() -> None:
    print("Fetching kubernetes.core (54 MB, once)", flush=True)
    unfinished = FOLDER.with_name(f"{FOLDER.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    fetched = subprocess.run([*fetch, "--dest", str(unfinished), WANTED], capture_output=True, text=True, check=False)
    if fetched.returncode != 0:
        raise Failure(
            "kubernetes.core could not be fetched",
            "check that this machine reaches its Python package index, or BENCH_PEER_RUNS=0 make bench",
            log=fetched.stderr[-2000:],
        )
    [wheel] = unfinished.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        ours = [name for name in archive.namelist() if name.startswith("ansible_collections/kubernetes/")]
        archive.extractall(unfinished, ours)
    wheel.unlink()
    shutil.rmtree(FOLDER, ignore_errors=True)
    unfinished.rename(FOLDER)

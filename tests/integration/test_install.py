# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as people get it: a tarball, installed without a network, works from where it lands."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import COLLECTION, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage


def _galaxy(home: Path, *arguments: str) -> None:
    # Not in the checkout: its ansible.cfg would tell that the collection is there already.
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "ANSIBLE_DEPRECATION_WARNINGS": "1"}
    argv = [sys.executable, "-m", "ansible", "galaxy", "collection", *arguments]
    done = subprocess.run(argv, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "DEPRECATION" not in done.stderr


@pytest.fixture(scope="module")
def tarball(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tarball")
    _galaxy(home, "build", str(COLLECTION), "--output-path", str(folder))
    return next(folder.glob("openclaw-kubernetes-*.tar.gz"))


@pytest.fixture(scope="module")
def installed(home: Path, tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collections path that the tarball was installed to."""
    folder = tmp_path_factory.mktemp("installed")
    _galaxy(home, "install", "--offline", "--collections-path", str(folder), str(tarball))
    return folder


def test_tarball_is_small_and_holds_no_working_files(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    assert tarball.stat().st_size < 2 * 1024**2
    strays = ("build", ".venv", ".git", ".ansible", ".pytest_cache", ".mypy_cache", ".ruff_cache")
    assert [name for name in names if name.split("/")[0] in strays or name.endswith(".pyc")] == []
    assert {"README.md", "meta/runtime.yml", "playbooks/site.yml", "roles/instance/tasks/main.yml"} <= set(names)


def test_installed_collection_checks_and_deploys(bare: Stage, other_audit: AuditLog, installed: Path) -> None:
    name, inventory = bare.instance("installed")
    mark = other_audit.mark()
    checked = run("site", inventory, check=True, diff=True, collections_path=installed).ok()
    assert checked.changed(name) == 1
    assert other_audit.since(mark).writes == []

    assert run("site", inventory, collections_path=installed).ok().changed(name) == 1
    assert run("site", inventory, collections_path=installed).ok().changed(name) == 0
    assert "DEPRECATION" not in checked.output

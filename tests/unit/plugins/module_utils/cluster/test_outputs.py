# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hook prints is asked for once, kept whole, and never worth a failure."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.outputs import (
    Output,
    declared,
    keep,
    without_what_is_kept,
)

Manifest = dict[str, Any]
CONTENT = b'{"type": "object"}' * 1000


def log_of(content: bytes) -> str:
    text = base64.b64encode(gzip.compress(content, mtime=0)).decode()
    return "\n".join(text[start : start + 20] for start in range(0, len(text), 20)) + "\n"


def job(file: Path | str, *others: str) -> Manifest:
    return {
        "metadata": {"annotations": {"openclaw.kubernetes/hook-output": f"printer={file}", "mine": "1"}},
        "spec": {
            "template": {
                "spec": {"initContainers": [{"name": name} for name in ("printer", *others)], "containers": [{}]}
            }
        },
    }


def names(manifest: Manifest) -> list[str] | None:
    containers = manifest["spec"]["template"]["spec"].get("initContainers")
    return None if containers is None else [each["name"] for each in containers]


def test_the_container_runs_while_there_is_no_file(tmp_path: Path) -> None:
    file = tmp_path / "schemas" / "it.json"
    wanted = job(file)
    assert names(without_what_is_kept(wanted)) == ["printer"]

    output = declared(wanted)
    assert output == Output("printer", file)
    keep(output, log_of(CONTENT))

    assert file.read_bytes() == CONTENT
    assert [path.name for path in file.parent.iterdir()] == ["it.json"]
    assert names(without_what_is_kept(wanted)) is None
    assert names(without_what_is_kept(job(file, "replica-1"))) == ["replica-1"]
    assert names(wanted) == ["printer"], "the manifest itself stays as it was"


def test_the_cluster_never_sees_the_name_of_the_file(tmp_path: Path) -> None:
    sent = without_what_is_kept(job(tmp_path / "it.json"))
    assert sent["metadata"]["annotations"] == {"mine": "1"}


def test_a_home_is_that_of_whoever_runs_this(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    output = declared(job("~/it.json"))
    assert output is not None
    assert output.file == tmp_path / "it.json"


def test_a_job_without_output_is_left_alone() -> None:
    plain: Manifest = {"metadata": {}, "spec": {}}
    assert declared(plain) is None
    assert without_what_is_kept(plain) is plain


@pytest.mark.parametrize("log", ["", "Error: no", log_of(CONTENT)[:-30], log_of(b"")])
def test_half_of_it_is_not_kept(tmp_path: Path, log: str) -> None:
    with pytest.raises(ValueError, match="its log"):
        keep(Output("printer", tmp_path / "it.json"), log)
    assert list(tmp_path.iterdir()) == []

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that reads the configuration in the pod and installs the merged one, run as the pod runs it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.containers import program_texts
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw import config_live
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_live import MARK, PROGRAM_FILE

Json = dict[str, Any]
TEXT = program_texts(PROGRAM_FILE)[PROGRAM_FILE]
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node.js")

TOKEN = "7123456789:AAE-abcdefghijklmnopqrstuvwxyz12345"


def node(*words: str, stdin: str = "", text: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it as the engine does, or with text=False from the file as a preparation does."""
    call: Json = config_live.call(TEXT, *words, given=stdin) if text else {"argv": ["node", *words], "stdin": ""}
    argv = [str(NODE), *call["argv"][1:]]
    everything = {**os.environ, **environment}
    return subprocess.run(argv, input=call["stdin"], env=everything, capture_output=True, text=True, check=False)


def read(file: Path, **environment: str) -> Json:
    done = node("read", str(file), **environment)
    assert done.returncode == 0, done.stderr
    found: Json = json.loads(gzip.decompress(b64decode(done.stdout)))
    return found


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def wanted(file: Path, config: object, applied: object = None) -> str:
    source = digest(file) if file.exists() else ""
    return json.dumps({"from": source, "config": json.dumps(config), "applied": json.dumps(applied or {})})


def install(file: Path, given: str) -> subprocess.CompletedProcess[str]:
    return node("install", str(file), str(len(given.encode())), stdin=given)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "openclaw.json"


def test_no_file_is_an_answer(file: Path) -> None:
    assert read(file) == {}


def test_the_file_is_read_as_it_is_with_its_digest(file: Path) -> None:
    file.write_text("// it's mine\n{ a: 1, /* b */ b: ['x', \"y\",], }\n")
    assert read(file) == {"digest": digest(file), "text": file.read_text()}


@pytest.mark.parametrize(
    "text",
    [
        f'{{"channels": {{"telegram": {{"botToken": "{TOKEN}"}}}}}}',
        f"{{channels: {{telegram: {{botToken: '{TOKEN}', /* it's old */ }}}}}}",
        f'{{"list": ["a", "{TOKEN}"]}}',
        '{"apiKey": "S3CR3T \\"quoted\\" value"}',
        '{"headers": {"Authorization": "Bearer S3CR3T"}}',
        '{"url": "https://user:S3CR3T@example.com/x"}',
        '{"note": "the value is S3CR3T-of-the-pod"}',
    ],
)
def test_what_looks_secret_stays_in_the_pod(file: Path, text: str) -> None:
    file.write_text(text)
    shown = read(file, MY_API_KEY="S3CR3T-of-the-pod")["text"]
    assert MARK in shown
    assert "S3CR3T" not in shown
    assert TOKEN not in shown


@pytest.mark.parametrize(
    "text",
    [
        '{"token": {"source": "env", "provider": "default", "id": "OPENCLAW_GATEWAY_TOKEN"}}',
        '{"token": "${OPENCLAW_GATEWAY_TOKEN}"}',
        '{"maxTokens": 1024, "auth": {"mode": "token"}, "password": ""}',
        '{"baseUrl": "http://model.default.svc:4010/v1"}',
    ],
)
def test_references_and_figures_are_no_secrets(file: Path, text: str) -> None:
    file.write_text(text)
    assert read(file)["text"] == text


def test_a_mark_is_that_of_its_value(file: Path) -> None:
    file.write_text('{"apiKey": "S3CR3T"}')
    expected = MARK + hashlib.sha256(b"S3CR3T").hexdigest()[:16]
    assert json.loads(read(file)["text"]) == {"apiKey": expected}


def test_a_merged_file_is_installed_with_the_secrets_of_the_old_one(file: Path) -> None:
    file.write_text(f"{{channels: {{telegram: {{botToken: '{TOKEN}', enabled: true}}}}}}")
    backup = file.with_suffix(".json.bak")
    backup.write_text("{}")
    channel = {"botToken": MARK + hashlib.sha256(TOKEN.encode()).hexdigest()[:16], "enabled": False}

    done = install(file, wanted(file, {"channels": {"telegram": channel}}, {"a": "ü"}))

    assert done.returncode == 0, done.stderr
    assert json.loads(file.read_text()) == {"channels": {"telegram": {"botToken": TOKEN, "enabled": False}}}
    assert file.stat().st_mode & 0o777 == 0o600
    assert not backup.exists()
    assert json.loads(read(file)["applied"]) == {"a": "ü"}


def test_a_file_that_was_edited_meanwhile_stays(file: Path) -> None:
    file.write_text('{"a": 1}')
    given = wanted(file, {"a": 2})
    file.write_text('{"a": 3}')

    done = install(file, given)

    assert done.returncode == config_live.EDITED_MEANWHILE
    assert json.loads(file.read_text()) == {"a": 3}


def test_a_megabyte_comes_through(file: Path) -> None:
    config = {"text": "ü" * 500_000}
    assert install(file, wanted(file, config)).returncode == 0
    assert json.loads(file.read_text()) == config


@pytest.mark.parametrize(
    "live, merged_from, result",
    [
        (None, "", {"a": 2}),
        (None, "of a volume that is gone", {"a": 2}),
        ('{"a": 1}', hashlib.sha256(b'{"a": 1}').hexdigest(), {"a": 2}),
        ('{"a": 1}', "of another file", {"a": 1}),
        ('{"a": 1}', "", {"a": 1}),
    ],
    ids=["new volume", "lost volume", "the file that was merged", "an edited file", "a file that nobody looked at"],
)
def test_a_start_installs_only_over_what_was_merged(
    file: Path, tmp_path: Path, live: str | None, merged_from: str, result: Json
) -> None:
    if live is not None:
        file.write_text(live)
    folder = tmp_path / "etc"
    folder.mkdir()
    kept = {"a": 2, "b": MARK + "0" * 16}
    files = {"openclaw.json": json.dumps(kept), "merged-from": merged_from, "applied.json": "{}", PROGRAM_FILE: TEXT}
    for name, text in files.items():
        (folder / name).write_text(text)

    done = node(str(folder / PROGRAM_FILE), "start", str(file), str(folder), text=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(file.read_text()) == result


def test_the_words_of_a_command_are_few() -> None:
    """They are part of an address, and some of what stands before an API server takes no more than 8 KiB."""
    assert len("".join(config_live.call(TEXT, "read", config_live.LIVE_FILE)["argv"])) < 1000  # type: ignore[arg-type]


def test_both_sides_know_a_secret_by_the_same_key() -> None:
    assert f"/{config_live.SECRET_KEY.pattern}/i" in TEXT

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that has Ollama pull models, run against a server that answers as Ollama does."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features import containers

PROGRAMS = Path(containers.__file__).parent / "programs"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node.js, which runs this program in the pod")


class _Ollama(BaseHTTPRequestHandler):
    """Has the model `present:1`, can pull `new:1`, breaks off at `broken:1`, and knows no other."""

    def log_message(self, *_arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(200, [{"version": "0"}])

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["model"]
        if self.path == "/api/show":
            self._answer(200 if asked == "present:1" else 404, [{}])
        elif asked == "new:1":
            self._answer(200, [{"status": "pulling manifest"}, *_download(1000), {"status": "success"}])
        elif asked == "broken:1":
            self._answer(200, [{"status": "pulling manifest"}, *_download(10)])
        else:
            self._answer(200, [{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}])

    def _answer(self, status: int, lines: list[dict[str, object]]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write("\n".join(map(json.dumps, lines)).encode() + b"\n")


def _download(steps: int) -> list[dict[str, object]]:
    return [{"status": "pulling 0a", "total": 1000, "completed": done} for done in range(steps)]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    ollama = ThreadingHTTPServer(("127.0.0.1", 0), _Ollama)
    threading.Thread(target=ollama.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{ollama.server_port}"
    ollama.shutdown()


def pull(server: str, *models: str) -> subprocess.CompletedProcess[str]:
    argv = [str(NODE), str(PROGRAMS / "pull-models.mjs"), server, "1", *models]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)


def test_what_is_there_is_not_pulled_again_and_the_rest_is(server: str) -> None:
    said = pull(server, "present:1", "new:1")
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[:2] == ["present:1: is there", "new:1: pulling manifest"]
    assert lines[-1] == "new:1: success"
    assert len(lines) == 2 + 10 + 1


@pytest.mark.parametrize("model, reason", [("nowhere:1", "file does not exist"), ("broken:1", "the server broke off")])
def test_a_model_that_cannot_be_had_ends_it_with_its_name(model: str, reason: str, server: str) -> None:
    said = pull(server, "present:1", model, "new:1")
    assert said.returncode == 1
    assert said.stderr.startswith(f"openclaw_ollama_models  {model}: cannot be pulled: ")
    assert reason in said.stderr
    assert "new:1" not in said.stdout


def test_a_server_that_does_not_answer_is_named() -> None:
    said = pull("http://127.0.0.1:9", "new:1")
    assert said.returncode == 1
    assert "Ollama does not answer at http://127.0.0.1:9/api/version within 1 s" in said.stderr

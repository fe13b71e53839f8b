# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that install tools and pnpm, run by Node.js against a server of the test."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.installer import program_files

SCRIPT = b"#!/bin/sh\necho it runs\n"
OTHER = b"#!/bin/sh\necho the other one\n"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node.js")


@dataclass
class Files:
    """A server of these files, which remembers what it was asked for."""

    url: str
    content: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    failures: int = 0

    def add(self, name: str, content: bytes) -> dict[str, str]:
        """Serve a file; its address and checksum, as a tool describes them."""
        self.content[f"/{name}"] = content
        return {"url": f"{self.url}/{name}", "sha256": hashlib.sha256(content).hexdigest()}


@pytest.fixture
def files() -> Iterator[Files]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            served.failures -= 1
            body = served.content.get(self.path, b"")
            self.send_response(503 if served.failures >= 0 else 200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served = Files(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield served
        server.shutdown()


Install = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Run one of the programs with what it shall install, into <tmp_path>/out."""

    def run(program: str, wanted: object, **env: str) -> subprocess.CompletedProcess[str]:
        name = "tools.json" if program == "install-tools.mjs" else "runtime.json"
        for file, text in program_files(program, name, wanted).items():
            (tmp_path / file).write_text(text, encoding="utf-8")
        command = [str(NODE), str(tmp_path / program), str(tmp_path / "out")]
        environment = {**os.environ, **env}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture
def install_tools(install: Install) -> Install:
    return lambda tools: install("install-tools.mjs", tools)


def runs(program: Path) -> str:
    return subprocess.run([program], capture_output=True, text=True, check=True).stdout.strip()


def tar_of(content: dict[str, bytes], compressed: bool = True, form: int = tarfile.PAX_FORMAT) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=form) as tar:
        for name, body in content.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(body), 0o755
            tar.addfile(info, io.BytesIO(body))
    return gzip.compress(archive.getvalue(), mtime=0) if compressed else archive.getvalue()


def zip_of(content: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", compression) as zipped:
        for name, body in content.items():
            zipped.writestr(name, body)
    return archive.getvalue()


LONG = "a-folder-whose-name-is-long/" * 8
ARCHIVES = {
    "tar": (tar_of({"x/other": OTHER, "x/tool": SCRIPT}, compressed=False), "x/tool"),
    "tar-gz": (tar_of({"./x/other": OTHER, "./x/tool": SCRIPT}), "x/tool"),
    "tar-long-pax": (tar_of({f"{LONG}tool": SCRIPT}, form=tarfile.PAX_FORMAT), f"{LONG}tool"),
    "tar-long-gnu": (tar_of({f"{LONG}tool": SCRIPT}, form=tarfile.GNU_FORMAT), f"./{LONG}tool"),
    "tar-old": (tar_of({"x/tool": SCRIPT}, form=tarfile.USTAR_FORMAT), "x/tool"),
    "zip": (zip_of({"x/other": OTHER, "x/tool": SCRIPT}), "x/tool"),
    "zip-stored": (zip_of({"x/tool": SCRIPT, "x/other": OTHER}, zipfile.ZIP_STORED), "/x/tool"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_program_of_an_archive(kind: str, files: Files, install_tools: Install, tmp_path: Path) -> None:
    content, path = ARCHIVES[kind]
    done = install_tools({"some-tool": {**files.add("archive", content), "path": path}})
    assert done.returncode == 0, done.stderr
    assert runs(tmp_path / "out" / "some-tool") == "it runs"


def test_a_tool_is_downloaded_once(files: Files, install_tools: Install, tmp_path: Path) -> None:
    tools = {"some-tool": files.add("some-tool", SCRIPT)}
    for _start in range(2):
        assert install_tools(tools).returncode == 0
        assert runs(tmp_path / "out" / "some-tool") == "it runs"
    assert files.asked == ["/some-tool"]


def test_a_tool_that_was_changed_on_the_volume_is_replaced(
    files: Files, install_tools: Install, tmp_path: Path
) -> None:
    tools = {"some-tool": files.add("some-tool", SCRIPT)}
    install_tools(tools)
    (tmp_path / "out" / "some-tool").write_bytes(OTHER)
    assert install_tools(tools).returncode == 0
    assert runs(tmp_path / "out" / "some-tool") == "it runs"


def test_another_checksum_brings_another_program(files: Files, install_tools: Install, tmp_path: Path) -> None:
    install_tools({"some-tool": files.add("one", SCRIPT)})
    assert install_tools({"some-tool": files.add("two", OTHER)}).returncode == 0
    assert runs(tmp_path / "out" / "some-tool") == "the other one"


def test_what_is_no_longer_declared_goes(files: Files, install_tools: Install, tmp_path: Path) -> None:
    one, two = files.add("one", SCRIPT), files.add("two", OTHER)
    install_tools({"one": one, "two": two})
    (tmp_path / "out" / "copied").write_bytes(SCRIPT)
    assert install_tools({"two": two, "copied": {"image": "ghcr.io/x/y:1", "path": "/y"}}).returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".installed.json", "copied", "two"]


def test_a_wrong_checksum_says_all_there_is_to_know(files: Files, install_tools: Install, tmp_path: Path) -> None:
    tool = files.add("some-tool", SCRIPT)
    wrong = "0a" * 32
    done = install_tools({"some-tool": {**tool, "sha256": wrong}})
    assert done.returncode == 1
    assert done.stderr == (f"tool some-tool: {tool['url']} has the sha256 {tool['sha256']}, but {wrong} was declared\n")
    assert not (tmp_path / "out" / "some-tool").exists()
    assert files.asked == ["/some-tool"]


def test_a_server_in_trouble_is_asked_again(files: Files, install_tools: Install, tmp_path: Path) -> None:
    files.failures = 1
    assert install_tools({"some-tool": files.add("some-tool", SCRIPT)}).returncode == 0
    assert runs(tmp_path / "out" / "some-tool") == "it runs"


@pytest.mark.parametrize(
    "served, path, said",
    [
        (b"", None, "cannot download {url}: HTTP status 404"),
        (tar_of({"x/tool": SCRIPT}), None, "{url} is an archive; declare the path of the program in it"),
        (tar_of({"x/tool": SCRIPT}), "y/tool", "there is no y/tool in {url}"),
        (zip_of({"x/tool": SCRIPT}), "y/tool", "there is no y/tool in {url}"),
        (SCRIPT, "x/tool", "is not a tar or zip archive"),
        (b"\xfd7zXZ\x00", "x/tool", "xz archives cannot be read; use one in tar.gz or zip"),
        (tar_of({"x/other": OTHER * 100, "x/tool": SCRIPT})[:60], "x/tool", "the archive cannot be read"),
    ],
    ids=["missing", "no-path", "tar-without", "zip-without", "no-archive", "xz", "cut-off"],
)
def test_what_goes_wrong_names_the_tool(
    served: bytes, path: str | None, said: str, files: Files, install_tools: Install
) -> None:
    tool = files.add("some-tool", served) | ({"path": path} if path else {})
    done = install_tools({"some-tool": tool})
    assert done.returncode == 1
    assert f"tool some-tool: {said.format(url=tool['url'])}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_node_of_another_architecture_goes_without(files: Files, install_tools: Install, tmp_path: Path) -> None:
    here = "arm64" if os.uname().machine == "aarch64" else "amd64"
    there = {"amd64": "arm64", "arm64": "amd64"}[here]
    mine, other = files.add("mine", SCRIPT), files.add("other", OTHER)

    def by(architecture: str, tool: dict[str, str]) -> dict[str, dict[str, str]]:
        return {key: {architecture: value} for key, value in tool.items()}

    done = install_tools({"mine": by(here, mine), "other": by(there, other)})
    assert done.returncode == 0
    assert f"tool other: none for {here}" in done.stdout
    assert runs(tmp_path / "out" / "mine") == "it runs"
    assert files.asked == ["/mine"]


# pnpm


def package(version: str, files: Files) -> dict[str, str]:
    """Serve a package as the npm registry does; version and integrity, as the runtime describes them."""
    native = int(version.partition(".")[0]) >= 12
    architecture = "arm64" if os.uname().machine == "aarch64" else "x64"
    name = f"@pnpm/exe.linux-{architecture}" if native else "pnpm"
    manifest = {"version": version} if native else {"version": version, "bin": {"pnpm": "bin/pnpm.mjs"}}
    program = "package/pnpm" if native else "package/bin/pnpm.mjs"
    content = tar_of(
        {
            "package/package.json": json.dumps(manifest).encode(),
            program: f"#!/bin/sh\necho {version}\n".encode(),
        }
    )
    files.add(f"{name}/-/{name.rpartition('/')[2]}-{version}.tgz", content)
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    return {"version": version, "integrity": f"sha512-{digest}"}


@pytest.fixture
def install_pnpm(install: Install, files: Files) -> Install:
    return lambda pnpm: install("install-runtime.mjs", {"pnpm": pnpm}, NPM_CONFIG_REGISTRY=f"{files.url}/")


def test_pnpm_is_downloaded_once_and_follows_its_pin(files: Files, install_pnpm: Install, tmp_path: Path) -> None:
    for version in ("11.1.0", "11.1.0", "11.2.0", "12.21.0"):
        done = install_pnpm(package(version, files))
        assert done.returncode == 0, done.stderr
        assert runs(tmp_path / "out" / "bin" / "pnpm") == version
    assert len(files.asked) == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["bin", "pnpm"]


def test_pnpm_of_several_architectures_has_several_integrities(files: Files, install_pnpm: Install) -> None:
    pnpm = package("12.21.0", files)
    other = "sha512-" + base64.b64encode(b"a" * 64).decode()
    assert install_pnpm({**pnpm, "integrity": f"{other} {pnpm['integrity']}"}).returncode == 0


def test_a_wrong_integrity_stops_before_the_old_pnpm_goes(files: Files, install_pnpm: Install, tmp_path: Path) -> None:
    install_pnpm(package("11.1.0", files))
    wrong = "sha512-" + base64.b64encode(b"a" * 64).decode()
    done = install_pnpm({**package("11.2.0", files), "integrity": wrong})
    assert done.returncode == 1
    assert "pnpm 11.2.0:" in done.stderr
    assert wrong.removeprefix("sha512-") in done.stderr
    assert runs(tmp_path / "out" / "bin" / "pnpm") == "11.1.0"


def test_pnpm_that_is_no_longer_wanted_goes(
    files: Files, install_pnpm: Install, install: Install, tmp_path: Path
) -> None:
    install_pnpm(package("11.1.0", files))
    assert install("install-runtime.mjs", {}).returncode == 0
    assert list((tmp_path / "out" / "bin").iterdir()) == []

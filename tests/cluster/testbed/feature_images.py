# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of features that are made within seconds: terminal, proxy, uv, and a server of what instances download."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import shutil
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from testbed import oci
from testbed.images import Image, base_key, base_layer, tools_layer
from testbed.programs import Program
from testbed.progress import run
from testbed.settings import DEBIAN, PNPM, UV, Settings
from testbed.tools import IMAGE_PACKAGES, install_packages, missing_packages, node_folder, unpack_wheel

_UNPRIVILEGED = "1000"
_PYTHON = "3.11"
_PYTHON_PATCH = "3.11.2"
_PYTHON_PACKAGES = (f"python{_PYTHON}-minimal", f"libpython{_PYTHON}-minimal", f"libpython{_PYTHON}-stdlib")
_MACHINES = {"x86_64": "x64", "aarch64": "arm64"}


def debian_packages(settings: Settings, name: str, *packages: str, release: str = DEBIAN) -> Path:
    """Return a folder with the files of packages of the images' Debian, whatever Debian or Ubuntu the machine runs."""
    missing = missing_packages(IMAGE_PACKAGES)
    if missing:
        install_packages(settings, missing)
    folder = settings.build / f"debian-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    for place in ("lists/partial", "cache/archives/partial"):
        (folder / place).mkdir(parents=True)
    keyring = IMAGE_PACKAGES.keys() - {"debootstrap"}
    mirror = os.environ.get("OPENCLAW_DEBIAN_MIRROR", "http://deb.debian.org/debian")
    (folder / "sources.list").write_text(f"deb [signed-by={keyring.pop()}] {mirror} {release} main\n")
    log = settings.build_logs / f"image-{name}.log"
    log.unlink(missing_ok=True)
    # apt drops its rights to fetch, and the folder is root's own: tell it not to.
    own = {
        "APT::Sandbox::User": "root",
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
    }
    apt = ["apt-get", "-q", *(word for key, value in own.items() for word in ("-o", f"{key}={value}"))]
    advice = "if the mirror cannot be reached, set OPENCLAW_DEBIAN_MIRROR to one that can"
    for words in (["update"], ["download", *packages]):
        run([*apt, *words], what=f"cannot download {', '.join(packages)}", log=log, cwd=folder, advice=advice)
    root = folder / "root"
    for package in folder.glob("*.deb"):
        run(["dpkg-deb", "--extract", package, root], what=f"cannot unpack {package.name}", log=log)
    return root


# The terminal

TERMINAL_PROGRAM = Program("terminal", "1", "stand-in for ttyd", "./cmd/terminal")


def _make_terminal(settings: Settings, target: oci.Store) -> oci.Blob:
    def fill(tar: tarfile.TarFile) -> None:
        oci.add_file(tar, "usr/bin/ttyd", TERMINAL_PROGRAM.path(settings).read_bytes(), 0o755)

    recipe = oci.Recipe(command=("ttyd", "sh"))
    return target.add_image([tools_layer(settings, target), target.add_layer(fill)], recipe)


# The proxy


def _nginx_layer(settings: Settings, target: oci.Store) -> oci.Blob:
    root = debian_packages(settings, "nginx", "nginx")

    def fill(tar: tarfile.TarFile) -> None:
        oci.add_file(tar, "usr/sbin/nginx", (root / "usr/sbin/nginx").read_bytes(), 0o755)
        oci.add_folder(tar, "etc/nginx")

    return target.add_layer(fill)


def _make_nginx(settings: Settings, target: oci.Store) -> oci.Blob:
    layers = [base_layer(settings, target), _nginx_layer(settings, target)]
    return target.add_image(layers, oci.Recipe(command=("nginx",), user=_UNPRIVILEGED, stop_signal="SIGQUIT"))


# uv


def _make_uv(settings: Settings, target: oci.Store) -> oci.Blob:
    """Make an image with the programs of the Python package where the official image has them."""
    folder = settings.build / "uv"
    unpack_wheel(settings, f"uv=={UV}", folder, f"uv-{UV}.data/scripts/")

    def fill(tar: tarfile.TarFile) -> None:
        for program in ("uv", "uvx"):
            oci.add_file(tar, f"usr/local/bin/{program}", (folder / program).read_bytes(), 0o755)

    return target.add_image([tools_layer(settings, target), target.add_layer(fill)], oci.Recipe(command=("uv",)))


# The server of downloads

_SERVER = """\
daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;
events {}
http {
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    log_format asked '$request_method $uri $status';
    access_log /dev/stdout asked;
    default_type application/octet-stream;
    server {
        listen 8080;
        root /srv;
    }
}
"""
_TOOL = b'#!/bin/sh\necho "tool of the tests: $*"\n'


def _pnpm_packages(settings: Settings) -> dict[str, bytes]:
    """Return packages at their places in a registry: a pnpm in JavaScript, and a native one for this machine."""
    folder = settings.build / "pnpm"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = ("pnpm", f"@pnpm/exe.linux-{_MACHINES[os.uname().machine]}")
    npm = node_folder(settings) / "bin" / "npm"
    environment = {**os.environ, "PATH": f"{npm.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    found = {}
    for name, version in zip(names, PNPM, strict=True):
        words = [npm, f"--cache={settings.build / 'npm'}", "pack", "--silent", f"{name}@{version}"]
        log = settings.build_logs / "image-files.log"
        run(words, what=f"cannot download {name} {version}", log=log, cwd=folder, environment=environment)
        (archive,) = folder.glob("*.tgz")
        found[f"{name}/-/{name.rpartition('/')[2]}-{version}.tgz"] = archive.read_bytes()
        archive.unlink()
    return found


def _python_archive(settings: Settings) -> bytes:
    """Return Debian's Python packed like those that uv installs."""
    root = debian_packages(settings, "python", *_PYTHON_PACKAGES)
    library = root / "usr" / "lib" / f"python{_PYTHON}"
    for path in library.rglob("*"):
        # Debian's way to let an administrator configure it, which an archive for any place cannot have.
        if path.is_symlink() and path.readlink().is_absolute():
            path.unlink()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        program = (root / "usr" / "bin" / f"python{_PYTHON}").read_bytes()
        oci.add_file(tar, f"python/bin/python{_PYTHON}", program, 0o755)
        oci.add_tree(tar, library, f"python/lib/python{_PYTHON}")
    return archive.getvalue()


def _python_listing(archive: bytes) -> dict[str, object]:
    """Return what uv reads about the versions of Python that can be had, but for the address."""
    machine, (major, minor, patch) = os.uname().machine, map(int, _PYTHON_PATCH.split("."))
    return {
        f"cpython-{_PYTHON_PATCH}-linux-{machine}-gnu": {
            "name": "cpython",
            "arch": {"family": machine, "variant": None},
            "os": "linux",
            "libc": "gnu",
            "major": major,
            "minor": minor,
            "patch": patch,
            "prerelease": "",
            "url": f"http://FILES/python/cpython-{_PYTHON_PATCH}.tar.gz",
            "sha256": hashlib.sha256(archive).hexdigest(),
            "variant": None,
            "build": "20260101",
        }
    }


def _tools() -> dict[str, bytes]:
    tar, zipped = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as archive:
        oci.add_file(archive, "some-tool-1.0/bin/some-tool", _TOOL, 0o755)
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bin/some-tool", _TOOL)
    return {"some-tool": _TOOL, "some-tool.tar.gz": tar.getvalue(), "some-tool.zip": zipped.getvalue()}


def _index(files: Mapping[str, bytes], packages: Mapping[str, bytes]) -> dict[str, object]:
    """Return checksums as inventories write them."""

    def integrity(content: bytes) -> str:
        return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()

    return {
        "pnpm": dict(zip(PNPM, map(integrity, packages.values()), strict=True)),
        "sha256": {path: hashlib.sha256(content).hexdigest() for path, content in files.items()},
    }


def _make_files(settings: Settings, target: oci.Store) -> oci.Blob:
    """Make a server of downloads on port 8080: /index.json tells their checksums."""
    packages, python = _pnpm_packages(settings), _python_archive(settings)
    files = {f"tools/{name}": content for name, content in _tools().items()}
    files |= {**packages, f"python/cpython-{_PYTHON_PATCH}.tar.gz": python}
    listings = {"index.json": _index(files, packages), "python.json": _python_listing(python)}

    def fill(tar: tarfile.TarFile) -> None:
        oci.add_file(tar, "etc/nginx/nginx.conf", _SERVER.encode())
        for path, content in files.items():
            oci.add_file(tar, f"srv/{path}", content)
        for path, listing in listings.items():
            oci.add_file(tar, f"srv/{path}", json.dumps(listing, indent=1).encode())

    layers = [base_layer(settings, target), _nginx_layer(settings, target), target.add_layer(fill)]
    return target.add_image(layers, oci.Recipe(command=("nginx", "-e", "stderr"), user=_UNPRIVILEGED))


TERMINAL_IMAGE = Image(
    "terminal", "docker.io/tsl0922/ttyd:1.7.7", "image web terminal", (), _make_terminal, (TERMINAL_PROGRAM,)
)
NGINX_IMAGE = Image(
    "nginx", "docker.io/nginxinc/nginx-unprivileged:1.29-alpine", "image nginx", (base_key(),), _make_nginx
)
UV_IMAGE = Image("uv", f"ghcr.io/astral-sh/uv:{UV}-bookworm-slim", f"image uv {UV}", (UV,), _make_uv)
FILES_IMAGE = Image(
    "files", "ghcr.io/openclaw/files:1", "image server of downloads", (base_key(), *PNPM, _PYTHON_PATCH), _make_files
)

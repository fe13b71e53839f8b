# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container images as files: layers made from folders, stored once by digest, and streamed to containerd or a registry.

The layout on disk is that of the OCI image format (`blobs/sha256/<digest>`), shared by all images, so that two
versions of OpenClaw hold their common base once. Layers are not compressed: they never travel far.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import json
import os
import ssl
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

from testbed.progress import ClusterError

LAYER = "application/vnd.oci.image.layer.v1.tar"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
# All times in an image are this one (2026-01-01), so that the same content has the same digest.
EPOCH = 1767225600

Owner = tuple[int, int]
ROOT: Owner = (0, 0)


class _Hashing(io.RawIOBase):
    """A writer that hashes what passes through."""

    def __init__(self, sink: IO[bytes]) -> None:
        self.sink = sink
        self.digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.digest.update(data)
        self.size += len(data)
        return self.sink.write(data)


@dataclass(frozen=True)
class Blob:
    """A stored piece of an image."""

    media_type: str
    digest: str
    size: int

    def descriptor(self) -> dict[str, str | int]:
        """Return the OCI descriptor."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


@dataclass(frozen=True)
class Recipe:
    """What goes into an image besides its layers: the container's defaults."""

    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    environment: tuple[str, ...] = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",)
    user: str = ""
    folder: str = "/"
    labels: tuple[tuple[str, str], ...] = ()
    stop_signal: str = ""


@dataclass
class Store:
    """A folder of blobs."""

    folder: Path
    _blobs: Path = field(init=False)

    def __post_init__(self) -> None:
        """Remember where the blobs are."""
        self._blobs = self.folder / "blobs" / "sha256"

    def path(self, digest: str) -> Path:
        """Return the file of a blob."""
        return self._blobs / digest.removeprefix("sha256:")

    def add_bytes(self, media_type: str, content: bytes) -> Blob:
        """Store a small blob."""
        with self._writing(media_type) as (sink, done):
            sink.write(content)
        return done[0]

    def add_layer(self, fill: Callable[[tarfile.TarFile], None]) -> Blob:
        """Store a layer that `fill` writes."""
        with self._writing(LAYER) as (sink, done):
            stream = cast(IO[bytes], sink)
            with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                fill(tar)
        return done[0]

    def add_image(self, layers: list[Blob], recipe: Recipe) -> Blob:
        """Store configuration and manifest of an image and return the manifest."""
        container: dict[str, object] = {"Env": list(recipe.environment), "WorkingDir": recipe.folder}
        for key, value in (
            ("Entrypoint", list(recipe.entrypoint)),
            ("Cmd", list(recipe.command)),
            ("User", recipe.user),
            ("StopSignal", recipe.stop_signal),
        ):
            if value:
                container[key] = value
        if recipe.labels:
            container["Labels"] = dict(recipe.labels)
        config = {
            "architecture": "amd64" if os.uname().machine == "x86_64" else "arm64",
            "os": "linux",
            "config": container,
            "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
        }
        config_blob = self.add_bytes(CONFIG, json.dumps(config, sort_keys=True).encode())
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config_blob.descriptor(),
            "layers": [layer.descriptor() for layer in layers],
        }
        return self.add_bytes(MANIFEST, json.dumps(manifest, sort_keys=True).encode())

    def parts(self, manifest_digest: str) -> list[Blob]:
        """Return the configuration and the layers of a manifest."""
        manifest = json.loads(self.path(manifest_digest).read_bytes())
        return [
            Blob(entry["mediaType"], entry["digest"], entry["size"])
            for entry in [manifest["config"], *manifest["layers"]]
        ]

    def complete(self, manifest_digest: str) -> bool:
        """Tell whether an image is here with all its parts."""
        try:
            return all(self.path(blob.digest).stat().st_size == blob.size for blob in self.parts(manifest_digest))
        except (OSError, ValueError, KeyError):
            return False

    def write_archive(self, reference: str, manifest_digest: str, sink: IO[bytes]) -> None:
        """Write one image as the tar that `ctr images import` reads."""
        manifest = Blob(MANIFEST, manifest_digest, self.path(manifest_digest).stat().st_size)
        entry = {**manifest.descriptor(), "annotations": {"io.containerd.image.name": reference}}
        index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
        with tarfile.open(fileobj=sink, mode="w|") as tar:
            for name, content in (("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", index)):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            for blob in [manifest, *self.parts(manifest_digest)]:
                info = tarfile.TarInfo(f"blobs/sha256/{blob.digest.removeprefix('sha256:')}")
                info.size = blob.size
                with self.path(blob.digest).open("rb") as stream:
                    tar.addfile(info, stream)

    def prune(self, manifest_digests: list[str]) -> None:
        """Remove every blob that none of these images needs."""
        needed = set(manifest_digests)
        for digest in manifest_digests:
            needed |= {blob.digest for blob in self.parts(digest)}
        for path in self._blobs.glob("*"):
            if f"sha256:{path.name}" not in needed:
                path.unlink()

    @contextmanager
    def _writing(self, media_type: str) -> Iterator[tuple[BinaryIO, list[Blob]]]:
        self._blobs.mkdir(parents=True, exist_ok=True)
        temporary = self._blobs / f".{os.getpid()}-{os.urandom(4).hex()}"
        done: list[Blob] = []
        try:
            with temporary.open("wb") as sink:
                hashing = _Hashing(sink)
                yield cast(BinaryIO, hashing), done
            digest = hashing.digest.hexdigest()
            temporary.replace(self._blobs / digest)
            done.append(Blob(media_type, f"sha256:{digest}", hashing.size))
        finally:
            temporary.unlink(missing_ok=True)


def add_tree(tar: tarfile.TarFile, source: Path, destination: str = "", owner: Owner | None = ROOT) -> None:
    """Add a folder's content to a layer, in a fixed order and with fixed times; owner None keeps each file's own."""
    for folder, folders, files in os.walk(source):
        folders.sort()
        inside = Path(destination, os.path.relpath(folder, source))
        # Links to folders are listed among the folders, but os.walk does not go into them: treat them as files.
        links = [name for name in folders if Path(folder, name).is_symlink()]
        if str(inside) != ".":
            _add(tar, Path(folder), str(inside), owner)
        for name in sorted([*files, *links]):
            _add(tar, Path(folder, name), str(inside / name), owner)


def _add(tar: tarfile.TarFile, path: Path, name: str, owner: Owner | None) -> None:
    info = tar.gettarinfo(str(path), name)
    if info is None:
        return  # a socket
    if owner is not None:
        info.uid, info.gid = owner
    info.uname = info.gname = ""
    info.mtime = EPOCH
    if info.isreg():
        with path.open("rb") as stream:
            tar.addfile(info, stream)
    else:
        tar.addfile(info)


def add_file(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    """Add one file to a layer."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(content), mode, EPOCH
    tar.addfile(info, io.BytesIO(content))


def add_link(tar: tarfile.TarFile, name: str, target: str) -> None:
    """Add one symbolic link to a layer."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mtime, info.mode = tarfile.SYMTYPE, target, EPOCH, 0o777
    tar.addfile(info)


def add_folder(tar: tarfile.TarFile, name: str, mode: int = 0o755, owner: Owner = ROOT) -> None:
    """Add one empty folder to a layer."""
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime = tarfile.DIRTYPE, mode, EPOCH
    info.uid, info.gid = owner
    tar.addfile(info)


def push(
    store: Store, manifest_digest: str, registry: str, name: str, tag: str, *, user: str, password: str, authority: Path
) -> None:
    """Push an image to a registry by its HTTP API, unless the tag is that image already."""
    context = ssl.create_default_context(cafile=str(authority))
    authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def call(
        method: str, path: str, body: IO[bytes] | bytes | None = None, kind: str = "", size: int = 0
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection(registry, context=context, timeout=60)
        headers = {"Authorization": authorization, "Accept": MANIFEST}
        if body is not None:
            headers |= {"Content-Type": kind, "Content-Length": str(size)}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    def expect(response: http.client.HTTPResponse, status: int) -> http.client.HTTPResponse:
        if response.status != status:
            raise ClusterError(
                f"pushing {name}:{tag} to {registry}: the registry answered {response.status} {response.reason}"
            )
        return response

    present = call("HEAD", f"/v2/{name}/manifests/{tag}")
    if present.status == 200 and present.headers["Docker-Content-Digest"] == manifest_digest:
        return
    for blob in store.parts(manifest_digest):
        if call("HEAD", f"/v2/{name}/blobs/{blob.digest}").status == 200:
            continue
        location = expect(call("POST", f"/v2/{name}/blobs/uploads/"), 202).headers["Location"]
        path = location.removeprefix(f"https://{registry}")
        with store.path(blob.digest).open("rb") as stream:
            separator = "&" if "?" in path else "?"
            response = call(
                "PUT", f"{path}{separator}digest={blob.digest}", stream, "application/octet-stream", blob.size
            )
            expect(response, 201)
    content = store.path(manifest_digest).read_bytes()
    expect(call("PUT", f"/v2/{name}/manifests/{tag}", content, MANIFEST, len(content)), 201)

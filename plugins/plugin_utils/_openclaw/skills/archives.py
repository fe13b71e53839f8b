# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files out of archives of strangers, in memory: no path, link or size of theirs is trusted."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from .tree import MAX_FILES, MAX_TREE_BYTES, BadTree, File, Tree, bad_path, file_of, shown

# An archive holds more than the skill: a repository around it, other skills.
_MAX_MEMBERS = 20 * MAX_FILES
_MAX_BYTES = 8 * MAX_TREE_BYTES
_GZIP, _WITH_HEADER = b"\x1f\x8b", zlib.MAX_WBITS | 16
_SYMLINK, _KIND = 0o120000, 0o170000


def from_tar(data: bytes) -> Tree:
    """Return the files of a tar archive, compressed by gzip or not. Raises BadTree."""
    tree: dict[str, File] = {}
    left = _MAX_BYTES
    try:
        with tarfile.open(fileobj=io.BytesIO(_unpacked(data)), mode="r:") as archive:
            for number, member in enumerate(_members(archive)):
                if number >= _MAX_MEMBERS or member.size > left:
                    raise BadTree(["the archive is too large"])
                path = _clean(member.name)
                if member.isdir():
                    continue
                if not member.isreg():
                    raise BadTree([f"{shown(path)} is {'a link' if member.issym() or member.islnk() else 'no file'}"])
                stream = archive.extractfile(member)
                left -= member.size
                _add(tree, path, file_of(stream.read(member.size) if stream else b"", member.mode))
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as problem:
        if isinstance(problem, BadTree):
            raise
        raise BadTree([f"is not an archive that can be read: {problem}"]) from None
    return tree


def _unpacked(data: bytes) -> bytes:
    """Return what gzip holds, but never more than is allowed: a few bytes may unfold without end."""
    if not data.startswith(_GZIP):
        return data
    unpacked = zlib.decompressobj(_WITH_HEADER).decompress(data, _MAX_BYTES + 1)
    if len(unpacked) > _MAX_BYTES:
        raise BadTree(["the archive is too large"])
    return unpacked


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    # Not getmembers(), which walks to the end of the archive before anything is counted.
    while (member := archive.next()) is not None:
        yield member


def from_zip(data: bytes) -> Tree:
    """Return the files of a zip archive. Raises BadTree."""
    tree: dict[str, File] = {}
    left = _MAX_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > _MAX_MEMBERS:
                raise BadTree(["the archive is too large"])
            for member in members:
                path = _clean(member.filename)
                if member.is_dir():
                    continue
                mode = member.external_attr >> 16
                if mode & _KIND == _SYMLINK:
                    raise BadTree([f"{shown(path)} is a link"])
                if member.flag_bits & 1:
                    raise BadTree([f"{shown(path)} is encrypted"])
                if member.file_size > left:
                    raise BadTree(["the archive is too large"])
                with archive.open(member) as stream:
                    content = stream.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise BadTree(["the archive is too large"])
                _add(tree, path, file_of(content, mode))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as problem:
        raise BadTree([f"is not an archive that can be read: {problem}"]) from None
    return tree


def _clean(path: str) -> str:
    """Return the path of a member as a relative one; a bad one is refused also where its file is not wanted."""
    clean = path.removeprefix("./").rstrip("/")
    if clean in ("", "."):
        return ""
    if clean.startswith("/") or ".." in clean.split("/") or "\\" in clean or "\0" in clean:
        raise BadTree([f"{shown(path)} {bad_path(clean) or 'leaves its folder'}"])
    return clean


def _add(tree: dict[str, File], path: str, file: File) -> None:
    if path in tree:
        raise BadTree([f"{shown(path)} is in the archive twice"])
    tree[path] = file

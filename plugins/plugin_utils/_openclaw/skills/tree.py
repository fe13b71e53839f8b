# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a skill, wherever they come from, and the digest that stands for all of them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# What OpenClaw's own library takes, and what fits into a ConfigMap.
MAX_FILES = 256
MAX_FILE_BYTES = 900 * 1024
MAX_TREE_BYTES = 8 * 1024 * 1024
_MAX_PATH_BYTES = 200
_MAX_SHOWN = 60
_KIBIBYTE = 1024
PLAIN, EXECUTABLE = 0o644, 0o755
_EXECUTE = 0o111
_SEGMENT = re.compile(r"[A-Za-z0-9_.@+][A-Za-z0-9 _.@+,=()~-]*")
# What tools keep for themselves; it says nothing about the skill, and differs from one copy to the next.
BOOKKEEPING = frozenset({".git", ".clawhub", ".clawdhub", ".openclaw"})


class BadTree(ValueError):
    """A tree that no skill may have; the text names every reason."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(self.reasons))


@dataclass(frozen=True)
class File:
    """One regular file. The mode is that of a script or that of a text, nothing else counts."""

    content: bytes
    mode: int = PLAIN

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


Tree = Mapping[str, File]


def file_of(content: bytes, mode: int) -> File:
    """Return the file; one that anybody may execute is a script."""
    return File(content, EXECUTABLE if mode & _EXECUTE else PLAIN)


def digest(tree: Tree) -> str:
    """Return the digest of every path, mode and content, hidden files included."""
    lines = (f"{file.mode:o} {file.sha256} {path}\n" for path, file in sorted(tree.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def size(tree: Tree) -> int:
    return sum(len(file.content) for file in tree.values())


def checked(tree: Tree) -> Tree:
    """Return I(tree), its paths in one form of Unicode. Raises BadTree for what a pod must not get."""
    reasons = [*_path_problems(tree), *_size_problems(tree)]
    if reasons:
        raise BadTree(reasons)
    return {unicodedata.normalize("NFC", path): file for path, file in tree.items()}


def below(tree: Tree, folder: str) -> Tree:
    """Return the files of I(folder), their paths from there on. Empty for the whole tree."""
    prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
    return {path[len(prefix) :]: file for path, file in tree.items() if path.startswith(prefix)}


def shown(path: str) -> str:
    """Return I(path) for a person: no control characters, not too long."""
    text = path if path.isprintable() else path.encode("unicode_escape").decode("ascii")
    return f'"{text}"' if len(text) <= _MAX_SHOWN else f'"{text[: _MAX_SHOWN - 1]}…"'


def bad_path(path: str) -> str | None:
    """Return why no file of a skill may have that path."""
    if path.startswith("/"):
        return "is an absolute path"
    if len(path.encode(errors="surrogatepass")) > _MAX_PATH_BYTES:
        return f"is longer than {_MAX_PATH_BYTES} bytes"
    for segment in path.split("/"):
        if segment in ("", ".", ".."):
            return "leaves its folder, or has an empty part"
        if not _SEGMENT.fullmatch(segment) or segment.endswith((" ", ".")):
            return "has characters other than letters, digits, spaces and _.@+,=()~-, or begins or ends badly"
    return None


def _path_problems(tree: Tree) -> Iterator[str]:
    seen: dict[str, str] = {}
    for path in sorted(tree):
        reason = bad_path(path)
        if reason:
            yield f"{shown(path)} {reason}"
        twin = seen.setdefault(unicodedata.normalize("NFC", path).casefold(), path)
        if twin != path:
            yield f"{shown(path)} and {shown(twin)} are one file where case does not count"
    for path in sorted(tree):
        parent = path.rpartition("/")[0]
        if parent in tree:
            yield f"{shown(parent)} is a file and a folder"


def _size_problems(tree: Tree) -> Iterator[str]:
    if len(tree) > MAX_FILES:
        yield f"has {len(tree)} files; at most {MAX_FILES} are allowed"
    for path, file in sorted(tree.items()):
        if len(file.content) > MAX_FILE_BYTES:
            yield (
                f"{shown(path)} has {len(file.content) // _KIBIBYTE} KiB; at most {MAX_FILE_BYTES // _KIBIBYTE} KiB "
                "are allowed"
            )
    if size(tree) > MAX_TREE_BYTES:
        yield f"has {size(tree) // _KIBIBYTE} KiB; at most {MAX_TREE_BYTES // _KIBIBYTE} KiB are allowed"


def read_folder(folder: Path) -> Tree:
    """Return the files below I(folder). Raises BadTree for symbolic links and everything else that is no file."""
    if not folder.is_dir() or folder.is_symlink():
        raise BadTree(["is not a folder"])
    tree: dict[str, File] = {}
    reasons: list[str] = []
    total = 0
    for path, found in _walk(folder, ""):
        if not stat.S_ISREG(found.st_mode):
            kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "neither a file nor a folder"
            reasons.append(f"{shown(path)} is {kind}")
        elif found.st_nlink > 1:
            reasons.append(f"{shown(path)} is a hard link")
        elif len(tree) > MAX_FILES or (total := total + found.st_size) > 2 * MAX_TREE_BYTES:
            reasons.append(f"holds more than {MAX_FILES} files or {MAX_TREE_BYTES // _KIBIBYTE} KiB")
            break
        else:
            tree[path] = file_of((folder / path).read_bytes(), found.st_mode)
    if reasons:
        raise BadTree(reasons)
    return checked(tree)


def _walk(folder: Path, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = f"{prefix}{entry.name}"
        found = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            if entry.name not in BOOKKEEPING:
                yield from _walk(Path(entry.path), f"{path}/")
        else:
            yield path, found


def without_bookkeeping(tree: Tree) -> Tree:
    """Return what is left without the folders in which tools keep notes of their own."""
    return {path: file for path, file in tree.items() if not BOOKKEEPING & set(path.split("/")[:-1])}

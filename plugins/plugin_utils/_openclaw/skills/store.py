# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of skills on the controller, by their digest: fetched once, and checked each time they are read."""

from __future__ import annotations

import base64
import functools
import json
import os
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from .tree import MAX_TREE_BYTES, BadTree, File, Tree, checked, digest

DEFAULT = "~/.cache/openclaw.kubernetes/skills"
_SUFFIX = ".skill"
# Base64 and JSON around the files.
_MAX_UNPACKED = 2 * MAX_TREE_BYTES


def pack(tree: Tree) -> bytes:
    """Return I(tree) as bytes, the same for the same files."""
    plain = {path: [file.mode, base64.b64encode(file.content).decode()] for path, file in sorted(tree.items())}
    return zlib.compress(json.dumps(plain, separators=(",", ":")).encode(), 9)


@functools.lru_cache(maxsize=64)
def unpack(packed: bytes, wanted: str) -> Tree:
    """Return the files, which must have the digest I(wanted). Raises BadTree."""
    try:
        text = zlib.decompressobj().decompress(packed, _MAX_UNPACKED)
        plain = json.loads(text)
        tree = {str(path): File(base64.b64decode(content), int(mode)) for path, (mode, content) in plain.items()}
    except (zlib.error, ValueError, TypeError, AttributeError) as problem:
        raise BadTree([f"cannot be read: {problem}"]) from None
    if digest(checked(tree)) != wanted:
        raise BadTree(["are not the files that were locked"])
    return tree


def save(folder: Path, tree: Tree) -> None:
    """Keep I(tree). Nobody ever sees half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    place = _place(folder, digest(tree))
    descriptor, unfinished = tempfile.mkstemp(dir=folder, prefix=".")
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(pack(tree))
    Path(unfinished).replace(place)


def load(folder: Path, wanted: str) -> bytes | None:
    """Return what was kept under the digest, still packed; None if nothing was."""
    try:
        return _place(folder, wanted).read_bytes()
    except OSError:
        return None


def _place(folder: Path, tree_digest: str) -> Path:
    return folder / f"{tree_digest}{_SUFFIX}"


def changed_files(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the paths that are not the same in two lists of files, as the lock keeps them."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def listed(tree: Tree) -> dict[str, str]:
    """Return each file as its mode and digest: what a reviewer compares."""
    return {path: f"{file.mode:o} {file.sha256}" for path, file in sorted(tree.items())}

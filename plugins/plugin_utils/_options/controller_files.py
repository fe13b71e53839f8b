# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the controller that options name with C(src): the instance holds their full paths, not their content."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Iterator, MutableMapping, Sequence
from pathlib import Path

SRC = "src"
# Options whose entries may have a src, and how many names lead to an entry.
_LEVELS = {"workspace_files": 1, "workspace_agents": 2, "hooks_transforms": 1, "skills": 1, "plugins": 1}
# Options that are a path themselves.
_PATHS = ("config_schema_cache", "skills_lock", "skills_cache")
# A checkout is used as it is; what belongs to Git itself is not content.
_NOT_CONTENT = frozenset({".git"})
_EXECUTABLE = 0o755
_PLAIN = 0o644


class Unreadable(ValueError):
    """What cannot be taken; the text says why, for the person who named it."""


def locate(values: MutableMapping[str, object], folders: Sequence[str]) -> None:
    """Make every src and path a full path: below the first of I(folders) that has it."""
    for option, levels in _LEVELS.items():
        if option in values:
            values[option] = _located(values[option], levels, folders)
    for option in _PATHS:
        if option in values:
            values[option] = _full(str(values[option]), folders)


def _located(value: object, levels: int, folders: Sequence[str]) -> object:
    if not isinstance(value, dict):
        return value
    if levels:
        return {name: _located(entry, levels - 1, folders) for name, entry in value.items()}
    src = value.get(SRC)
    return {**value, SRC: _full(src, folders)} if isinstance(src, str) and src else value


def _full(src: str, folders: Sequence[str]) -> str:
    places = [os.path.join(folder, os.path.expanduser(src)) for folder in folders]
    return os.path.normpath(next((place for place in places if os.path.exists(place)), places[0] if places else src))


def modes_below(src: str) -> dict[str, int]:
    """Return the mode of each file below the folder I(src), by its path there; that of a file has the path ''.

    Of the mode only the right to execute counts: the rest differs from checkout to checkout. Raises Unreadable.
    """
    if not os.path.exists(src):
        raise Unreadable("does not exist.")
    if os.path.isdir(src):
        return dict(sorted(_walk(Path(src), "")))
    return {"": _mode(Path(src), src)}


def _walk(folder: Path, inside: str) -> Iterator[tuple[str, int]]:
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as problem:
        raise Unreadable(f"cannot be read: {problem.strerror}.") from None
    for entry in found:
        path = f"{inside}/{entry.name}" if inside else entry.name
        if entry.is_symlink():
            raise Unreadable(f"holds the link {path}. Put the file itself there.")
        if entry.is_dir():
            if entry.name not in _NOT_CONTENT:
                yield from _walk(Path(entry.path), path)
        else:
            yield path, _mode(Path(entry.path), path)


def _mode(file: Path, shown: str) -> int:
    found = file.stat()
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable(f"{shown} is no regular file.")
    return _EXECUTABLE if found.st_mode & stat.S_IXUSR else _PLAIN


def size_of(src: str, inside: str) -> int:
    """Return how many bytes a file has."""
    return os.stat(_at(src, inside)).st_size


def content_of(src: str, inside: str) -> bytes:
    """Return what is in a file, read once while it stays as it is. Raises Unreadable."""
    file = _at(src, inside)
    try:
        found = os.stat(file)
        return _content(file, found.st_size, found.st_mtime_ns)
    except OSError as problem:
        raise Unreadable(f"cannot be read: {problem.strerror}.") from None


def _at(src: str, inside: str) -> str:
    return os.path.join(src, inside) if inside else src


@functools.lru_cache(maxsize=8192)
def _content(file: str, _size: int, _changed: int) -> bytes:
    with open(file, "rb") as stream:
        return stream.read()

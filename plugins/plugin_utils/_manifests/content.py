# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files for the pod: trees of them, packed into ConfigMaps that C(install-content) unpacks before the gateway starts.

A part that brings files names what makes its trees in C(content_sources.SOURCES), and returns C(content_maps) among its
manifests. The rest (container, volumes, mounts, restarts, removal of what is no longer declared) follows from that.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .._options.access import Instance
from .identity import Manifest, metadata, name

SEED, MANAGED, READONLY = "seed", "managed", "readonly"
POLICIES = (SEED, MANAGED, READONLY)
MANIFEST = "manifest.json"
# The API server takes 1 MiB of values in a ConfigMap; names and labels come on top.
MAX_BYTES = 900 * 1024
_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9._-]")
_KEY_LENGTH = 200


@dataclass(frozen=True)
class File:
    """A file whose content the controller knows."""

    data: bytes
    mode: int = 0o644

    @property
    def sha256(self) -> str:
        return _sha256(self.data)


@dataclass(frozen=True)
class Linked:
    """A key of a ConfigMap that somebody else makes; without a key all of them, as a folder."""

    config_map: str
    key: str = ""
    mode: int = 0o644


@dataclass(frozen=True)
class Tree:
    """Files below one folder of the gateway's container, or one file, whose path in I(files) then is empty.

    C(seed) writes a file once, and leaves alone what is there. C(managed) restores files at each start, and removes
    those that are no longer declared. C(readonly) mounts the tree, so that nobody in the pod can change it. The first
    two need a I(root) in the state directory; that of a readonly tree can be anywhere, and hides what is there.
    """

    root: str
    policy: str
    files: Mapping[str, File | Linked]

    @property
    def name(self) -> str:
        return f"{self.policy} {self.root}"

    @property
    def is_file(self) -> bool:
        return set(self.files) == {""} and not (isinstance(self.files[""], Linked) and not self.files[""].key)


@dataclass
class Chunk:
    """What one ConfigMap holds: values by key, and the entries of its manifest."""

    name: str
    values: dict[str, bytes] = field(default_factory=dict)
    entries: list[Manifest] = field(default_factory=list)
    size: int = 0

    def add_entry(self, entry: Manifest) -> None:
        self.entries.append(entry)
        self.size += len(json.dumps(entry)) + 2

    def add_value(self, path: str, value: bytes) -> str:
        """Return the key that holds I(value) now; it resembles the path, for those who read a diff."""
        wanted = _NOT_IN_A_KEY.sub("_", path)[-_KEY_LENGTH:] or "file"
        stem = f"_{wanted}" if wanted.startswith("..") or wanted in (".", MANIFEST) else wanted
        key, number = stem, 1
        while key in self.values:
            number += 1
            key = f"{stem}.{number}"
        self.values[key] = value
        self.size += len(value) + len(key)
        return key


def packed(stem: str, trees: Sequence[Tree]) -> list[Chunk]:
    """Return the ConfigMaps that hold I(trees): each as full as may be, in an order that keeps diffs small.

    An entry of a manifest is C({tree, path, mode, sha256, parts}); parts are C([[ConfigMap, key], ...]), to be joined.
    That of a whole ConfigMap of somebody else is C({tree, path, mode, folder}).
    """
    chunks: list[Chunk] = []
    links = linked_names(trees)
    for tree in trees:
        for path, file in sorted(tree.files.items()):
            entry: Manifest = {"tree": tree.name, "path": path, "mode": file.mode}
            if isinstance(file, File):
                entry["sha256"] = file.sha256
                holder, entry["parts"] = _stored(stem, chunks, path or tree.root.rpartition("/")[2], file.data)
            else:
                source = link_name(stem, links.index(file.config_map))
                entry.update({"parts": [[source, file.key]]} if file.key else {"folder": source})
                holder = _roomy(stem, chunks, 0)
            holder.add_entry(entry)
    return chunks


def _roomy(stem: str, chunks: list[Chunk], size: int) -> Chunk:
    """Return the last chunk if it has room for I(size) bytes, or a new one."""
    if not chunks or chunks[-1].size + size > MAX_BYTES:
        chunks.append(Chunk(f"{stem}-{len(chunks)}"))
    return chunks[-1]


def _stored(stem: str, chunks: list[Chunk], path: str, data: bytes) -> tuple[Chunk, list[list[str]]]:
    """Store a file, in parts if it is larger than a ConfigMap; return the chunk of the first, and where all are."""
    parts, holder = [], None
    for start in range(0, max(len(data), 1), MAX_BYTES):
        part = data[start : start + MAX_BYTES]
        chunk = _roomy(stem, chunks, len(part))
        holder = holder or chunk
        parts.append([chunk.name, chunk.add_value(path, part)])
    return holder or chunks[-1], parts


def link_name(stem: str, index: int) -> str:
    """Return what the ConfigMap of somebody else is called in manifests and volumes."""
    return f"{stem}-from-{index}"


def linked_names(trees: Sequence[Tree]) -> list[str]:
    """Return the ConfigMaps of others that the trees take files from."""
    return sorted({file.config_map for tree in trees for file in tree.files.values() if isinstance(file, Linked)})


def content_maps(instance: Instance, part: str, stem: str, trees: Sequence[Tree]) -> list[Manifest]:
    """Return the ConfigMaps C(<instance>-<stem>-<number>) that hold I(trees)."""
    return [_config_map(instance, part, stem, chunk) for chunk in packed(stem, trees)]


def map_name(instance: Instance, chunk: Chunk) -> str:
    return f"{name(instance)}-{chunk.name}"


def _config_map(instance: Instance, part: str, stem: str, chunk: Chunk) -> Manifest:
    """Texts stay readable, for diffs; what is none goes as base64."""
    lines = ",\n".join(json.dumps(entry, sort_keys=True) for entry in chunk.entries)
    texts = {MANIFEST: f"[\n{lines}\n]\n"}
    binary = {}
    for key, value in chunk.values.items():
        try:
            texts[key] = value.decode()
        except UnicodeDecodeError:
            binary[key] = b64encode(value).decode()
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(instance, part, map_name(instance, chunk), stem),
        "data": texts,
        **({"binaryData": binary} if binary else {}),
    }


def fingerprint(trees: Sequence[Tree]) -> Iterator[str]:
    """Yield what a pod must restart for. A seed is only written once, so a pod that has it needs no other content."""
    for tree in trees:
        for path, file in sorted(tree.files.items()):
            known = f"{file.mode} {file.sha256}" if isinstance(file, File) and tree.policy != SEED else ""
            yield f"{tree.name}\0{path}\0{known}"


@functools.lru_cache(maxsize=8192)
def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a skill comes from, as the inventory declares it: one kind of source, and what names the exact content."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# The keys of an entry of C(openclaw_skills) that say where the skill comes from, and those that go with each.
KINDS: Mapping[str, tuple[str, ...]] = {
    "clawhub": ("version",),
    "npm": ("version", "path"),
    "git": ("ref", "path"),
    "pack": (),
    "oci": ("path",),
    "src": (),
    "config_map": ("items",),
}
COMMON = ("agents", "policy", "overrides", "state")
LOCAL = ("src", "config_map")
"""Whoever writes these is whoever writes the inventory, so a new lock follows them without being asked."""

_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_CLAWHUB = re.compile(r"@[a-z0-9][a-z0-9_-]{0,62}/[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", re.IGNORECASE)
_PACKAGE = re.compile(r"(?:@[a-z0-9][a-z0-9._-]{0,100}/)?[a-z0-9][a-z0-9._-]{0,150}")
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_GITHUB = re.compile(rf"{_PART}/{_PART}")
_SCP = re.compile(rf"{_PART}@[A-Za-z0-9.-]+:(?!-)[A-Za-z0-9_./~-]+")
_PACK = re.compile(rf"({_PART}/{_PART})(?:/([^@\s]+))?(?:@(\S+))?")
_REF = re.compile(r"(?!.*(?:\.\.|@\{|//))[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}")
_IMAGE = re.compile(
    r"[a-z0-9][a-z0-9.-]*(?::[0-9]+)?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+(?::[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})"
)
_FOLDER = re.compile(r"[A-Za-z0-9_.@+-]+(?:/[A-Za-z0-9_.@+-]+)*")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_SCHEMES = ("https", "ssh", "file")
_PASSWORD = re.compile(r"//[^/@]*@")


@dataclass(frozen=True)
class Source:
    """One kind of source, its name there, and what selects the content: version, ref, path or items."""

    kind: str
    name: str
    version: str = ""
    ref: str = ""
    path: str = ""
    items: Mapping[str, str] = field(default_factory=dict)
    namespace: str = ""
    folder: str = ""
    """Where a folder of the controller is on this one, while its name is the same on all."""

    @property
    def key(self) -> str:
        """What the lock file knows it by: two instances that declare the same share it."""
        at = f"@{self.version or self.ref}" if self.version or self.ref else ""
        below = f"//{self.path}" if self.path else ""
        items = "".join(f",{key}={path}" for key, path in sorted(self.items.items()))
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind}:{where}{self.name}{below}{items}{at}"

    @property
    def host(self) -> str:
        """The host that a token may be for; empty for what is on the controller or the cluster."""
        if self.kind == "git":
            scp = _SCP.fullmatch(self.name)
            return "" if scp else str(urlsplit(self.name).hostname or "")
        return self.name.partition("/")[0] if self.kind == "oci" else ""


def declared_source(entry: Mapping[str, object], namespace: str = "", base: str = "") -> Source:
    """Return the source of an entry, which was checked.

    namespace is where the ConfigMaps of the instance are, base is the folder that the lock file names others from.
    """
    kind = next(kind for kind in KINDS if kind in entry)
    name, version, ref, path = (str(entry.get(key) or "") for key in (kind, "version", "ref", "path"))
    if kind == "pack":
        parts = _PACK.fullmatch(name)
        repository, path, ref = parts.groups("") if parts else (name, "", "")
        kind, name = "git", repository
    if kind == "git" and _GITHUB.fullmatch(name):
        name = f"https://github.com/{name.removesuffix('.git')}.git"
    folder = name if kind == "src" else ""
    items = entry.get("items")
    return Source(
        kind=kind,
        name=os.path.relpath(folder, base).replace(os.sep, "/") if folder else name,
        version=version,
        ref=ref,
        path=path.strip("/"),
        items={str(key): str(value) for key, value in items.items()} if isinstance(items, dict) else {},
        namespace=namespace if kind == "config_map" else "",
        folder=folder,
    )


def source_problems(entry: Mapping[str, object]) -> Iterator[str]:
    """Yield what is wrong with where an entry says that its skill comes from."""
    kinds = [kind for kind in KINDS if kind in entry]
    if len(kinds) != 1:
        found = f"{' and '.join(kinds)} are two sources" if kinds else "there is no source"
        yield f"{found}. Write one of {', '.join(KINDS)}."
        return
    kind = kinds[0]
    for key in sorted(entry.keys() - {kind, *KINDS[kind], *COMMON}):
        yield f"{key} does not go with {kind}, which takes {', '.join((*KINDS[kind], *COMMON))}."
    name = entry[kind]
    reason = _NAME_CHECKS[kind](name) if isinstance(name, str) else "is not text. Write it in quotes."
    if reason:
        yield f'{kind} "{_PASSWORD.sub("//", str(name))[:80]}" {reason}'
    if "version" in KINDS[kind] and not _VERSION.fullmatch(str(entry.get("version") or "")):
        yield f'version "{entry.get("version") or ""}" is not one exact version. Write it in full, such as "1.4.2".'
    if entry.get("ref") and not _REF.fullmatch(str(entry["ref"])):
        yield f'ref "{entry["ref"]}" is not the name of a branch or tag, nor a commit.'
    if not _is_folder(str(entry.get("path") or "").strip("/")):
        yield f'path "{entry["path"]}" is not a folder of the source, such as skills/notes.'
    items = entry.get("items", {})
    if not isinstance(items, dict) or any(not isinstance(path, str) or _leaves(path) for path in items.values()):
        yield "items is not a map of the keys of the ConfigMap to paths of files in the skill."


def _is_folder(path: str | None) -> bool:
    """Whether I(path) is a folder of a source, or none at all."""
    return not path or (_FOLDER.fullmatch(path) is not None and not _leaves(path))


def _leaves(path: str) -> bool:
    return not path or path.startswith("/") or ".." in path.split("/")


def _clawhub(name: str) -> str | None:
    return None if _CLAWHUB.fullmatch(name) else "has no owner. Write @owner/name: a bare name may be anybody's."


def _npm(name: str) -> str | None:
    return None if _PACKAGE.fullmatch(name) else "is not the name of a package."


def _git(name: str) -> str | None:
    if _GITHUB.fullmatch(name) or _SCP.fullmatch(name):
        return None
    try:
        parts = urlsplit(name)
        known = parts.scheme in _SCHEMES and (parts.hostname or parts.scheme == "file") and name.isprintable()
    except ValueError:
        known = False
    if not known or " " in name:
        return "is not a repository. Write owner/name of GitHub, https://..., ssh://... or user@host:path."
    if parts.password or (parts.username and parts.scheme == "https"):
        return "holds a user or a password, which is shown to everybody. Use openclaw_skills_tokens."
    return None


def _pack(name: str) -> str | None:
    parts = _PACK.fullmatch(name)
    if not parts or (parts[3] and not _REF.fullmatch(parts[3])) or not _is_folder(parts[2]):
        return "is not a pack on GitHub. Write owner/repository/path@ref."
    return None


def _oci(name: str) -> str | None:
    return None if _IMAGE.fullmatch(name) else "is not an artifact. Write registry/name:tag or registry/name@sha256:..."


def _src(name: str) -> str | None:
    return None if name.strip() and name.isprintable() else "is not a folder of the controller."


def _config_map(name: str) -> str | None:
    return None if _NAME.fullmatch(name) else "is not the name of a ConfigMap."


_NAME_CHECKS = {
    "clawhub": _clawhub,
    "npm": _npm,
    "git": _git,
    "pack": _pack,
    "oci": _oci,
    "src": _src,
    "config_map": _config_map,
}

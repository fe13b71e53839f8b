# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Kubeconfig files: read with the fast loader, merged like kubectl does, cut down to one context."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from typing import Any

from .errors import EngineError
from .plain import Manifest

try:
    import yaml
except ImportError:  # the official client needs it too, and its absence is reported in its place
    pass
else:
    # libyaml parses a kubeconfig in well under a millisecond; pure Python needs tens of them.
    _Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_FILE_KEYS = {
    "cluster": ("certificate-authority",),
    "user": ("client-certificate", "client-key", "tokenFile"),
}


@dataclass(frozen=True)
class Kubeconfig:
    """One context and what it refers to, with absolute paths."""

    context: str
    cluster: Manifest
    user: Manifest

    def as_document(self) -> Manifest:
        """A kubeconfig with this context only, in the form the official client loads."""
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": self.context,
            "contexts": [{"name": self.context, "context": {"cluster": "cluster", "user": "user"}}],
            "clusters": [{"name": "cluster", "cluster": self.cluster}],
            "users": [{"name": "user", "user": self.user}],
        }


def read(paths: str, context: str) -> Kubeconfig:
    """Read the files of `paths` (separated like PATH) and pick `context`, or the current one."""
    documents = _documents(paths)
    current = context or next((d["current-context"] for _p, d in documents if d.get("current-context")), "")
    if not current:
        raise EngineError([f"kubeconfig {paths}: no current context is set; name one with the option context"])
    _path, chosen = _entry(documents, "contexts", "context", current, paths)
    cluster_path, cluster = _entry(documents, "clusters", "cluster", chosen.get("cluster", ""), paths)
    user_path = ""
    user: Manifest = {}
    if chosen.get("user"):
        user_path, user = _entry(documents, "users", "user", chosen["user"], paths)
    return Kubeconfig(current, _absolute("cluster", cluster, cluster_path), _absolute("user", user, user_path))


def users_of(paths: str) -> list[Manifest]:
    """Return the users of all contexts in the files of `paths`."""
    entries = (entry for _path, document in _documents(paths) for entry in document.get("users") or [])
    return [dict(entry.get("user") or {}) for entry in entries]


def _documents(paths: str) -> list[tuple[str, Manifest]]:
    return [(path, _parse(path, stamp(path))) for path in _existing(paths)]


def _existing(paths: str) -> list[str]:
    wanted = [os.path.expanduser(path) for path in paths.split(os.pathsep) if path]
    found = [path for path in wanted if os.path.exists(path)]
    if not found:
        raise EngineError([f"kubeconfig {paths}: no such file"])
    return found


def stamp(path: str) -> tuple[int, ...] | None:
    """Return what changes when the file does; None if it cannot be looked at."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@functools.lru_cache(maxsize=8)
def _parse(path: str, _stamp: object) -> Manifest:
    try:
        with open(path, "rb") as stream:
            document = yaml.load(stream, Loader=_Loader)  # both choices are safe loaders
    except OSError as exc:
        raise EngineError([f"kubeconfig {path}: {exc.strerror}"]) from exc
    except yaml.YAMLError as exc:
        # The text of a YAML error quotes the file, which may hold a token: only the place is told.
        mark = getattr(exc, "problem_mark", None)
        place = f" at line {mark.line + 1}" if mark is not None else ""
        raise EngineError([f"kubeconfig {path}: not valid YAML{place}"]) from None
    if not isinstance(document, dict):
        raise EngineError([f"kubeconfig {path}: not a kubeconfig"])
    return document


def _entry(
    documents: list[tuple[str, Manifest]], section: str, part: str, name: str, paths: str
) -> tuple[str, Manifest]:
    names: list[str] = []
    for path, document in documents:
        for entry in document.get(section) or []:
            if entry.get("name") == name:
                return path, dict(entry.get(part) or {})
            names.append(str(entry.get("name")))
    known = ", ".join(sorted(names)) or "none"
    raise EngineError([f'kubeconfig {paths}: no {part} named "{name}" (found: {known})'])


def _absolute(part: str, entry: Manifest, path: str) -> Manifest:
    folder = os.path.dirname(os.path.abspath(path))
    for key in _FILE_KEYS[part]:
        if entry.get(key):
            entry[key] = os.path.join(folder, entry[key])
    plugin = entry.get("exec")
    # Like kubectl: a plugin given by a relative path lives beside the kubeconfig, a bare name on the PATH.
    if plugin and os.sep in plugin.get("command", ""):
        entry["exec"] = {**plugin, "command": os.path.join(folder, plugin["command"])}
    return entry

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock file: for each source that an inventory declares, the exact files that may be installed."""

from __future__ import annotations

import functools
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .findings import SEVERITIES, Finding

FILE = "skills.lock.yml"
_VERSION = 1
_HEAD = """---
# Which files each skill consists of, down to the last byte. The playbook skills_lock writes this file, each deployment
# reads it, and nothing else is installed. Keep it beside the inventory, and review what changes in it.
"""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_BYTES = 16 * 1024 * 1024
_TEXTS = ("rule", "severity", "message", "file", "subject", "by")


class BadLock(ValueError):
    """A lock file that cannot be trusted; the text says why."""


@dataclass(frozen=True)
class Locked:
    """What one source was when somebody looked at it."""

    tree: str
    """The digest over all files."""
    files: Mapping[str, str]
    skills: tuple[str, ...] = ()
    """The skills of a pack; none for a single one."""
    config: Mapping[str, object] = field(default_factory=dict)
    resolved: Mapping[str, object] = field(default_factory=dict)
    verdict: str = ""
    """What the registry thinks of it."""
    rules: str = ""
    """The digest of our own rules that it was measured by."""
    scanner: str = ""
    """Which scanner of others looked at it, and its version."""
    findings: tuple[Finding, ...] = ()
    """What all of them found."""


Lock = Mapping[str, Locked]


def read(path: Path) -> Lock:
    """Return the lock file; empty if there is none. Raises BadLock."""
    try:
        found = path.stat()
    except OSError:
        return {}
    return _read(path, found.st_mtime_ns, found.st_size)


@functools.lru_cache(maxsize=8)
def _read(path: Path, _changed: int, size: int) -> Lock:
    if size > _MAX_BYTES:
        raise BadLock("is too large")
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise BadLock(f"cannot be read: {problem}") from None


def parse(text: str) -> Lock:
    """Return what the text of a lock file says. Raises BadLock."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        raise BadLock("is not YAML; was it merged by hand?") from None
    if content is None:
        return {}
    skills = content.get("skills") if isinstance(content, dict) else None
    if not isinstance(skills, dict) or content.get("version") != _VERSION:
        raise BadLock(f"is not a lock file of version {_VERSION}")
    return {str(key): _locked(str(key), entry) for key, entry in skills.items()}


def _locked(key: str, entry: object) -> Locked:
    given = entry if isinstance(entry, dict) else {}
    tree = str(given.get("tree") or "").removeprefix("sha256:")
    if not _DIGEST.fullmatch(tree):
        raise BadLock(f"has no digest for {key}")
    return Locked(
        tree=tree,
        files={str(path): str(file) for path, file in _map(given, "files").items()},
        skills=tuple(map(str, _list(given, "skills"))),
        config=_map(given, "config"),
        resolved=_map(given, "resolved"),
        verdict=str(given.get("verdict") or ""),
        rules=str(given.get("rules") or ""),
        scanner=str(given.get("scanner") or ""),
        findings=tuple(_finding(key, each) for each in _list(given, "findings")),
    )


def _map(entry: Mapping[str, object], key: str) -> dict[str, object]:
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def _list(entry: Mapping[str, object], key: str) -> list[object]:
    value = entry.get(key)
    return value if isinstance(value, list) else []


def _finding(key: str, given: object) -> Finding:
    if not isinstance(given, dict) or given.get("severity") not in SEVERITIES or not given.get("rule"):
        raise BadLock(f"has a finding for {key} that cannot be read")
    line = given.get("line")
    rule, severity, message, file, subject, by = (str(given.get(name) or "") for name in _TEXTS)
    return Finding(rule, severity, message, file, line if isinstance(line, int) else 0, subject, by)


def text(lock: Lock) -> str:
    """Return the lock file: sorted, without what is empty, so that a diff shows what changed and nothing else."""
    skills = {key: _plain(locked) for key, locked in sorted(lock.items())}
    body = {"version": _VERSION, "skills": skills}
    return _HEAD + yaml.dump(body, Dumper=_Plain, sort_keys=False, width=110, allow_unicode=True)


class _Plain(yaml.SafeDumper):
    """YAML without aliases, for those who review it."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _plain(locked: Locked) -> dict[str, object]:
    plain: dict[str, object] = {
        "tree": f"sha256:{locked.tree}",
        "resolved": dict(sorted(locked.resolved.items())),
        "skills": list(locked.skills),
        "config": dict(locked.config),
        "verdict": locked.verdict,
        "rules": locked.rules,
        "scanner": locked.scanner,
        "findings": [{key: value for key, value in each.plain().items() if value} for each in locked.findings],
        "files": dict(sorted(locked.files.items())),
    }
    return {key: value for key, value in plain.items() if value}


def write(path: Path, content: str) -> None:
    """Replace the lock file at once, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(content)
    Path(unfinished).chmod(0o644)
    Path(unfinished).replace(path)

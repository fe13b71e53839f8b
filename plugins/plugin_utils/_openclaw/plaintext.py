# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that stand in the configuration as they are, where a ConfigMap would show them to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

Path = tuple[str, ...]

PLACEHOLDER = re.compile(r"\$\{([A-Z_][A-Z0-9_]*)\}")

_SECRET_KEY = re.compile(
    r"token$|password|passphrase|passwd|secret|api.?key|encrypt.?key|private.?key|access.?key|serviceaccount$"
    r"|credential|authtag$|^(?:proxy-)?authorization$|^cookie$",
    re.IGNORECASE,
)
# Keys that only say where a secret is, or something about it.
_ABOUT_A_SECRET = re.compile(
    r"(?:file|path|env|refs?|ids?|modes?|providers?|names?|enabled|only|tokens|ttl)$", re.IGNORECASE
)
# What the services hand out can be told by its form, wherever it stands.
_SECRET_FORM = re.compile(
    r"\bsk-[A-Za-z0-9_-]{20,}|\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}|\bgh[opsur]_[A-Za-z0-9]{30,}"
    r"|\bgithub_pat_\w{22,}|\bglpat-[\w-]{20,}|\bA(?:K|S)IA[0-9A-Z]{16}\b|\bAIza[\w-]{35}|\bhf_[A-Za-z0-9]{30,}"
    r"|\b\d{8,10}:[A-Za-z0-9_-]{35}\b|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|^[a-z][a-z0-9+.-]*://[^/@\s:]+:[^/@\s]+@"
)
# The words for "there is none" that OpenClaw, or the usual servers of models, know.
_NO_SECRET = re.compile(
    r"(?:[a-z-]+-local|[a-z-]+-oauth|oauth:.*|secretref-.*|codex-app-server|gcp-vertex-credentials|empty|none|no-key"
    r"|not-needed|unused|dummy)",
    re.IGNORECASE,
)
# Where OpenClaw takes text only, which may hold a placeholder.
_TEXT_ONLY = re.compile(
    r"(?:hooks|mcp|env|nodeHost|plugins)\.|channels\.(?:a2a|irc|line|synology-chat|twitch)\."
    r"|channels\.discord\.(?:.*\.)?activities\.|(?!models\.).*\.(?:env|headers)\.[^.]+$|.*\bbaseUrl$|.*[uU]rl$"
)
# Where names of secrets are declared, and not secrets.
_DECLARATIONS = frozenset({"secrets", "$schema"})
# Maps whose entries somebody named; the name tells more than the key of the map.
_HOLDERS = frozenset({"accounts", "channels", "entries", "models", "personas", "plugins", "providers", "servers"})
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])|[0-9]+")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class Plain:
    """A secret in plain text: where it stands and what to write there. Its value is nowhere in here."""

    path: Path
    variable: str

    @property
    def place(self) -> str:
        return ".".join(self.path)

    @property
    def instead(self) -> str:
        """What to write in its place."""
        reference = reference_to(self.path, self.variable)
        if isinstance(reference, str):
            return f'"{reference}"'
        return f"{{{', '.join(f'{key}: {value}' for key, value in reference.items())}}}"


@dataclass(frozen=True)
class OptionSecret:
    """A secret that an option brings: the variable that holds it, the option's place, and where it comes from."""

    variable: str
    option: str
    source: object


def plain_secrets(config: Mapping[str, object]) -> list[Plain]:
    """Return every secret that stands in I(config) as it is."""
    return [Plain(path, variable_for(path)) for path, value in _texts(config, ()) if _is_secret(path, value)]


def is_sensitive(path: Path) -> bool:
    """Whether what stands at I(path) is a secret by the name of its key, so that no message may show it."""
    return bool(path) and bool(_SECRET_KEY.search(path[-1])) and not _ABOUT_A_SECRET.search(path[-1])


def used_variables(config: Mapping[str, object]) -> dict[str, str]:
    """Return the environment variables that I(config) refers to, each with the first place that does."""
    found: dict[str, str] = {}
    for path, value in _texts(config, ()):
        for match in PLACEHOLDER.finditer(value):
            if not value[: match.start()].endswith("$"):
                found.setdefault(match[1], ".".join(path))
    for path, reference in _references(config, ()):
        found.setdefault(reference, ".".join(path))
    return found


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    for key, child in _children(value):
        if path or key not in _DECLARATIONS:
            yield from _texts(child, (*path, key))


def _references(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping) and value.get("source") == "env" and isinstance(value.get("id"), str):
        yield path, str(value["id"])
    for key, child in _children(value):
        yield from _references(child, (*path, key))


def _children(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(index), child) for index, child in enumerate(value))


def _is_secret(path: Path, value: str) -> bool:
    if not value.strip() or PLACEHOLDER.search(value) or _NO_SECRET.fullmatch(value.strip()):
        return False
    return is_sensitive(path) or bool(_SECRET_FORM.search(value))


def reference_to(path: Path, variable: str = "") -> str | dict[str, str]:
    """Return what stands at I(path) for a secret in a variable: a reference, or a placeholder where text is wanted.

    References are better: a missing variable then stops the start, instead of being taken for the secret.
    """
    name = variable or variable_for(path)
    if _TEXT_ONLY.match(".".join(path)):
        return f"${{{name}}}"
    return {"source": "env", "provider": "default", "id": name}


def variable_for(path: Path) -> str:
    """Return a good name for the variable: C(TELEGRAM_BOT_TOKEN) for C(channels.telegram.botToken)."""
    if _VARIABLE.fullmatch(path[-1]):
        return path[-1]
    owners = [key for holder, key in pairwise(path[:-1]) if holder in _HOLDERS and key not in _HOLDERS]
    words = _WORD.findall(" ".join([*(owners or path[:1]), path[-1]] if len(path) > 1 else path))
    return "_".join(word.upper() for word in words)

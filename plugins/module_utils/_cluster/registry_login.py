# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Who asks a registry: the logins of pull secrets, and what a registry wants to be shown."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

DOCKER_HUB = "docker.io"
# Whatever name a person gives Docker Hub, its API is at the first of these.
_HUB_NAMES = ("registry-1.docker.io", DOCKER_HUB, "index.docker.io")

_SCHEME = re.compile(r"^[a-z]+://", re.IGNORECASE)
_PARAMETER = re.compile(r'([a-zA-Z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_KEYS = (".dockerconfigjson", ".dockercfg")


@dataclass(frozen=True)
class Image:
    """A reference, taken apart. `host` is where the API is, `repository` as it wants it."""

    host: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def title(self) -> str:
        return f"{self.host}/{self.repository}"

    @property
    def reference(self) -> str:
        """What the manifest is asked for by: the digest decides."""
        return self.digest or self.tag or "latest"

    @classmethod
    def parse(cls, text: str) -> Image:
        """Read what a container's `image` says. A first part without dot, port or `localhost` is no registry."""
        rest, _at, digest = text.strip().partition("@")
        name, colon, tag = rest.rpartition(":")
        if not colon or "/" in tag:
            name, tag = rest, ""
        first, slash, path = name.partition("/")
        named = bool(slash) and (first == "localhost" or any(sign in first for sign in ".:"))
        host, repository = (first, path) if named else (DOCKER_HUB, name)
        if host in _HUB_NAMES:
            host = _HUB_NAMES[0]
            repository = repository if "/" in repository else f"library/{repository}"
        return cls(host, repository, tag, digest)


@dataclass(frozen=True)
class Login:
    """What is shown to a registry, or to who hands out its tokens."""

    user: str = ""
    password: str = field(default="", repr=False)
    # A token that stands for both, as `docker login` keeps it for some registries.
    identity: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.identity or self.password)

    @property
    def basic(self) -> str:
        return "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode()

    @property
    def secrets(self) -> list[str]:
        pair = f"{self.user}:{self.password}".encode()
        return [
            text for text in (self.password, self.identity, b64encode(pair).decode() if self.password else "") if text
        ]


@dataclass(frozen=True)
class Challenge:
    """A `WWW-Authenticate` header."""

    scheme: str
    parameters: Mapping[str, str]

    @classmethod
    def parse(cls, header: str) -> Challenge:
        """Read the first challenge of the header."""
        scheme, _space, rest = header.strip().partition(" ")
        found = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
        return cls(scheme.lower(), found)


def login_for(image: Image, secrets: Iterable[Mapping[str, Any]]) -> Login | None:
    """The login for an image among the `data` of pull secrets, chosen as the kubelet does: the longest path wins."""
    found: list[tuple[int, Login]] = []
    for data in secrets:
        for place, given in _entries(data):
            if (length := _fits(place, image)) is not None and (login := _login(given)):
                found.append((length, login))
    # The first of several that fit as well: secrets are tried in the order of the pod.
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _entries(data: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for key in _KEYS:
        try:
            parsed = json.loads(b64decode(str(data.get(key) or "")) or b"{}")
        except ValueError:
            continue
        auths = parsed.get("auths", {}) if key == _KEYS[0] and isinstance(parsed, dict) else parsed
        if isinstance(auths, dict):
            yield from ((str(place), given) for place, given in auths.items() if isinstance(given, dict))


def _fits(place: str, image: Image) -> int | None:
    """How much of the image's name a key of a pull secret covers; None if it is about another one."""
    host, _slash, path = _SCHEME.sub("", place).rstrip("/").partition("/")
    # The path of Docker Hub's old address says nothing about a repository.
    if host in _HUB_NAMES:
        host, path = _HUB_NAMES[0], "" if path in ("v1", "v2") else path
    if host != image.host or not (not path or image.repository == path or image.repository.startswith(f"{path}/")):
        return None
    return len(path)


def _login(given: Mapping[str, Any]) -> Login | None:
    user, password = str(given.get("username") or ""), str(given.get("password") or "")
    if given.get("auth"):
        try:
            user, _colon, password = b64decode(str(given["auth"])).decode().partition(":")
        except ValueError:
            return None
    return Login(user, password, str(given.get("identitytoken") or "")) or None

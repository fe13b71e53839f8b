# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads of the controller: bounded in size and time, encrypted, and no token for anybody but its own host."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import IO
from urllib.parse import urlsplit

from .tree import MAX_TREE_BYTES

MAX_BYTES = 8 * MAX_TREE_BYTES
_TIMEOUT = 60
_AGENT = "openclaw.kubernetes"
_MEBIBYTE = 1024 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SAID = 200
_REASONS = {
    401: "asks for a token. Write one for {host} in openclaw_skills_tokens",
    403: "refuses the token, or access without one. Write one for {host} in openclaw_skills_tokens",
    404: "does not know it, or does not show it without a token (openclaw_skills_tokens)",
    429: "was asked too often; try again later",
}


class NotFetched(Exception):
    """What stood in the way, in words for the person who declared the source."""

    def __init__(self, reason: str, status: int = 0, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.headers = headers or {}


@dataclass(frozen=True)
class Access:
    """Whom to ask, and with which tokens: by host, a user may stand before a colon."""

    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    clawhub: str = "https://clawhub.ai"
    npm: str = "https://registry.npmjs.org"

    def token(self, host: str) -> str:
        return self.tokens.get(host, "")


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows to another host without the token, and never from an encrypted to an open connection."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if after.scheme != "https" and before.scheme == "https":
            raise NotFetched(f"{before.hostname} leads to {after.hostname} without encryption")
        follow = super().redirect_request(req, fp, code, msg, http.client.HTTPMessage(), newurl)
        if follow is not None and before.netloc != after.netloc:
            follow.remove_header("Authorization")
        return follow


_opener = urllib.request.build_opener(_SameHost)


@dataclass(frozen=True)
class Answer:
    body: bytes
    headers: Mapping[str, str]


def get(url: str, headers: Mapping[str, str] | None = None, most: int = MAX_BYTES) -> Answer:
    """Return what I(url) answers, at most I(most) bytes. Raises NotFetched."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and _may_be_open(host)):
        raise NotFetched(f"{host} would be asked without encryption")
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT, **(headers or {})})
    try:
        with _opener.open(request, timeout=_TIMEOUT) as answer:
            body = answer.read(most + 1)
            told = {key.lower(): value for key, value in answer.headers.items()}
    except urllib.error.HTTPError as refused:
        raise _refusal(host, refused) from None
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise NotFetched(f"{host} cannot be reached: {getattr(problem, 'reason', problem)}") from None
    if len(body) > most:
        raise NotFetched(f"{host} sends more than {most // _MEBIBYTE} MiB")
    return Answer(body, told)


def _may_be_open(host: str) -> bool:
    """Whether a connection need not be encrypted: within this machine, or within a cluster."""
    return host in _LOOPBACK or host.endswith((".svc", ".svc.cluster.local"))


def _refusal(host: str, refused: urllib.error.HTTPError) -> NotFetched:
    told = {key.lower(): value for key, value in refused.headers.items()}
    said = refused.read(_SAID).decode(errors="replace").strip()
    reason = _REASONS.get(refused.code, f"answers {refused.code}: {' '.join(said.split())}").format(host=host)
    return NotFetched(f"{host} {reason}", refused.code, told)


def get_json(url: str, headers: Mapping[str, str] | None = None) -> Mapping[str, object]:
    """Return the map that I(url) answers. Raises NotFetched."""
    answer = get(url, {"Accept": "application/json", **(headers or {})})
    try:
        parsed = json.loads(answer.body)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise NotFetched(f"{urlsplit(url).hostname} does not answer with JSON; is this its address?")
    return parsed


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a registry of container images says about one repository: the OCI distribution API, read only.

Every answer is bounded in size and time, and whoever hands out tokens sees a login only over an encrypted connection.
"""

from __future__ import annotations

import hashlib
import json
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from .errors import EngineError
from .registry_login import Challenge, Image, Login
from .retry import TRANSIENT_STATUS, Attempts, RetryPolicy, retry_after

# A dependency of the official client, whose absence is reported before this is used.
with suppress(ImportError):
    import urllib3
    from urllib3.exceptions import HTTPError, SSLError

MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel\s*=\s*"?next"?', re.IGNORECASE)
_REDIRECTS = (301, 302, 303, 307, 308)

_CONNECT_SECONDS, _READ_SECONDS = 5.0, 30.0
_MOST_BYTES = 4 * 1024 * 1024
_PAGE, _MOST_PAGES, _MOST_REDIRECTS = 1000, 200, 3
_LONGEST_REASON = 200


@dataclass(frozen=True)
class Answer:
    """`headers` by any spelling of their names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(EngineError):
    """The registry could not be asked, which says nothing about what is in it."""


class Refused(EngineError):
    """The registry lets nobody look who shows what we have."""


class Registry:
    """One repository of one registry."""

    def __init__(
        self,
        image: Image,
        login: Login | None = None,
        *,
        ca_file: str | None = None,
        policy: RetryPolicy | None = None,
        timeout: tuple[float, float] = (_CONNECT_SECONDS, _READ_SECONDS),
    ) -> None:
        self._image = image
        self._login = login
        self._policy = policy or RetryPolicy(budget=30.0)
        self._timeout = urllib3.Timeout(connect=timeout[0], read=timeout[1])
        self._scheme = "http" if _host(f"//{image.host}") in _LOOPBACK and not ca_file else "https"
        self._base = f"{self._scheme}://{image.host}/v2/{quote(image.repository, safe='/')}"
        self._pool = self._pool_with(ca_file)
        self._authorization = ""

    def digest(self, reference: str = "") -> str | None:
        """The digest of what a tag or a digest names; None if the registry does not have it. EngineError otherwise."""
        wanted = reference or self._image.reference
        headers = {"Accept": ", ".join(MANIFESTS)}
        url = f"{self._base}/manifests/{quote(wanted, safe=':')}"
        answer = self._ask("HEAD", url, headers)
        told = answer.headers.get("Docker-Content-Digest", "")
        # Not every registry answers HEAD, or says the digest.
        if answer.status in (400, 405, 501) or (answer.status == 200 and not _DIGEST.fullmatch(told)):
            answer = self._ask("GET", url, headers)
            told = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
        if answer.status == 404:
            return None
        self._expect_ok(answer, f"{wanted} of {self._image.title}")
        if _DIGEST.fullmatch(wanted) and told != wanted:
            raise EngineError([f"{self._image.title}: what the registry has as {wanted} is {told}"])
        return told

    def tags(self) -> list[str]:
        """Every tag, all pages of them, in the order of the registry."""
        return list(dict.fromkeys(self._tags()))

    def close(self) -> None:
        self._pool.clear()

    # -- pages -------------------------------------------------------------------------------------------------

    def _tags(self) -> Iterator[str]:
        url: str | None = f"{self._base}/tags/list?{urlencode({'n': _PAGE})}"
        seen: set[str] = set()
        while url is not None and url not in seen:
            if len(seen) == _MOST_PAGES:
                raise EngineError([f"{self._image.title}: the list of tags has more than {_MOST_PAGES} pages"])
            seen.add(url)
            answer = self._ask("GET", url, {"Accept": "application/json"})
            if answer.status == 404:
                raise EngineError([f"{self._image.title}: the registry has no such repository"])
            self._expect_ok(answer, f"the tags of {self._image.title}")
            # A repository without tags says null.
            yield from (tag for tag in self._document(answer).get("tags") or () if isinstance(tag, str))
            url = self._next(url, answer.headers.get("Link", ""))

    def _next(self, url: str, header: str) -> str | None:
        found = _NEXT.search(header)
        if found is None:
            return None
        following = urljoin(url, found[1])
        if _origin(following) != _origin(url):
            raise EngineError(
                [f"{self._image.title}: the list of tags goes on at {_host(following)}, which is not asked"]
            )
        return following

    # -- one question ------------------------------------------------------------------------------------------

    def _ask(self, method: str, url: str, headers: Mapping[str, str]) -> Answer:
        """The answer, logged in if the registry asks for that: once, and once more for a token that has expired."""
        answer = self._exchange(method, url, self._shown(headers))
        if answer.status == 401:
            self._authorization = self._answer_to(Challenge.parse(answer.headers.get("WWW-Authenticate", "")))
            answer = self._exchange(method, url, self._shown(headers))
        return answer

    def _shown(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {**headers, **({"Authorization": self._authorization} if self._authorization else {})}

    def _answer_to(self, challenge: Challenge) -> str:
        match challenge.scheme:
            case "basic" if self._login and self._login.password:
                return self._login.basic
            case "bearer" if challenge.parameters.get("realm"):
                return f"Bearer {self._token(challenge.parameters)}"
            case _:
                raise Refused([self._refusal()])

    def _token(self, asked: Mapping[str, str]) -> str:
        """A token for reading this repository. Its issuer is named by the registry, and may be another host."""
        realm = asked["realm"]
        if urlsplit(realm).scheme != "https" and not (self._scheme == "http" and _host(realm) in _LOOPBACK):
            raise EngineError([f"{self._image.host}: sends to {realm} for a token, which is not encrypted"])
        wanted = {"service": asked.get("service", ""), "scope": f"repository:{self._image.repository}:pull"}
        if self._login and self._login.identity:
            form = {**wanted, "grant_type": "refresh_token", "refresh_token": self._login.identity}
            body = urlencode({**form, "client_id": "openclaw.kubernetes"})
            answer = self._exchange("POST", realm, {"Content-Type": "application/x-www-form-urlencoded"}, body)
        else:
            shown = {"Authorization": self._login.basic} if self._login else {}
            answer = self._exchange("GET", f"{realm}{'&' if '?' in realm else '?'}{urlencode(wanted)}", shown)
        if answer.status in (400, 401, 403):
            raise Refused([self._refusal()])
        self._expect_ok(answer, f"a token for {self._image.title}")
        told = self._document(answer)
        token = told.get("token") or told.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise EngineError([f"{_host(realm)}: answers without a token"])
        return token

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: str | None = None) -> Answer:
        """One request until it is answered, also at another place that the answer names."""
        for _redirect in range(_MOST_REDIRECTS + 1):
            answer = self._answered(method, url, headers, body)
            place = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or not place:
                return answer
            following = urljoin(url, place)
            if urlsplit(following).scheme != "https" and self._scheme == "https":
                raise EngineError([f"{_host(url)}: leads to {_host(following)} without encryption"])
            if _origin(following) != _origin(url):
                headers = {name: value for name, value in headers.items() if name != "Authorization"}
                body = None
            url = following
        raise EngineError([f"{self._image.title}: leads from one place to another without an end"])

    def _answered(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> Answer:
        """One request, tried again while that may help."""
        attempts = Attempts(self._policy)
        while True:
            attempts.count += 1
            try:
                answer = self._sent(method, url, headers, body)
            except (HTTPError, OSError) as exc:
                if _untrusted(exc) or not attempts.pause(connecting=True):
                    raise NoAnswer([f"{_host(url)}: cannot be asked: {_why(exc)}"]) from exc
                continue
            asked = retry_after(answer.headers.get("Retry-After"))
            if answer.status not in TRANSIENT_STATUS or not attempts.pause(asked=asked):
                return answer

    def _sent(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> Answer:
        """Send it and read the whole answer, as long as it is no longer than it may be."""
        response = self._pool.request(
            method,
            url,
            headers={"User-Agent": "openclaw.kubernetes", **headers},
            body=body,
            timeout=self._timeout,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            content = response.read(_MOST_BYTES + 1)
        except BaseException:
            response.close()
            raise
        if len(content) > _MOST_BYTES:
            response.close()
            raise EngineError([f"{self._image.host}: sends more than {_MOST_BYTES // 1024 // 1024} MiB"])
        response.release_conn()
        return Answer(response.status, response.headers, content)

    # -- what it says ------------------------------------------------------------------------------------------

    def _expect_ok(self, answer: Answer, what: str) -> None:
        if answer.status == 200:
            return
        if answer.status in (401, 403):
            raise Refused([self._refusal()])
        error = NoAnswer if answer.status in TRANSIENT_STATUS else EngineError
        said = " ".join(answer.body.decode("utf-8", "replace").split())[:_LONGEST_REASON]
        raise error([f"{self._image.host}: answers {answer.status} when asked for {what}{f': {said}' if said else ''}"])

    def _document(self, answer: Answer) -> dict[str, Any]:
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise EngineError([f"{self._image.host}: does not answer as a registry does"])
        return document

    def _refusal(self) -> str:
        shown = (
            "refuses the login of the pull secret" if self._login else "asks for a login, and no pull secret has one"
        )
        return f"{self._image.host}: {shown} for {self._image.repository}"

    def _pool_with(self, ca_file: str | None) -> urllib3.PoolManager:
        try:
            tls = ssl.create_default_context()
            # Authorities of one's own are seldom as complete as Python wants them since 3.13.
            tls.verify_flags &= ~ssl.VERIFY_X509_STRICT
            if ca_file:
                tls.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as exc:
            raise EngineError([f"{ca_file}: holds no certificate authorities that can be read: {_why(exc)}"]) from exc
        proxy = getproxies().get(self._scheme, "")
        if not proxy or _host(self._base) in _LOOPBACK or proxy_bypass(urlsplit(self._base).netloc):
            return urllib3.PoolManager(ssl_context=tls)
        return urllib3.ProxyManager(proxy if "://" in proxy else f"http://{proxy}", ssl_context=tls)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _untrusted(exc: Exception) -> bool:
    """Whether trying again cannot help: the certificate will be the same."""
    return isinstance(exc, SSLError) or isinstance(getattr(exc, "reason", None), SSLError)


def _why(exc: Exception) -> str:
    text = str(exc) or type(exc).__name__
    # urllib3 begins with the object that failed: of no use to a reader.
    return text.rpartition("object at ")[2].partition(">: ")[2] or text

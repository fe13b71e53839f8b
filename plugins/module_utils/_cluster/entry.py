# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Ask an address the way a browser does: a page, then a WebSocket. What the answers mean is for the caller to say."""

from __future__ import annotations

import os
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from io import BufferedIOBase
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .errors import EngineError

# How a conversation ended that did not get as far as an answer.
CA_FILE, NAME, CONNECT, TLS, ANSWER = "ca_file", "name", "connect", "tls", "answer"
CERTIFICATE, CERTIFICATE_NAME = "certificate", "certificate_name"
CERTIFICATE_TIME, CERTIFICATE_ISSUER = "certificate_time", "certificate_issuer"
_NO_LINK = frozenset({CA_FILE, NAME, CONNECT, TLS, CERTIFICATE, CERTIFICATE_NAME, CERTIFICATE_TIME, CERTIFICATE_ISSUER})
# OpenSSL's codes: not yet valid, expired; self-signed, in the chain, unknown issuer (twice); name, address.
_CERTIFICATES = {
    9: CERTIFICATE_TIME,
    10: CERTIFICATE_TIME,
    18: CERTIFICATE_ISSUER,
    19: CERTIFICATE_ISSUER,
    20: CERTIFICATE_ISSUER,
    21: CERTIFICATE_ISSUER,
    62: CERTIFICATE_NAME,
    64: CERTIFICATE_NAME,
}
# What a proxy answers that has not yet heard of what was just deployed behind it; 530 is Cloudflare's own.
_SETTLING = frozenset({404, 502, 503, 504, 530})
_PAUSE = 2.0
_TOLD = ("content-type", "location", "server", "www-authenticate")
_MOST_TEXT = 2000
_PORTS = {"http": 80, "https": 443}
_TEXT, _CLOSE, _FINAL, _MASKED = 0x1, 0x8, 0x80, 0x80


class _Ended(Exception):
    """The conversation ended early."""

    def __init__(self, failure: str, error: object) -> None:
        super().__init__(str(error))
        self.failure = failure


@dataclass(frozen=True)
class Entry:
    """What to ask, and where. `websocket` is a path; `frame` answers the first frame that comes over it.

    status: what the page is to be answered with, 0 for whatever is settled.
    settle: seconds that a proxy may take to follow a change; what it answers then is what counts.
    """

    url: str
    websocket: str = ""
    origin: str = ""
    frame: str = ""
    address: str = ""
    ca_file: str = ""
    timeout: float = 10
    patience: float = 0
    status: int = 0
    settle: float = 0

    @property
    def parts(self) -> SplitResult:
        return urlsplit(self.url)

    @property
    def secure(self) -> bool:
        return self.parts.scheme == "https"

    @property
    def target(self) -> tuple[str, int]:
        """Host and port to connect to."""
        named = self.parts
        port = named.port or _PORTS[named.scheme]
        if not self.address:
            return named.hostname or "", port
        # Several colons without brackets are an IPv6 address alone.
        bare = self.address.count(":") > 1 and not self.address.startswith("[")
        given = urlsplit(f"//[{self.address}]" if bare else f"//{self.address}")
        return given.hostname or "", given.port or port


@dataclass
class Said:
    """One answer. `failure` is empty unless the conversation ended early, `error` says why."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    frames: list[str] = field(default_factory=list)
    failure: str = ""
    error: str = ""


def checked(given: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """The option `entries`; EngineError for what cannot be asked."""
    entries = [Entry(**{name: value for name, value in one.items() if value is not None}) for one in given]
    problems = [problem for entry in entries for problem in _problems(entry)]
    if problems:
        raise EngineError(problems)
    return entries


def _problems(entry: Entry) -> Iterable[str]:
    try:
        usable = entry.parts.scheme in _PORTS and bool(entry.parts.hostname) and entry.parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        yield f"entries: {entry.url} is not a URL of HTTP or HTTPS"
        return
    try:
        usable = bool(entry.target[0])
    except ValueError:
        usable = False
    if not usable:
        yield f"entries: {entry.address} is neither an address nor address:port"
    if entry.websocket and not entry.websocket.startswith("/"):
        yield f"entries: {entry.websocket} is not a path, which begins with /"


def ask(
    entry: Entry, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """What an entry point answered last; asked again while `patience` lasts and it seems not to be set up yet."""
    start = clock()
    while True:
        # A slow answer is one to what was asked before the change was followed.
        held = clock() >= start + entry.settle
        said = _asked(entry)
        settled = _settled(said[0], entry.status) and all(map(_settled, said[1:]))
        if held and (settled or clock() + _PAUSE > start + entry.patience):
            break
        sleep(_PAUSE)
    host, port = entry.target
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    page, *websocket = map(asdict, said)
    return {"url": entry.url, "address": address, "page": page, "websocket": websocket[0] if websocket else {}}


def _settled(said: Said, wanted: int = 0) -> bool:
    # A file that cannot be read is not going to appear; everything else may be on its way.
    if said.failure:
        return said.failure == CA_FILE
    return said.status == wanted if wanted else said.status not in _SETTLING


def _asked(entry: Entry) -> Sequence[Said]:
    """The answers to the page and to the WebSocket; without a connection to the first question there is no second."""
    path = entry.parts.path or "/"
    page = _said(entry, lambda link, said: _read_page(_get(entry, link, path, {}), said))
    if not entry.websocket or page.failure in _NO_LINK:
        return [page]
    return [page, _said(entry, lambda link, said: _converse(entry, link, said))]


def _said(entry: Entry, talk: Callable[[socket.socket, Said], None]) -> Said:
    said = Said()
    try:
        with _connected(entry) as link:
            try:
                talk(link, said)
            except (OSError, HTTPException, ValueError) as exc:
                raise _Ended(ANSWER, _why(exc)) from exc
    except _Ended as ended:
        said.failure, said.error = ended.failure, str(ended)
    return said


def _connected(entry: Entry) -> socket.socket:
    context = _tls(entry) if entry.secure else None
    try:
        plain = socket.create_connection(entry.target, entry.timeout)
    except (socket.gaierror, UnicodeError) as exc:
        raise _Ended(NAME, getattr(exc, "strerror", None) or exc) from exc
    except OSError as exc:
        raise _Ended(CONNECT, _why(exc)) from exc
    if context is None:
        return plain
    try:
        return context.wrap_socket(plain, server_hostname=entry.parts.hostname)
    except ssl.SSLCertVerificationError as exc:
        plain.close()
        raise _Ended(_CERTIFICATES.get(exc.verify_code, CERTIFICATE), exc.verify_message) from exc
    except (OSError, ValueError) as exc:
        plain.close()
        raise _Ended(TLS, _why(exc)) from exc


def _tls(entry: Entry) -> ssl.SSLContext:
    context = ssl.create_default_context()
    # Browsers take certificates of private authorities that lack some identifiers; Python has not since 3.13.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        if entry.ca_file:
            context.load_verify_locations(cafile=entry.ca_file)
    except (OSError, ValueError) as exc:
        raise _Ended(CA_FILE, f"{entry.ca_file}: {_why(exc)}") from exc
    return context


# -- HTTP ----------------------------------------------------------------------------------------------------------


def _get(entry: Entry, link: socket.socket, path: str, headers: Mapping[str, str]) -> HTTPResponse:
    """Send one request over a connection that exists; redirects are answers like any other."""
    connection = HTTPConnection(entry.parts.hostname or "")
    connection.sock = link
    host = entry.parts.netloc.rpartition("@")[2]
    connection.request("GET", path, headers={"Host": host, "User-Agent": "openclaw.kubernetes", **headers})
    return connection.getresponse()


def _read_page(response: HTTPResponse, said: Said) -> None:
    said.status = response.status
    said.headers = {name: value for name, value in ((name, response.getheader(name)) for name in _TOLD) if value}
    said.body = response.read(_MOST_TEXT).decode("utf-8", "replace")


# -- WebSocket -----------------------------------------------------------------------------------------------------


def _converse(entry: Entry, link: socket.socket, said: Said) -> None:
    """Open a WebSocket, read a frame, answer it, and read one more."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": b64encode(os.urandom(16)).decode(),
        **({"Origin": entry.origin} if entry.origin else {}),
    }
    response = _get(entry, link, entry.websocket, headers)
    if response.status != 101:
        _read_page(response, said)
        return
    said.status = response.status
    # What follows the head may have been read with it: the frames come out of the response's own buffer.
    said.frames.append(_text_frame(response.fp))
    if entry.frame:
        link.sendall(_client_frame(entry.frame))
        said.frames.append(_text_frame(response.fp))


def _text_frame(stream: BufferedIOBase) -> str:
    """The next text; pings are left unanswered, since the conversation is over before anybody misses the answer."""
    text, final = b"", False
    while not final:
        first, second = _exactly(stream, 2)
        length = second & 0x7F
        if length > 125:
            length = int.from_bytes(_exactly(stream, 2 if length == 126 else 8), "big")
        payload = _exactly(stream, length)
        kind = first & 0x0F
        if kind == _CLOSE:
            reason = payload[2:].decode("utf-8", "replace")
            raise HTTPException(f"closed with {int.from_bytes(payload[:2], 'big')} {reason}".rstrip())
        if kind < _CLOSE:
            text, final = text + payload, bool(first & _FINAL)
        if len(text) > _MOST_TEXT:
            break
    return text[:_MOST_TEXT].decode("utf-8", "replace")


def _exactly(stream: BufferedIOBase, length: int) -> bytes:
    if length > 32 * _MOST_TEXT:
        raise HTTPException(f"a frame of {length} bytes")
    content = stream.read(length)
    if len(content) < length:
        raise HTTPException("closed without a word")
    return content


def _client_frame(text: str) -> bytes:
    """A whole text; what a client sends is masked."""
    payload, mask = text.encode(), os.urandom(4)
    size = len(payload)
    head = bytes([_MASKED | size]) if size < 126 else bytes([_MASKED | 126]) + size.to_bytes(2, "big")
    return bytes([_FINAL | _TEXT]) + head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def _why(exc: Exception) -> str:
    if isinstance(exc, TimeoutError):
        return "timed out"
    if isinstance(exc, ssl.SSLError):
        return (exc.reason or str(exc)).replace("_", " ").lower()
    return getattr(exc, "strerror", None) or str(exc) or type(exc).__name__

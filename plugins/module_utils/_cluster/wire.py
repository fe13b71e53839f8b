# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Kept-alive HTTP/1.1 connections to one API server: one exchange at a time, no retry, no Kubernetes.

The standard library parses each answer's headers as e-mail, which costs more than everything else about a small
request together; a run that finds nothing to do consists of such requests.
"""

from __future__ import annotations

import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedReader, IOBase
from urllib.parse import unquote, urlsplit

_LONGEST_LINE = 64 * 1024
_MOST_HEADERS = 200
_DEFAULT_PROXY_PORT = 3128


class ConnectFailed(Exception):
    """No connection: refused, unreachable, name not found, TLS not established."""


class Untrusted(ConnectFailed):
    """The TLS handshake failed for a reason that trying again cannot change."""


class LinkBroken(Exception):
    """The connection was lost or fell silent before a whole answer arrived."""


class _Dropped(LinkBroken):
    """The connection ended before the first byte of an answer."""


@dataclass(frozen=True)
class Endpoint:
    """Where the server is and how to get there."""

    scheme: str
    host: str
    port: int
    base_path: str = ""
    tls: ssl.SSLContext | None = None
    tls_name: str | None = None
    proxy: str | None = None

    @property
    def authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.base_path}"


@dataclass(frozen=True)
class Answer:
    """`headers` by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Connection:
    """One connection, with its buffered answer stream."""

    def __init__(self, endpoint: Endpoint, connect_timeout: float, read_timeout: float) -> None:
        self.socket, self.round_trip = _connected(endpoint, connect_timeout)
        self.socket.settimeout(read_timeout)
        self._stream: BufferedReader = self.socket.makefile("rb")
        self.reusable = True

    def converse(self, request: bytes) -> Answer:
        try:
            self.socket.sendall(request)
            status, headers = _head(self._stream)
            while 100 <= status < 200:
                status, headers = _head(self._stream)
            body = self._body(status, headers)
        except (BrokenPipeError, ConnectionResetError) as exc:
            raise _Dropped(f"connection lost: {exc.strerror}") from exc
        except OSError as exc:
            raise LinkBroken(_why(exc)) from exc
        except ValueError as exc:
            raise LinkBroken(f"not an HTTP answer: {exc}") from exc
        self.reusable = self.reusable and headers.get("connection", "").lower() != "close"
        return Answer(status, headers, body)

    def _body(self, status: int, headers: Mapping[str, str]) -> bytes:
        if status in (204, 304):
            return b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return _chunks(self._stream)
        if "content-length" in headers:
            return _exactly(self._stream, int(headers["content-length"]))
        self.reusable = False
        return self._stream.read()

    def close(self) -> None:
        # The stream holds the socket open until it is closed, too.
        for end in (self._stream, self.socket):
            try:
                end.close()
            except OSError:
                continue


class Wire:
    """A pool of connections shared by the threads of one run."""

    def __init__(self, endpoint: Endpoint, connect_timeout: float, read_timeout: float) -> None:
        self.endpoint = endpoint
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        # list.append and list.pop are atomic: the stack needs no lock.
        self._idle: list[_Connection] = []
        # Seconds the network needs there and back, as far as known: how long the first connection took to open.
        self.round_trip = 0.0

    def exchange(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Send one request and read its whole answer."""
        request = self._request(method, target, headers, body)
        while True:
            connection, reused = self._connection()
            try:
                answer = connection.converse(request)
            except _Dropped:
                connection.close()
                # An idle connection may have been closed by the server meanwhile; that says nothing about its
                # health, so the request goes out on the next one. Not a POST: it may have been carried out.
                if not reused or method == "POST":
                    raise
            except BaseException:
                connection.close()
                raise
            else:
                if connection.reusable:
                    self._idle.append(connection)
                else:
                    connection.close()
                return answer

    def _request(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
        lines = [f"{method} {self.endpoint.base_path}{target} HTTP/1.1", f"Host: {self.endpoint.authority}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a line break in a request header")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")

    def _connection(self) -> tuple[_Connection, bool]:
        try:
            return self._idle.pop(), True
        except IndexError:
            return self._new(), False

    def _new(self) -> _Connection:
        try:
            connection = _Connection(self.endpoint, self._connect_timeout, self._read_timeout)
        except ssl.SSLCertVerificationError as exc:
            raise Untrusted(f"the server's certificate is not trusted: {exc.verify_message}") from exc
        except ssl.SSLEOFError as exc:
            raise ConnectFailed("the connection was closed during the TLS handshake") from exc
        except ssl.SSLError as exc:
            raise Untrusted(f"TLS failed: {exc.reason or exc}") from exc
        except (OSError, LinkBroken, ValueError) as exc:
            raise ConnectFailed(_why(exc)) from exc
        self.round_trip = self.round_trip or connection.round_trip
        return connection

    def open_socket(self) -> socket.socket:
        """A connected socket of its own, TLS included, for a protocol other than plain HTTP."""
        return self._new().socket

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


# -- connecting ----------------------------------------------------------------------------------------------------


def _connected(endpoint: Endpoint, timeout: float) -> tuple[socket.socket, float]:
    """A connected socket, and how long the network took: the kernels alone answer, however busy the server is."""
    proxy = urlsplit(endpoint.proxy) if endpoint.proxy else None
    address = (proxy.hostname or "", proxy.port or _DEFAULT_PROXY_PORT) if proxy else (endpoint.host, endpoint.port)
    started = time.monotonic()
    plain = socket.create_connection(address, timeout)
    round_trip = time.monotonic() - started
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if proxy:
            _tunnel(plain, endpoint.authority, proxy.username, proxy.password)
        if endpoint.tls is None:
            return plain, round_trip
        return endpoint.tls.wrap_socket(plain, server_hostname=endpoint.tls_name or endpoint.host), round_trip
    except BaseException:
        plain.close()
        raise


def _tunnel(plain: socket.socket, authority: str, user: str | None, password: str | None) -> None:
    """Ask an HTTP proxy for a way through."""
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if user is not None:
        pair = f"{unquote(user)}:{unquote(password or '')}".encode()
        lines.append(f"Proxy-Authorization: Basic {b64encode(pair).decode()}")
    plain.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
    # Unbuffered: what follows the head belongs to the TLS handshake.
    with plain.makefile("rb", buffering=0) as stream:
        status, _headers = _head(stream)
    if status != 200:
        raise ConnectionError(f"the proxy refused the connection with status {status}")


# -- reading -------------------------------------------------------------------------------------------------------


def _head(stream: IOBase) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer."""
    first = stream.readline(_LONGEST_LINE)
    if not first:
        raise _Dropped("connection closed without an answer")
    version, _space, rest = first.partition(b" ")
    if not version.startswith(b"HTTP/1."):
        raise ValueError(repr(first[:40]))
    headers: dict[str, str] = {}
    for _count in range(_MOST_HEADERS):
        line = stream.readline(_LONGEST_LINE)
        if line in (b"\r\n", b"\n"):
            return int(rest[:3]), headers
        if not line.endswith(b"\n"):
            raise LinkBroken("the answer was cut short")
        name, _colon, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    raise ValueError("too many headers")


def _exactly(stream: BufferedReader, length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise LinkBroken("the answer was cut short")
    return content


def _chunks(stream: BufferedReader) -> bytes:
    content = bytearray()
    while True:
        size = int(stream.readline(_LONGEST_LINE).split(b";", 1)[0] or b"x", 16)
        if size == 0:
            # Trailers, if any, end with an empty line.
            while stream.readline(_LONGEST_LINE) not in (b"\r\n", b"\n", b""):
                continue
            return bytes(content)
        content += _exactly(stream, size)
        _exactly(stream, 2)


def _why(exc: Exception) -> str:
    return "timed out" if isinstance(exc, TimeoutError) else str(exc) or type(exc).__name__

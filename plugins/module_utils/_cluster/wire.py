# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Kept-alive HTTP/1.1 connections to one API server: one exchange at a time, no retry, no Kubernetes."""

from __future__ import annotations

import http.client
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


class ConnectFailed(Exception):
    """No connection: refused, unreachable, name not found, TLS not established."""


class Untrusted(ConnectFailed):
    """The TLS handshake failed for a reason that trying again cannot change."""


class LinkBroken(Exception):
    """The connection was lost or fell silent before a whole answer arrived."""


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
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.base_path}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class _Connection(http.client.HTTPConnection):
    """An HTTP connection whose TLS context, server name and timeouts are ours."""

    def __init__(self, endpoint: Endpoint, connect_timeout: float, read_timeout: float) -> None:
        self._endpoint = endpoint
        self._read_timeout = read_timeout
        if endpoint.proxy:
            proxy = urlsplit(endpoint.proxy)
            super().__init__(proxy.hostname or "", proxy.port or 3128, timeout=connect_timeout)
            self.set_tunnel(endpoint.host, endpoint.port, _proxy_credentials(proxy.username, proxy.password))
        else:
            super().__init__(endpoint.host, endpoint.port, timeout=connect_timeout)

    def connect(self) -> None:
        super().connect()
        if self._endpoint.tls is not None:
            self.sock = self._endpoint.tls.wrap_socket(
                self.sock, server_hostname=self._endpoint.tls_name or self._endpoint.host
            )
        self.sock.settimeout(self._read_timeout)


def _proxy_credentials(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    pair = f"{unquote(user)}:{unquote(password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {b64encode(pair).decode()}"}


class Wire:
    """A pool of connections shared by the threads of one run."""

    def __init__(self, endpoint: Endpoint, connect_timeout: float, read_timeout: float) -> None:
        self.endpoint = endpoint
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        # list.append and list.pop are atomic: the stack needs no lock.
        self._idle: list[_Connection] = []

    def exchange(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Send one request and read its whole answer."""
        while True:
            connection, reused = self._connection()
            try:
                return self._converse(connection, method, self.endpoint.base_path + target, headers, body)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as exc:
                connection.close()
                # An idle connection may have been closed by the server meanwhile; that says nothing
                # about its health, so the same request goes out once on the next connection. Only
                # safe verbs arrive here twice with a body: the caller never sends a blind POST.
                if not (reused and method != "POST"):
                    raise LinkBroken(f"connection lost: {exc}") from exc
            except (OSError, http.client.HTTPException) as exc:
                connection.close()
                raise LinkBroken(_why(exc)) from exc
            except BaseException:
                connection.close()
                raise

    def _connection(self) -> tuple[_Connection, bool]:
        try:
            return self._idle.pop(), True
        except IndexError:
            pass
        connection = _Connection(self.endpoint, self._connect_timeout, self._read_timeout)
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as exc:
            connection.close()
            raise Untrusted(f"the server's certificate is not trusted: {exc.verify_message}") from exc
        except ssl.SSLError as exc:
            connection.close()
            raise Untrusted(f"TLS failed: {exc.reason or exc}") from exc
        except (OSError, http.client.HTTPException) as exc:
            connection.close()
            raise ConnectFailed(_why(exc)) from exc
        return connection, False

    def _converse(
        self, connection: _Connection, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        connection.request(method, target, body=body, headers=dict(headers))
        response = connection.getresponse()
        content = response.read()
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return Answer(response.status, dict(response.headers), content)

    def open_socket(self) -> socket.socket:
        """A connected socket of its own, TLS included, for a protocol other than plain HTTP."""
        connection = _Connection(self.endpoint, self._connect_timeout, self._read_timeout)
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as exc:
            connection.close()
            raise ConnectFailed(_why(exc)) from exc
        return connection.sock

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _why(exc: Exception) -> str:
    if isinstance(exc, TimeoutError):
        return "timed out"
    if isinstance(exc, http.client.IncompleteRead):
        return "the answer was cut short"
    return str(exc) or type(exc).__name__

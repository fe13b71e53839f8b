# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reverse proxy before a real API server that misbehaves on demand: faults a server will not produce when asked.

It listens on loopback without TLS and speaks to the server as the administrator, so a run needs only its address.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from kubernetes import config

from .playbook import kill_tree

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Asked:
    """One request on its way through."""

    verb: str
    path: str

    @property
    def writes(self) -> bool:
        """It asks for a change that lasts: no dry run, no access review."""
        return self.verb in _WRITES and "dryRun=All" not in self.path and "reviews" not in self.path


@dataclass
class Fault:
    """What goes wrong with a request.

    status: answer with this instead of forwarding. lost: forward, then reset the connection instead of answering.
    reset: reset at once. silent: accept and never answer. truncated: half of the answer. delay: seconds before.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = '{"kind":"Status","message":"a fault on demand"}'
    lost: bool = False
    reset: bool = False
    silent: bool = False
    truncated: bool = False
    delay: float = 0.0


@dataclass
class Rule:
    """A fault for the requests that match, from the `first` of them on, `times` times."""

    matches: Callable[[Asked], bool]
    fault: Fault
    first: int = 1
    times: int = 1
    seen: int = 0

    def take(self, asked: Asked) -> Fault | None:
        if not self.matches(asked):
            return None
        self.seen += 1
        return self.fault if self.first <= self.seen < self.first + self.times else None


class FaultProxy:
    """Forward everything, but for the rules. Notes what was asked when, and which writes were carried out."""

    def __init__(self, kubeconfig: str, folder: Path) -> None:
        self._folder = folder
        self._upstream, self._tls = _credentials(kubeconfig)
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._kill_after = 0
        self._victim: int | None = None
        self._local = threading.local()
        self.writes: list[str] = []
        self.faults: list[str] = []
        self.log: list[tuple[float, Asked]] = []
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def kubeconfig(self) -> str:
        """A kubeconfig that leads here."""
        path = self._folder / "faulty.kubeconfig"
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "faulty",
            "clusters": [{"name": "faulty", "cluster": {"server": self.address}}],
            "contexts": [{"name": "faulty", "context": {"cluster": "faulty", "user": "nobody"}}],
            "users": [{"name": "nobody", "user": {}}],
        }
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        return str(path)

    def fail(self, matches: Callable[[Asked], bool], fault: Fault, first: int = 1, times: int = 1) -> None:
        self._rules.append(Rule(matches, fault, first, times))

    def kill_after_write(self, count: int) -> None:
        """End the watched run with SIGKILL when the server has carried out its `count`-th write (0: never)."""
        self._kill_after = count
        self._victim = None
        self.writes.clear()

    def watch(self, pid: int) -> None:
        """The run to kill; given to `run` as on_start."""
        self._victim = pid

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # -- for the handler ---------------------------------------------------------------------------------------

    def fault_for(self, asked: Asked) -> Fault:
        with self._lock:
            self.log.append((time.monotonic(), asked))
            for rule in self._rules:
                fault = rule.take(asked)
                if fault is not None:
                    self.faults.append(f"{asked.verb} {asked.path}")
                    return fault
        return Fault()

    def forward(
        self, asked: Asked, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        for attempt in (1, 2):
            try:
                connection = self._connection()
                connection.request(asked.verb, asked.path, body or None, dict(headers))
                answer = connection.getresponse()
                content = answer.read()
                break
            except (OSError, http.client.HTTPException):
                self._local.connection = None  # an idle connection that the server closed meanwhile
                if attempt == 2:
                    raise
        if asked.writes and answer.status < 300:
            self._count(asked)
        return answer.status, answer.getheaders(), content

    def tunnel(self, head: bytes, client: socket.socket) -> None:
        """Pass a connection on that stops being HTTP, such as that of a command in a container, until one end closes."""
        host = urlsplit(self._upstream)
        name = host.hostname or ""
        with (
            socket.create_connection((name, host.port or 443), timeout=60) as plain,
            self._tls.wrap_socket(plain, server_hostname=name) as server,
        ):
            server.settimeout(None)
            server.sendall(head)
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            _pump(server, client)

    def _count(self, asked: Asked) -> None:
        with self._lock:
            if self._kill_after and len(self.writes) >= self._kill_after:
                return
            self.writes.append(f"{asked.verb} {asked.path.partition('?')[0]}")
            if len(self.writes) == self._kill_after and self._victim is not None:
                kill_tree(self._victim)

    def _connection(self) -> http.client.HTTPSConnection:
        connection: http.client.HTTPSConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            host = urlsplit(self._upstream)
            connection = http.client.HTTPSConnection(
                host.hostname or "", host.port or 443, timeout=60, context=self._tls
            )
            self._local.connection = connection
        return connection


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: FaultProxy

    def log_message(self, *args: object) -> None:
        """Nothing: tests read `writes` and `faults`."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path)
        fault = self.owner.fault_for(asked)
        if fault.delay:
            time.sleep(fault.delay)
        if fault.reset:
            return self._reset()
        if fault.silent:
            with suppress(OSError):
                self.connection.recv(1)  # until the client gives up
            return self._reset()
        if fault.status:
            return self._answer(fault.status, list(fault.headers.items()), fault.body.encode())
        if self.headers.get("Upgrade"):
            return self._upgrade()
        kept = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP}
        status, headers, content = self.owner.forward(asked, kept, body)
        if fault.lost:
            return self._reset()
        return self._answer(status, headers, content, cut=fault.truncated)

    def _upgrade(self) -> None:
        self.close_connection = True
        head = f"{self.command} {self.path} HTTP/1.1\r\n{self.headers.as_string()}".replace("\r\n", "\n")
        with suppress(OSError):
            self.owner.tunnel(head.replace("\n", "\r\n").encode(), self.connection)

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes, cut: bool = False) -> None:
        with suppress(OSError):
            self.send_response(status)
            for key, value in headers:
                if key.lower() not in _HOP_BY_HOP:
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self._reset()

    def _reset(self) -> None:
        """Close with RST instead of FIN: a connection that broke, not one that ended."""
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(64 * 1024):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _credentials(kubeconfig: str) -> tuple[str, ssl.SSLContext]:
    settings = config.new_client_from_config(kubeconfig).configuration
    context = ssl.create_default_context(cafile=settings.ssl_ca_cert)
    if settings.cert_file:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    return settings.host, context


@contextmanager
def fault_proxy(kubeconfig: str, folder: Path) -> Iterator[FaultProxy]:
    proxy = FaultProxy(kubeconfig, folder)
    try:
        yield proxy
    finally:
        proxy.close()

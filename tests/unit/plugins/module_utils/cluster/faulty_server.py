# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP server on loopback that misbehaves at the requests it is told to."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Answer = Callable[[socket.socket], None]


@dataclass
class FaultyServer:
    """`rules` maps the number of a request (from 1) to how it is answered; all others get `default`."""

    port: int
    rules: dict[int, Answer]
    default: Answer
    requests: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def answer(status: int, body: str = "{}", *headers: str, close: bool = False) -> Answer:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, *(["Connection: close"] * close)]

    def send(connection: socket.socket) -> None:
        connection.sendall(("\r\n".join([*lines, "", ""]) + body).encode())
        if close:
            connection.close()

    return send


def chunked(*pieces: str) -> Answer:
    text = "".join(f"{len(piece):x}\r\n{piece}\r\n" for piece in (*pieces, ""))
    return lambda connection: connection.sendall(
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + text).encode()
    )


def reset(connection: socket.socket) -> None:
    """RST: the request arrived, the answer never does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def cut_short(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"items": [')
    connection.close()


def hang_up(connection: socket.socket) -> None:
    connection.close()


def silence(_connection: socket.socket) -> None:
    """A black hole: accepts and never answers."""


@contextmanager
def faulty_server(rules: dict[int, Answer], default: Answer | None = None) -> Iterator[FaultyServer]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = FaultyServer(listener.getsockname()[1], rules, default or answer(200))
    stop = threading.Event()
    lock = threading.Lock()

    def serve(connection: socket.socket) -> None:
        with connection:
            while not stop.is_set() and connection.fileno() >= 0:
                try:
                    request = _read_request(connection)
                    if not request:
                        return
                    with lock:
                        server.requests.append(request.split("\r\n", 1)[0])
                        server.heads.append(request)
                        reply = server.rules.get(len(server.requests), server.default)
                    reply(connection)
                except OSError:
                    return

    def accept() -> None:
        while not stop.is_set():
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            server.connections += 1
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        stop.set()
        listener.close()


def _read_request(connection: socket.socket) -> str:
    """One whole request. Read byte by byte from the socket: a file object would hold it open after close()."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return ""
        head += byte
    length = next((int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:")), 0)
    return head.decode() + connection.recv(length, socket.MSG_WAITALL).decode() if length else head.decode()

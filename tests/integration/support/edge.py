# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edge for tunnels, as Cloudflare has it: a host outside the cluster, to which the stand-in for cloudflared goes.

Clients come over HTTPS to the node's address, to a port for each tunnel. The edge tells the tunnel who they are.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from .outside import hosts

# A public address that no other test uses, and Cloudflare's port.
ADDRESS, PORT = "203.0.113.44", 7844
# Whom the edge takes all clients for.
CLIENT = "198.51.100.7"

# Runs in the network namespace of the cluster. A tunnel's connection begins with a line of JSON; then it waits for one
# request. Without a tunnel clients are told what Cloudflare tells them.
_EDGE = """
import asyncio, collections, json, ssl, sys

given = json.loads(sys.argv[1])
waiting = collections.defaultdict(collections.deque)
client = given["client"]
told = f"Cf-Connecting-Ip: {client}\\r\\nX-Forwarded-For: {client}\\r\\nX-Forwarded-Proto: https\\r\\n".encode()
missing = b"HTTP/1.1 530 <none>\\r\\nContent-Length: 16\\r\\nConnection: close\\r\\n\\r\\nerror code: 1033"

async def tunnel(reader, writer):
    said = json.loads(await reader.readline() or "{}")
    known = given["tunnels"].get(said.get("tunnel"))
    if known != [said.get("account"), said.get("secret")]:
        writer.write(b"Unauthorized: Invalid tunnel secret\\n")
        writer.close()
        return
    writer.write(b"\\n")
    waiting[said["tunnel"]].append((reader, writer))

async def pipe(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()

def bring_to(name):
    async def bring(reader, writer):
        try:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
        except asyncio.IncompleteReadError:
            return writer.close()
        while waiting[name]:
            back, forth = waiting[name].popleft()
            if back.at_eof() or forth.is_closing():
                continue
            line, end, rest = head.partition(b"\\r\\n")
            forth.write(line + end + told + rest)
            await asyncio.gather(pipe(reader, forth), pipe(back, writer))
            return
        writer.write(missing)
        writer.close()
    return bring

async def main():
    secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secure.load_cert_chain(given["certificate"])
    await asyncio.start_server(tunnel, given["address"], given["port"])
    ports = {}
    for name in given["tunnels"]:
        server = await asyncio.start_server(bring_to(name), given["node"], 0, ssl=secure)
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@dataclass(frozen=True)
class Tunnel:
    """What Cloudflare knows of a tunnel."""

    name: str
    account: str
    secret: str


@dataclass(frozen=True)
class Edge:
    """The edge while it runs, and the ports at the node's address that lead to tunnels."""

    node: str
    authority: Path
    ports: Mapping[str, int]

    def place(self, tunnel: Tunnel) -> str:
        """Where clients of a tunnel come to."""
        return f"{self.node}:{self.ports[tunnel.name]}"

    def client(self, tunnel: Tunnel, host: str) -> HTTPConnection:
        """A connection of a client, over TLS, by a name that the certificate holds."""
        trusting = ssl.create_default_context(cafile=str(self.authority))
        connection = HTTPConnection(host, timeout=60)
        plain = socket.create_connection((self.node, self.ports[tunnel.name]), timeout=60)
        connection.sock = trusting.wrap_socket(plain, server_hostname=host)
        return connection


@contextmanager
def edge(tunnels: list[Tunnel], certificate: Path, authority: Path) -> Iterator[Edge]:
    """Serve these tunnels until the end, with a certificate for the hosts of clients."""
    node = os.environ["OPENCLAW_TEST_NODE_IP"]
    given = {
        "address": ADDRESS,
        "port": PORT,
        "client": CLIENT,
        "node": node,
        "certificate": str(certificate),
        "tunnels": {tunnel.name: [tunnel.account, tunnel.secret] for tunnel in tunnels},
    }
    with hosts([ADDRESS]) as inside:
        command = [*inside, sys.executable, "-c", _EDGE, json.dumps(given)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                said = process.stdout.readline()
                if not said:
                    raise AssertionError(f"the edge at {ADDRESS} does not start")
                yield Edge(node, authority, json.loads(said))
            finally:
                process.kill()

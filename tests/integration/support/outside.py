# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts outside the cluster: addresses on the loopback of the built-in cluster's network namespace, with listeners."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# Answers everything with itself. Runs in the network namespace of the cluster.
_ECHO = """
import asyncio, json, sys

async def tcp(reader, writer):
    while data := await reader.read(1024):
        writer.write(data)
    writer.close()

class Udp(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport
    def datagram_received(self, data, sender):
        self.transport.sendto(data, sender)

async def main():
    for protocol, address, port in json.loads(sys.argv[1]):
        if protocol == "tcp":
            await asyncio.start_server(tcp, address, port)
        else:
            await asyncio.get_running_loop().create_datagram_endpoint(Udp, local_addr=(address, port))
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@dataclass(frozen=True)
class Listener:
    """One port of one host."""

    protocol: str
    address: str
    port: int


@contextmanager
def hosts(addresses: Iterable[str]) -> Iterator[list[str]]:
    """Give these hosts to the cluster of OPENCLAW_TEST_NETNS until the end; nobody else may use their addresses.

    Yields the words that run a command on them.
    """
    inside = ["nsenter", f"--net=/run/netns/{os.environ['OPENCLAW_TEST_NETNS']}", "--"]
    wanted = sorted(set(addresses))
    try:
        for host in wanted:
            subprocess.run(
                [*inside, "ip", "address", "replace", str(ipaddress.ip_network(host)), "dev", "lo"], check=True
            )
        yield inside
    finally:
        for host in wanted:
            subprocess.run(
                [*inside, "ip", "address", "delete", str(ipaddress.ip_network(host)), "dev", "lo"], check=False
            )


@contextmanager
def outside(listeners: Iterable[Listener]) -> Iterator[None]:
    """Let these answer, outside the cluster, until the end."""
    wanted = [(each.protocol, each.address, each.port) for each in listeners]
    with hosts(address for _protocol, address, _port in wanted) as inside:
        command = [*inside, sys.executable, "-c", _ECHO, json.dumps(wanted)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                if server.stdout.readline().strip() != "ready":
                    raise AssertionError(f"nobody listens at {wanted}")
                yield
            finally:
                server.kill()

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Run a command in a container, over the exec websocket."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any, NamedTuple

from .cluster import Cluster
from .errors import ApiError
from .kinds import known

# A dependency of the official client, whose absence is reported before this is used.
with suppress(ImportError):
    from websocket import ABNF, WebSocket, WebSocketException, WebSocketTimeoutException

OUTPUT_LIMIT = 64 * 1024
RC_TIMEOUT = 124
RC_NOT_RUN = -1

_PROTOCOL = "v4.channel.k8s.io"
_STDIN, _STDOUT, _STDERR, _STATUS = 0, 1, 2, 3
_CHUNK = 32 * 1024


class Output(NamedTuple):
    """What a command gave back. `rc` 124: it ran out of time; -1: it never ran."""

    rc: int
    stdout: str
    stderr: str


def run(
    cluster: Cluster,
    namespace: str,
    pod: str,
    container: str,
    argv: list[str],
    timeout: float,
    *,
    stdin: bytes = b"",
    limit: int = OUTPUT_LIMIT,
) -> Output:
    """Run `argv` in a container and collect its output, each stream up to `limit` bytes.

    This protocol cannot say where standard input ends: a command that gets some has to know how much.
    """
    streams = ["stdin", "stdout", "stderr"] if stdin else ["stdout", "stderr"]
    wanted = [(stream, "true") for stream in streams]
    query = [("container", container), *wanted, *(("command", word) for word in argv)]
    path = f"{known('Pod').path(namespace, pod)}/exec"
    channel: Any = WebSocket(skip_utf8_validation=True)
    try:
        address, connected, headers = cluster.transport.websocket(path, query)
        headers.pop("Accept", None)
        channel.connect(address, socket=connected, header=headers, subprotocols=[_PROTOCOL], suppress_origin=True)
        for start in range(0, len(stdin), _CHUNK):
            channel.send_binary(bytes([_STDIN]) + stdin[start : start + _CHUNK])
        return _collect(channel, timeout, limit)
    except (ApiError, WebSocketException, OSError) as exc:
        return Output(RC_NOT_RUN, "", f"exec in {namespace}/{pod} failed: {exc}")
    finally:
        channel.close(timeout=1)


def _collect(channel: Any, timeout: float, limit: int) -> Output:
    streams = {_STDOUT: bytearray(), _STDERR: bytearray(), _STATUS: bytearray()}
    deadline = time.monotonic() + timeout
    expired = False
    while True:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            expired = True
            break
        channel.settimeout(remaining)
        try:
            opcode, data = channel.recv_data()
        except WebSocketTimeoutException:
            continue
        if opcode == ABNF.OPCODE_CLOSE:
            break
        stream = streams.get(data[0]) if data else None
        if stream is not None and len(stream) < limit:
            stream += data[1 : 1 + limit - len(stream)]
        if streams[_STATUS]:
            break
    stdout = streams[_STDOUT].decode("utf-8", "replace")
    stderr = streams[_STDERR].decode("utf-8", "replace")
    if expired:
        return Output(RC_TIMEOUT, stdout, f"{stderr}\nno end within {timeout:.0f} s".lstrip())
    rc, reason = _exit_code(bytes(streams[_STATUS]))
    return Output(rc, stdout, stderr if not reason else f"{stderr}\n{reason}".lstrip())


def _exit_code(status: bytes) -> tuple[int, str]:
    """The exit code out of the final Status, and the reason when the command could not be run at all."""
    try:
        document = json.loads(status)
    except ValueError:
        return RC_NOT_RUN, "the connection ended before the command did"
    if document.get("status") == "Success":
        return 0, ""
    for cause in (document.get("details") or {}).get("causes") or ():
        if cause.get("reason") == "ExitCode":
            return int(cause["message"]), ""
    return RC_NOT_RUN, str(document.get("message", ""))

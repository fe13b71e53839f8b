# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be rotated is told without its value, and the proofs judge real answers."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.rotation import new_value, rotation_turns
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.pod import PORT
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.rotation import (
    environment_proof,
    gateway_proof,
)

Make = Callable[..., dict[str, object]]

NODE = shutil.which("node")
KEYS = {"ANTHROPIC_API_KEY": {"value": "sk-of-the-inventory"}, "OTHER": {"secret": "mine", "key": "k"}}


def places(turns: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(turn["secret"], turn["key"]) for turn in turns]


def test_the_gateway_alone_unless_more_is_asked_for(make_instance: Make) -> None:
    assert places(rotation_turns(make_instance(secrets=KEYS))) == [("support-gateway-token", "token")]


def test_the_password_where_the_gateway_has_one(make_instance: Make) -> None:
    assert places(rotation_turns(make_instance(gateway_auth="password"))) == [("support-gateway-password", "password")]


def test_values_of_the_inventory_are_ours_to_replace_and_no_others(make_instance: Make) -> None:
    instance = make_instance(secrets=KEYS, rotate=["providers"], gateway_token_secret="mine")
    turns = rotation_turns(instance)
    assert places(turns) == [("support-secrets", "ANTHROPIC_API_KEY")]
    assert "sk-of-the-inventory" not in json.dumps(turns)
    assert new_value(instance, turns[0]) == "sk-of-the-inventory"
    assert rotation_turns(instance, ["gateway"]) == []


def test_what_a_killed_run_had_in_hand_counts(make_instance: Make) -> None:
    instance = make_instance(secrets=KEYS)
    both = rotation_turns(instance, ["gateway", "providers"])
    assert places(both) == [("support-gateway-token", "token"), ("support-secrets", "ANTHROPIC_API_KEY")]
    assert new_value(instance, both[0]) == ""


class Gateway(BaseHTTPRequestHandler):
    """Answers as OpenClaw 2026.9.6 does: 400 to an empty request of somebody it knows, 401 to others."""

    accepted: frozenset[str] = frozenset()

    def log_message(self, *args: object) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        known = self.path == "/tools/invoke" and self.headers["authorization"].removeprefix("Bearer ") in self.accepted
        self.send_response(400 if known else 401)
        self.send_header("content-length", "0")
        self.end_headers()


@pytest.fixture
def gateway() -> Iterator[tuple[type[Gateway], int]]:
    class Handler(Gateway):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Handler, server.server_address[1]
    server.shutdown()
    server.server_close()


def prove(argv: list[str], port: int = 1, **environment: str) -> tuple[int, str]:
    """Run it as the pod does, but for the port; its standard input stays open."""
    words = [word.replace(f"127.0.0.1:{PORT}", f"127.0.0.1:{port}") for word in argv[1:]]
    process = subprocess.Popen(
        [str(NODE), *words], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdin
    assert process.stderr
    with process:
        process.stdin.write('{"former": "old", "current": "new"}\n')
        process.stdin.flush()
        said = process.stderr.read()
        return process.wait(30), said.strip()


@pytest.mark.skipif(NODE is None, reason="runs the program itself, with the Node.js of this machine")
@pytest.mark.parametrize(
    "accepted, rc, said",
    [
        ({"new"}, 0, ""),
        ({"new", "old"}, 1, "the gateway still takes the former one, its answer is 400"),
        ({"old"}, 1, "the gateway still takes the former one, its answer is 400"),
        (set(), 1, "the gateway does not take the new one, its answer is 401"),
    ],
)
def test_the_gateway_has_to_refuse_the_former_and_take_the_new_one(
    gateway: tuple[type[Gateway], int], accepted: set[str], rc: int, said: str
) -> None:
    handler, port = gateway
    handler.accepted = frozenset(accepted)
    assert prove(gateway_proof(), port) == (rc, said)


@pytest.mark.skipif(NODE is None, reason="runs the program itself, with the Node.js of this machine")
def test_a_gateway_that_is_not_there_proves_nothing() -> None:
    rc, said = prove(gateway_proof())
    assert rc == 1
    assert said.startswith("the gateway does not answer: ")


@pytest.mark.skipif(NODE is None, reason="runs the program itself, with the Node.js of this machine")
def test_the_former_one_has_to_be_gone_from_the_environment() -> None:
    assert prove(environment_proof(), KEY="new") == (0, "")
    assert prove(environment_proof(), KEY="old") == (1, "the pod still has the former one in KEY")

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request survives, and what its error says when it does not."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.connection import Settings
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import (
    ApiError,
    EngineError,
    Unreachable,
)
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.retry import (
    Attempts,
    RetryPolicy,
    retry_after,
)
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.transport import Transport, encoded
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.faulty_server import (
    Answer,
    FaultyServer,
    answer,
    chunked,
    cut_short,
    faulty_server,
    hang_up,
    reset,
    silence,
)


@dataclass
class Naps:
    """A clock that only sleeping moves, so that a test of minutes takes none."""

    now: float = 0.0
    taken: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.now += seconds

    def policy(self, **budgets: float) -> RetryPolicy:
        return RetryPolicy(clock=lambda: self.now, sleep=self.sleep, jitter=lambda: 1.0, **budgets)


def transport(server: FaultyServer, naps: Naps | None = None, **settings: Any) -> Transport:
    return Transport(Settings(host=server.url, api_key="token-of-the-test", **settings), (naps or Naps()).policy())


@pytest.mark.parametrize(
    "fault",
    [
        answer(429, "{}", "Retry-After: 1"),
        answer(500),
        answer(502),
        answer(503),
        answer(504),
        reset,
        hang_up,
        cut_short,
    ],
    ids=["429", "500", "502", "503", "504", "reset", "hang up", "cut short"],
)
@pytest.mark.parametrize("verb", ["GET", "PATCH", "DELETE"])
def test_a_passing_fault_is_invisible(verb: str, fault: Answer) -> None:
    with faulty_server({1: fault, 2: fault}, answer(200, '{"kind": "ConfigMap"}')) as server:
        status, document = transport(server).request(verb, "/api/v1/x", "ConfigMap x", body={"a": 1})
    assert (status, document) == (200, {"kind": "ConfigMap"})
    assert len(server.requests) == 3
    assert len(set(server.heads)) == 1, "every attempt sends the same request"


def test_retry_after_is_obeyed() -> None:
    naps = Naps()
    with faulty_server({1: answer(429, "{}", "Retry-After: 7")}) as server:
        transport(server, naps).request("PATCH", "/x", "x", body={})
    assert naps.taken == [7.0]


def test_the_budget_ends_it_with_host_verb_object_and_attempts() -> None:
    naps = Naps()
    with faulty_server({}, answer(503, '{"message": "overloaded", "reason": "ServiceUnavailable"}')) as server:
        with pytest.raises(ApiError) as caught:
            transport(server, naps).request("PATCH", "/x", "Secret ns/token", body={})
        attempts = len(server.requests)
    assert 50 < naps.now <= 60
    for part in ("PATCH", "Secret ns/token", server.url, "503", f"{attempts} attempts", "overloaded"):
        assert part in str(caught.value)


def test_a_black_hole_does_not_hang() -> None:
    with faulty_server({}, silence) as server:
        started = time.monotonic()
        with pytest.raises(ApiError, match=r"GET ConfigMap x at .* no answer: timed out"):
            Transport(Settings(host=server.url, api_key="k", request_timeout=0.2), RetryPolicy(budget=1.0)).request(
                "GET", "/x", "ConfigMap x"
            )
        assert time.monotonic() - started < 5


def test_a_refused_connection_has_the_shorter_budget() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    naps = Naps()
    with pytest.raises(Unreachable, match=rf"GET ConfigMap x at http://127.0.0.1:{port} failed after \d+ attempts"):
        Transport(Settings(host=f"http://127.0.0.1:{port}", api_key="k"), naps.policy()).request(
            "GET", "/x", "ConfigMap x"
        )
    assert 5 < naps.now <= 10


def test_a_post_is_sent_once_when_nobody_could_tell_its_echo() -> None:
    with faulty_server({}, reset) as server, pytest.raises(ApiError):
        transport(server).request("POST", "/x", "x", body={}, repeatable=False)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refusal_is_final(status: int) -> None:
    with faulty_server(
        {}, answer(status, '{"message": "no", "reason": "R", "details": {"causes": [{"field": "f"}]}}')
    ) as s:
        with pytest.raises(ApiError) as caught:
            transport(s).request("PATCH", "/x", "x", body={})
        assert len(s.requests) == 1
    assert (caught.value.status, caught.value.reason, caught.value.causes) == (status, "R", [{"field": "f"}])


def test_404_after_a_repeated_delete_is_success() -> None:
    with faulty_server({1: reset}, answer(404)) as server:
        assert transport(server).request("DELETE", "/x", "x")[0] == 200
    with faulty_server({}, answer(404)) as server, pytest.raises(ApiError):
        transport(server).request("DELETE", "/x", "x")


def test_one_new_login_on_401() -> None:
    with faulty_server({1: answer(401)}) as server:
        assert transport(server).request("GET", "/x", "x")[0] == 200
    with faulty_server({}, answer(401, '{"message": "Unauthorized"}')) as server:
        with pytest.raises(ApiError, match="401"):
            transport(server).request("GET", "/x", "x")
        assert len(server.requests) == 2


def test_connections_are_kept() -> None:
    with faulty_server({2: answer(200, "{}", close=True)}) as server:
        client = transport(server)
        for _count in range(4):
            client.request("GET", "/x", "x")
        assert server.connections == 2


def test_an_idle_connection_may_have_died_unnoticed() -> None:
    def answer_and_leave(connection: socket.socket) -> None:
        answer(200)(connection)
        connection.close()

    naps = Naps()
    with faulty_server({}, answer_and_leave) as server:
        client = transport(server, naps)
        for _count in range(3):
            client.request("PATCH", "/x", "x", body={})
        assert len(server.requests) == server.connections == 3
    assert naps.taken == [], "that is no fault of the server: nobody has to wait"


def test_a_chunked_answer_is_put_together() -> None:
    with faulty_server({}, chunked('{"items": [', "1, 2", "]}")) as server:
        assert transport(server).request("GET", "/x", "x")[1] == {"items": [1, 2]}


def test_warnings_of_the_server_are_kept_once() -> None:
    with faulty_server({}, answer(200, "{}", 'Warning: 299 - "v1beta1 is deprecated"')) as server:
        client = transport(server)
        client.request("GET", "/x", "x")
        client.request("GET", "/x", "x")
    assert list(client.warnings) == ["v1beta1 is deprecated"]


@given(st.text())
@example("\U0001f469\u200d\U0001f4bb")
@example("\\ud83d\\ude00 is no escape, \x7f is to be one")
def test_a_body_is_the_same_whether_it_is_read_as_json_or_as_yaml(text: str) -> None:
    """The server reads patches as YAML, to which half of a pair of surrogates is no character."""
    body = encoded({"data": {"text": text}})
    assert body is not None
    assert json.loads(body)["data"]["text"] == text
    assert yaml.safe_load(body)["data"]["text"] == text


def test_the_identity_is_in_the_headers_and_not_in_errors() -> None:
    with faulty_server({}, answer(403, '{"message": "forbidden"}')) as server, pytest.raises(ApiError) as caught:
        transport(server, impersonate_user="alice").request("GET", "/x", "x")
    assert "Authorization: Bearer token-of-the-test" in server.heads[0]
    assert "Impersonate-User: alice" in server.heads[0]
    assert "token-of-the-test" not in str(caught.value)


def test_a_proxy_is_asked_for_a_way_through() -> None:
    with faulty_server({1: answer(200, "")}) as proxy:
        way = Settings(host="http://api.example", api_key="t", proxy=proxy.url.replace("//", "//ann:pa%20ss@"))
        assert Transport(way, Naps().policy()).request("GET", "/x", "x") == (200, {})
    connect, get = proxy.heads
    assert connect.startswith("CONNECT api.example:80 HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic YW5uOnBhIHNz\r\n" in connect
    assert "Authorization: Bearer t" not in connect
    assert get.startswith("GET /x HTTP/1.1\r\nHost: api.example:80\r\n")


def test_a_proxy_that_refuses_is_named_as_the_reason() -> None:
    with faulty_server({}, answer(407)) as proxy, pytest.raises(Unreachable, match=r"proxy refused .* status 407"):
        Transport(Settings(host="http://api.example", api_key="t", proxy=proxy.url), Naps().policy()).request(
            "GET", "/x", "x"
        )


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(EngineError, match='host: "ftp://x" is not an http or https address'):
        Transport(Settings(host="ftp://x", api_key="k"))


@given(st.lists(st.booleans(), max_size=40), st.floats(1, 100))
def test_attempts_never_outlive_their_budget(connecting: list[bool], budget: float) -> None:
    naps = Naps()
    attempts = Attempts(naps.policy(budget=budget, connect_budget=budget / 6))
    for fault in connecting:
        attempts.count += 1
        if not attempts.pause(connecting=fault):
            break
    assert naps.now <= budget
    assert all(nap <= 5.0 for nap in naps.taken)


@pytest.mark.parametrize(
    "header, expected",
    [
        ("3", 3.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("Sat, 21 Nov 2026 00:00:09 GMT", 9.0),
        ("Fri, 20 Nov 2026 00:00:00 GMT", 0.0),
    ],
)
def test_retry_after_forms(header: str | None, expected: float | None) -> None:
    assert retry_after(header, now=datetime(2026, 11, 21, tzinfo=UTC)) == expected


@pytest.mark.parametrize("make", [lambda: answer(301, "{}"), lambda: answer(200, "{}", "X: y")])
def test_odd_but_whole_answers_pass(make: Callable[[], Answer]) -> None:
    with faulty_server({}, make()) as server:
        assert transport(server).request("GET", "/x", "x")[1] == {}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an entry point is asked, and what is told of it when it answers, or does not."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import entry
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.entry import Entry, ask, checked
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.faulty_server import (
    Answer,
    FaultyServer,
    answer,
    cut_short,
    faulty_server,
    hang_up,
    reset,
    silence,
)

# An authority of a hundred years, and what it signed: claw.example.com, once until 2126 and once until 2025.
CERTIFICATES = Path(__file__).parent / "certificates"
AUTHORITY = str(CERTIFICATES / "authority.pem")
HOST = "claw.example.com"


def frame(text: str, kind: int = 0x81) -> bytes:
    """A frame as servers send it."""
    payload = text.encode()
    size = len(payload)
    head = bytes([kind, size]) if size < 126 else bytes([kind, 126]) + size.to_bytes(2, "big")
    return head + payload


def unmasked(connection: socket.socket) -> str:
    """The text of a frame that a client sends."""
    head = connection.recv(2, socket.MSG_WAITALL)
    assert head[0] == 0x81
    assert head[1] & 0x80, "clients mask what they send"
    size = head[1] & 0x7F
    if size == 126:
        size = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
    mask, payload = connection.recv(4, socket.MSG_WAITALL), connection.recv(size, socket.MSG_WAITALL)
    return bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)).decode()


def upgraded(*frames: bytes, echo: bool = False) -> Answer:
    """Switch to WebSocket and send frames, the first ones in one piece with the head; then what the client says."""
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"

    def send(connection: socket.socket) -> None:
        connection.sendall(head + b"".join(frames))
        if echo:
            connection.sendall(frame(f"heard {unmasked(connection)}"))
        connection.close()

    return send


def asked(server: FaultyServer, **options: Any) -> dict[str, Any]:
    return ask(Entry(url=f"{server.url}/readyz", timeout=2, **options))


@contextmanager
def tls_server(certificate: str) -> Iterator[str]:
    """An HTTPS server for one answer each, as `address:port`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _address = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(plain, server_side=True) as link:
                    link.recv(65536)
                    answer(200, '{"ready":true}', close=True)(link)
            except OSError:
                continue

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


# What is asked


def test_a_page_is_asked_for_at_the_address_under_the_name_of_the_url() -> None:
    with faulty_server({1: answer(200, '{"ready":true}', "Content-Type: application/json", "X-Other: no")}) as server:
        said = ask(Entry(url=f"http://{HOST}/base/readyz", address=f"127.0.0.1:{server.port}"))
        (head,) = server.heads
    assert head.startswith("GET /base/readyz HTTP/1.1\r\n")
    assert f"\r\nHost: {HOST}\r\n" in head
    assert "\r\nOrigin:" not in head
    assert said == {
        "url": f"http://{HOST}/base/readyz",
        "address": f"127.0.0.1:{server.port}",
        "page": {
            "status": 200,
            "headers": {"content-type": "application/json"},
            "body": '{"ready":true}',
            "frames": [],
            "failure": "",
            "error": "",
        },
        "websocket": {},
    }


def test_a_websocket_is_opened_as_a_browser_does_and_talks_twice() -> None:
    with faulty_server({2: upgraded(frame('{"event":"first"}'), echo=True)}) as server:
        said = asked(server, websocket="/chat", origin=f"https://{HOST}", frame="x" * 300)["websocket"]
        head = server.heads[1]
    assert head.startswith("GET /chat HTTP/1.1\r\n")
    for line in ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Origin: https://{HOST}"):
        assert f"\r\n{line}\r\n" in head
    assert (said["status"], said["failure"]) == (101, "")
    assert said["frames"] == ['{"event":"first"}', f"heard {'x' * 300}"]


def test_pings_and_pieces_are_no_obstacle() -> None:
    frames = [frame("ping", 0x89), frame("one ", 0x01), frame("", 0x8A), frame("whole", 0x80)]
    with faulty_server({2: upgraded(*frames)}) as server:
        assert asked(server, websocket="/")["websocket"]["frames"] == ["one whole"]


def test_a_redirect_is_told_and_not_followed() -> None:
    moved = answer(301, "", "Location: https://elsewhere.example.com/login")
    with faulty_server({}, moved) as server:
        said = asked(server, websocket="/")
        assert len(server.requests) == 2
    for part in ("page", "websocket"):
        assert said[part]["status"] == 301
        assert said[part]["headers"]["location"] == "https://elsewhere.example.com/login"


def test_a_long_page_is_told_in_part() -> None:
    with faulty_server({}, answer(200, "x" * 100_000)) as server:
        assert 0 < len(asked(server)["page"]["body"]) < 10_000


# How it ends early


@pytest.mark.parametrize("fault", [reset, hang_up, silence], ids=["reset", "hang up", "silence"])
def test_no_answer_to_a_request_is_told(fault: Answer) -> None:
    with faulty_server({}, fault) as server:
        page = ask(Entry(url=server.url, timeout=0.3))["page"]
    assert (page["status"], page["failure"]) == (0, "answer")
    assert page["error"]


@pytest.mark.parametrize(
    "reply, told",
    [
        (upgraded(), "closed without a word"),
        (upgraded(frame("\x03\xf1", 0x88)), "closed with"),
        (upgraded(b"\x81\x7f" + (10**9).to_bytes(8, "big")), "a frame of 1000000000 bytes"),
        (upgraded(frame("half", 0x01)), "closed without a word"),
    ],
    ids=["nothing", "close", "huge", "half"],
)
def test_a_websocket_that_says_nothing_is_told(reply: Answer, told: str) -> None:
    with faulty_server({2: reply}) as server:
        said = asked(server, websocket="/")["websocket"]
    assert (said["status"], said["frames"], said["failure"]) == (101, [], "answer")
    assert told in said["error"]


def test_an_answer_that_is_cut_short_is_told() -> None:
    with faulty_server({}, cut_short) as server:
        page = asked(server)["page"]
    assert page["status"] == 200
    assert '{"items": [' in page["body"] or page["failure"] == "answer"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    said = ask(Entry(url=f"http://127.0.0.1:{port}/", websocket="/"))
    assert (said["page"]["failure"], said["page"]["error"]) == ("connect", "Connection refused")
    assert said["websocket"] == {}


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 70 + ".example.com"], ids=["unknown", "too long"])
def test_a_name_that_leads_nowhere(host: str) -> None:
    page = ask(Entry(url=f"http://{host}/"))["page"]
    assert page["failure"] == "name"
    assert page["error"]


@pytest.mark.parametrize(
    "certificate, host, authority, failure, error",
    [
        (HOST, HOST, AUTHORITY, "", ""),
        (HOST, HOST, "", "certificate_issuer", "unable to get local issuer certificate"),
        (HOST, "other.example.com", AUTHORITY, "certificate_name", "other.example.com"),
        ("expired", HOST, AUTHORITY, "certificate_time", "certificate has expired"),
        (HOST, HOST, "/nowhere/ca.pem", "ca_file", "/nowhere/ca.pem: No such file or directory"),
        (HOST, HOST, __file__, "ca_file", __file__),
    ],
    ids=["good", "unknown authority", "other name", "expired", "no file", "not an authority"],
)
def test_a_certificate_is_judged(certificate: str, host: str, authority: str, failure: str, error: str) -> None:
    with tls_server(certificate) as address:
        page = ask(Entry(url=f"https://{host}/", address=address, ca_file=authority, timeout=5))["page"]
    assert page["failure"] == failure
    assert error in page["error"]
    assert page["status"] == (0 if failure else 200)


def test_a_server_without_tls_is_told() -> None:
    with faulty_server({}, answer(400, close=True)) as server:
        page = ask(Entry(url=f"https://127.0.0.1:{server.port}/", timeout=2))["page"]
    assert page["failure"] == "tls"
    assert page["error"]


# Patience


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    "first", [answer(404), answer(503), answer(530), hang_up], ids=["404", "503", "530", "hang up"]
)
def test_what_is_not_set_up_yet_is_asked_again(first: Answer) -> None:
    clock = Clock()
    with faulty_server({1: first, 2: first}) as server:
        said = ask(Entry(url=server.url, timeout=2, patience=20), clock, clock.sleep)
    assert said["page"]["status"] == 200
    assert clock.now == 4


@pytest.mark.parametrize("status", [200, 301, 401, 403, 500])
def test_what_is_settled_is_asked_once(status: int) -> None:
    clock = Clock()
    with faulty_server({}, answer(status)) as server:
        ask(Entry(url=server.url, timeout=2, patience=20), clock, clock.sleep)
        assert len(server.requests) == 1


def test_an_answer_that_is_not_the_wanted_one_is_asked_for_again() -> None:
    clock = Clock()
    with faulty_server({2: answer(401)}) as server:
        said = ask(Entry(url=server.url, timeout=2, patience=20, status=401), clock, clock.sleep)
    assert said["page"]["status"] == 401
    assert clock.now == 2


def test_a_good_answer_has_to_hold_after_a_change() -> None:
    clock = Clock()
    with faulty_server({1: answer(200), 2: answer(200)}, answer(500)) as server:
        said = ask(Entry(url=server.url, timeout=2, patience=20, settle=5), clock, clock.sleep)
    assert said["page"]["status"] == 500
    assert clock.now == 6


def test_patience_ends() -> None:
    clock = Clock()
    with faulty_server({}, answer(404)) as server:
        assert ask(Entry(url=server.url, timeout=2, patience=20), clock, clock.sleep)["page"]["status"] == 404
    assert clock.now == 20


# The option


@pytest.mark.parametrize(
    "given, told",
    [
        ({"url": "ftp://x/"}, "ftp://x/ is not a URL of HTTP or HTTPS"),
        ({"url": "https:///x"}, "https:///x is not a URL of HTTP or HTTPS"),
        ({"url": "https://x:99999/"}, "https://x:99999/ is not a URL of HTTP or HTTPS"),
        ({"url": "https://x/", "address": "10.0.0.1:port"}, "10.0.0.1:port is neither an address nor address:port"),
        ({"url": "https://x/", "websocket": "chat"}, "chat is not a path, which begins with /"),
    ],
)
def test_what_cannot_be_asked_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(EngineError) as refused:
        checked([{"url": "https://fine.example.com/", "address": None}, given])
    assert refused.value.problems == [f"entries: {told}"]


@pytest.mark.parametrize(
    "url, address, target",
    [
        ("https://a.example.com/", "", ("a.example.com", 443)),
        ("http://a.example.com/", "", ("a.example.com", 80)),
        ("https://a.example.com:8443/", "", ("a.example.com", 8443)),
        ("https://a.example.com:8443/", "10.0.0.1", ("10.0.0.1", 8443)),
        ("https://a.example.com/", "10.0.0.1:30443", ("10.0.0.1", 30443)),
        ("https://a.example.com/", "fd00::1", ("fd00::1", 443)),
        ("https://a.example.com/", "[fd00::1]:30443", ("fd00::1", 30443)),
        ("https://[fd00::1]/", "", ("fd00::1", 443)),
    ],
)
def test_where_to_connect(url: str, address: str, target: tuple[str, int]) -> None:
    (made,) = checked([{"url": url, "address": address}])
    assert made.target == target


@given(st.text(max_size=400), st.binary(max_size=40), st.booleans())
def test_no_answer_is_a_traceback(text: str, rubbish: bytes, upgrade: bool) -> None:
    """Whatever comes back, something can be told of it as JSON."""
    reply = upgraded(frame(text[:100]), rubbish) if upgrade else rubbish_instead_of_http(rubbish)
    with faulty_server({2: reply}) as server:
        said = ask(Entry(url=server.url, websocket="/", frame=text or "x", timeout=0.2))
    assert json.loads(json.dumps(said)) == said


def rubbish_instead_of_http(content: bytes) -> Callable[[socket.socket], None]:
    def send(connection: socket.socket) -> None:
        connection.sendall(content)
        connection.close()

    return send


def test_the_failures_are_those_that_the_module_documents() -> None:
    documented = (Path(entry.__file__).parents[2] / "modules" / "instance_info.py").read_text(encoding="utf-8")
    told = {value for name, value in vars(entry).items() if name.isupper() and not name.startswith("_")}
    assert told
    assert {failure for failure in told if f"V({failure})" not in documented} == set()

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked through the public addresses of an instance, and which option each wrong answer points to."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.entry_verdict import (
    Entered,
    entries,
    judge_entries,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.verdict import judge

HOST = "claw.example.com"
INSTANCE: dict[str, object] = {
    "name": "support",
    "namespace": "team-a",
    "state": "present",
    "config_mode": "seed",
    "verify_entry_enabled": True,
    "verify_entry_address": "",
    "verify_entry_ca": None,
    "ingress_basic_auth_enabled": False,
    "networkpolicy_enforcement": "fail",
    "skills": {},
    "plugins": {},
}
FORBIDDEN = '{"error":{"message":"x","type":"proxy_attribution_required"}}'

Said = dict[str, object]


@dataclass(frozen=True)
class Address:
    scheme: str = "https"
    host: str = HOST
    option: str = "openclaw_ingress_enabled"
    path: str = "/"


INGRESS = Address()
ROUTE = Address(option="openclaw_route_parent")
TUNNEL = Address(option="openclaw_cloudflared_enabled")
PLAIN = Address(scheme="http")
BELOW = Address(path="/claw")


def said(status: int = 200, body: str = '{"ready":true}', **headers: str) -> Said:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"status": status, "headers": told, "body": body, "frames": [], "failure": "", "error": ""}


def ended(failure: str, error: str = "why") -> Said:
    return said(0, "") | {"failure": failure, "error": error}


def talked(*frames: object, error: str = "") -> Said:
    failure = "answer" if error else ""
    return said(101, "") | {"frames": [json.dumps(frame) for frame in frames], "failure": failure, "error": error}


CHALLENGE = {"type": "event", "event": "connect.challenge", "payload": {"nonce": "n"}}


def refused(code: str) -> object:
    return {"type": "res", "id": "verify", "ok": False, "error": {"message": "x", "details": {"code": code}}}


GOOD = talked(CHALLENGE, refused("CONTROL_UI_DEVICE_IDENTITY_REQUIRED"))


def entered(page: Said, websocket: Said | None = None, address: Address = INGRESS, **instance: object) -> Entered:
    (asked,) = entries(INSTANCE, [address])
    answer = {"url": asked["url"], "address": "10.0.0.1:443", "page": page, "websocket": websocket or {}}
    return judge_entries(INSTANCE | instance, [address], [answer])


def problem(page: Said, websocket: Said | None = None, address: Address = INGRESS, **instance: object) -> str:
    found = entered(page, websocket, address, **instance)
    assert (found.reached, found.warnings) == ([], [])
    (told,) = found.problems
    assert told.startswith(f"{address.scheme}://{HOST}")
    assert told.endswith(".")
    return told


# What is asked


def test_each_public_address_is_asked_once_and_the_main_one_first() -> None:
    found = entries(
        INSTANCE,
        [
            INGRESS,
            ROUTE,
            Address(host="alias.example.com"),
            Address(host="hello.tailnet.ts.net", option="openclaw_tailscale_enabled"),
        ],
    )
    assert [entry["url"] for entry in found] == [f"https://{HOST}/readyz", "https://alias.example.com/readyz"]
    assert found[0]["origin"] == f"https://{HOST}"
    assert found[0]["websocket"] == "/"
    assert "address" not in found[0]
    assert "ca_file" not in found[0]


def test_below_a_path_the_page_is_asked_for() -> None:
    (found,) = entries(INSTANCE, [BELOW])
    assert "settle" not in found
    assert entries(INSTANCE, [BELOW], changed=True) == [{**found, "settle": 6}]
    assert (found["url"], found["websocket"], found["origin"]) == (
        f"https://{HOST}/claw/",
        "/claw",
        f"https://{HOST}",
    )


def test_address_and_authorities_are_passed_on() -> None:
    given = {"verify_entry_address": "10.0.0.1:30443", "verify_entry_ca": "/ca.pem"}
    (found,) = entries(INSTANCE | given, [INGRESS])
    assert (found["address"], found["ca_file"]) == ("10.0.0.1:30443", "/ca.pem")


def test_a_controller_is_given_time_to_ask_for_a_password() -> None:
    guarded = INSTANCE | {"ingress_basic_auth_enabled": True}
    asked = entries(guarded, [INGRESS, Address(host="x", option="other")])
    assert [entry.get("status") for entry in asked] == [401, None]


def test_nothing_is_asked_when_it_is_switched_off_or_nothing_is_exposed() -> None:
    assert entries(INSTANCE | {"verify_entry_enabled": False}, [INGRESS]) == []
    assert entries(INSTANCE, []) == []


def test_the_first_frame_holds_neither_a_secret_nor_a_device() -> None:
    (found,) = entries(INSTANCE, [INGRESS])
    params = json.loads(str(found["frame"]))["params"]
    assert set(params) == {"minProtocol", "maxProtocol", "client", "role", "scopes"}


# What is good


@pytest.mark.parametrize(
    "page, websocket, address",
    [
        (said(), GOOD, INGRESS),
        (said(), GOOD, ROUTE),
        (said(), GOOD, PLAIN),
        (said(503, '{"ready": false, "failing": ["x"]}'), GOOD, INGRESS),
        (said(200, '<!doctype html>\n<html data-openclaw-control-ui-base-path="/claw" lang="en">'), GOOD, BELOW),
        (said(), talked(CHALLENGE, refused("AUTH_TOKEN_MISSING")), INGRESS),
        (said(), talked(CHALLENGE, {"type": "res", "ok": True}), INGRESS),
        (said(), talked(CHALLENGE, error="timed out"), INGRESS),
    ],
)
def test_the_gateway_answers(page: Said, websocket: Said, address: Address) -> None:
    found = entered(page, websocket, address)
    base = f"{address.scheme}://{HOST}{address.path.rstrip('/')}"
    assert (found.problems, found.warnings, found.reached) == ([], [], [base])


def test_basic_auth_is_a_good_sign_of_which_the_gateway_behind_it_has_no_part() -> None:
    page = said(401, "", www_authenticate='Basic realm="OpenClaw"')
    found = entered(page, ingress_basic_auth_enabled=True)
    assert (found.problems, found.reached) == ([], [])
    assert found.warnings == [f"https://{HOST}: asks for a password first, so the gateway behind it was not asked"]


def test_so_is_a_login_elsewhere_and_its_address_is_told_without_its_query() -> None:
    found = entered(said(302, "", location="https://login.example.com/start?state=secret"))
    assert found.problems == []
    (warning,) = found.warnings
    assert warning.startswith(f"https://{HOST}: sends clients to https://login.example.com/start first")
    assert "secret" not in warning


# What is not


@pytest.mark.parametrize(
    "failure, words",
    [
        ("ca_file", ["openclaw_verify_entry_ca", "why"]),
        ("name", ["DNS", "openclaw_verify_entry_address", "why"]),
        ("connect", ["10.0.0.1:443", "DNS", "openclaw_verify_entry_address", "why"]),
        ("tls", ["does not speak TLS", "openclaw_ingress_tls_secret", "openclaw_ingress_tls_enabled to false"]),
        ("certificate", ["openclaw_ingress_tls_secret", "openclaw_ingress_tls_issuer"]),
        ("certificate_name", ["another host", "openclaw_ingress_tls_secret", "openclaw_ingress_tls_issuer"]),
        ("certificate_time", ["out of date", "openclaw_ingress_tls_secret"]),
        ("certificate_issuer", ["openclaw_verify_entry_ca", "openclaw_ingress_tls_secret"]),
        ("answer", ["openclaw_entry_points"]),
    ],
)
def test_no_answer_names_the_option(failure: str, words: list[str]) -> None:
    told = problem(ended(failure))
    assert [word for word in words if word not in told] == []


@pytest.mark.parametrize(
    "address, words",
    [
        (ROUTE, "at the listener of the Gateway in openclaw_route_parent, or set openclaw_route_scheme to http."),
        (Address(option="openclaw_openshift_route_enabled"), "Serve a certificate at the OpenShift router."),
        (Address(option="openclaw_cloudflared_enabled"), "Serve a certificate at Cloudflare."),
    ],
)
def test_a_certificate_is_looked_for_where_it_is(address: Address, words: str) -> None:
    assert problem(ended("tls"), address=address).endswith(words)


@pytest.mark.parametrize("page, websocket", [(said(403, FORBIDDEN), None), (said(), said(403, FORBIDDEN))])
def test_a_proxy_that_is_not_trusted_names_both_options(page: Said, websocket: Said | None) -> None:
    told = problem(page, websocket)
    assert "openclaw_entry_points" in told
    assert "openclaw_trusted_proxies" in told


@pytest.mark.parametrize(
    "page, address, words",
    [
        (said(404, "404 page not found"), INGRESS, ["openclaw_ingress_class", "openclaw_ingress_controller"]),
        (said(404, ""), ROUTE, ["openclaw_route_parent"]),
        (said(500, ""), ROUTE, ["the Gateway does not follow the route (500)", "openclaw_route_filters"]),
        (said(502, "Bad Gateway"), INGRESS, ["502", "openclaw_entry_points"]),
        (said(503, "no available server"), ROUTE, ["503", "openclaw_entry_points"]),
        (said(504, ""), INGRESS, ["504", "openclaw_entry_points"]),
        (said(404, ""), TUNNEL, ["404", "public hostname of the tunnel"]),
        (said(502, ""), TUNNEL, ["502", "public hostname", "http://127.0.0.1:18789"]),
        (said(530, "error code: 1033"), TUNNEL, ["no connection of the tunnel", "openclaw_cloudflared_secret"]),
        (said(301, "", location=f"https://{HOST}/readyz"), PLAIN, ["openclaw_ingress_tls_enabled to true"]),
        (
            said(308, "", location=f"https://{HOST}/"),
            Address(scheme="http", option="openclaw_route_parent"),
            ["openclaw_route_scheme to https"],
        ),
        (said(200, "<html>\nWelcome", content_type="text/html; charset=x"), INGRESS, ["200 text/html <html> Welcome"]),
        (said(403, "Forbidden by the proxy"), INGRESS, ["somebody else answers: 403", "openclaw_verify_entry_address"]),
        (said(401, "", www_authenticate="Bearer"), INGRESS, ["somebody else answers: 401"]),
        (said(429, "slow down"), INGRESS, ["somebody else answers: 429"]),
        (said(500, ""), BELOW, ["somebody else answers: 500"]),
        (said(200, "<!doctype html> Welcome to nginx"), BELOW, ["somebody else answers: 200"]),
    ],
)
def test_an_answer_that_is_not_the_gateways_names_the_option(page: Said, address: Address, words: list[str]) -> None:
    told = problem(page, address=address)
    assert [word for word in words if word not in told] == []


def test_a_password_that_nobody_asks_for_names_the_controller() -> None:
    told = problem(said(), GOOD, ingress_basic_auth_enabled=True)
    assert "openclaw_ingress_basic_auth_enabled" in told
    assert "openclaw_ingress_controller" in told
    assert entered(said(), GOOD, ROUTE, ingress_basic_auth_enabled=True).problems == []


@pytest.mark.parametrize(
    "websocket, words",
    [
        (talked(CHALLENGE, refused("CONTROL_UI_ORIGIN_NOT_ALLOWED")), ["openclaw_allowed_origins", f"https://{HOST}"]),
        (said(400, "Bad Request"), ["400 Bad Request", "Upgrade"]),
        (said(200, '{"ready":true}'), ["200", "Upgrade"]),
        (ended("answer", "timed out"), ["timed out", "Upgrade"]),
        (talked(error="timed out"), ["timed out", "buffer"]),
        (talked({"hello": "there"}), ["not OpenClaw's"]),
        (talked("text"), ["not OpenClaw's"]),
        (said(502, ""), ["openclaw_entry_points"]),
    ],
)
def test_a_websocket_that_does_not_get_through_names_the_option(websocket: Said, words: list[str]) -> None:
    told = problem(said(), websocket)
    assert [word for word in words if word not in told] == []


def test_what_a_server_sends_cannot_give_orders_to_a_terminal() -> None:
    assert "\x1b" not in problem(said(200, "\x1b[2Jhello"))


def test_an_answer_for_an_address_that_is_gone_is_left_out() -> None:
    answer = {"url": "https://gone.example.com/readyz", "page": said(404), "websocket": {}}
    assert judge_entries(INSTANCE, [INGRESS], [answer]) == Entered()


# The verdict


def info(page: Said) -> dict[str, object]:
    ok = {"rc": 0, "stdout": json.dumps({"status": 200, "body": '{"ok":true}'}), "stderr": ""}
    config = {"rc": 0, "stdout": json.dumps({"valid": True, "parsed": {}}), "stderr": ""}
    asked = [{"url": f"https://{HOST}/readyz", "address": "x:443", "page": page, "websocket": GOOD}]
    state = {"exists": True, "ready": True, "phase": "ready"}
    return {"instance": state, "probes": {"service": ok, "config": config}, "entries": asked}


def test_the_verdict_names_the_way_in() -> None:
    verdict = judge(INSTANCE, {}, info(said()), [INGRESS])
    assert verdict.text("support") == (
        f"support: ready, answers through its Service and https://{HOST}, runs the declared configuration"
    )


def test_the_verdict_fails_for_a_way_in_that_is_closed() -> None:
    assert judge(INSTANCE, {}, info(said(502, "")), [INGRESS]).text("support").startswith("support: 1 problem\n")


def test_the_verdict_tells_what_was_not_asked() -> None:
    verdict = judge(INSTANCE, {}, info(said(401, "", www_authenticate="Basic")), [INGRESS])
    assert verdict.problems == []
    assert "  warning: https://claw.example.com: asks for a password first" in verdict.text("support")

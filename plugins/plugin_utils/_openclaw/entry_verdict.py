# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to ask the gateway through its public addresses, and which option to change when the answer is not its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from .pod import PORT

_TIMEOUT = 10
# A controller needs a few seconds to serve what was deployed a moment ago.
_PATIENCE = 20
# Traefik takes two seconds to follow a change, others less than five.
_SETTLE = 6
# Only machines of the tailnet reach its names.
_OUT_OF_REACH = "openclaw_tailscale_enabled"
_INGRESS, _ROUTE, _CLOUDFLARED = "openclaw_ingress_enabled", "openclaw_route_parent", "openclaw_cloudflared_enabled"
_READY = "/readyz"
_CHALLENGE = "connect.challenge"
_PAGE = "data-openclaw-control-ui"
_ORIGIN_REFUSED = "CONTROL_UI_ORIGIN_NOT_ALLOWED"
_NO_ATTRIBUTION = "proxy_attribution_required"
_MAX_SHOWN = 120

# What the user interface sends first, without a device and without a secret. The gateway looks at the origin before it
# misses these, so its answer tells whether the origin is allowed, and no attempt to log in is counted.
_CONNECT = json.dumps(
    {
        "type": "req",
        "id": "verify",
        "method": "connect",
        "params": {
            "minProtocol": 1,
            "maxProtocol": 1000,
            "client": {"id": "openclaw-control-ui", "version": "verify", "platform": "verify", "mode": "webchat"},
            "role": "operator",
            "scopes": [],
        },
    }
)


class Address(Protocol):
    """A public address of the instance, and the option that makes it."""

    @property
    def scheme(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def option(self) -> str: ...
    @property
    def path(self) -> str: ...


def _base(address: Address) -> str:
    """The address as people type it, without a slash at the end."""
    return f"{address.scheme}://{address.host}/{address.path.strip('/')}".rstrip("/")


def _url(address: Address) -> str:
    """Where to ask: the gateway tells its readiness only at the root, and its page below a path."""
    base = _base(address)
    return f"{base}/" if address.path.strip("/") else f"{base}{_READY}"


def entries(
    instance: Mapping[str, object], addresses: Iterable[Address], *, changed: bool = False
) -> list[dict[str, object]]:
    """Return what C(instance_info) is to ask, as its option C(entries) takes it.

    changed: whether the instance was changed a moment ago, of which a proxy before it may not have heard yet.
    """
    if not instance["verify_entry_enabled"]:
        return []
    asked = {_url(address): address for address in reversed(list(addresses)) if address.option != _OUT_OF_REACH}
    given = {"address": instance["verify_entry_address"], "ca_file": instance["verify_entry_ca"]}
    return [
        {
            "url": url,
            "websocket": f"/{address.path.strip('/')}",
            "origin": f"{address.scheme}://{address.host}",
            "frame": _CONNECT,
            "timeout": _TIMEOUT,
            "patience": _PATIENCE,
            **({"status": 401} if _guarded(instance, address) else {}),
            **({"settle": _SETTLE} if changed else {}),
            **{name: value for name, value in given.items() if value},
        }
        for url, address in reversed(asked.items())
    ]


def _guarded(instance: Mapping[str, object], address: Address) -> bool:
    """Whether somebody before the gateway is to ask for a password."""
    return address.option == _INGRESS and bool(instance["ingress_basic_auth_enabled"])


@dataclass
class Entered:
    """What came of asking. reached: the addresses under which the gateway answered as it should."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)


class _Stopped(Exception):
    """Somebody before the gateway answers, as he was told to: no fault, but the gateway was not asked."""


def judge_entries(
    instance: Mapping[str, object], addresses: Iterable[Address], answers: Iterable[Mapping[str, object]]
) -> Entered:
    """Return what the answers amount to."""
    by_url = {_url(address): address for address in reversed(list(addresses))}
    found = Entered()
    for answer in answers:
        address = by_url.get(str(answer.get("url")))
        if address is None:
            continue
        try:
            problem = next(_problems(instance, address, answer), None)
        except _Stopped as stopped:
            found.warnings.append(f"{_base(address)}: {stopped}")
            continue
        if problem:
            found.problems.append(f"{_base(address)}: {problem}")
        else:
            found.reached.append(_base(address))
    return found


def _problems(instance: Mapping[str, object], address: Address, answer: Mapping[str, object]) -> Iterator[str]:
    """Yield what is wrong, the cause before its consequences."""
    page, websocket = _mapping(answer.get("page")), _mapping(answer.get("websocket"))
    yield from _failures(address, str(answer.get("address")), page)
    yield from _refusals(address, page)
    yield from _page_problems(instance, address, page)
    if websocket:
        yield from _websocket_problems(address, websocket)


# -- no answer -----------------------------------------------------------------------------------------------------

# Who shows the certificate, by the option that makes the address.
_CERTIFICATES = {
    _INGRESS: "in openclaw_ingress_tls_secret or by openclaw_ingress_tls_issuer",
    _ROUTE: "at the listener of the Gateway in openclaw_route_parent",
    "openclaw_openshift_route_enabled": "at the OpenShift router",
    _CLOUDFLARED: "at Cloudflare",
}
_WITHOUT_TLS = {_INGRESS: "openclaw_ingress_tls_enabled to false", _ROUTE: "openclaw_route_scheme to http"}
_ELSEWHERE = "or name the entry point in openclaw_verify_entry_address"
_FAILURES = {
    "ca_file": "the file in openclaw_verify_entry_ca cannot be used: {error}.",
    "name": f"this name is not known here: {{error}}. Add it to the DNS, {_ELSEWHERE}.",
    "connect": f"nobody answers at {{where}}: {{error}}. Correct the DNS, {_ELSEWHERE}.",
    "tls": "{where} does not speak TLS: {error}. Serve a certificate {certificate}{without}.",
    "certificate": "the certificate is refused: {error}. Serve a valid one {certificate}.",
    "certificate_name": "the certificate is one of another host: {error}. Serve one of this host {certificate}.",
    "certificate_time": "the certificate is out of date: {error}. Renew it {certificate}.",
    "certificate_issuer": "the certificate comes from an authority that is unknown here: {error}. Name a file with it "
    "in openclaw_verify_entry_ca, or serve another certificate {certificate}.",
    "answer": "{where} takes requests and does not answer: {error}. Name the entry point in openclaw_entry_points if "
    "the network policy keeps it from the gateway.",
}


def _failures(address: Address, where: str, said: Mapping[str, object]) -> Iterator[str]:
    text = _FAILURES.get(str(said.get("failure")))
    if text:
        without = _WITHOUT_TLS.get(address.option)
        yield text.format(
            where=where,
            error=said.get("error"),
            certificate=_CERTIFICATES.get(address.option, "there"),
            without=f", or set {without}" if without else "",
        )


# -- the answer of somebody else -----------------------------------------------------------------------------------

_NOT_SERVED = {
    _INGRESS: "openclaw_ingress_class, openclaw_ingress_controller, and the port in openclaw_verify_entry_address",
    _ROUTE: "openclaw_route_parent, whose Gateway has to admit the host and the namespace",
    _CLOUDFLARED: "the public hostname of the tunnel",
}
_NO_WAY = {_CLOUDFLARED: f"The public hostname of the tunnel has to lead to http://127.0.0.1:{PORT}."}
_KEPT_OUT = "Name it in openclaw_entry_points, so that the network policy lets it in."


def _refusals(address: Address, said: Mapping[str, object]) -> Iterator[str]:
    """Yield what a status says by itself, be it of a page or of a WebSocket."""
    status, body = said.get("status"), str(said.get("body"))
    if status == 403 and _NO_ATTRIBUTION in body:
        yield (
            f"the gateway does not trust the proxy before it (403 {_NO_ATTRIBUTION}). Name the proxy in "
            "openclaw_entry_points, or its addresses in openclaw_trusted_proxies."
        )
    elif status == 401 and "basic" in _header(said, "www-authenticate").lower():
        raise _Stopped("asks for a password first, so the gateway behind it was not asked")
    elif _header(said, "location"):
        yield from _redirects(address, _header(said, "location"))
    elif status == 404:
        where = _NOT_SERVED.get(address.option, "what serves it")
        yield f"nobody serves this host and path there (404). Check {where}."
    elif status == 530 and address.option == _CLOUDFLARED:
        yield (
            "Cloudflare has no connection of the tunnel (530). Look at the log of the container cloudflared, and at "
            "openclaw_cloudflared_secret."
        )
    elif status == 500 and address.option == _ROUTE:
        yield (
            "the Gateway does not follow the route (500). Remove what it does not know from openclaw_route_filters; "
            "the status of the HTTPRoute may tell more."
        )
    elif status in (502, 503, 504) and not _readiness(said):
        advice = _NO_WAY.get(address.option, _KEPT_OUT)
        yield f"the entry point does not get through to the gateway ({status}). {advice}"


def _redirects(address: Address, location: str) -> Iterator[str]:
    target = urlsplit(location)
    same_host = target.hostname in (None, address.host)
    if same_host and address.scheme == "http" and target.scheme == "https":
        told = {_INGRESS: "openclaw_ingress_tls_enabled to true", _ROUTE: "openclaw_route_scheme to https"}
        yield f"clients are sent to HTTPS. Set {told.get(address.option, 'it up for HTTPS')}."
    else:
        place = f"{target.scheme}://{target.netloc}{target.path}" if target.netloc else target.path
        raise _Stopped(f"sends clients to {place} first, so the gateway behind it was not asked")


def _page_problems(instance: Mapping[str, object], address: Address, page: Mapping[str, object]) -> Iterator[str]:
    body = str(page.get("body"))
    own = page.get("status") == 200 and _PAGE in body if address.path.strip("/") else _readiness(page)
    if not own:
        kind = _header(page, "content-type").partition(";")[0]
        yield (
            f"somebody else answers: {page.get('status')} {kind} {_start(page)}. Correct the DNS, {_ELSEWHERE}; a path "
            "has to reach the gateway unchanged."
        )
    elif _guarded(instance, address):
        yield (
            "nobody is asked for a password, although openclaw_ingress_basic_auth_enabled is true. Name the controller "
            "in openclaw_ingress_controller."
        )


def _websocket_problems(address: Address, said: Mapping[str, object]) -> Iterator[str]:
    yield from _refusals(address, said)
    frames = said.get("frames")
    events = [_json(frame) for frame in frames] if isinstance(frames, list) else []
    if said.get("status") != 101:
        told = said.get("error") or f"{said.get('status')} {_start(said)}"
        yield f"WebSockets do not get through: {told}. The proxy has to pass the headers Upgrade and Connection on."
    elif not events or events[0].get("event") != _CHALLENGE:
        told = said.get("error") or "a frame that is not OpenClaw's"
        yield f"a WebSocket opens, but the gateway is not heard through it: {told}. The proxy must not buffer."
    elif len(events) > 1 and _code(events[1]) == _ORIGIN_REFUSED:
        yield (
            f"the gateway refuses pages of {address.scheme}://{address.host}. Add it to openclaw_allowed_origins; "
            "where the gateway owns its configuration, to gateway.controlUi.allowedOrigins there."
        )


# -- reading -------------------------------------------------------------------------------------------------------


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _json(text: object) -> Mapping[str, object]:
    try:
        return _mapping(json.loads(str(text)))
    except ValueError:
        return {}


def _readiness(page: Mapping[str, object]) -> bool:
    """Whether it is the gateway's own answer; whether it is ready is judged where more is known."""
    return isinstance(_json(page.get("body")).get("ready"), bool)


def _code(event: Mapping[str, object]) -> object:
    return _mapping(_mapping(event.get("error")).get("details")).get("code")


def _header(said: Mapping[str, object], name: str) -> str:
    return str(_mapping(said.get("headers")).get(name) or "")


def _start(said: Mapping[str, object]) -> str:
    """The start of a body on one line."""
    text = " ".join(str(said.get("body") or "").split())
    return "".join(letter for letter in text if letter.isprintable())[:_MAX_SHOWN]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small registry of container images on loopback: pages, tokens that expire, logins, and the habits of real ones."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "openclaw/openclaw"


@dataclass
class ImageRegistry:
    """What it has, and how it behaves. `login` is `user:password`, or None for everybody."""

    tags: list[str] = field(default_factory=list)
    page: int = 1000
    auth: str = ""
    login: str | None = None
    identity: str = ""
    lives: int = 1_000_000
    says_digest: bool = True
    answers_head: bool = True
    broken: list[int] = field(default_factory=list)
    realm: str = ""
    next_at: str = ""
    elsewhere: str = ""
    huge: bool = False
    port: int = 0
    scheme: str = "http"
    requests: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    issued: dict[str, int] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"{'localhost' if self.scheme == 'https' else '127.0.0.1'}:{self.port}"

    @property
    def image(self) -> str:
        return f"{self.host}/{REPOSITORY}"

    def content(self, tag: str) -> bytes:
        return json.dumps({"schemaVersion": 2, "annotations": {"tag": tag}}).encode()

    def digest(self, tag: str) -> str:
        return f"sha256:{hashlib.sha256(self.content(tag)).hexdigest()}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry: ImageRegistry

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.registry.requests.append(f"POST {urlsplit(self.path).path}")
        if form.get("refresh_token") == [self.registry.identity] and form["grant_type"] == ["refresh_token"]:
            self._issue("access_token")
        else:
            self._send(401, {})

    def _answer(self) -> None:
        registry, parts = self.registry, urlsplit(self.path)
        registry.requests.append(f"{self.command} {self.path}")
        registry.shown.append(self.headers.get("Authorization", ""))
        if registry.broken:
            status = registry.broken.pop(0)
            self._send(status, {}, {"Retry-After": "0"})
        elif parts.path == "/token":
            self._token(parse_qs(parts.query))
        elif registry.elsewhere:
            self._send(307, {}, {"Location": registry.elsewhere + self.path})
        elif not self._let_in():
            self._send(401, {"errors": []}, {"WWW-Authenticate": self._challenge()})
        elif parts.path == f"/v2/{REPOSITORY}/tags/list":
            self._tags(parse_qs(parts.query))
        elif parts.path.startswith(f"/v2/{REPOSITORY}/manifests/"):
            self._manifest(parts.path.rpartition("/")[2])
        else:
            self._send(404, {"errors": [{"code": "NAME_UNKNOWN"}]})

    # -- logins ------------------------------------------------------------------------------------------------

    def _let_in(self) -> bool:
        registry, shown = self.registry, self.headers.get("Authorization", "")
        if registry.auth == "basic":
            return shown.startswith("Basic ") and b64decode(shown[6:]).decode() == registry.login
        if registry.auth == "bearer":
            token = shown.removeprefix("Bearer ")
            registry.issued[token] = registry.issued.get(token, 0) - 1
            return registry.issued[token] >= 0
        return True

    def _challenge(self) -> str:
        if self.registry.auth == "basic":
            return 'Basic realm="images"'
        realm = self.registry.realm or f"{self.registry.scheme}://{self.registry.host}/token"
        return f'Bearer realm="{realm}",service="images, of a test",scope="repository:{REPOSITORY}:pull"'

    def _token(self, query: dict[str, list[str]]) -> None:
        shown = self.headers.get("Authorization", "")
        login = b64decode(shown[6:]).decode() if shown.startswith("Basic ") else None
        asked = query.get("scope"), query.get("service")
        if asked != ([f"repository:{REPOSITORY}:pull"], ["images, of a test"]) or login != self.registry.login:
            self._send(401, {})
        else:
            self._issue("token")

    def _issue(self, key: str) -> None:
        token = f"token-{len(self.registry.issued)}"
        self.registry.issued[token] = self.registry.lives
        self._send(200, {key: token})

    # -- content -----------------------------------------------------------------------------------------------

    def _tags(self, query: dict[str, list[str]]) -> None:
        registry = self.registry
        at = registry.tags.index(query["last"][0]) + 1 if "last" in query else 0
        page = registry.tags[at : at + registry.page]
        more = at + registry.page < len(registry.tags)
        link = (
            f'<{registry.next_at}/v2/{REPOSITORY}/tags/list?n={registry.page}&last={page[-1]}>; rel="next"'
            if more
            else ""
        )
        content: dict[str, Any] = {"name": REPOSITORY, "tags": page or None}
        if registry.huge:
            content["padding"] = "x" * 5_000_000
        self._send(200, content, {"Link": link} if link else {})

    def _manifest(self, reference: str) -> None:
        registry = self.registry
        tag = next((tag for tag in registry.tags if reference in (tag, registry.digest(tag))), None)
        if tag is None:
            self._send(404, {"errors": [{"code": "MANIFEST_UNKNOWN"}]})
        elif self.command == "HEAD" and not registry.answers_head:
            self._send(405, {})
        else:
            said = {"Docker-Content-Digest": registry.digest(tag)} if registry.says_digest else {}
            self._send(200, registry.content(tag), said)

    def _send(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def serving(registry: ImageRegistry, certificate: Path | None = None) -> Iterator[ImageRegistry]:
    """Serve it, encrypted if there is a file with a certificate and its key."""
    handler = type("Handler", (_Handler,), {"registry": registry})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    registry.port = server.server_address[1]
    if certificate is not None:
        registry.scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Requests to one Kubernetes API server: retries, one new login, errors with names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast
from urllib.parse import urlencode

from .connection import Settings
from .credentials import Credentials, log_in
from .errors import ApiError, Unreachable
from .plain import Manifest
from .retry import TRANSIENT_STATUS, Attempts, RetryPolicy, retry_after
from .wire import Answer, ConnectFailed, LinkBroken, Untrusted, Wire

CONNECT_TIMEOUT = 5.0
# Escapes of JSON, with those of a pair of surrogates as group 1; every other is there so that none is cut.
_ESCAPES = re.compile(r"(\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|\\.")


class Transport:
    """One cluster, spoken to as one identity."""

    def __init__(self, settings: Settings, policy: RetryPolicy | None = None) -> None:
        self._settings = settings
        self._policy = policy or RetryPolicy(budget=settings.retry_budget)
        self.warnings: dict[str, None] = {}
        self._date = ""
        self._log_in()

    def _log_in(self) -> None:
        """(Re)load the credentials; exec plugins run again."""
        self._credentials: Credentials = log_in(self._settings)
        self._wire = Wire(self._credentials.endpoint, CONNECT_TIMEOUT, self._settings.request_timeout)

    @property
    def context(self) -> str:
        return self._credentials.context

    def _request_headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "openclaw.kubernetes"}
        if self._credentials.authorization:
            headers["Authorization"] = self._credentials.authorization
        if self._settings.impersonate_user:
            headers["Impersonate-User"] = self._settings.impersonate_user
        return headers

    def secrets(self) -> list[str]:
        """Credentials in use: nothing that leaves the engine may contain them."""
        return self._credentials.secrets

    @property
    def round_trip(self) -> float:
        """Seconds to the server and back; 0 before the first request."""
        return self._wire.round_trip

    @property
    def host(self) -> str:
        return self._wire.endpoint.url

    @property
    def server_time(self) -> datetime:
        """When the last answer was sent, by the server's clock: the only one that all runs share."""
        try:
            return parsedate_to_datetime(self._date).astimezone(UTC)
        except ValueError:
            return datetime.now(UTC)

    # -- requests ----------------------------------------------------------------------------------------------

    def request(
        self,
        verb: str,
        path: str,
        target: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Manifest | None = None,
        content_type: str = "application/json",
        repeatable: bool = True,
    ) -> tuple[int, Manifest]:
        """Send one request until it is answered; return status and document, or raise ApiError.

        `target` names the object in errors. A POST may be sent again only when `repeatable` says that the
        caller recognises its own first attempt.
        """
        answer, attempts = self._answered(
            verb, _with_query(path, query), target, encoded(body), content_type, repeatable
        )
        if answer.status >= 400:
            if answer.status == 404 and verb == "DELETE" and attempts > 1:
                return 200, {}  # the first attempt was carried out and its answer lost
            raise self._error(verb, target, attempts, answer)
        return answer.status, _document(answer.body)

    def text(self, path: str, target: str, *, query: Mapping[str, str] | None = None) -> str:
        """GET something that is no JSON, such as a log."""
        answer, attempts = self._answered("GET", _with_query(path, query), target, None, "", True)
        if answer.status >= 400:
            raise self._error("GET", target, attempts, answer)
        return answer.body.decode("utf-8", "replace")

    def _answered(
        self, verb: str, path: str, target: str, body: bytes | None, content_type: str, repeatable: bool
    ) -> tuple[Answer, int]:
        attempts = Attempts(self._policy)
        renewed = False
        while True:
            attempts.count += 1
            headers = self._request_headers()
            if body is not None:
                headers["Content-Type"] = content_type
            try:
                answer = self._wire.exchange(verb, path, headers, body)
            except Untrusted as exc:
                raise self._unreachable(verb, target, attempts, exc) from exc
            except ConnectFailed as exc:
                if not attempts.pause(connecting=True):
                    raise self._unreachable(verb, target, attempts, exc) from exc
                continue
            except LinkBroken as exc:
                if not repeatable or not attempts.pause():
                    raise self._lost(verb, target, attempts, exc) from exc
                continue
            if answer.status == 401 and not renewed:
                renewed = True
                self._log_in()
                continue
            self._date = answer.headers.get("date", "")
            asked = retry_after(answer.headers.get("retry-after"))
            if answer.status in TRANSIENT_STATUS and repeatable and attempts.pause(asked=asked):
                continue
            self._note_warnings(answer)
            return answer, attempts.count

    def _note_warnings(self, answer: Answer) -> None:
        header = answer.headers.get("warning")
        if header and '"' in header:
            self.warnings[header.split('"', 1)[1].rsplit('"', 1)[0]] = None

    def _unreachable(self, verb: str, target: str, attempts: Attempts, exc: Exception) -> Unreachable:
        message = f"cannot connect: {exc} ({attempts.elapsed:.0f} s)"
        return Unreachable(host=self.host, verb=verb, target=target, attempts=attempts.count, status=0, message=message)

    def _lost(self, verb: str, target: str, attempts: Attempts, exc: Exception) -> ApiError:
        return ApiError(
            host=self.host,
            verb=verb,
            target=target,
            attempts=attempts.count,
            status=0,
            message=f"no answer: {exc} ({attempts.elapsed:.0f} s)",
        )

    def _error(self, verb: str, target: str, attempts: int, answer: Answer) -> ApiError:
        status = _document(answer.body)
        details = status.get("details") or {}
        return ApiError(
            host=self.host,
            verb=verb,
            target=target,
            attempts=attempts,
            status=answer.status,
            message=status.get("message") or answer.body[:300].decode("utf-8", "replace") or "no explanation given",
            reason=status.get("reason") or "",
            causes=details.get("causes") or (),
        )

    def websocket(self, path: str, query: list[tuple[str, str]]) -> tuple[str, Any, dict[str, str]]:
        """What an exec stream needs: its address, a connected socket, the headers of this identity."""
        endpoint = self._wire.endpoint
        scheme = "wss" if endpoint.tls is not None else "ws"
        address = f"{scheme}{endpoint.url[len(endpoint.scheme) :]}{path}?{urlencode(query)}"
        try:
            return address, self._wire.open_socket(), self._request_headers()
        except ConnectFailed as exc:
            raise Unreachable(
                host=self.host, verb="EXEC", target=path, attempts=1, status=0, message=f"cannot connect: {exc}"
            ) from exc

    def close(self) -> None:
        self._wire.close()


def _with_query(path: str, query: Mapping[str, str] | None) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def encoded(body: Manifest | None) -> bytes | None:
    """The body as JSON that is YAML as well, since the server reads patches as that: pairs of surrogates are one
    character there, and DEL has to be escaped.
    """
    if body is None:
        return None
    text = json.dumps(body, separators=(",", ":")).replace("\x7f", "\\u007f")
    return (_ESCAPES.sub(_paired, text) if "\\ud" in text else text).encode()


def _paired(escape: re.Match[str]) -> str:
    return str(json.loads(f'"{escape[0]}"')) if escape[1] else escape[0]


def _document(body: bytes) -> Manifest:
    try:
        return cast(Manifest, json.loads(body)) if body else {}
    except ValueError:
        return {}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Requests to one Kubernetes API server: credentials, retries, errors with names.

This is the only file that imports the official client. The client resolves credentials (tokens and their
refresh, exec plugins, certificates, service accounts); its generated classes and its HTTP layer stay unused:
they retry no PATCH and know no timeout.
"""

from __future__ import annotations

import json
import logging
import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from .connection import Settings
from .errors import ApiError, EngineError, Unreachable
from .kubeconfig import Kubeconfig, read
from .plain import Manifest
from .retry import TRANSIENT_STATUS, Attempts, RetryPolicy, retry_after
from .wire import Answer, ConnectFailed, Endpoint, LinkBroken, Untrusted, Wire

IMPORT_ERROR: ImportError | None = None
try:
    from kubernetes.client import Configuration
    from kubernetes.client.rest import should_bypass_proxies
    from kubernetes.config import (
        ConfigException,
        load_incluster_config,
        load_kube_config,
        load_kube_config_from_dict,
    )
except ImportError as missing:
    IMPORT_ERROR = missing

# OpenSSL reads its configuration with the first context: best done in the process that Ansible forks its workers from.
ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

CONNECT_TIMEOUT = 5.0
_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
SERVICE_ACCOUNT = "service account of this pod"


class Transport:
    """One cluster, spoken to as one identity."""

    def __init__(self, settings: Settings, policy: RetryPolicy | None = None) -> None:
        self._settings = settings
        self._policy = policy or RetryPolicy(budget=settings.retry_budget)
        self._configuration: Any = None
        self._headers: dict[str, str] = {}
        self.context = ""
        self.warnings: dict[str, None] = {}
        self._log_in()

    # -- credentials -------------------------------------------------------------------------------------------

    def _log_in(self) -> None:
        """(Re)load the credentials; exec plugins run again."""
        # The client hands inline certificates and keys over as files; they stay in memory and vanish with the folder.
        with tempfile.TemporaryDirectory(prefix="openclaw-", dir=_MEMORY) as folder:
            configuration = self._load(folder)
            self._apply_options(configuration)
            endpoint = _endpoint(configuration)
        self._configuration = configuration
        self._wire = Wire(endpoint, CONNECT_TIMEOUT, self._settings.request_timeout)

    def _load(self, folder: str) -> Any:
        settings = self._settings
        configuration = Configuration()
        if settings.stands_alone:
            self.context = settings.host
            return configuration
        try:
            if settings.kubeconfig:
                chosen = read(settings.kubeconfig, settings.context)
                self.context = chosen.context
                self._load_kubeconfig(chosen, configuration, folder)
            elif os.environ.get("KUBERNETES_SERVICE_HOST"):
                self.context = SERVICE_ACCOUNT
                load_incluster_config(client_configuration=configuration)
            elif settings.host:
                self.context = settings.host
            else:
                raise EngineError(
                    [
                        "no cluster is configured: set kubeconfig (or KUBECONFIG), or host and api_key "
                        "(or K8S_AUTH_HOST and K8S_AUTH_API_KEY)"
                    ]
                )
        except ConfigException as exc:
            raise EngineError([f"the cluster credentials cannot be loaded: {exc}"]) from exc
        return configuration

    def _load_kubeconfig(self, chosen: Kubeconfig, configuration: Any, folder: str) -> None:
        with _logged_errors() as complaints:
            if "auth-provider" in chosen.user:
                # These rotate refresh tokens, which must be written back to the file they came from.
                load_kube_config(
                    self._settings.kubeconfig,
                    context=chosen.context,
                    temp_file_path=folder,
                    client_configuration=configuration,
                )
            else:
                load_kube_config_from_dict(
                    chosen.as_document(),
                    persist_config=False,
                    temp_file_path=folder,
                    client_configuration=configuration,
                )
        if "exec" in chosen.user and not (configuration.api_key or configuration.cert_file):
            command = chosen.user["exec"].get("command", "")
            reason = "; ".join(complaints) or "it returned none"
            raise EngineError([f'context {chosen.context}: no credentials from the plugin "{command}": {reason}'])

    def _apply_options(self, configuration: Any) -> None:
        settings = self._settings
        if settings.host:
            configuration.host = settings.host.rstrip("/")
        if settings.api_key:
            configuration.refresh_api_key_hook = None
            # Older releases of the client read the second name.
            configuration.api_key = dict.fromkeys(("BearerToken", "authorization"), f"Bearer {settings.api_key}")
        overrides = {
            "ssl_ca_cert": settings.ca_cert,
            "cert_file": settings.client_cert,
            "key_file": settings.client_key,
            "proxy": settings.proxy,
        }
        for attribute, value in overrides.items():
            if value:
                setattr(configuration, attribute, value if attribute == "proxy" else os.path.expanduser(value))
        if settings.validate_certs is not None:
            configuration.verify_ssl = settings.validate_certs

    def _request_headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "openclaw.kubernetes"}
        for scheme in self._configuration.auth_settings().values():
            if scheme["value"]:
                headers[scheme["key"]] = scheme["value"]
        if self._settings.impersonate_user:
            headers["Impersonate-User"] = self._settings.impersonate_user
        return headers

    def secrets(self) -> list[str]:
        """Credentials in use: nothing that leaves the engine may contain them."""
        return [value.split(" ", 1)[-1] for value in self._configuration.api_key.values() if value]

    @property
    def round_trip(self) -> float:
        """Seconds to the server and back; 0 before the first request."""
        return self._wire.round_trip

    @property
    def host(self) -> str:
        return self._wire.endpoint.url

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
            verb, _with_query(path, query), target, _encoded(body), content_type, repeatable
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


@contextmanager
def _logged_errors() -> Iterator[list[str]]:
    """The client reports a failing exec plugin to the log only: catch it there, and keep it off the screen."""
    complaints: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            complaints.append(record.getMessage())

    root, listener = logging.getLogger(), Listener(logging.ERROR)
    root.addHandler(listener)
    try:
        yield complaints
    finally:
        root.removeHandler(listener)


def _endpoint(configuration: Any) -> Endpoint:
    parts = urlsplit(configuration.host)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EngineError([f'host: "{configuration.host}" is not an http or https address'])
    secure = parts.scheme == "https"
    return Endpoint(
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port or (443 if secure else 80),
        base_path=parts.path.rstrip("/"),
        tls=_tls(configuration) if secure else None,
        tls_name=getattr(configuration, "tls_server_name", None),
        proxy=_proxy(configuration),
    )


def _tls(configuration: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if not configuration.verify_ssl:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif configuration.ssl_ca_cert:
            context.load_verify_locations(cafile=configuration.ssl_ca_cert)
        else:
            context.load_default_certs()
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
    except (OSError, ssl.SSLError) as exc:
        place = configuration.ssl_ca_cert or configuration.cert_file
        raise EngineError([f"certificates for {configuration.host} cannot be loaded ({place}): {exc}"]) from exc
    return context


def _proxy(configuration: Any) -> str | None:
    proxy = configuration.proxy
    if not proxy or (configuration.no_proxy and should_bypass_proxies(configuration.host, configuration.no_proxy)):
        return None
    if urlsplit(proxy).scheme != "http":
        raise EngineError([f'proxy: "{proxy}" is not an http:// proxy address'])
    return str(proxy)


def _with_query(path: str, query: Mapping[str, str] | None) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _encoded(body: Manifest | None) -> bytes | None:
    return None if body is None else json.dumps(body, separators=(",", ":")).encode()


def _document(body: bytes) -> Manifest:
    try:
        return cast(Manifest, json.loads(body)) if body else {}
    except ValueError:
        return {}

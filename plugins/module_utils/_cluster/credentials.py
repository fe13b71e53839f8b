# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Who the engine is to one API server: where it is, whom it trusts, how it identifies itself.

Certificates, tokens and passwords are read here. What has to be fetched first (exec plugins, auth providers) is left
to the official client: this is the only file that uses it. Importing it takes longer than a whole run that finds
nothing to do, so it is imported for those only; its generated classes and its HTTP layer stay unused in any case: they
retry no PATCH and know no timeout.
"""

from __future__ import annotations

import binascii
import functools
import importlib.util
import logging
import os
import ssl
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from .connection import Settings, settings_from
from .errors import EngineError
from .kubeconfig import Kubeconfig, read, stamp, users_of
from .wire import Endpoint

CLIENT_IS_MISSING = importlib.util.find_spec("kubernetes") is None

# OpenSSL reads its configuration with the first context: best done in the process that Ansible forks its workers from.
ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
_FETCHED = ("exec", "auth-provider")
_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True)
class Credentials:
    """What a connection and its requests need."""

    context: str
    endpoint: Endpoint
    authorization: str = field(default="", repr=False)
    """Value of the header of that name."""
    secrets: list[str] = field(default_factory=list, repr=False)
    """Nothing that leaves the engine may contain these."""


@dataclass(frozen=True)
class _Login:
    """A kubeconfig's context, or what options say in its place. Certificates are paths, or PEM text."""

    server: str = ""
    context: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    password: tuple[str, str] | None = field(default=None, repr=False)
    verify: bool = True
    tls_name: str | None = None
    proxy: str = ""


def log_in(settings: Settings) -> Credentials:
    """Load the credentials that `settings` point to; raise EngineError when that cannot be done."""
    login = _with_options(_found(settings), settings)
    authorization, secrets = "", []
    if login.token:
        authorization, secrets = f"Bearer {login.token}", [login.token]
    elif login.password:
        basic = b64encode(":".join(login.password).encode()).decode()
        authorization, secrets = f"Basic {basic}", [login.password[1], basic]
    return Credentials(login.context, _endpoint(login), authorization, secrets)


def prepare(environ: Mapping[str, str]) -> None:
    """Do what every fork of this process would do: import the official client if it is needed, else read certificates.

    What is wrong is left to the task that needs it.
    """
    with suppress(EngineError, ImportError):
        settings = settings_from({}, environ)
        users = users_of(settings.kubeconfig) if settings.kubeconfig else []
        if any(kind in user for user in users for kind in _FETCHED):
            importlib.import_module("kubernetes.config")
        else:
            log_in(settings)


def _found(settings: Settings) -> _Login:
    if settings.stands_alone:
        return _Login(server=settings.host, context=settings.host)
    if settings.kubeconfig:
        return _from_kubeconfig(read(settings.kubeconfig, settings.context), settings)
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return _from_service_account()
    if settings.host:
        return _Login(server=settings.host, context=settings.host)
    raise EngineError(
        [
            "no cluster is configured: set kubeconfig (or KUBECONFIG), or host and api_key "
            "(or K8S_AUTH_HOST and K8S_AUTH_API_KEY)"
        ]
    )


def _from_service_account() -> _Login:
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    return _Login(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        context="service account of this pod",
        ca=f"{_SERVICE_ACCOUNT}/ca.crt",
        token=_content(f"{_SERVICE_ACCOUNT}/token", "the token of the service account").strip(),
    )


def _from_kubeconfig(chosen: Kubeconfig, settings: Settings) -> _Login:
    place, cluster, user = f"context {chosen.context}", chosen.cluster, chosen.user
    login = _Login(
        server=str(cluster.get("server") or "").rstrip("/"),
        context=chosen.context,
        ca=_pem(cluster, "certificate-authority", place),
        verify=not cluster.get("insecure-skip-tls-verify"),
        tls_name=cluster.get("tls-server-name"),
        proxy=str(cluster.get("proxy-url") or ""),
    )
    if settings.api_key or settings.client_cert:
        return login  # options say who: what the file says about it is not even looked at
    if any(kind in user for kind in _FETCHED):
        return _fetched(chosen, settings, login)
    username = user.get("username")
    return replace(
        login,
        certificate=_pem(user, "client-certificate", place),
        key=_pem(user, "client-key", place),
        token=_token(user, place),
        password=(str(username), str(user.get("password") or "")) if username else None,
    )


def _fetched(chosen: Kubeconfig, settings: Settings, login: _Login) -> _Login:
    """Let the official client run the exec plugin or ask the auth provider."""
    if CLIENT_IS_MISSING:
        raise EngineError([f"context {chosen.context}: its credentials need the Python package kubernetes"])
    from kubernetes import client, config

    configuration: Any = client.Configuration()
    # The client hands inline certificates and keys over as files; they stay in memory and vanish with the folder.
    with tempfile.TemporaryDirectory(prefix="openclaw-", dir=_MEMORY) as folder, _logged_errors() as complaints:
        options: dict[str, object] = {"temp_file_path": folder, "client_configuration": configuration}
        try:
            if "auth-provider" in chosen.user:
                # These rotate refresh tokens, which must be written back to the file they came from.
                config.load_kube_config(settings.kubeconfig, context=chosen.context, **options)
            else:
                config.load_kube_config_from_dict(chosen.as_document(), persist_config=False, **options)
        except config.ConfigException as exc:
            raise EngineError([f"the cluster credentials cannot be loaded: {exc}"]) from exc
        values = [scheme["value"] for scheme in configuration.auth_settings().values() if scheme["value"]]
        certificate, key = (
            _content(path, f"context {chosen.context}") if path else ""
            for path in (configuration.cert_file, configuration.key_file)
        )
    if not values and not certificate:
        source = chosen.user.get("exec") or chosen.user.get("auth-provider") or {}
        plugin = source.get("command") or source.get("name") or ""
        reason = "; ".join(complaints) or "it returned none"
        raise EngineError([f'context {chosen.context}: no credentials from the plugin "{plugin}": {reason}'])
    token = values[0].split(" ", 1)[-1] if values else ""
    return replace(login, certificate=certificate, key=key, token=token)


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


def _with_options(login: _Login, settings: Settings) -> _Login:
    if settings.host:
        login = replace(login, server=settings.host.rstrip("/"))
    if settings.api_key:
        login = replace(login, token=settings.api_key, password=None)
    if settings.client_cert:
        login = replace(login, certificate=os.path.expanduser(settings.client_cert))
    if settings.client_key:
        login = replace(login, key=os.path.expanduser(settings.client_key))
    if settings.ca_cert:
        login = replace(login, ca=os.path.expanduser(settings.ca_cert))
    if settings.validate_certs is not None:
        login = replace(login, verify=settings.validate_certs)
    return replace(login, proxy=settings.proxy or login.proxy or _proxy_of_environment(login.server))


def _proxy_of_environment(server: str) -> str:
    proxies = getproxies()
    parts = urlsplit(server)
    if not parts.hostname or proxy_bypass(parts.netloc) or _in_ranges(parts.hostname, proxies.get("no", "")):
        return ""
    return proxies.get(parts.scheme, "")


def _in_ranges(host: str, no_proxy: str) -> bool:
    """Whether NO_PROXY lists the address by a range such as 10.0.0.0/8, which the standard library does not read."""
    with suppress(ValueError):
        address = ip_address(host)
        return any(address in network for network in map(_network, no_proxy.split(",")) if network)
    return False


def _network(text: str) -> IPv4Network | IPv6Network | None:
    with suppress(ValueError):
        return ip_network(text.strip(), strict=False)
    return None


def _endpoint(login: _Login) -> Endpoint:
    parts = urlsplit(login.server)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EngineError([f'host: "{login.server}" is not an http or https address'])
    if login.proxy and urlsplit(login.proxy).scheme != "http":
        raise EngineError([f'proxy: "{login.proxy}" is not an http:// proxy address'])
    secure = parts.scheme == "https"
    return Endpoint(
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port or (443 if secure else 80),
        base_path=parts.path.rstrip("/"),
        tls=_tls(login) if secure else None,
        tls_name=login.tls_name,
        proxy=login.proxy or None,
    )


def _tls(login: _Login) -> ssl.SSLContext:
    return _context(
        login, *(None if _is_text(each) else stamp(each) for each in (login.ca, login.certificate, login.key))
    )


@functools.lru_cache(maxsize=8)
def _context(login: _Login, *stamps: object) -> ssl.SSLContext:
    """Make the context for a server; once, for as long as its files stay the same: OpenSSL reads keys slowly."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    place = login.ca
    try:
        if not login.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif _is_text(login.ca):
            context.load_verify_locations(cadata=login.ca)
        elif login.ca:
            context.load_verify_locations(cafile=login.ca)
        else:
            context.load_default_certs()
        if login.certificate:
            place = login.certificate
            with _as_file(login.certificate) as certificate, _as_file(login.key) as key:
                context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as exc:
        named = login.context if _is_text(place) else place
        raise EngineError([f"certificates for {login.server} cannot be loaded ({named}): {exc}"]) from exc
    return context


def _is_text(certificate: str) -> bool:
    return "\n" in certificate


@contextmanager
def _as_file(pem: str) -> Iterator[str]:
    """OpenSSL reads a client's key from files only: text is one in memory for that moment."""
    if not _is_text(pem):
        yield pem
        return
    with tempfile.NamedTemporaryFile("w", prefix="openclaw-", dir=_MEMORY, encoding="utf-8") as stream:
        stream.write(pem)
        stream.flush()
        yield stream.name


def _pem(entry: Mapping[str, object], key: str, place: str) -> str:
    """The path under `key`, or the text under `<key>-data`, which wins as it does for kubectl."""
    encoded = entry.get(f"{key}-data")
    if not encoded:
        return str(entry.get(key) or "")
    try:
        # A line break tells text from a path, also when the certificate came without one.
        return b64decode(str(encoded), validate=False).decode() + "\n"
    except (binascii.Error, UnicodeDecodeError):
        raise EngineError([f"{place}: {key}-data is not base64 of a PEM text"]) from None


def _token(user: Mapping[str, object], place: str) -> str:
    path = user.get("tokenFile")
    return _content(str(path), f"{place}: tokenFile").strip() if path else str(user.get("token") or "")


def _content(path: str, what: str) -> str:
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError) as exc:
        raise EngineError([f"{what}: {path} cannot be read: {exc}"]) from exc

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way a kubeconfig or an option says who we are ends in the same few facts."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import certifi
import pytest
import yaml

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.connection import Settings
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.credentials import Credentials, log_in
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError

SERVER = "http://api.example:6443/base"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KUBERNETES_SERVICE_HOST", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def enter(folder: Path, user: dict[str, Any], cluster: dict[str, Any] | None = None, **settings: Any) -> Credentials:
    document = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": SERVER, **(cluster or {})}}],
        "users": [{"name": "u", "user": user}],
    }
    file = folder / "config"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return log_in(Settings(kubeconfig=str(file), **settings))


def plugin(folder: Path, status: dict[str, Any] | None) -> dict[str, Any]:
    """An exec plugin that prints `status`, or complains and fails without one."""
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    text = f"print({json.dumps(json.dumps(answer))})" if status else "import sys; sys.exit('the card is locked')"
    script = folder / "plugin"
    script.write_text(f"#!{sys.executable}\n{text}\n", encoding="utf-8")
    script.chmod(0o755)
    return {"exec": {"apiVersion": answer["apiVersion"], "command": "./plugin", "interactiveMode": "Never"}}


def test_a_token(tmp_path: Path) -> None:
    found = enter(tmp_path, {"token": "t0ken"})
    assert (found.authorization, found.secrets, found.context) == ("Bearer t0ken", ["t0ken"], "here")
    assert found.endpoint.url == SERVER
    assert "t0ken" not in repr(found)


def test_a_token_file_beside_the_kubeconfig_wins_over_the_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n", encoding="utf-8")
    assert enter(tmp_path, {"tokenFile": "token", "token": "old"}).authorization == "Bearer from-file"


def test_a_missing_token_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"context here: tokenFile: .*/token cannot be read"):
        enter(tmp_path, {"tokenFile": "token"})


def test_a_password(tmp_path: Path) -> None:
    found = enter(tmp_path, {"username": "ann", "password": "pa:ss"})
    assert found.authorization == "Basic " + b64encode(b"ann:pa:ss").decode()
    assert "pa:ss" in found.secrets


def test_options_win_over_the_user_of_the_kubeconfig(tmp_path: Path) -> None:
    found = enter(tmp_path, {"tokenFile": "not-there"}, api_key="mine", host="http://other:80/")
    assert (found.authorization, found.endpoint.url) == ("Bearer mine", "http://other:80")


def test_an_exec_plugin(tmp_path: Path) -> None:
    assert enter(tmp_path, plugin(tmp_path, {"token": "made-up"})).authorization == "Bearer made-up"


def test_an_exec_plugin_that_fails_is_named_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r'context here: no credentials from the plugin ".*plugin"'):
        enter(tmp_path, plugin(tmp_path, None))


def test_inline_certificates_that_are_none(tmp_path: Path) -> None:
    secure = {"server": "https://api.example:6443"}
    with pytest.raises(EngineError, match="context here: client-key-data is not base64"):
        enter(tmp_path, {"client-certificate-data": "aGVsbG8=", "client-key-data": "a"}, secure)
    with pytest.raises(EngineError, match=r"certificates for https://api.example:6443 cannot be loaded \(here\)") as no:
        enter(tmp_path, {"client-certificate-data": "c2VjcmV0", "client-key-data": "c2VjcmV0"}, secure)
    assert "secret" not in str(no.value)


def test_a_certificate_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"cannot be loaded \(.*/ca.pem\)"):
        enter(tmp_path, {}, {"server": "https://api.example", "certificate-authority": "ca.pem"})


def test_trust(tmp_path: Path) -> None:
    open_door = enter(tmp_path, {}, {"server": "https://api.example", "insecure-skip-tls-verify": True})
    assert open_door.endpoint.tls is not None
    assert open_door.endpoint.tls.verify_mode == ssl.CERT_NONE
    name = {"server": "https://api.example", "insecure-skip-tls-verify": True, "tls-server-name": "inner"}
    closed = enter(tmp_path, {}, name, validate_certs=True)
    assert closed.endpoint.tls is not None
    assert closed.endpoint.tls.verify_mode == ssl.CERT_REQUIRED
    assert (closed.endpoint.tls_name, closed.endpoint.port) == ("inner", 443)


def test_certificates_are_read_again_only_after_they_changed(tmp_path: Path) -> None:
    authorities = Path(certifi.where())
    bundle = tmp_path / "ca.crt"
    bundle.write_bytes(authorities.read_bytes())

    def trust() -> ssl.SSLContext | None:
        return enter(tmp_path, {}, {"server": "https://api.example", "certificate-authority": "ca.crt"}).endpoint.tls

    first = trust()
    assert first is not None
    assert trust() is first
    bundle.write_text("no certificate", encoding="utf-8")
    with pytest.raises(EngineError, match=r"ca\.crt"):
        trust()


@pytest.mark.parametrize(
    "cluster, environment, option, expected",
    [
        ({}, {}, "", None),
        ({}, {"HTTP_PROXY": "http://env:1"}, "", "http://env:1"),
        ({}, {"HTTP_PROXY": "http://env:1", "NO_PROXY": "example"}, "", None),
        ({"server": "http://10.3.2.1"}, {"HTTP_PROXY": "http://env:1", "NO_PROXY": "x, 10.0.0.0/8"}, "", None),
        ({"server": "http://11.3.2.1"}, {"HTTP_PROXY": "http://env:1", "NO_PROXY": "10.0.0.0/8"}, "", "http://env:1"),
        ({"proxy-url": "http://file:2"}, {"HTTP_PROXY": "http://env:1"}, "", "http://file:2"),
        ({"proxy-url": "http://file:2"}, {"HTTP_PROXY": "http://env:1"}, "http://option:3", "http://option:3"),
    ],
)
def test_the_proxy(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cluster: dict[str, Any],
    environment: dict[str, str],
    option: str,
    expected: str | None,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert enter(tmp_path, {}, cluster, proxy=option).endpoint.proxy == expected


def test_a_proxy_that_needs_another_protocol_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="is not an http:// proxy address"):
        enter(tmp_path, {}, {"proxy-url": "socks5://x:1"})


def test_a_cluster_is_needed() -> None:
    with pytest.raises(EngineError, match="no cluster is configured"):
        log_in(Settings())


def test_the_official_client_is_only_imported_for_what_has_to_be_fetched() -> None:
    """It takes half a second, which is longer than a run that finds nothing to do."""
    program = (
        "import sys\n"
        "from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import apply\n"
        "from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.connection import Settings\n"
        "from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.credentials import log_in\n"
        "log_in(Settings(host='http://x', api_key='y'))\n"
        "sys.exit('kubernetes.client' in sys.modules)\n"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0

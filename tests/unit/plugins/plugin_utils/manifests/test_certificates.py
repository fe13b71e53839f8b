# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that puts the user's authorities beside the public ones, run by a real Node.js."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features import containers

NODE = shutil.which("node")
PROGRAM = Path(containers.__file__).parent / "programs" / "install-ca.mjs"
pytestmark = pytest.mark.skipif(NODE is None, reason="there is no Node.js here")

# An authority of a hundred years, made for this test by `openssl req -x509 -newkey ec -nodes`.
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBkzCCATmgAwIBAgIUL6QFDUub1BTuJBu6Kv4EsgylaiswCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTQXV0aG9yaXR5IG9mIGEgdGVzdDAgFw0yNjExMjExMDQ3NTNa
GA8yMTI2MTAyODEwNDc1M1owHjEcMBoGA1UEAwwTQXV0aG9yaXR5IG9mIGEgdGVz
dDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPns74g7asKP1kvxu/8ZIXVTV5cy
Z4p6WDrbXGIoBrbDNjYq9bY0t47zDSw4p9IwoJQZFoZCxApr7KMH/lRAeSWjUzBR
MB0GA1UdDgQWBBRfh4SJhMo1IEBnLbfWNyoHyA5cSjAfBgNVHSMEGDAWgBRfh4SJ
hMo1IEBnLbfWNyoHyA5cSjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gA
MEUCIQDZ2p3ZZZl21xjS8O2d3yPGXHJrMIYJFS6d9rr0TUl3hAIgXmL+f/kmXkVd
rkidHMbh9+ZRVuDsr1slrndgbc2h2M8=
-----END CERTIFICATE-----
"""
Install = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Given the content of the key, install it into the files own and all."""

    def run(given: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "given").write_text(given, encoding="utf-8")
        command = [str(NODE), str(PROGRAM), *(str(tmp_path / name) for name in ("given", "own", "all"))]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run


def authorities(path: Path) -> int:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(path)
    return context.cert_store_stats()["x509_ca"]


@pytest.mark.parametrize("given", [CERTIFICATE, f"# ours\n{CERTIFICATE}\n\n", CERTIFICATE.replace("\n", "\r\n")])
def test_the_users_authority_stands_beside_the_public_ones(given: str, install: Install, tmp_path: Path) -> None:
    assert (install(given).returncode, authorities(tmp_path / "own")) == (0, 1)
    everybody = (tmp_path / "all").read_text(encoding="utf-8")
    assert CERTIFICATE.strip().splitlines()[1] in everybody
    assert authorities(tmp_path / "all") > 100


@pytest.mark.parametrize(
    "given, reason",
    [
        ("", "it holds no certificate in PEM form."),
        ("-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n", "it holds no certificate in PEM form."),
        (
            f"{CERTIFICATE}-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n",
            "its certificate 2 cannot be read",
        ),
    ],
)
def test_what_is_no_certificate_stops_the_pod(given: str, reason: str, install: Install, tmp_path: Path) -> None:
    ended = install(given)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"openclaw_ca_bundle_key: {reason}")
    assert not (tmp_path / "all").exists()

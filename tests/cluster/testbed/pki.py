# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, certificates and kubeconfigs of a control plane, made with openssl.

Elliptic-curve keys keep handshakes cheap. The extensions are what Python 3.13 and Go insist on: keyUsage and key
identifiers on the authority, an authority key identifier on every leaf.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from testbed.progress import run
from testbed.settings import ControlPlane

_AUTHORITY = """\
[req]
distinguished_name = name
x509_extensions = authority
prompt = no
[name]
CN = {name}
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,digitalSignature,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
"""
_LEAF = """\
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
"""


def make_authority(folder: Path, name: str) -> None:
    """Make `ca.crt` and `ca.key` in `folder`, once."""
    if (folder / "ca.crt").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "ca.cnf"
    config.write_text(_AUTHORITY.format(name=name))
    _make_key(folder / "ca.key")
    sign: list[str | Path] = ["openssl", "req", "-x509", "-new", "-config", config, "-key", folder / "ca.key"]
    run([*sign, "-days", "3650", "-out", folder / "ca.tmp"], what="cannot make the certificate authority")
    (folder / "ca.tmp").replace(folder / "ca.crt")


def make_certificate(folder: Path, name: str, subject: str, addresses: tuple[str, ...] = ()) -> None:
    """Make `<name>.crt` and `<name>.key`, signed by the folder's authority, once.

    `subject` is openssl's form (`/O=group/CN=user`), `addresses` are `DNS:...` and `IP:...` names of a server.
    """
    certificate, key, request = folder / f"{name}.crt", folder / f"{name}.key", folder / f"{name}.csr"
    if certificate.exists():
        return
    extensions = folder / f"{name}.ext"
    extensions.write_text(_LEAF + (f"subjectAltName = {','.join(addresses)}\n" if addresses else ""))
    _make_key(key)
    ask: list[str | Path] = ["openssl", "req", "-new", "-key", key, "-subj", subject, "-out", request]
    run(ask, what=f"cannot make a request for {name}")
    authority: list[str | Path] = ["-CA", folder / "ca.crt", "-CAkey", folder / "ca.key", "-CAcreateserial"]
    sign: list[str | Path] = ["openssl", "x509", "-req", "-in", request, *authority, "-days", "3650"]
    run([*sign, "-extfile", extensions, "-out", folder / f"{name}.tmp"], what=f"cannot sign the certificate of {name}")
    request.unlink()
    extensions.unlink()
    (folder / f"{name}.tmp").replace(certificate)


def _make_key(path: Path) -> None:
    run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path], what="cannot make a key")
    path.chmod(0o600)


def make_control_plane_pki(plane: ControlPlane, clients: Mapping[str, str]) -> None:
    """Make all certificates of a control plane and a kubeconfig for each of `clients` (name -> subject)."""
    folder = plane.pki
    node = plane.settings.node_address
    make_authority(folder, f"{plane.context} authority")
    services = [f"DNS:kubernetes{suffix}" for suffix in ("", ".default", ".default.svc", ".default.svc.cluster.local")]
    addresses = (*services, "DNS:localhost", "IP:127.0.0.1", f"IP:{node}", f"IP:{plane.service_prefix}.1")
    make_certificate(folder, "apiserver", "/CN=kube-apiserver", addresses)
    make_certificate(folder, "apiserver-kubelet", "/O=system:masters/CN=kube-apiserver-kubelet-client")
    make_certificate(folder, "front-proxy", "/CN=front-proxy-client")
    if not (folder / "service-accounts.key").exists():
        _make_key(folder / "service-accounts.key")
    for user, subject in clients.items():
        make_certificate(folder, user, subject, (f"IP:{node}",) if user == "kubelet" else ())
        _write_kubeconfig(plane, user)


def _write_kubeconfig(plane: ControlPlane, user: str) -> None:
    def embedded(name: str) -> str:
        return base64.b64encode((plane.pki / name).read_bytes()).decode()

    cluster = {"server": plane.url, "certificate-authority-data": embedded("ca.crt")}
    client = {"client-certificate-data": embedded(f"{user}.crt"), "client-key-data": embedded(f"{user}.key")}
    # JSON is YAML; the keys are embedded, so the file works wherever it is copied.
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": plane.context, "cluster": cluster}],
        "users": [{"name": f"{plane.context}-{user}", "user": client}],
        "contexts": [{"name": plane.context, "context": {"cluster": plane.context, "user": f"{plane.context}-{user}"}}],
        "current-context": plane.context,
    }
    path = plane.kubeconfig(user)
    text = json.dumps(content, indent=1)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
        path.chmod(0o600)

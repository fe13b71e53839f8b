# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate authorities of the user's own, trusted beside the public ones."""

from __future__ import annotations

from ..._options.access import Instance, entries, text
from ..identity import Manifest
from .containers import preparation, program_texts
from .feature import Feature

INSTALLER = "install-ca"
VOLUME = "ca"
_GIVEN = "ca-given"
_GIVEN_DIR = "/etc/openclaw-ca-given"
_DIR = "/etc/openclaw-ca"
_OWN = f"{_DIR}/ca.crt"
_BUNDLE = f"{_DIR}/bundle.crt"
_PROGRAM = "install-ca.mjs"

# Node.js adds to the authorities it knows. OpenSSL, Go, Python's requests and git take the file that they are given
# instead of theirs, so they get one with the public authorities in it: those that Node.js brings along.
_VARIABLES = {
    "NODE_EXTRA_CA_CERTS": _OWN,
    "SSL_CERT_FILE": _BUNDLE,
    "REQUESTS_CA_BUNDLE": _BUNDLE,
    "GIT_SSL_CAINFO": _BUNDLE,
}


def certificates(instance: Instance) -> Feature | None:
    """Return what makes the pod's containers trust the authorities of a ConfigMap or Secret."""
    source = _source(instance)
    if source is None:
        return None
    return Feature(
        init_containers=(_installer(instance),),
        # Copies of the certificates twice, and 150 public ones.
        volumes=({"name": _GIVEN, **source}, {"name": VOLUME, "emptyDir": {"sizeLimit": "4Mi"}}),
        shared_mounts=({"name": VOLUME, "mountPath": _DIR, "readOnly": True},),
        shared_environment=_VARIABLES,
        offline=(INSTALLER,),
        files=program_texts(_PROGRAM),
    )


def _source(instance: Instance) -> Manifest | None:
    items = [{"key": text(instance, "ca_bundle_key"), "path": "ca.crt"}]
    if instance["ca_bundle_config_map"]:
        return {"configMap": {"name": text(instance, "ca_bundle_config_map"), "items": items}}
    if instance["ca_bundle_secret"]:
        return {"secret": {"secretName": text(instance, "ca_bundle_secret"), "items": items}}
    return None


def _installer(instance: Instance) -> Manifest:
    container = preparation(instance, INSTALLER, _PROGRAM, [f"{_GIVEN_DIR}/ca.crt", _OWN, _BUNDLE])
    mounts: list[Manifest] = [
        {"name": _GIVEN, "mountPath": _GIVEN_DIR, "readOnly": True},
        {"name": VOLUME, "mountPath": _DIR},
    ]
    return {**container, "volumeMounts": [*entries(container, "volumeMounts"), *mounts]}

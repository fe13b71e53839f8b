# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Cloudflare Tunnel beside the gateway: clients come through Cloudflare, and no port is open for them."""

from __future__ import annotations

import json

from ..._openclaw.pod import PORT
from ..._options.access import Instance, entries, text
from ..._options.tunnel_checks import flag_of
from ..identity import Manifest, config_name
from .containers import sidecar
from .feature import Feature, Way

CONTAINER = "cloudflared"
_PREFIX = "cloudflared_"
_LOOPBACK = "127.0.0.1"
# Only the pod itself reaches it: what it tells is for the probe.
_METRICS = f"--metrics={_LOOPBACK}:20241"
_SECRET_DIR = "/etc/cloudflared/secret"
_CREDENTIALS = "credentials.json"
_CONFIG_DIR = "/etc/cloudflared/config"
_CONFIG_FILE = "cloudflared.yml"
# QUIC, and HTTP/2 where UDP does not get through.
_WAYS = (Way((7844,), "UDP"), Way((7844,)))

# Flags that the command C(run) has, too, and reads only there.
_FLAGS_OF_RUN = frozenset(
    {
        "--dns-resolver-addrs",
        "--features",
        "--icmpv4-src",
        "--icmpv6-src",
        "--max-active-flows",
        "--post-quantum",
        "--pq",
        "--protocol",
    }
)


def cloudflared(instance: Instance) -> Feature | None:
    """Return what the tunnel adds."""
    if not instance["cloudflared_enabled"]:
        return None
    managed_here = bool(text(instance, "cloudflared_tunnel"))
    return Feature(
        init_containers=(_container(instance, managed_here=managed_here),),
        volumes=_volumes(instance) if managed_here else (),
        ways=_WAYS,
        config={"gateway": {"trustedProxies": [_LOOPBACK]}},
        files={_CONFIG_FILE: _configuration(instance)} if managed_here else {},
    )


def _container(instance: Instance, *, managed_here: bool) -> Manifest:
    mounts = [
        {"name": "cloudflared-config", "mountPath": _CONFIG_DIR, "readOnly": True},
        {"name": "cloudflared-secret", "mountPath": _SECRET_DIR, "readOnly": True},
    ]
    return {
        **sidecar(instance, _PREFIX, CONTAINER),
        "command": ["cloudflared"],
        "args": _arguments(instance, managed_here=managed_here),
        **({"volumeMounts": mounts} if managed_here else {"env": [_token(instance)]}),
        # Restarted when no connection to Cloudflare is left for a while. Its image has no other program to ask with.
        "livenessProbe": {
            "exec": {"command": ["cloudflared", "tunnel", _METRICS, "ready"]},
            "initialDelaySeconds": 30,
            "periodSeconds": 30,
            "timeoutSeconds": 10,
            "failureThreshold": 4,
        },
    }


def _arguments(instance: Instance, *, managed_here: bool) -> list[str]:
    given = list(map(str, entries(instance, "cloudflared_args")))
    return [
        "tunnel",
        "--no-autoupdate",
        _METRICS,
        *([f"--config={_CONFIG_DIR}/{_CONFIG_FILE}"] if managed_here else []),
        *(argument for argument in given if flag_of(argument) not in _FLAGS_OF_RUN),
        "run",
        *(argument for argument in given if flag_of(argument) in _FLAGS_OF_RUN),
    ]


def _token(instance: Instance) -> Manifest:
    reference = {"name": text(instance, "cloudflared_secret"), "key": "token"}
    return {"name": "TUNNEL_TOKEN", "valueFrom": {"secretKeyRef": reference}}


def _volumes(instance: Instance) -> tuple[Manifest, ...]:
    config = {"name": config_name(instance), "items": [{"key": _CONFIG_FILE, "path": _CONFIG_FILE}]}
    secret = {
        "secretName": text(instance, "cloudflared_secret"),
        "items": [{"key": _CREDENTIALS, "path": _CREDENTIALS}],
    }
    return {"name": "cloudflared-config", "configMap": config}, {"name": "cloudflared-secret", "secret": secret}


def _configuration(instance: Instance) -> str:
    """Return the file of a tunnel that is managed here, as JSON, which is YAML, too.

    It leads to the gateway itself: that is nearer than the pod's own proxy, and trusts what comes over loopback.
    """
    hosts = [text(instance, "hostname"), *map(str, entries(instance, "hostname_aliases"))]
    content = {
        "tunnel": text(instance, "cloudflared_tunnel"),
        "credentials-file": f"{_SECRET_DIR}/{_CREDENTIALS}",
        "ingress": [
            *({"hostname": host, "service": f"http://{_LOOPBACK}:{PORT}"} for host in hosts if host),
            {"service": "http_status:404"},
        ],
    }
    return json.dumps(content, indent=2) + "\n"

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An nginx in the pod, in front of the gateway: the gateway learns the address of each client from it."""

from __future__ import annotations

from ..._openclaw.pod import PORT
from ..._options.access import Instance, entries
from ..identity import Manifest
from ..image import reference
from ..restricted import container_security
from .feature import Feature

CONTAINER = "gateway-proxy"
FRONT_PORT = 18790
_PREFIX = "gateway_proxy_"
_FILE = "nginx.conf"
_TEMPORARY = "gateway-proxy-tmp"
_GATEWAY = "127.0.0.1"

# The gateway trusts this proxy, so every header by which it judges a client is written here and none is passed on.
# Times and sizes are left to the gateway: it closes what it does not want, and limits each kind of request by itself.
_CONFIGURATION = """\
# Written by openclaw.kubernetes.
daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;

events {{
    worker_connections 4096;
}}

http {{
    server_tokens off;
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;

    # Without the query, which may hold a token.
    log_format client '$remote_addr [$time_iso8601] "$request_method $uri" $status $body_bytes_sent $request_time';
    access_log /dev/stdout client;

    # Proxies before this one, whose word about the client is taken.
    geo $realip_remote_addr $believed {{
        default 0;{believed}
    }}
    real_ip_header X-Forwarded-For;
    real_ip_recursive on;{real_ip_from}
    map "$believed $http_x_forwarded_proto" $client_scheme {{
        default $scheme;
        "1 http" http;
        "1 https" https;
    }}
    map "$believed $http_x_forwarded_host" $client_host {{
        default $http_host;
        "~^1 (?<told>.+)$" $told;
    }}
    map $http_upgrade $kept_connection {{
        default upgrade;
        "" close;
    }}

    server {{
        listen {front};

        location / {{
            proxy_pass http://{gateway}:{port};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $kept_connection;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $client_scheme;
            proxy_set_header X-Forwarded-Host $client_host;
            proxy_set_header X-Real-IP "";
            proxy_set_header Forwarded "";
            proxy_buffering off;
            proxy_request_buffering off;
            client_max_body_size 0;
            proxy_connect_timeout 5s;
            proxy_read_timeout 1d;
            proxy_send_timeout 1d;
        }}
    }}
}}
"""


def gateway_proxy(instance: Instance) -> Feature | None:
    """Return what the proxy adds."""
    if not instance["gateway_proxy_enabled"]:
        return None
    return Feature(
        containers=(_container(instance),),
        volumes=({"name": _TEMPORARY, "emptyDir": {"sizeLimit": "16Mi"}},),
        offline=(CONTAINER,),
        config={"gateway": {"bind": "loopback", "trustedProxies": [_GATEWAY]}},
        files={_FILE: _configuration(instance)},
        front_port=FRONT_PORT,
    )


def _configuration(instance: Instance) -> str:
    believed = [str(entry) for entry in entries(instance, "gateway_proxy_trusted")]
    return _CONFIGURATION.format(
        believed="".join(f"\n        {entry} 1;" for entry in believed),
        real_ip_from="".join(f"\n    set_real_ip_from {entry};" for entry in believed),
        front=FRONT_PORT,
        gateway=_GATEWAY,
        port=PORT,
    )


def _container(instance: Instance) -> Manifest:
    return {
        "name": CONTAINER,
        "image": reference(instance, _PREFIX),
        "imagePullPolicy": instance["image_pull_policy"],
        # Before it reads its configuration nginx would write to a folder of the image.
        "command": ["nginx", "-e", "stderr"],
        "ports": [{"name": "gateway", "containerPort": FRONT_PORT, "protocol": "TCP"}],
        "resources": {
            "requests": {"cpu": "10m", "memory": "16Mi"},
            "limits": {"memory": instance["gateway_proxy_memory_limit"]},
        },
        "securityContext": container_security(),
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/nginx/nginx.conf", "subPath": _FILE, "readOnly": True},
            {"name": _TEMPORARY, "mountPath": "/tmp"},
        ],
    }

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An nginx in the pod, in front of the gateway: the gateway learns the address of each client from it."""

from __future__ import annotations

from ..._openclaw.gateway_auth import named_by_proxies
from ..._openclaw.pod import PORT
from ..._options.access import Instance, text
from ..exposure import ENTRY, GATEWAY, entry_port, reached_over_ipv6, trusted_proxies
from ..identity import Manifest
from ..image import reference
from ..restricted import container_security
from .feature import Feature

CONTAINER = "gateway-proxy"
FRONT_PORT = 18790
ENTRY_PORT = 18791
_PREFIX = "gateway_proxy_"
_FILE = "nginx.conf"
_TEMPORARY = "gateway-proxy-tmp"
_GATEWAY = "127.0.0.1"
# An address of this host that nobody else speaks from.
_ENTRY_ADDRESS = "127.0.0.2"

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

    proxy_http_version 1.1;
    proxy_buffering off;
    proxy_request_buffering off;
    client_max_body_size 0;
    proxy_connect_timeout 5s;
    proxy_read_timeout 1d;
    proxy_send_timeout 1d;

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
        # What Traefik says of a WebSocket.
        "1 ws" http;
        "1 wss" https;
    }}
    map "$believed $http_x_forwarded_host" $client_host {{
        default $http_host;
        "~^1 (?<told>.+)$" $told;
    }}{user}
    map $http_upgrade $kept_connection {{
        default upgrade;
        "" close;
    }}

    server {{
        listen {listen};

        location / {{
            proxy_pass http://{gateway}:{port};
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $kept_connection;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $client_scheme;
            proxy_set_header X-Forwarded-Host $client_host;
            proxy_set_header X-Real-IP "";
            proxy_set_header Forwarded "";{user_header}
        }}
    }}
{entry}}}
"""

# Who a user is says a proxy that is believed, and nobody else.
_USER = """
    map "$believed $http_{variable}" $client_user {{
        default "";
        "~^1 (?<name>.+)$" $name;
    }}"""
_USER_HEADER = """
            proxy_set_header {header} $client_user;"""

# The network policy lets declared proxies alone reach this server, so it hands on what they say. It comes to the one
# above from an address that is believed there, and so the proxies before the declared ones count as everywhere.
_ENTRY = """
    map $http_x_forwarded_for $nobody_named {{
        default 0;
        "" 1;
    }}
    server {{
        listen {listen};
        access_log /dev/stdout client if=$nobody_named;
        default_type text/plain;
        if ($nobody_named) {{
            return 403 "This port is for proxies that name their client, and the request has no X-Forwarded-For.\\n";
        }}

        location / {{
            proxy_pass http://{gateway}:{front};
            proxy_bind {address};
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $kept_connection;
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
    has_entry = _has_entry(instance)
    believed = [*trusted_proxies(instance), *([_ENTRY_ADDRESS] if has_entry else [])]
    header = text(instance, "gateway_user_header") if named_by_proxies(instance) else ""
    return _CONFIGURATION.format(
        believed="".join(f"\n        {address} 1;" for address in believed),
        real_ip_from="".join(f"\n    set_real_ip_from {address};" for address in believed),
        user=_USER.format(variable=header.lower().replace("-", "_")) if header else "",
        user_header=_USER_HEADER.format(header=header) if header else "",
        listen=_listen(instance, FRONT_PORT),
        gateway=_GATEWAY,
        port=PORT,
        entry=_entry(instance) if has_entry else "",
    )


def _entry(instance: Instance) -> str:
    return _ENTRY.format(
        listen=_listen(instance, ENTRY_PORT), gateway=_GATEWAY, front=FRONT_PORT, address=_ENTRY_ADDRESS
    )


def _listen(instance: Instance, port: int) -> str:
    """Return where a server listens. A node without IPv6 would not let it listen there, so that has to be asked for."""
    return f"{port};\n        listen [::]:{port}" if reached_over_ipv6(instance) else str(port)


def _has_entry(instance: Instance) -> bool:
    return entry_port(instance) == ENTRY


def _container(instance: Instance) -> Manifest:
    ports = {GATEWAY: FRONT_PORT, **({ENTRY: ENTRY_PORT} if _has_entry(instance) else {})}
    return {
        "name": CONTAINER,
        "image": reference(instance, _PREFIX),
        "imagePullPolicy": instance["image_pull_policy"],
        # Before it reads its configuration nginx would write to a folder of the image.
        "command": ["nginx", "-e", "stderr"],
        "ports": [{"name": name, "containerPort": number, "protocol": "TCP"} for name, number in ports.items()],
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

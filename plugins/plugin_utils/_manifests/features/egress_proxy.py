# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP proxy through which the pod asks the Internet.

The pod's programs learn of it by their environment, which knows exceptions. OpenClaw's own C(proxy.proxyUrl) knows none
but loopback, so with it every model inside the cluster would have to be reached through the proxy.
"""

from __future__ import annotations

from ..._openclaw.config import model_endpoints
from ..._openclaw.endpoint import endpoint_of
from ..._openclaw.replicas import wanted_config
from ..._options.access import Instance, entries, text
from .feature import Feature

# Go, curl and Python read ranges; Node.js 24 only names and addresses, so those of the models are named one by one.
_ALWAYS_DIRECT = (
    "localhost",
    "127.0.0.1",
    "::1",
    "[::1]",
    ".svc",
    ".cluster.local",
    "127.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "fc00::/7",
    "fe80::/10",
)

_IPV6 = 6


def egress_proxy(instance: Instance) -> Feature | None:
    """Return what leads the pod's programs through the proxy."""
    url = text(instance, "proxy_url")
    if not url:
        return None
    endpoint = endpoint_of(url)
    direct = ",".join(
        dict.fromkeys([*_ALWAYS_DIRECT, *_models(instance), *map(str, entries(instance, "proxy_bypass"))])
    )
    variables = {"HTTP_PROXY": url, "HTTPS_PROXY": url, "NO_PROXY": direct}
    return Feature(
        shared_environment={
            **variables,
            # curl and wget read only the small form of the first.
            **{name.lower(): value for name, value in variables.items()},
            # Without it Node.js' own clients do not look at the others.
            "NODE_USE_ENV_PROXY": "1",
        },
        # The tool otherwise resolves names itself and connects directly.
        config={"tools": {"web": {"fetch": {"useTrustedEnvProxy": True}}}},
        destinations=(endpoint,) if endpoint else (),
    )


def _models(instance: Instance) -> list[str]:
    """Return the hosts of the models inside the cluster and at private addresses."""
    hosts = []
    for endpoint in model_endpoints(wanted_config(instance)):
        address = endpoint.address
        if endpoint.service_namespace is not None:
            hosts.append(endpoint.host)
        elif address is not None and not address.is_global:
            # Of these two Node.js' fetch only knows the first, and its other client only the second.
            hosts.extend([f"[{address}]", str(address)] if address.version == _IPV6 else [str(address)])
    return hosts

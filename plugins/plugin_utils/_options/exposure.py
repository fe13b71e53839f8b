# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Under which addresses the instance is known outside the cluster, and who brings clients from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .access import Instance, entries, mapping, text

GATEWAY = "gateway"
ENTRY = "entry"
"""The port of the pod's own proxy that only proxies reach, so it takes their word about the client."""


@dataclass(frozen=True)
class PublicAddress:
    """An address that people open, and the option that makes it."""

    scheme: str
    host: str
    option: str
    path: str = "/"

    @property
    def origin(self) -> str:
        """What a browser calls the place where its page came from."""
        return f"{self.scheme}://{self.host}"


@dataclass(frozen=True)
class EntryPoint:
    """Somebody who brings clients from outside: one entry of the option C(entry_points)."""

    name: str
    namespace: str = ""
    pods: tuple[tuple[str, str], ...] = ()
    ranges: tuple[str, ...] = ()
    ports: tuple[str, ...] = (GATEWAY,)
    proxy: bool = True

    @property
    def comes_and_goes(self) -> bool:
        """Whether its addresses are those of pods, which nobody can write down."""
        return bool(self.namespace)


def entry_points(instance: Instance) -> list[EntryPoint]:
    """Return the declared entry points, in the order of their names."""
    return [
        EntryPoint(
            name=name,
            namespace=str(given.get("namespace") or ""),
            pods=tuple(sorted((str(key), str(value)) for key, value in _fields(given.get("pods")).items())),
            ranges=tuple(map(str, _list(given.get("cidr")))),
            ports=tuple(map(str, _list(given.get("ports")))) or (GATEWAY,),
            proxy=given.get("proxy") is not False,
        )
        for name, given in sorted(mapping(instance, "entry_points").items())
        if isinstance(given, Mapping)
    ]


def public_addresses(instance: Instance) -> list[PublicAddress]:
    """Return the addresses of every entry point that is on, the main one first."""
    return list(dict.fromkeys(_addresses(instance)))


def trusted_proxies(instance: Instance) -> list[str]:
    """Return the addresses and ranges whose word about the client is taken."""
    declared = (entry.ranges for entry in entry_points(instance) if entry.proxy)
    return list(
        dict.fromkeys([*map(str, entries(instance, "trusted_proxies")), *(each for part in declared for each in part)])
    )


def proxies_that_come_and_go(instance: Instance) -> list[EntryPoint]:
    """Return the proxies that are named by their pods."""
    return [entry for entry in entry_points(instance) if entry.proxy and entry.comes_and_goes]


def entry_port(instance: Instance) -> str:
    """Return the name of the port, of pod and Service, to which an Ingress or a route leads."""
    return ENTRY if proxies_that_come_and_go(instance) and instance["gateway_proxy_enabled"] else GATEWAY


def reached_over_ipv6(instance: Instance) -> bool:
    """Whether the Service is to have an address of IPv6."""
    dual = ("PreferDualStack", "RequireDualStack")
    return text(instance, "service_ip_family_policy") in dual or "IPv6" in entries(instance, "service_ip_families")


def _addresses(instance: Instance) -> Iterator[PublicAddress]:
    hosts = [text(instance, "hostname"), *map(str, entries(instance, "hostname_aliases"))]
    for host in filter(None, hosts):
        if instance["ingress_enabled"]:
            scheme = "https" if instance["ingress_tls_enabled"] else "http"
            yield PublicAddress(scheme, host, "openclaw_ingress_enabled", text(instance, "ingress_path"))
        if mapping(instance, "route_parent"):
            yield PublicAddress(
                text(instance, "route_scheme"), host, "openclaw_route_parent", text(instance, "route_path")
            )
        if instance["openshift_route_enabled"]:
            yield PublicAddress("https", host, "openclaw_openshift_route_enabled")
        if instance["cloudflared_enabled"]:
            yield PublicAddress("https", host, "openclaw_cloudflared_enabled")
    if instance["tailscale_enabled"] and instance["tailscale_domain"] and instance["tailscale_mode"] != "none":
        host = f"{instance['tailscale_hostname']}.{instance['tailscale_domain']}"
        yield PublicAddress("https", host, "openclaw_tailscale_enabled")


def _fields(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

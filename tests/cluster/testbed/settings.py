# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions, names, addresses and paths: everything that the other modules take as given."""

from __future__ import annotations

import os
import re
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

KUBERNETES = "1.35.4"
COREDNS = "1.13.1"
AGNHOST = "2.59"
REGISTRY = "3.1.2"
OLLAMA = "0.17.4"
TAILSCALE = "1.104.5"
CLOUDFLARED = "2026.9.1"
TRAEFIK = "3.6.12"
GATEWAY_API = "1.7.0"
RESTIC = "0.18.0"
# The Debian that has it.
RESTIC_DEBIAN = "trixie"
VERSITYGW = "1.8.0"
GO = "1.26.6"
# What Tailscale and the Gateway API ask for.
GO_NEWER = "1.27.3"
NODE = "24.19.0"
DEBIAN = "bookworm"
OPENCLAW = "2026.9.6"
OPENCLAW_OLDER = "2026.8.2"
UV = "0.9.9"
# The last pnpm in JavaScript that is tried, and one of the native ones.
PNPM = ("11.1.0", "12.21.0")

SETS = ("demo", "test", "all")
DEFAULT_NAME = "openclaw"
REGISTRY_USER = "puller"
REGISTRY_PASSWORD = "pull-secret-for-tests"
# bcrypt of REGISTRY_PASSWORD: Python has no bcrypt, and the registry accepts nothing else.
REGISTRY_HTPASSWD = "puller:$2b$05$bnjgZagYAr3IO1.k8CZ9M.pnUO7QtZUK0Rynnqx8UkXAGuVq/rxaK"

SOURCES = Path(__file__).resolve().parent.parent
GO_SOURCES = SOURCES / "go"


@dataclass(frozen=True)
class Settings:
    """One cluster: its name, its place on disk and its addresses.

    The name makes everything unique that the machine knows (network namespace, devices, cgroups, state folder), so
    several clusters run side by side. Addresses inside the network namespace are the same in each of them.
    """

    name: str
    cache: Path

    @staticmethod
    def from_environment() -> Settings:
        """Read `OPENCLAW_CLUSTER_NAME` and `OPENCLAW_CACHE`."""
        name = os.environ.get("OPENCLAW_CLUSTER_NAME") or DEFAULT_NAME
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,9}", name):
            raise SystemExit(
                f"OPENCLAW_CLUSTER_NAME={name!r}: use 1 to 10 characters a-z, 0-9 or '-', beginning with a letter"
            )
        home = os.environ.get("HOME") or "/root"
        cache = Path(os.environ.get("OPENCLAW_CACHE") or Path(home, ".cache", "openclaw-kubernetes"))
        return Settings(name, cache.absolute())

    @property
    def run(self) -> Path:
        """State of the running cluster; gone after `down`."""
        return self.cache / ("run" if self.name == DEFAULT_NAME else f"run-{self.name}")

    @property
    def binaries(self) -> Path:
        """Built programs, cached by version and source."""
        return self.cache / "bin"

    @property
    def images(self) -> Path:
        """Container images, cached by recipe."""
        return self.cache / "images"

    @property
    def containerd(self) -> Path:
        """What containerd has unpacked; kept after `down`, since loading gigabytes of images again takes a minute."""
        return self.cache / "containerd" / self.name

    @property
    def build(self) -> Path:
        """Scratch space of the builds; dropped when they end."""
        return self.cache / "build"

    @property
    def build_logs(self) -> Path:
        """One log per build step."""
        return self.cache / "log"

    @property
    def logs(self) -> Path:
        """One log per running component."""
        return self.run / "log"

    @property
    def namespace(self) -> str:
        """Name of the network namespace."""
        return f"oc-{self.name}"

    @property
    def namespace_path(self) -> Path:
        """Where `ip netns` keeps the network namespace."""
        return Path("/run/netns", self.namespace)

    @property
    def host_device(self) -> str:
        """The machine's end of the link into the network namespace (at most 15 characters)."""
        return f"oc-{self.name}"

    @property
    def cgroup(self) -> str:
        """Parent of every cgroup of the cluster's pods."""
        return f"/openclaw-{self.name}"

    @cached_property
    def _subnet(self) -> int:
        return 0 if self.name == DEFAULT_NAME else 1 + zlib.crc32(self.name.encode()) % 254

    @property
    def node_address(self) -> str:
        """The node's address: the machine reaches the apiservers, the kubelet and NodePorts here."""
        return f"10.99.{self._subnet}.1"

    @property
    def node_address_ipv6(self) -> str:
        """The same for pods that speak IPv6; the machine has no address on the link to reach it from."""
        return f"fd00:99:{self._subnet:x}::1"

    @property
    def host_address(self) -> str:
        """The machine's address on the same link."""
        return f"10.99.{self._subnet}.254"

    @property
    def registry(self) -> str:
        """`host:port` of the image registry."""
        return f"{self.node_address}:5000"

    @property
    def main(self) -> ControlPlane:
        """The cluster with a node."""
        return ControlPlane(self, "main", 6443, 2379, 10257, "10.96.0", "fd00:10:96::/112")

    @property
    def other(self) -> ControlPlane:
        """The second, node-less cluster, of IPv4 alone."""
        return ControlPlane(self, "other", 7443, 12379, 20257, "10.97.0")

    @property
    def kubeconfig(self) -> Path:
        """Administrator of the main cluster."""
        return self.main.kubeconfig("admin")


@dataclass(frozen=True)
class ControlPlane:
    """Ports and paths of one control plane."""

    settings: Settings
    name: str
    port: int
    etcd_port: int
    controllers_port: int
    service_prefix: str
    service_range_ipv6: str = ""
    """ClusterIPs of IPv6, of Services that ask for them; none: it does not know IPv6."""

    @property
    def folder(self) -> Path:
        """State folder."""
        return self.settings.run / self.name

    @property
    def pki(self) -> Path:
        """Keys and certificates."""
        return self.folder / "pki"

    @property
    def url(self) -> str:
        """The apiserver."""
        return f"https://{self.settings.node_address}:{self.port}"

    @property
    def etcd_url(self) -> str:
        """The store."""
        return f"http://127.0.0.1:{self.etcd_port}"

    @property
    def service_range(self) -> str:
        """ClusterIPs."""
        return f"{self.service_prefix}.0/16"

    @property
    def audit_log(self) -> Path:
        """JSON lines, one per request."""
        return self.folder / "audit.log"

    @property
    def context(self) -> str:
        """Context name in the kubeconfigs."""
        return self.settings.name if self.name == "main" else f"{self.settings.name}-{self.name}"

    def kubeconfig(self, user: str) -> Path:
        """Self-contained kubeconfig of one client."""
        return self.folder / f"{user}.kubeconfig"

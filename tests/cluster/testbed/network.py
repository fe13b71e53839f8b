# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network namespace in which everything runs, and the link into it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from testbed.progress import run
from testbed.settings import Settings

_WHAT = "cannot prepare the cluster's network namespace"
_SYSCTLS = (
    "net.ipv4.ip_forward=1",
    # Containers often come without IPv6, and namespaces may inherit that.
    "net.ipv6.conf.all.disable_ipv6=0",
    "net.ipv6.conf.default.disable_ipv6=0",
    "net.ipv6.conf.all.forwarding=1",
    # Nobody else hands out addresses here, and a device would be silent for two seconds while it asks.
    "net.ipv6.conf.default.accept_dad=0",
)


def enter(settings: Settings) -> list[str]:
    """Return the command prefix that runs a program inside.

    Not `ip netns exec`: that mounts a fresh /sys, which hides the cgroups.
    """
    return ["nsenter", f"--net={settings.namespace_path}", "--"]


def make_network(settings: Settings) -> None:
    """Make the namespace and the link, or repair what an interrupted run left."""
    name, device = settings.namespace, settings.host_device
    if not _is_namespace(settings.namespace_path):
        settings.namespace_path.unlink(missing_ok=True)
        run(["ip", "netns", "add", name], what=_WHAT)
    inside = enter(settings)
    for key in _SYSCTLS:
        run([*inside, "sysctl", "-qw", key], what=_WHAT)
    node = f"{settings.node_address}/24"
    if not (
        _has(["ip", "addr", "show", "dev", device], settings.host_address)
        and _has([*inside, "ip", "addr"], settings.node_address)
    ):
        subprocess.run(["ip", "link", "delete", device], capture_output=True, check=False)
        run(["ip", "link", "add", device, "type", "veth", "peer", "name", "node", "netns", name], what=_WHAT)
        run([*inside, "ip", "addr", "add", node, "dev", "node"], what=_WHAT)
        run(["ip", "addr", "add", f"{settings.host_address}/24", "dev", device], what=_WHAT)
    run(["ip", "link", "set", device, "up"], what=_WHAT)
    run([*inside, "ip", "link", "set", "lo", "up"], what=_WHAT)
    run([*inside, "ip", "link", "set", "node", "up"], what=_WHAT)
    # IPv6 ends here: the machine has no address of it on the link.
    run([*inside, "ip", "address", "replace", f"{settings.node_address_ipv6}/64", "dev", "node"], what=_WHAT)
    # Service addresses need *a* route before they are translated. There is no default route on purpose: what leaves
    # the cluster fails at once with "network is unreachable", and nothing of the machine's network is reachable.
    for plane in (settings.main, settings.other):
        run([*inside, "ip", "route", "replace", plane.service_range, "via", settings.host_address], what=_WHAT)
    run([*inside, "ip", "-6", "route", "replace", settings.main.service_range_ipv6, "dev", "node"], what=_WHAT)


def remove_network(settings: Settings) -> None:
    """Remove the link and the namespace, if they are there."""
    subprocess.run(["ip", "link", "delete", settings.host_device], capture_output=True, check=False)
    if _is_namespace(settings.namespace_path):
        run(["ip", "netns", "delete", settings.namespace], what="cannot remove the network namespace")
    else:
        settings.namespace_path.unlink(missing_ok=True)


def _is_namespace(path: Path) -> bool:
    """Tell a mounted namespace from the empty file that is left after a reboot or a crash."""
    return (
        path.exists()
        and subprocess.run(["nsenter", f"--net={path}", "true"], capture_output=True, check=False).returncode == 0
    )


def _has(command: list[str], address: str) -> bool:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode == 0 and f" {address}/" in result.stdout

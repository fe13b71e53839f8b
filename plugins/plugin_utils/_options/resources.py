# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container may use: the options of one resource each, and a map of further ones over them."""

from __future__ import annotations

from collections.abc import Mapping

from .access import Instance, mapping, text
from .formats import cpu, size, size_bytes

Resources = dict[str, dict[str, str]]

GROUPS = ("requests", "limits")
_MEBIBYTE = 2**20


def resources_over(below: Mapping[str, Mapping[str, str]], above: Mapping[str, object]) -> Resources:
    """Return the requests and limits I(below) with those of the map option I(above) laid over them."""
    result: Resources = {}
    for group in GROUPS:
        further = above.get(group)
        amounts = {key: str(value) for key, value in further.items()} if isinstance(further, Mapping) else {}
        merged = {**below.get(group, {}), **amounts}
        if merged:
            result[group] = merged
    return result


def gateway_resources(instance: Instance) -> Resources:
    """Return the resources of the gateway's container."""
    limits = {"memory": text(instance, "memory_limit")}
    if instance["cpu_limit"]:
        limits["cpu"] = text(instance, "cpu_limit")
    requests = {"cpu": text(instance, "cpu_request"), "memory": text(instance, "memory_request")}
    return resources_over({"requests": requests, "limits": limits}, mapping(instance, "resources"))


def memory_limit(instance: Instance) -> str:
    """Return the memory limit of the gateway, wherever it was set."""
    return gateway_resources(instance)["limits"]["memory"]


def three_quarters_in_mebibytes(quantity: str) -> int:
    """Return the heap for a memory limit: the rest is for code, stacks and buffers."""
    return int(size_bytes(quantity) * 3 / 4 / _MEBIBYTE)


def amount(resource: str, quantity: str) -> float | None:
    """Return I(quantity) as a number to compare with; None if it is not one."""
    if resource != "cpu":
        return size_bytes(quantity) if size(quantity) is None else None
    if cpu(quantity) is not None:
        return None
    return float(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)

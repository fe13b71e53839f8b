# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about who brings clients from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .access import Instance, mapping
from .exposure import proxies_that_come_and_go
from .formats import address_range, label, proxy_range
from .values import nearest

_OPTION = "openclaw_entry_points"
_KEYS = ("namespace", "pods", "cidr", "ports", "proxy")
_BY_PODS = "{namespace: <namespace>, pods: {<label>: <value>}}"
_BY_ADDRESS = "{cidr: [<address or range>]}"
_OWN_PROXY = "openclaw_gateway_proxy_enabled"


def entry_point_misspelt(instance: Instance) -> list[str]:
    """Somebody is named by pods or by addresses, once."""
    return [
        f"{_OPTION}  {name}: {problem}"
        for name, given in mapping(instance, "entry_points").items()
        for problem in _entry_problems(given)
    ]


def _entry_problems(given: object) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"is not a map. Write {_BY_PODS} or {_BY_ADDRESS}."
        return
    for key in given:
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            yield f"{key} is not one of {', '.join(_KEYS)}.{f' Did you mean {near}?' if near else ''}"
    yield from _naming_problems(given)
    yield from _pods_problems(given)
    yield from _cidr_problems(given)
    yield from _list_problems(given, "ports", "gateway")
    if not isinstance(given.get("proxy", True), bool):
        yield "proxy: is not true or false. Write true or false."


def _naming_problems(given: dict[str, object]) -> Iterator[str]:
    by_pods = given.get("namespace") or given.get("pods")
    if by_pods and given.get("cidr"):
        yield "names both pods and addresses. Make two entries of it."
    elif not by_pods and not given.get("cidr"):
        yield f"names nobody. Write {_BY_PODS} or {_BY_ADDRESS}."
    elif given.get("pods") and not given.get("namespace"):
        yield "pods: does not say in which namespace. Write namespace: <namespace>, too."
    elif by_pods and not given.get("pods") and given.get("proxy", True) is True:
        yield (
            "every pod of the namespace could pass for any client. Write the labels of the proxy, "
            "pods: {<label>: <value>}, or proxy: false if they bring no clients."
        )


def _pods_problems(given: dict[str, object]) -> Iterator[str]:
    namespace, pods = given.get("namespace"), given.get("pods")
    reason = label(str(namespace)) if namespace else None
    if reason:
        yield f'namespace: "{namespace}" {reason}'
    if pods is None:
        return
    if not isinstance(pods, dict):
        yield "pods: is not a map. Write {<label>: <value>}."
        return
    for key, value in pods.items():
        if not isinstance(value, str):
            yield f"pods.{key}: {value!r} is not text. Write it in quotes."


def _cidr_problems(given: dict[str, object]) -> Iterator[str]:
    yield from _list_problems(given, "cidr", "10.1.2.3")
    check = address_range if given.get("proxy") is False else proxy_range
    ranges = given.get("cidr")
    for entry in ranges if isinstance(ranges, list) else ():
        reason = check(str(entry))
        if reason:
            yield f'cidr: "{entry}" {reason}'


def _list_problems(given: dict[str, object], key: str, example: str) -> Iterator[str]:
    if not isinstance(given.get(key, []), list):
        yield f"{key}: is not a list. Write [{example}]."


def proxy_that_nobody_knows(instance: Instance) -> list[str]:
    """The gateway takes addresses alone; the proxy of the pod has a port that only declared proxies reach."""
    if instance["gateway_proxy_enabled"]:
        return []
    return [
        f"{_OPTION}  {entry.name}: the addresses of its pods come and go, so the gateway would refuse what it brings. "
        f"Set {_OWN_PROXY}: true, or name it by addresses that stay: {_BY_ADDRESS}."
        for entry in proxies_that_come_and_go(instance)
    ]


def proxy_that_anybody_is(instance: Instance) -> list[str]:
    """Without a policy that port is open to all."""
    if instance["networkpolicy_enabled"]:
        return []
    return [
        f"{_OPTION}  {entry.name}: while openclaw_networkpolicy_enabled is false, any pod could pass for it and for "
        f"any client. Set that to true, or name the proxy by addresses that stay: {_BY_ADDRESS}."
        for entry in proxies_that_come_and_go(instance)
    ]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    entry_point_misspelt,
    proxy_that_nobody_knows,
    proxy_that_anybody_is,
)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about what the playbooks verify and devices are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from .access import Instance, entries, mapping, text
from .formats import address_range, duration
from .values import nearest

_ADDRESS = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MATCHING = "devices_approve_matching"


def entry_address_unusable(instance: Instance) -> list[str]:
    """What verify connects to is an address, without a scheme and a path."""
    given = text(instance, "verify_entry_address")
    if not given or (_ADDRESS.fullmatch(given) and _port_exists(given)):
        return []
    host = urlsplit(given).netloc if "://" in given else given.partition("/")[0]
    hint = host if host != given and _ADDRESS.fullmatch(host) and _port_exists(host) else "10.1.2.3 or 10.1.2.3:443"
    return [f'openclaw_verify_entry_address  "{given}" is neither an address nor address:port. Write {hint}.']


def _port_exists(address: str) -> bool:
    if address.count(":") > 1 and not address.startswith("["):
        return True
    port = address.rpartition("]")[2].rpartition(":")[2] if ":" in address.rpartition("]")[2] else "1"
    return 0 < int(port) <= 65535


def devices_without_identifier(instance: Instance) -> list[str]:
    """An empty one would fit every device."""
    return [
        f'openclaw_{option}  "{given}" is not an identifier. Write one that the playbook devices lists.'
        for option in ("devices_approve", "devices_reject", "devices_remove")
        for given in map(str, entries(instance, option))
        if not _IDENTIFIER.fullmatch(given)
    ]


def _pattern(value: object) -> list[str]:
    return [] if isinstance(value, str) and value else ["is not a pattern. Write for example mac* in quotes."]


def _ranges(value: object) -> list[str]:
    if not isinstance(value, list) or not value:
        return ["is not a list of ranges. Write for example [10.0.0.0/8]."]
    return [f'"{each}" {reason}' for each in value if (reason := address_range(str(each)))]


def _age(value: object) -> list[str]:
    reason = duration(str(value))
    return [f'"{value}" {reason}'] if reason else []


_CRITERIA: dict[str, Callable[[object], list[str]]] = {
    "name": _pattern,
    "platform": _pattern,
    "cidr": _ranges,
    "max_age": _age,
}


def device_policy_unusable(instance: Instance) -> list[str]:
    """A criterion that is misspelt would be one that is missing, and the policy wider than it was meant."""
    problems = []
    for name, value in mapping(instance, _MATCHING).items():
        at = f"openclaw_{_MATCHING}  {name}:"
        if name not in _CRITERIA:
            near = nearest(name, _CRITERIA)
            problems.append(f"{at} is not one of {', '.join(_CRITERIA)}.{f' Did you mean {near}?' if near else ''}")
        else:
            problems.extend(f"{at} {reason}" for reason in _CRITERIA[name](value))
    return problems


def device_policy_of_words_only(instance: Instance) -> list[str]:
    """A device calls itself what it likes."""
    policy = mapping(instance, _MATCHING)
    if not policy or "cidr" in policy:
        return []
    return [
        f"openclaw_{_MATCHING}  names no cidr: name and platform are what a device says of itself, so every device "
        "with the gateway's token can be one of these."
    ]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    entry_address_unusable,
    devices_without_identifier,
    device_policy_unusable,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (device_policy_of_words_only,)

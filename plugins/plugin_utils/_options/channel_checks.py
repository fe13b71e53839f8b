# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the form of channels. Which channels there are, OpenClaw knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .access import Instance, mapping
from .secret_source import source_problems
from .values import nearest

_KEYS = ("enabled", "token", "secrets", "dm_policy", "allow_from", "group_policy", "group_allow_from", "config")
_POLICIES = {
    "dm_policy": ("pairing", "allowlist", "open", "disabled"),
    "group_policy": ("allowlist", "open", "disabled"),
}
_PEOPLE = ("allow_from", "group_allow_from")


def channel_misspelt(instance: Instance) -> list[str]:
    """A channel is a map of what it needs."""
    problems: list[str] = []
    for name, entry in mapping(instance, "channels").items():
        at = f"openclaw_channels  {name}:"
        if isinstance(entry, dict):
            problems.extend(f"{at} {problem}" for problem in _entry_problems(entry))
        else:
            problems.append(f"{at} is not a map. Write {{token: {{secret: <name>, key: <key>}}}}.")
    return problems


def _entry_problems(entry: Mapping[str, object]) -> Iterator[str]:
    for key in entry:
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            yield f"{key}: is not one of {', '.join(_KEYS)}.{f' Did you mean {near}?' if near else ''}"
    if not isinstance(entry.get("enabled", True), bool):
        yield "enabled: is not true or false. Write true or false."
    if "token" in entry:
        yield from (f"token: {problem}" for problem in source_problems(entry["token"]))
    yield from _secrets_problems(entry.get("secrets", {}))
    for key, choices in _POLICIES.items():
        if key in entry and entry[key] not in choices:
            yield f"{key}: is not one of {', '.join(choices)}."
    for key in _PEOPLE:
        yield from _people_problems(key, entry.get(key, []))
    if not isinstance(entry.get("config", {}), dict):
        yield "config: is not a map. Write what belongs below the channel in OpenClaw's configuration."


def _secrets_problems(secrets: object) -> Iterator[str]:
    if not isinstance(secrets, dict):
        yield "secrets: is not a map. Write {<key>: {secret: <name>, key: <key>}}."
        return
    for key, source in secrets.items():
        yield from (f"secrets.{key}: {problem}" for problem in source_problems(source))


def _people_problems(key: str, people: object) -> Iterator[str]:
    if not isinstance(people, list):
        yield f"{key}: is not a list. Write one entry per line, each behind a dash."
    elif not all(isinstance(person, (str, int)) and not isinstance(person, bool) and str(person) for person in people):
        yield f"{key}: holds an entry that is neither text nor a whole number. Write it in quotes."


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (channel_misspelt,)

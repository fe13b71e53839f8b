# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about options that say how edits in the instance and the inventory come together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .config_paths import parsed
from .replicas import stands_alone

_PATH_OPTIONS = ("config_protected", "config_ignored", "config_merge_keys")


def _paths(instance: Mapping[str, object], option: str) -> list[str]:
    given = instance[option]
    return [str(path) for path in given] if isinstance(given, (list, dict)) else []


def _misspelt(instance: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Yield the option, the path and what is wrong with it."""
    for option in _PATH_OPTIONS:
        for path in _paths(instance, option):
            try:
                parsed(path)
            except ValueError as problem:
                yield option, path, str(problem)


def path_misspelt(instance: Mapping[str, object]) -> list[str]:
    """A path that names nothing would protect nothing."""
    return [f'openclaw_{option}  "{path}" {reason}' for option, path, reason in _misspelt(instance)]


def key_of_entries_missing(instance: Mapping[str, object]) -> list[str]:
    """The entries of a list are told apart by the text under one of their keys."""
    keys = instance["config_merge_keys"]
    return [
        f"openclaw_config_merge_keys  {path}: is not the name of a key. Write for example {path}: id."
        for path, key in (keys.items() if isinstance(keys, dict) else ())
        if not isinstance(key, str) or not key
    ]


def path_of_two_owners(instance: Mapping[str, object]) -> list[str]:
    """Of one path either the inventory or the instance has the say."""
    both = set(_paths(instance, "config_protected")) & set(_paths(instance, "config_ignored"))
    return [
        f'openclaw_config_ignored  "{path}" is in openclaw_config_protected, too. Remove it from one of them.'
        for path in sorted(both)
    ]


def edits_of_many_gateways(instance: Mapping[str, object]) -> list[str]:
    """Each replica has a file of its own, and they would grow apart."""
    if instance["config_mode"] != "merge" or stands_alone(instance):
        return []
    return [
        "openclaw_config_mode  merge keeps the edits of one gateway, and replicas, their overrides and autoscaling "
        "make several. Use readonly, overwrite or seed."
    ]


RULES = (path_misspelt, key_of_entries_missing, path_of_two_owners, edits_of_many_gateways)

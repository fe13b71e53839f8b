# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the form of model providers. Which of them need an address, OpenClaw knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from .access import Instance, mapping
from .secret_source import source_problems
from .values import nearest

_KEYS = ("key", "url", "api", "models", "config")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_URL = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?")


def provider_misspelt(instance: Instance) -> list[str]:
    """A provider has a name that can stand before a slash, and is a map of what it needs."""
    problems = []
    for name, entry in mapping(instance, "providers").items():
        at = f"openclaw_providers  {name}:"
        if not _NAME.fullmatch(name):
            problems.append(f"{at} is no name of a provider. Write small letters, digits, dots and dashes.")
        if isinstance(entry, dict):
            problems.extend(f"{at} {problem}" for problem in _entry_problems(entry))
        else:
            problems.append(f"{at} is not a map. Write {{key: {{secret: <name>, key: <key>}}}}.")
    return problems


def _entry_problems(entry: Mapping[str, object]) -> Iterator[str]:
    for key in entry:
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            yield f"{key}: is not one of {', '.join(_KEYS)}.{f' Did you mean {near}?' if near else ''}"
    if "key" in entry:
        yield from (f"key: {problem}" for problem in source_problems(entry["key"]))
    url = entry.get("url")
    if "url" in entry and not (isinstance(url, str) and _URL.fullmatch(url)):
        # Not shown: it may hold a password.
        yield "url: is not an address. Write https://<host>/<path>, without name and password."
    if not isinstance(entry.get("api", ""), str):
        yield "api: is not text. Write it in quotes."
    models = entry.get("models", {})
    if not isinstance(models, dict) or not all(isinstance(model, dict) for model in models.values()):
        yield "models: is not a map of maps. Write {<name of the model>: {}}."
    if not isinstance(entry.get("config", {}), dict):
        yield "config: is not a map. Write what belongs below the provider in OpenClaw's configuration."


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (provider_misspelt,)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about webhooks and the heartbeat."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from .access import Instance, mapping, text
from .controller_files import SRC, Unreadable, content_of, modes_below
from .values import nearest

_MAPPINGS, _TRANSFORMS = "openclaw_hooks_mappings", "openclaw_hooks_transforms"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_MODULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\.(mjs|js|cjs|mts|ts)")
_EVERY = re.compile(r"([0-9]+(ms|s|m|h|d))+")
_MAX_MODULE = 64 * 1024
# Of the gateway itself, which answers there before any mapping.
_OWN_PATHS = ("wake", "agent")
_ACTIONS = ("agent", "wake")
_MAPPING_KEYS = (
    *("id", "match", "action", "wakeMode", "name", "agentId", "sessionKey", "sessionMode", "messageTemplate"),
    *("textTemplate", "forEach", "deliver", "channel", "to", "model", "thinking", "timeoutSeconds"),
    *("allowUnsafeExternalContent", "transform"),
)


def hooks_at_the_root(instance: Instance) -> list[str]:
    """Everything else of the gateway is there."""
    if text(instance, "hooks_path") != "/":
        return []
    return ['openclaw_hooks_path  "/" would take the place of the gateway itself. Write a folder, such as /hooks.']


def hooks_off_but_described(instance: Instance) -> list[str]:
    """What is declared is meant to work."""
    if instance["hooks_enabled"]:
        return []
    return [
        f"openclaw_{option}  does nothing while openclaw_hooks_enabled is false. Set it to true, or remove this."
        for option in ("hooks_mappings", "hooks_transforms")
        if instance[option]
    ]


def mappings_misdescribed(instance: Instance) -> list[str]:
    """A mapping has a name that is a path, keys that the gateway knows, and something to say."""
    problems = []
    for name, given in sorted(mapping(instance, "hooks_mappings").items()):
        found = _mapping_problems(name, given, mapping(instance, "hooks_transforms"))
        problems += [f"{_MAPPINGS}  {name}: {problem}" for problem in found]
    return problems


def _mapping_problems(name: str, given: object, modules: Mapping[str, object]) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield "is not a name. Write letters, digits, - and _, at most 63."
    if not isinstance(given, dict):
        yield "is not a map. Write at least {messageTemplate: ...}."
        return
    for key in sorted(given.keys() - set(_MAPPING_KEYS)):
        near = nearest(str(key), _MAPPING_KEYS)
        yield f"{key} is not a key of a mapping.{f' Did you mean {near}?' if near else ''}"
    match = given.get("match")
    path = match.get("path") if isinstance(match, dict) else name
    if str(path).strip("/") in _OWN_PATHS:
        yield f"answers at {path}, where the gateway has an answer of its own. Set match.path."
    action = given.get("action", "agent")
    if action not in _ACTIONS:
        yield f'action "{action}" is not one of {", ".join(_ACTIONS)}.'
    wanted = "textTemplate" if action == "wake" else "messageTemplate"
    if wanted not in given and "transform" not in given:
        yield f"has nothing to say. Write {wanted}, or a transform."
    yield from _transform_problems(given.get("transform"), modules)


def _transform_problems(transform: object, modules: Mapping[str, object]) -> Iterator[str]:
    if transform is None:
        return
    module = transform.get("module") if isinstance(transform, dict) else None
    if not isinstance(module, str):
        yield "transform has no module. Write {module: <name>.mjs}."
    elif module not in modules:
        near = nearest(module, modules)
        hint = f" Did you mean {near}?" if near else ""
        yield f"transform.module {json.dumps(module)} is not in {_TRANSFORMS}.{hint}"


def transforms_misdescribed(instance: Instance) -> list[str]:
    """A module is text, from the inventory or from a file, under a name that says what it is."""
    return [
        f"{_TRANSFORMS}  {name}: {problem}"
        for name, given in sorted(mapping(instance, "hooks_transforms").items())
        for problem in _module_problems(name, given)
    ]


def _module_problems(name: str, given: object) -> Iterator[str]:
    if not _MODULE.fullmatch(name):
        yield "is not the name of a module. Write for example alerts.mjs."
    entry = {"content": given} if isinstance(given, str) else given
    if not isinstance(entry, dict) or len(entry) != 1 or not entry.keys() & {"content", SRC}:
        yield "write text, {content: ...} or {src: <file of the controller>}."
        return
    try:
        code = _code(entry)
    except Unreadable as problem:
        yield f'src "{entry[SRC]}" {problem}'
        return
    except UnicodeDecodeError:
        yield f'src "{entry[SRC]}" is not text.'
        return
    if len(code.encode()) > _MAX_MODULE:
        yield f"has more than {_MAX_MODULE // 1024} KiB. A transform is a few lines."
    elif "export" not in code and not name.endswith("cjs"):
        yield "exports nothing. Write export default function ..."


def _code(entry: Mapping[str, object]) -> str:
    if SRC not in entry:
        return str(entry["content"])
    src = str(entry[SRC])
    if list(modes_below(src)) != [""]:
        raise Unreadable("is a folder. Write one entry for each module.")
    return content_of(src, "").decode()


def heartbeat_misspelt(instance: Instance) -> list[str]:
    """How often is a duration, also to turn it off."""
    every = mapping(instance, "heartbeat").get("every")
    if every is None:
        return []
    if isinstance(every, str) and _EVERY.fullmatch(every):
        return []
    return [
        f"openclaw_heartbeat  every: {json.dumps(every)} is not a duration. Write for example 30m, or 0m for never."
    ]


def content_not_wrapped(instance: Instance) -> list[str]:
    """What anybody may have written reaches the agent as if its owner had."""
    return [
        f"{_MAPPINGS}  {name}: allowUnsafeExternalContent hands over what others wrote as if you had written it."
        for name, given in sorted(mapping(instance, "hooks_mappings").items())
        if isinstance(given, dict) and given.get("allowUnsafeExternalContent")
    ]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    hooks_at_the_root,
    hooks_off_but_described,
    mappings_misdescribed,
    transforms_misdescribed,
    heartbeat_misspelt,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (content_not_wrapped,)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about files for workspaces: their names, where they come from, and that none hides another."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from posixpath import dirname

from .access import Instance, mapping, text
from .controller_files import SRC, Unreadable, modes_below, size_of
from .formats import object_name, secret_key
from .values import nearest

FILES, AGENTS = "workspace_files", "workspace_agents"
_SOURCES = ("content", "base64", SRC, "config_map")
_KEYS = (*_SOURCES, "key", "mode", "policy")
_POLICIES = ("seed", "managed", "readonly")
_SHAPE = "{content: ...}, {base64: ...}, {src: ...} or {config_map: ..., key: ...}"
_MODE = re.compile(r"0?[0-7]{3}")
_READABLE = 0o400
_MAX_BYTES = 20 * 1024 * 1024
_MAX_FILES = 5000
_MEBIBYTE = 1024 * 1024


def file_entries(instance: Instance) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """Yield option, agent and files; the agent is empty where it is the only one."""
    yield f"openclaw_{FILES}", "", mapping(instance, FILES)
    for agent, files in sorted(mapping(instance, AGENTS).items()):
        if isinstance(files, dict):
            yield f"openclaw_{AGENTS}", agent, files


# -- names ---------------------------------------------------------------------------------------------------------

_LONGEST_NAME, _LONGEST_PATH = 255, 1024


def _unseen(path: str) -> bool:
    kinds = [unicodedata.category(letter) for letter in path if letter != " "]
    return any(kind[0] == "C" or kind in ("Zl", "Zp", "Zs") for kind in kinds)


def _any_step(wrong: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda path: any(map(wrong, path.split("/")))


# The first that fits is told.
_WRONG_NAMES: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda path: not path, "is empty. Write the name of a file."),
    (lambda path: path.startswith("/"), "begins with /. Write it from the workspace on."),
    (_unseen, "holds a character that cannot be seen. Write visible ones."),
    (
        _any_step(lambda step: step in ("", ".", "..")),
        "has an empty step, . or .. in it. Write each folder by its name.",
    ),
    (
        _any_step(lambda step: step.lower() == ".git"),
        "is Git's own, which runs what it finds there. Choose another folder.",
    ),
    (_any_step(lambda step: step != step.strip()), "has a step that begins or ends with a space. Remove it."),
    (_any_step(lambda step: step[:1] in ("-", "~")), "has a step that begins with - or ~. Choose another name."),
    (lambda path: bool(set(path) & set("\\`$")), "holds \\, ` or $, which shells act on. Choose another name."),
    (
        lambda path: (
            len(path.encode()) > _LONGEST_PATH or _any_step(lambda step: len(step.encode()) > _LONGEST_NAME)(path)
        ),
        f"is too long. Write at most {_LONGEST_NAME} bytes for a name and {_LONGEST_PATH} in all.",
    ),
)


def name_problem(path: str) -> str | None:
    """Return what is wrong with a path in a folder of the agent; None for one that every program takes for a name."""
    return next((reason for wrong, reason in _WRONG_NAMES if wrong(path)), None)


def shown_name(path: str) -> str:
    """Return a path as an error may show it: what cannot be seen as its number."""
    return json.dumps(path if len(path) <= 60 else path[:59] + "…")


# -- entries -------------------------------------------------------------------------------------------------------


def files_misdescribed(instance: Instance) -> list[str]:
    """Each file has a name that is one, and one place that it comes from."""
    problems = [
        f"openclaw_{AGENTS}  {agent}: is not a map of path to file."
        for agent, files in sorted(mapping(instance, AGENTS).items())
        if not isinstance(files, dict)
    ]
    for option, agent, files in file_entries(instance):
        at = f"{option}  {agent}: " if agent else f"{option}  "
        for path, entry in sorted(files.items()):
            reason = name_problem(path)
            found = [f"{shown_name(path)} {reason}"] if reason else [f"{path}: {each}" for each in _problems(entry)]
            problems += [f"{at}{each}" for each in found]
    return problems


def _problems(entry: object) -> Iterator[str]:
    if isinstance(entry, str):
        return
    if not isinstance(entry, dict):
        yield f"write text, or {_SHAPE}."
        return
    for key in sorted(entry.keys() - set(_KEYS)):
        near = nearest(str(key), _KEYS)
        yield f"{key} is not one of {', '.join(_KEYS)}.{f' Did you mean {near}?' if near else ''}"
    sources = [source for source in _SOURCES if source in entry]
    if len(sources) != 1:
        told = f"has {' and '.join(sources)}" if sources else "says nowhere to take it from"
        yield f"{told}. Write one of {_SHAPE}; null removes what a layer below says."
    else:
        yield from _SOURCE_PROBLEMS[sources[0]](entry)
    yield from _common_problems(entry)


def _common_problems(entry: Mapping[str, object]) -> Iterator[str]:
    mode, policy = entry.get("mode"), entry.get("policy")
    if "key" in entry and "config_map" not in entry:
        yield "key belongs to config_map. Remove it."
    if mode is not None and not (
        isinstance(mode, str) and _MODE.fullmatch(mode) and int(mode, 8) & _READABLE == _READABLE
    ):
        yield f'mode {json.dumps(mode)} is not a mode that its owner can read. Write it in quotes, such as "0644".'
    if policy is not None and policy not in _POLICIES:
        yield f'policy "{policy}" is not one of {", ".join(_POLICIES)}.'


def _content_problems(entry: Mapping[str, object]) -> Iterator[str]:
    if not isinstance(entry["content"], str):
        yield "content is not text. Write it in quotes, or as a block after |."


def _base64_problems(entry: Mapping[str, object]) -> Iterator[str]:
    try:
        base64.b64decode("".join(str(entry["base64"]).split()), validate=True)
    except (binascii.Error, ValueError):
        yield "base64 is no base64. Write what base64 <file> prints."


def _src_problems(entry: Mapping[str, object]) -> Iterator[str]:
    src = entry[SRC]
    if not isinstance(src, str) or not src:
        yield "src is empty. Write the path of a file or folder of the controller."
        return
    try:
        found = modes_below(src)
    except Unreadable as problem:
        yield f'src "{src}" {problem}'
        return
    for inside in found:
        reason = name_problem(inside) if inside else None
        if reason:
            yield f'src "{src}": {shown_name(inside)} {reason}'


def _config_map_problems(entry: Mapping[str, object]) -> Iterator[str]:
    for part, check in (("config_map", object_name), ("key", secret_key)):
        value = entry.get(part)
        if value is None and part == "key":
            continue
        reason = (
            check(str(value)) if isinstance(value, str) and value else "is not a name. Write that of the ConfigMap."
        )
        if reason:
            yield f'{part} "{"" if value is None else value}" {reason}'


_SOURCE_PROBLEMS: dict[str, Callable[[Mapping[str, object]], Iterator[str]]] = {
    "content": _content_problems,
    "base64": _base64_problems,
    SRC: _src_problems,
    "config_map": _config_map_problems,
}


# -- together ------------------------------------------------------------------------------------------------------


def _well_described(files: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Return the entries that have no problem of their own; text counts as its content."""
    return {
        path: entry if isinstance(entry, dict) else {"content": entry}
        for path, entry in sorted(files.items())
        if not name_problem(path) and not list(_problems(entry))
    }


def _paths(path: str, entry: Mapping[str, object]) -> list[str]:
    """Return every file that an entry makes, as far as the controller knows."""
    if SRC not in entry:
        return [path]
    return [f"{path}/{inside}" if inside else path for inside in modes_below(str(entry[SRC]))]


def _is_closed(instance: Instance, entry: Mapping[str, object]) -> bool:
    """Whether nothing else can be put below an entry: it is mounted, or nobody knows what it holds."""
    policy = entry.get("policy") or text(instance, "workspace_policy")
    return policy == "readonly" or ("config_map" in entry and not entry.get("key"))


def _parents(path: str) -> Iterator[str]:
    while path := dirname(path):
        yield path


def files_in_the_way(instance: Instance) -> list[str]:
    """Two entries do not make the same file, and what is a file for one is no folder for another."""
    problems = []
    for option, agent, files in file_entries(instance):
        at = f"{option}  {agent}: " if agent else f"{option}  "
        pairs = sorted(_collisions(instance, _well_described(files)))
        problems += [f"{at}{path}: and {other} are in each other's way. Rename one of them." for path, other in pairs]
    return problems


def _collisions(instance: Instance, entries: Mapping[str, Mapping[str, object]]) -> set[tuple[str, str]]:
    """Return the pairs of entries that cannot both be there."""
    makers: dict[str, set[str]] = {path: {path} for path, entry in entries.items() if _is_closed(instance, entry)}
    made = {path: _paths(path, entry) for path, entry in entries.items()}
    for path, files in made.items():
        for file in files:
            makers.setdefault(file, set()).add(path)
    found = {
        (path, other)
        for path, files in made.items()
        for file in files
        for place in (file, *_parents(file))
        for other in makers.get(place, ())
    }
    return {(min(pair), max(pair)) for pair in found if pair[0] != pair[1]}


def _sizes(entry: Mapping[str, object]) -> list[int]:
    if SRC in entry:
        src = str(entry[SRC])
        return [size_of(src, inside) for inside in modes_below(src)]
    return [len(str(entry.get("content") or entry.get("base64") or "").encode())]


def files_too_large(instance: Instance) -> list[str]:
    """ConfigMaps are kept in the cluster's database, which is no file store."""
    sizes = [
        size
        for _option, _agent, files in file_entries(instance)
        for entry in _well_described(files).values()
        for size in _sizes(entry)
    ]
    if sum(sizes) <= _MAX_BYTES and len(sizes) <= _MAX_FILES:
        return []
    return [
        f"openclaw_{FILES}  {len(sizes)} files of {sum(sizes) // _MEBIBYTE} MiB are too much for ConfigMaps, which "
        f"hold at most {_MAX_FILES} of {_MAX_BYTES // _MEBIBYTE} MiB. Put the rest into an image or on a volume."
    ]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (files_misdescribed, files_in_the_way, files_too_large)

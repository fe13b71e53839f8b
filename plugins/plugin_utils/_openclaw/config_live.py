# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration file that a gateway may write itself: how to read it, and what is to become of it."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .config import text
from .config_merge import ABSENT, Merged, merged, same
from .config_paths import Rules
from .json5_text import Json5Error, parse_object
from .pod import CONFIG_FILE, STATE_DIR

APPLIED_FILE = "applied.json"
"""What the inventory declared when the file was made: the base of the next merge."""
MERGED_FROM_FILE = "merged-from"
"""The digest of the file in the pod that was merged."""
PROGRAM_FILE = "live-config.mjs"
LIVE_FILE = f"{STATE_DIR}/{CONFIG_FILE}"
MARK = "openclaw.kubernetes/kept:"
"""Stands for a secret that does not leave its pod."""
EDITED_MEANWHILE = 75
_META = "meta"
_LOADER = (
    "const fs=require('fs'),[size]=process.argv.splice(1,1),text=Buffer.alloc(+size);"
    "for(let read=0;read<text.length;)try{"
    "const count=fs.readSync(0,text,read,text.length-read,null);"
    "if(!count)throw new Error('standard input ended early');read+=count"
    "}catch(error){if(error.code!=='EAGAIN')throw error;"
    "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0,20)}"
    "import('data:text/javascript;base64,'+text.toString('base64'))"
)
_MARK_DIGITS = 16
_WHY_PROTECTED = ", which openclaw_config_protected keeps there"
SECRET_KEY = re.compile(
    "(token|secret|password|passphrase|api[-_]?key|credentials?|private[-_]?key|authorization|cookie|webhook[-_]?url)$",
    re.IGNORECASE,
)
_MAX_SHOWN = 60
_MAX_REASON = 300
_MAX_NAMED = 10
_READ_SECONDS = 30
_AWAIT_SECONDS = 180


@dataclass(frozen=True)
class Live:
    """What a look at the pod and at the ConfigMap found.

    running: whether a pod could be asked. config: the file, None if there is none. digest: of its bytes. base: what the
    inventory declared when it was last installed there, None if that is not known. stored: the ConfigMap's files.
    """

    running: bool = False
    config: Mapping[str, object] | None = None
    digest: str = ""
    base: Mapping[str, object] | None = None
    stored: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What becomes of the file: the files of the ConfigMap, how they came about, and whether the pod lacks them."""

    files: Mapping[str, str]
    merged: Merged
    lacking: bool


def call(program: str, *words: str, given: str = "") -> dict[str, object]:
    """Return the command that runs the text I(program) in the gateway's container, whatever its ConfigMap holds.

    The words of a command are part of an address, which what stands before an API server keeps short; so the program
    comes in by standard input, before what is I(given) to it.
    """
    return {"argv": ["node", "-e", _LOADER, str(len(program.encode())), *words], "stdin": program + given}


def reading(program: str) -> dict[str, object]:
    """Return the command that prints the file."""
    return {**call(program, "read", LIVE_FILE), "timeout": _READ_SECONDS}


def installing(program: str, files: Mapping[str, str], wait: bool) -> list[dict[str, object]]:
    """Return the commands that put the merged file into a running pod and wait until the gateway has taken it up."""
    parts = {"from": files[MERGED_FROM_FILE], "config": files[CONFIG_FILE], "applied": files[APPLIED_FILE]}
    given = json.dumps(parts)
    size = str(len(given.encode()))
    install = {
        "title": "install the merged configuration",
        **call(program, "install", LIVE_FILE, size, given=given),
        "timeout": _READ_SECONDS,
    }
    taken = {"title": "see the merged configuration in force", **call(program, "await"), "timeout": _AWAIT_SECONDS}
    return [install, taken] if wait else [install]


def found(pod: str, output: Mapping[str, object], stored: Mapping[str, object]) -> Live:
    """Return what the command of I(reading) printed. Raises ValueError with what is wrong with the file."""
    files = {key: str(content) for key, content in stored.items()}
    if not pod:
        return Live(stored=files)
    if output.get("rc") != 0:
        raise ValueError(
            f"{LIVE_FILE} in pod {pod} cannot be read: {_last_line(output)} Nothing was changed; run again."
        )
    try:
        told = json.loads(zlib.decompress(b64decode(str(output.get("stdout", "")).strip()), wbits=zlib.MAX_WBITS | 16))
    except (ValueError, Base64Error, zlib.error):
        raise ValueError(f"the answer of pod {pod} about its configuration file cannot be read.") from None
    if "text" not in told:
        return Live(running=True, stored=files)
    try:
        config = parse_object(told["text"])
    except Json5Error as problem:
        raise ValueError(
            f"{LIVE_FILE} in pod {pod} {problem} Nothing was changed. Mend the file there, or replace it by the "
            "declared one: run once with -e openclaw_config_mode=overwrite."
        ) from None
    return Live(True, config, str(told["digest"]), _base(told.get("applied")), files)


def _last_line(output: Mapping[str, object]) -> str:
    lines = str(output.get("stderr", "")).strip().splitlines()
    return lines[-1][:_MAX_REASON] if lines else f"exit code {output.get('rc')}."


def _base(applied: object) -> dict[str, object] | None:
    """Return the base; one that cannot be read is none, and the inventory then wins wherever the two differ."""
    try:
        return parse_object(applied) if isinstance(applied, str) else None
    except Json5Error:
        return None


def planned(ours: Mapping[str, object], rules: Rules, live: Live) -> Plan:
    """Return what becomes of the file.

    A file that needs nothing leaves the ConfigMap as it is, so that an edit in the instance alone changes nothing
    there. Without a running pod nothing can be merged: its next start installs the declared file only where there is
    none yet.
    """
    base, theirs = _revealed(live.base, ours), _revealed(live.config, ours)
    result = merged(base, theirs, ours, rules)
    config = {_META: {}, **result.config}
    there = theirs is not None and same(config, {_META: {}, **theirs}) and base is not None and same(base, ours)
    files = {CONFIG_FILE: text(config), APPLIED_FILE: text(ours), MERGED_FROM_FILE: live.digest}
    known = files.keys() <= live.stored.keys() and live.stored[APPLIED_FILE] == files[APPLIED_FILE]
    if known and (there or not live.running):
        files = {name: live.stored[name] for name in files}
    return Plan(files, result, live.running and not there)


def _revealed(config: Mapping[str, object] | None, ours: Mapping[str, object]) -> dict[str, object] | None:
    """Return I(config) with the inventory's own values in the place of their marks, so that the two compare."""
    if config is None:
        return None
    marks = {value for value in _texts(config) if value.startswith(MARK)}
    values = {_mark(value): value for value in _texts(ours)} if marks else {}
    found = _replaced(config, {mark: values[mark] for mark in marks & values.keys()})
    return found if isinstance(found, dict) else {}


def _mark(value: str) -> str:
    return MARK + hashlib.sha256(value.encode()).hexdigest()[:_MARK_DIGITS]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)


def _replaced(value: object, values: Mapping[str, str]) -> object:
    if isinstance(value, Mapping):
        return {key: _replaced(child, values) for key, child in value.items()}
    if isinstance(value, list):
        return [_replaced(entry, values) for entry in value]
    return values.get(value, value) if isinstance(value, str) else value


def undone(result: Merged) -> list[str]:
    """Return a sentence for each edit that the inventory undid."""
    return [
        f"{conflict.path}: {shown(conflict.path, conflict.theirs)} of the instance gave way to "
        f"{shown(conflict.path, conflict.ours)} of the inventory{_WHY_PROTECTED if conflict.protected else ''}"
        for conflict in result.conflicts
    ]


def kept(result: Merged) -> str:
    """Return which settings the instance has changed and keeps, in one sentence; empty if there are none."""
    return f"edited in the instance and kept: {_listed(result.edits)}" if result.edits else ""


def removed(result: Merged) -> str:
    """Return which settings go because they left the inventory, in one sentence; empty if there are none."""
    return f"no longer in the inventory and removed: {_listed(result.removals)}" if result.removals else ""


def _listed(paths: Sequence[str]) -> str:
    rest = f" and {len(paths) - _MAX_NAMED} more" if len(paths) > _MAX_NAMED else ""
    return ", ".join(sorted(paths)[:_MAX_NAMED]) + rest


def shown(path: str, value: object) -> str:
    """Return a value for a person; nothing that may be a secret."""
    if value is ABSENT:
        return "nothing"
    if isinstance(value, (Mapping, list)):
        return "a map" if isinstance(value, Mapping) else f"a list of {len(value)}"
    if isinstance(value, str) and (SECRET_KEY.search(path) or MARK in value):
        return "a hidden value"
    return json.dumps(value, ensure_ascii=False)[:_MAX_SHOWN]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the playbook C(skills_lock): what is asked, what is written, and what a person gets to see."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .download import Access
from .loading import loaded, source_of
from .lock import BadLock, Lock, parse, text, write
from .locking import ReadConfigMap, Ways, make
from .option_checks import entries_of

Result = dict[str, object]


def lock_instance(report: Mapping[str, object], config_map: ReadConfigMap, *, check_mode: bool) -> Result:
    """Lock what one instance declares; I(report) is what the lookup says of it."""
    instance, problems = report["instance"], report.get("problems")
    if not isinstance(instance, Mapping):
        return _failed(["the report is not that of the lookup openclaw.kubernetes.instance with report=true."])
    # A skill that is not locked yet is what this is for.
    own = loaded(instance).problems
    others = [str(problem) for problem in (problems if isinstance(problems, list) else ()) if problem not in own]
    if others:
        return _failed(others)
    entries = entries_of(instance)
    place = Path(str(instance["skills_lock"]))
    sources = sorted(source_of(instance, entry).key for entry in entries.values())
    declared = {"lock": str(place), "sources": sources}
    if not entries:
        return {"changed": False, "declared": declared}
    with _alone(place):
        try:
            before_text, before = _read(place)
        except BadLock as problem:
            return _failed([f"openclaw_skills_lock  {place} {problem}."])
        made = make(instance, before, _ways(instance, config_map, keep=not check_mode))
        if made.problems:
            return _failed(made.problems)
        changed = _write(place, before_text, {**before, **made.lock}, check_mode=check_mode)
    return {**changed, "declared": declared, "msg": made.lines or [f"{len(entries)} skills, nothing to remark"]}


def forget(declared: Iterable[Mapping[str, object]], *, check_mode: bool) -> Result:
    """Remove from each lock file what none of the instances that share it declares any more."""
    wanted: dict[str, set[str]] = {}
    for each in declared:
        sources = each.get("sources")
        wanted.setdefault(str(each["lock"]), set()).update(map(str, sources if isinstance(sources, list) else ()))
    result: Result = {"changed": False, "diff": []}
    for name, sources in sorted(wanted.items()):
        place = Path(name)
        if not place.exists():
            continue
        with _alone(place):
            try:
                before_text, before = _read(place)
            except BadLock as problem:
                return _failed([f"openclaw_skills_lock  {place} {problem}."])
            kept = {key: locked for key, locked in before.items() if key in sources}
            one = _write(place, before_text, kept, check_mode=check_mode) if len(kept) < len(before) else {}
        if one.get("changed"):
            result = {"changed": True, "diff": [*_list(result["diff"]), one["diff"]]}
    return result


def _failed(problems: list[str]) -> Result:
    lines = (f"  {problem}" for problem in problems)
    count = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
    return {"failed": True, "msg": "\n".join([f"{count}, nothing was locked", *lines]), "problems": problems}


def _ways(instance: Mapping[str, object], config_map: ReadConfigMap, *, keep: bool) -> Ways:
    tokens = instance["skills_tokens"]
    access = Access(
        tokens={str(host): str(token) for host, token in tokens.items()} if isinstance(tokens, Mapping) else {},
        clawhub=str(instance["skills_clawhub_url"]).rstrip("/"),
        npm=str(instance["skills_npm_url"]).rstrip("/"),
    )
    return Ways(
        access,
        config_map,
        update=bool(instance["skills_update_enabled"]),
        scan=bool(instance["skills_scanner_enabled"]),
        keep=keep,
    )


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Let one process at a time work with the lock file: hosts are worked at side by side."""
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _read(place: Path) -> tuple[str, Lock]:
    if not place.exists():
        return "", {}
    content = place.read_text(encoding="utf-8", errors="replace")
    return content, parse(content)


def _write(place: Path, before: str, lock: Lock, *, check_mode: bool) -> Result:
    after = text(lock)
    if after == before:
        return {"changed": False}
    if not check_mode:
        write(place, after)
    names = {"before_header": str(place), "after_header": str(place)}
    return {"changed": True, "diff": {"before": before, "after": after, **names}}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is declared and locked to what is installed: files that are the locked ones and that nobody objects to."""

from __future__ import annotations

import datetime
import functools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..pod import STATE_DIR
from ..workspace import workspace_of
from .findings import INVALID, Finding, Judgement, judge, overrides_of, summary
from .lock import BadLock, Lock, Locked, read
from .option_checks import SKILLS, entries_of
from .packs import Bundle, bundled
from .scan import rules_digest, scan, without_allowed
from .sources import Source, declared_source
from .store import changed_files, listed, load, unpack
from .tree import BadTree, Tree, digest, read_folder, shown
from .validate import validate

FOLDER = "skills"
LOCK_PLAYBOOK = "Run the playbook skills_lock, and review what it changes."
_MAX_NAMED = 3
_OPTIONS = (
    "skills",
    "skills_lock",
    "skills_cache",
    "skills_policy",
    "skills_threshold",
    "skills_installers",
    "namespace",
)
_SOON = datetime.timedelta(days=14)


@dataclass(frozen=True)
class Skill:
    """One skill of the instance: its files, where they go, and who owns them there."""

    name: str
    entry: str
    """The name that the inventory declares it under, which for a pack is another one."""
    tree: Tree
    folders: tuple[str, ...]
    policy: str


@dataclass(frozen=True)
class Accepted:
    """A finding that somebody takes the responsibility for."""

    entry: str
    finding: Finding
    reason: str
    expires: datetime.date


@dataclass
class Loaded:
    """What the declared skills amount to."""

    skills: list[Skill] = field(default_factory=list)
    config: dict[str, object] = field(default_factory=dict)
    """Entries of C(skills.entries) that packs bring."""
    accepted: list[Accepted] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def today() -> datetime.date:
    """Return the day of whoever runs this; the zone makes no difference to a review."""
    return datetime.datetime.now(tz=datetime.UTC).date()


def source_of(instance: Mapping[str, object], entry: Mapping[str, object]) -> Source:
    """Return the source of an entry of this instance."""
    return declared_source(entry, str(instance["namespace"]), os.path.dirname(str(instance["skills_lock"])))


def loaded(instance: Mapping[str, object], day: datetime.date | None = None) -> Loaded:
    """Return the skills of an instance; those with a problem are left out, and told."""
    entries = entries_of(instance)
    if not entries:
        return Loaded()
    config = instance["config"]
    agents = config.get("agents") if isinstance(config, Mapping) else None
    read_here = {**{option: instance[option] for option in _OPTIONS}, "config": {"agents": agents or {}}}
    # Builders ask again and again within a run, and what they ask about is the same each time.
    return _loaded(json.dumps(read_here, sort_keys=True), tuple(_stamps(instance, entries)), day or today())


def _stamps(instance: Mapping[str, object], entries: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Yield what changes when a file changes that the skills are read from."""
    places = [Path(str(instance["skills_lock"])), Path(str(instance["skills_cache"]))]
    for entry in entries.values():
        if "src" in entry:
            places += [Path(str(entry["src"])), *sorted(Path(str(entry["src"])).rglob("*"))]
    for place in places:
        try:
            found = place.lstat()
            yield f"{place} {found.st_mode} {found.st_size} {found.st_mtime_ns}"
        except OSError:
            yield f"{place} -"


@functools.lru_cache(maxsize=64)
def _loaded(read_here: str, _stamps: tuple[str, ...], day: datetime.date) -> Loaded:
    instance: Mapping[str, object] = json.loads(read_here)
    result = Loaded()
    try:
        lock = read(Path(str(instance["skills_lock"])))
    except BadLock as problem:
        result.problems.append(f"openclaw_skills_lock  {instance['skills_lock']} {problem}. {LOCK_PLAYBOOK}")
        return result
    for name, entry in entries_of(instance).items():
        try:
            _load(instance, lock, name, entry, day, result)
        except BadTree as problem:
            result.problems.append(f"{SKILLS}  {name}: {problem}.")
    result.problems += _collisions(result.skills)
    return result


def _load(
    instance: Mapping[str, object],
    lock: Lock,
    name: str,
    entry: Mapping[str, object],
    day: datetime.date,
    result: Loaded,
) -> None:
    source = source_of(instance, entry)
    locked = lock.get(source.key)
    if locked is None:
        result.problems.append(f"{SKILLS}  {name}: {source.key} is not in {instance['skills_lock']}. {LOCK_PLAYBOOK}")
        return
    tree = _tree(instance, source, locked)
    skills = Bundle(tree, locked.skills).by_skill(name)
    findings = [*(each for skill, own in skills.items() for each in validate(skill, own)), *measured(locked, skills)]
    verdict = judged(instance, entry, findings, day)
    if verdict.refused:
        result.problems.append(f"{SKILLS}  {name}: {refusal(verdict, entry)}")
        return
    overrides = overrides_of(entry.get("overrides"))
    result.accepted += [
        Accepted(name, found, overrides[found.rule].reason, overrides[found.rule].expires) for found in verdict.accepted
    ]
    policy = str(entry.get("policy") or instance["skills_policy"])
    result.config.update(locked.config)
    result.skills += [
        Skill(skill, name, own, _folders(instance, entry, skill), policy) for skill, own in skills.items()
    ]


def _tree(instance: Mapping[str, object], source: Source, locked: Locked) -> Tree:
    """Return the locked files. Raises BadTree where they are not to be had, or no longer the same."""
    if source.kind == "src":
        tree = bundled(read_folder(Path(source.folder))).tree
        if digest(tree) != locked.tree:
            changed = changed_files(locked.files, listed(tree))
            more = f" and {len(changed) - _MAX_NAMED} more" if len(changed) > _MAX_NAMED else ""
            named = ", ".join(map(shown, changed[:_MAX_NAMED]))
            raise BadTree([f"has changed since it was locked ({named}{more}). {LOCK_PLAYBOOK}".removesuffix(".")])
        return tree
    packed = load(Path(str(instance["skills_cache"])), locked.tree)
    if packed is None:
        raise BadTree(
            [f"its files are not in {instance['skills_cache']}. Run the playbook skills_lock, which fetches them"]
        )
    try:
        return unpack(packed, locked.tree)
    except BadTree as problem:
        raise BadTree(
            [f"the files in {instance['skills_cache']} {problem}. Remove them, and run the playbook skills_lock"]
        ) from None


def measured(locked: Locked, skills: Mapping[str, Tree]) -> list[Finding]:
    """Return what was found at the locking; our own rules are applied again if they have changed since."""
    if locked.rules == rules_digest():
        return list(locked.findings)
    own = (each for skill, tree in skills.items() for each in own_findings(skill if locked.skills else "", tree))
    return [*own, *(each for each in locked.findings if each.by)]


def own_findings(folder: str, tree: Tree) -> list[Finding]:
    """Return what our own rules find. I(folder) is that of a skill of a pack."""
    prefix = f"{folder}/" if folder else ""
    return [replace(found, file=f"{prefix}{found.file}" if found.file else folder) for found in scan(tree)]


def judged(
    instance: Mapping[str, object], entry: Mapping[str, object], findings: Iterable[Finding], day: datetime.date
) -> Judgement:
    """Return what the findings amount to under the options of the instance and the overrides of the entry."""
    installers = instance["skills_installers"]
    counted = without_allowed(findings, installers if isinstance(installers, list) else ())
    return judge(counted, str(instance["skills_threshold"]), overrides_of(entry.get("overrides")), day)


def refusal(verdict: Judgement, entry: Mapping[str, object]) -> str:
    """Return why a skill is refused, and what can be done about it."""
    overrides = overrides_of(entry.get("overrides"))
    ended = [f"{rule} on {overrides[rule].expires}" for rule in verdict.expired]
    expired = f" An override has expired: {', '.join(ended)}." if ended else ""
    # What OpenClaw would not load cannot be overridden.
    broken = any(found.severity == INVALID for found in verdict.refused)
    advice = "Remove it, or mend it." if broken else "Remove it, or read it and write an override with a reason."
    return f"is refused: {summary(verdict.refused)}.{expired} {advice}"


def _folders(instance: Mapping[str, object], entry: Mapping[str, object], skill: str) -> tuple[str, ...]:
    """Return where the skill goes: for every agent, or to the workspaces of some."""
    agents, config = entry.get("agents"), instance["config"]
    if not isinstance(agents, list) or not agents:
        return (f"{STATE_DIR}/{FOLDER}/{skill}",)
    known = config if isinstance(config, Mapping) else {}
    return tuple(sorted({f"{workspace_of(known, str(agent))}/{FOLDER}/{skill}" for agent in agents}))


def _collisions(skills: Iterable[Skill]) -> list[str]:
    """Two entries cannot bring one skill to one place."""
    taken: dict[str, Skill] = {}
    problems = []
    for skill in skills:
        for folder in skill.folders:
            first = taken.setdefault(folder, skill)
            if first is not skill:
                problems.append(f"{SKILLS}  {skill.entry}: brings {skill.name}, and so does {first.entry}. Remove one.")
    return problems


def skills_not_installable(instance: Mapping[str, object]) -> list[str]:
    """Only what was locked, is here and is harmless enough gets into a pod."""
    return loaded(instance).problems


def overrides_ending(instance: Mapping[str, object]) -> list[str]:
    """An override that ends soon keeps the next deployment from happening."""
    day = today()
    return [
        f"{SKILLS}  {each.entry}: the override of {each.finding.rule} ends on {each.expires}. Review it."
        for each in loaded(instance).accepted
        if each.expires - day <= _SOON
    ]


RULES = (skills_not_installable,)
CAUTIONS = (overrides_ending,)

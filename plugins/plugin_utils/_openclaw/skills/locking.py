# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the entries of the lock file: fetch what is declared, look at it, and note exactly what it is."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import scanner
from .download import Access, NotFetched
from .findings import Finding, Judgement
from .loading import judged, own_findings, refusal, source_of, today
from .lock import Lock, Locked
from .option_checks import SKILLS, entries_of
from .packs import Bundle, bundled
from .registries import Fetched, from_clawhub, from_npm, from_oci
from .repositories import from_git
from .scan import rules_digest
from .sources import LOCAL, Source
from .store import changed_files, listed, load, save, unpack
from .tree import BadTree, File, Tree, digest, file_of, read_folder, shown
from .validate import validate

ReadConfigMap = Callable[[str, str], "Mapping[str, bytes] | None"]
_MAX_NAMED = 5
_PASSED = ("pass", "unknown")


@dataclass(frozen=True)
class Ways:
    """How to get at sources: registries, tokens, and ConfigMaps of the cluster."""

    access: Access
    config_map: ReadConfigMap
    update: bool = False
    """Whether what is locked already is resolved anew."""
    scan: bool = True
    """Whether the scanner of others is asked where it is installed."""
    keep: bool = True
    """Whether the files are kept for the deployment."""


@dataclass
class Made:
    """What came of the declared skills of one instance."""

    lock: dict[str, Locked] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    """What a person should read: findings that do not forbid a skill, verdicts, what was accepted."""
    problems: list[str] = field(default_factory=list)


def make(instance: Mapping[str, object], before: Lock, ways: Ways, day: datetime.date | None = None) -> Made:
    """Return the entries of the lock file for one instance. Nothing is kept of a skill with a problem."""
    made, cache = Made(), Path(str(instance["skills_cache"]))
    for name, entry in entries_of(instance).items():
        source = source_of(instance, entry)
        try:
            locked, tree = _locked(source, before.get(source.key), ways, cache)
            skills = Bundle(tree, locked.skills).by_skill(name)
            findings = [*(each for skill, own in skills.items() for each in validate(skill, own)), *locked.findings]
            verdict = judged(instance, entry, findings, day or today())
            if verdict.refused:
                made.problems.append(f"{SKILLS}  {name}: {refusal(verdict, entry)}")
                continue
            if source.kind != "src" and ways.keep:
                save(cache, tree)
            made.lock[source.key] = locked
            made.lines += [f"{name}: {line}" for line in _lines(locked, verdict)]
        except (BadTree, NotFetched, scanner.NotScanned) as problem:
            made.problems.append(f"{SKILLS}  {name}: {source.key}: {problem}.")
    return made


def _locked(source: Source, before: Locked | None, ways: Ways, cache: Path) -> tuple[Locked, Tree]:
    """Return what is locked now. Where nobody asked for an update it is what was locked, or an error."""
    follows = before is None or ways.update or source.kind in LOCAL
    bundle, resolved, verdict = _obtained(source, None if follows else before, ways, cache)
    found = digest(bundle.tree)
    if before is not None and not follows and found != before.tree:
        changed = ", ".join(map(shown, changed_files(before.files, listed(bundle.tree))[:_MAX_NAMED]))
        raise BadTree([f"is no longer what was locked ({changed}), though its version is the same. Do not use it"])
    if before is not None and found == before.tree and before.rules == rules_digest() and not ways.update:
        return before, bundle.tree
    trees = bundle.by_skill("")
    findings = [each for skill, tree in trees.items() for each in own_findings(skill, tree)]
    asked = scanner.version() if ways.scan else ""
    if asked:
        findings += [each for skill, tree in trees.items() for each in _scanned(skill, tree)]
    locked = Locked(
        tree=found,
        files=listed(bundle.tree),
        skills=bundle.skills,
        config=bundle.config,
        resolved=resolved,
        verdict=verdict,
        rules=rules_digest(),
        scanner=asked,
        findings=(*findings, *_of_registry(verdict)),
    )
    return locked, bundle.tree


def _obtained(
    source: Source, locked: Locked | None, ways: Ways, cache: Path
) -> tuple[Bundle, Mapping[str, object], str]:
    """Return what the source brings: what is locked of it, from the cache if it is there."""
    packed = load(cache, locked.tree) if locked else None
    if locked and packed is not None:
        with suppress(BadTree):
            return Bundle(unpack(packed, locked.tree), locked.skills, locked.config), locked.resolved, locked.verdict
    fetched = _fetch(source, locked.resolved if locked else {}, ways)
    return bundled(fetched.tree), fetched.resolved, fetched.verdict


def _scanned(skill: str, tree: Tree) -> list[Finding]:
    prefix = f"{skill}/" if skill else ""
    found = scanner.scan(skill or "skill", tree)
    return [replace(each, file=f"{prefix}{each.file}", by=scanner.COMMAND) for each in found]


def _of_registry(verdict: str) -> list[Finding]:
    """Return what a registry's own verdict amounts to: a bad one counts as much as our worst finding."""
    decision = verdict.partition(":")[0].lower()
    if not verdict or decision in _PASSED:
        return []
    severity = "medium" if decision in ("warn", "review", "pending") else "critical"
    return [Finding("registry-verdict", severity, f"the registry says {verdict}", by="ClawHub")]


def _fetch(source: Source, resolved: Mapping[str, object], ways: Ways) -> Fetched:
    if source.kind == "src":
        return Fetched(read_folder(Path(source.folder)))
    if source.kind == "config_map":
        return Fetched(_of_config_map(source, ways.config_map))
    remote = {"clawhub": from_clawhub, "npm": from_npm, "git": from_git, "oci": from_oci}
    return remote[source.kind](source, resolved, ways.access)


def _of_config_map(source: Source, read: ReadConfigMap) -> Tree:
    """Return the keys of a ConfigMap as files: all of them, or those of C(items) at their paths."""
    values = read(source.namespace, source.name)
    if values is None:
        raise NotFetched(f"there is no ConfigMap {source.name} in namespace {source.namespace}")
    missing = sorted(source.items.keys() - values.keys())
    if missing:
        raise NotFetched(f"the ConfigMap {source.name} has no key {', '.join(missing)}")
    chosen = {path: values[key] for key, path in source.items.items()} or dict(values)
    return {path: file_of(content, File.mode) for path, content in chosen.items()}


def _lines(locked: Locked, verdict: Judgement) -> list[str]:
    lines = [f"accepted: {each.text}" for each in verdict.accepted]
    lines += [f"noted: {each.text}" for each in verdict.noted if each.severity != "low"]
    return [*lines, f"the registry says {locked.verdict}"] if locked.verdict else lines

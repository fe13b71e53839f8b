# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check found in a skill, how grave it is, and which findings somebody has accepted."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

SEVERITIES = ("low", "medium", "high", "critical")
INVALID = "invalid"
"""Above every threshold: OpenClaw itself would not load the skill, so nobody can accept it."""
_RANK = {severity: rank for rank, severity in enumerate((*SEVERITIES, INVALID))}
SKILL_FILE = "SKILL.md"


@dataclass(frozen=True)
class Finding:
    """One thing that somebody should know. I(line) is 0 where the whole file is meant, I(file) empty for the skill."""

    rule: str
    severity: str
    message: str
    file: str = ""
    line: int = 0
    subject: str = ""
    """What the finding is about, where something like it may be allowed: the installer, for example."""
    by: str = ""
    """Who says so, if it is not our own rules."""

    @property
    def text(self) -> str:
        """What a person reads."""
        at = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        by = f" of {self.by}" if self.by else ""
        return f"{at}{self.message} ({self.severity}, rule {self.rule}{by})"

    def plain(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Override:
    """Somebody's word that a rule does not count for a skill until a day."""

    reason: str
    expires: datetime.date

    def counts(self, today: datetime.date) -> bool:
        return today <= self.expires


def overrides_of(declared: object) -> dict[str, Override]:
    """Return the overrides of an entry of C(openclaw_skills), which was checked, by rule."""
    given = declared if isinstance(declared, Mapping) else {}
    return {
        str(rule): Override(str(said["reason"]), datetime.date.fromisoformat(str(said["expires"])))
        for rule, said in given.items()
    }


@dataclass(frozen=True)
class Judgement:
    """Findings, divided: what forbids the skill, what was accepted for now, and what is only worth knowing."""

    refused: tuple[Finding, ...]
    accepted: tuple[Finding, ...]
    noted: tuple[Finding, ...]
    expired: tuple[str, ...]
    """Rules whose override has ended, so that their findings count again."""


def judge(
    findings: Iterable[Finding], threshold: str, overrides: Mapping[str, Override], today: datetime.date
) -> Judgement:
    """Return what findings from I(threshold) on amount to."""
    refused, accepted, noted, expired = [], [], [], set()
    for finding in sorted(findings, key=lambda found: (-_RANK[found.severity], found.file, found.line, found.rule)):
        override = overrides.get(finding.rule)
        if _RANK[finding.severity] < _RANK[threshold]:
            noted.append(finding)
        elif override and finding.severity != INVALID and override.counts(today):
            accepted.append(finding)
        else:
            refused.append(finding)
            expired |= {finding.rule} if override and finding.severity != INVALID else set()
    return Judgement(tuple(refused), tuple(accepted), tuple(noted), tuple(sorted(expired)))


def summary(findings: Iterable[Finding], most: int = 3) -> str:
    """Return the gravest findings in one line."""
    found = list(findings)
    more = f"; and {len(found) - most} more" if len(found) > most else ""
    return "; ".join(finding.text for finding in found[:most]) + more

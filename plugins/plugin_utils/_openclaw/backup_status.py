# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an instance stands with its backups, from the Jobs that are still on the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

COMPONENT = "backup"
_TAKEN, _CHECKED, _DRILLED = "snapshot", "checked", "drilled"
# Older than that, a daily backup was missed.
_FRESH = timedelta(hours=26)
_UNITS = ((timedelta(days=2), timedelta(days=1), "d"), (timedelta(hours=2), timedelta(hours=1), "h"))


def backup_facts(instance: Mapping[str, object], info: Mapping[str, object], now: datetime) -> dict[str, object]:
    """Return C(enabled), C(last) with C(time), C(age), C(snapshot), C(bytes), C(verified), C(drilled), C(problem)."""
    jobs = [each for each in _list(info.get("jobs")) if _is_backup(instance, each)]
    good = _latest(jobs, _TAKEN)
    facts: dict[str, object] = {"enabled": bool(instance["backup_enabled"]), "last": {}, "problem": _problem(jobs)}
    if good is not None:
        report = _map(good.get("report"))
        time = _time(report.get("time") or good.get("ended"))
        age = int((now - time).total_seconds()) if time else None
        told = {key: report.get(key) for key in ("snapshot", "bytes")}
        facts["last"] = {"time": str(report.get("time")), "age": age, **told}
    for key, reported in (("verified", _CHECKED), ("drilled", _DRILLED)):
        found = _latest(jobs, reported)
        facts[key] = str(_map(found.get("report")).get(reported)) if found is not None else ""
    return facts


def backup_state(instance: Mapping[str, object], info: Mapping[str, object], now: datetime | None = None) -> str:
    """Return the cell of the status table: C(2 h ago, drill ok), C(3 d ago!), C(failed: ...), C(none yet!), C(-)."""
    if not instance["backup_enabled"]:
        return "-"
    facts = backup_facts(instance, info, now or datetime.now(UTC))
    if facts["problem"]:
        return f"failed: {facts['problem']}"
    age = _map(facts["last"]).get("age")
    if not isinstance(age, int):
        return "none yet!"
    late = "!" if instance["backup_schedule"] and timedelta(seconds=age) > _FRESH else ""
    return f"{_ago(timedelta(seconds=age))} ago{late}{', drill ok' if facts['drilled'] else ''}"


def _is_backup(instance: Mapping[str, object], job: Mapping[str, object]) -> bool:
    """Whether a Job says how backups are; one of a restore does not."""
    return str(job.get("name")).startswith(f"{instance['name']}-{COMPONENT}")


def _latest(jobs: Sequence[Mapping[str, object]], reported: str) -> Mapping[str, object] | None:
    """Return the latest Job that went well and reported that; a drill names its snapshot, too, but has taken none."""
    command = {_TAKEN: "backup", _CHECKED: "check"}.get(reported)
    for job in jobs:
        report = _map(job.get("report"))
        if job.get("outcome") == "succeeded" and reported in report and report.get("command") == command:
            return job
    return None


def _problem(jobs: Sequence[Mapping[str, object]]) -> str:
    """Return why the latest Job of a kind failed; empty if all of the latest went well."""
    seen: set[str] = set()
    for job in jobs:
        kind = str(job.get("schedule") or job.get("name"))
        if kind in seen or job.get("outcome") == "running":
            continue
        seen.add(kind)
        if job.get("outcome") == "failed":
            return str(_map(job.get("report")).get("problem") or job.get("message") or "no reason given")
    return ""


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None


def _ago(age: timedelta) -> str:
    for least, unit, letter in _UNITS:
        if age >= least:
            return f"{age // unit} {letter}"
    return f"{max(age // timedelta(minutes=1), 0)} min"


def _list(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the state of an instance and the answers of its gateway amount to: a verdict, and a row of the status table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .verification import config_state, judge_config, judge_service, read_turn

_COLUMNS = ("CLUSTER", "INSTANCE", "VERSION", "PHASE", "CONFIG", "RESTARTS", "LAST PROBLEM")
_GAP = "  "
_MAX_PROBLEM = 100


@dataclass
class Verdict:
    """problems: why the instance is not what the inventory says; empty if it is. reply: what the agent answered."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    reply: str | None = None

    def text(self, name: str) -> str:
        """Return the verdict as a person reads it."""
        if self.problems:
            count = f"{len(self.problems)} problem{'s' * (len(self.problems) > 1)}"
            return "\n".join([f"{name}: {count}", *(f"  {problem}" for problem in self.problems)])
        lines = [f"{name}: ready, answers through its Service, runs the declared configuration"]
        lines += [f"  warning: {warning}" for warning in self.warnings]
        if self.reply is not None:
            lines.append(f"  answer: {self.reply}")
        return "\n".join(lines)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def judge(instance: Mapping[str, object], declared: Mapping[str, object], info: Mapping[str, object]) -> Verdict:
    """Return the verdict on what C(instance_info) found. declared is the whole declared configuration."""
    verdict = Verdict()
    state = _mapping(info.get("instance"))
    if not state.get("exists"):
        verdict.problems.append(f"is not on the cluster (namespace {instance['namespace']}); run the site playbook.")
        return verdict
    if not state.get("ready"):
        verdict.problems.append(f"the pod is not ready: {state.get('last_problem') or state.get('phase')}")
        return verdict
    probes = _mapping(info.get("probes"))
    verdict.problems.extend(judge_service(instance, _mapping(probes.get("service"))))
    problems, verdict.warnings = judge_config(declared, str(instance["config_mode"]), _mapping(probes.get("config")))
    verdict.problems.extend(problems)
    if "turn" in probes:
        verdict.reply, problems = read_turn(_mapping(probes["turn"]))
        verdict.problems.extend(problems)
    return verdict


def status_row(
    instance: Mapping[str, object], declared: Mapping[str, object], info: Mapping[str, object]
) -> dict[str, str]:
    """Return the row of one instance in the status table."""
    state = _mapping(info.get("instance"))
    probe = _mapping(info.get("probes")).get("config")
    return {
        "cluster": str(state.get("cluster") or "-"),
        "instance": str(instance["name"]),
        "version": str(state.get("version") or "-"),
        "phase": str(state.get("phase") or "absent"),
        "config": config_state(declared, str(instance["config_mode"]), probe) if isinstance(probe, Mapping) else "-",
        "restarts": str(state.get("restarts") or 0),
        "problem": str(state.get("last_problem") or "-"),
    }


def status_table(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the lines of the status table, instances sorted by cluster and name."""
    keys = [column.lower().removeprefix("last ") for column in _COLUMNS]
    cells = [[" ".join(str(row.get(key, "-")).split())[:_MAX_PROBLEM] for key in keys] for row in rows]
    table = [list(_COLUMNS), *sorted(cells)]
    widths = [max(len(row[column]) for row in table) for column in range(len(_COLUMNS))]
    return [_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the state of an instance and the answers of its gateway amount to: a verdict, and a row of the status table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .backup_status import backup_state
from .config import merge_rules
from .entry_verdict import Address, judge_entries
from .file_drift import files_state, judge_files
from .isolation import judge_isolation
from .plugin_verdict import judge_plugins, plugins_state
from .port_forward import port_forward
from .route_verdict import judge_gateway
from .skills.drift import accepted, judge_skills, skills_state
from .tailnet_verdict import judge_tailnet
from .verification import config_edits, config_state, judge_config, judge_service, read_turn

_CONTENT = ("CONFIG", "FILES", "SKILLS", "PLUGINS", "BACKUP")
_COLUMNS = ("CLUSTER", "INSTANCE", "VERSION", "PHASE", *_CONTENT, "RESTARTS", "LAST PROBLEM")
_WHERE_ANY = frozenset(_CONTENT[1:])
_GAP = "  "
_MAX_PROBLEM = 100
_MAX_EDITS = 300
_SEVERAL = 2
# With more of them the table would be hard to find above.
_MAX_FORWARDS = 5


@dataclass
class Verdict:
    """What a verification found.

    problems: why the instance is not what the inventory says; empty if it is. summary: what it is if there are none.
    reply: what the agent answered. ways: where the gateway answered.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    reply: str | None = None
    summary: str = "ready, answers through {ways}, runs the declared configuration"
    ways: list[str] = field(default_factory=lambda: ["its Service"])

    def text(self, name: str) -> str:
        """Return the verdict as a person reads it."""
        if self.problems:
            count = f"{len(self.problems)} problem{'s' * (len(self.problems) > 1)}"
            return "\n".join([f"{name}: {count}", *(f"  {problem}" for problem in self.problems)])
        lines = [f"{name}: {self.summary.format(ways=' and '.join(self.ways))}"]
        lines += [f"  warning: {warning}" for warning in self.warnings]
        if self.reply is not None:
            lines.append(f"  answer: {self.reply}")
        return "\n".join(lines)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


# States without a pod, and what is kept in them.
_AT_REST = {
    "suspended": "suspended: no pod runs, everything else is kept",
    "absent": "absent: nothing of it runs on the cluster",
}


def _judge_rest(verdict: Verdict, wanted: str, state: Mapping[str, object]) -> None:
    """An instance that is to have no pod is what it should be when it has none."""
    phase = state.get("phase")
    if phase == wanted:
        verdict.summary = _AT_REST[wanted]
    else:
        verdict.problems.append(f"is to be {wanted}, but is {phase}; run the site playbook.")


def _staying_pods(state: Mapping[str, object]) -> list[Mapping[str, object]]:
    pods = state.get("pods")
    found = map(_mapping, pods if isinstance(pods, list) else ())
    return [pod for pod in found if not pod.get("terminating")]


def _unready(state: Mapping[str, object]) -> str:
    if state.get("phase") == "suspended":
        return "is suspended; run the site playbook to let it run again."
    pods = _staying_pods(state)
    about = (
        "the pod is" if len(pods) < _SEVERAL else f"{sum(not pod.get('ready') for pod in pods)} of {len(pods)} pods are"
    )
    return f"{about} not ready: {state.get('last_problem') or state.get('phase')}"


def asked_replica(info: Mapping[str, object]) -> int | None:
    """Return the index of the pod that the probes ran in."""
    index = str(_mapping(info.get("instance")).get("pod") or "").rpartition("-")[2]
    return int(index) if index.isdecimal() else None


def judge(
    instance: Mapping[str, object],
    declared: Mapping[str, object],
    info: Mapping[str, object],
    addresses: Iterable[Address] = (),
    files: Mapping[str, str] | None = None,
) -> Verdict:
    """Return the verdict on what C(instance_info) found.

    declared is the whole declared configuration, addresses are those under which people open the instance. files are
    mode and digest of those that have to stay as they are, by their paths.
    """
    verdict = Verdict()
    state = _mapping(info.get("instance"))
    if instance["state"] in _AT_REST:
        _judge_rest(verdict, str(instance["state"]), state)
        return verdict
    if not state.get("exists"):
        verdict.problems.append(f"is not on the cluster (namespace {instance['namespace']}); run the site playbook.")
        return verdict
    if not state.get("ready"):
        verdict.problems.append(_unready(state))
        return verdict
    pods = _staying_pods(state)
    if len(pods) >= _SEVERAL:
        verdict.summary = f"{len(pods)} pods {verdict.summary} ({state.get('pod')} was asked)"
    probes = _mapping(info.get("probes"))
    verdict.problems.extend(judge_service(instance, _mapping(probes.get("service"))))
    mode, rules = str(instance["config_mode"]), merge_rules(instance)
    problems, verdict.warnings = judge_config(declared, mode, _mapping(probes.get("config")), rules)
    verdict.problems.extend(problems)
    if "turn" in probes:
        verdict.reply, problems = read_turn(_mapping(probes["turn"]))
        verdict.problems.extend(problems)
    verdict.problems.extend(judge_tailnet(instance, probes))
    _judge_entries(verdict, instance, info, addresses)
    verdict.warnings += judge_gateway(instance, info)
    verdict.warnings += judge_files(files or {}, info)
    for judge_content in (judge_skills, judge_plugins):
        problems, warnings = judge_content(instance, info)
        verdict.problems.extend(problems)
        verdict.warnings += warnings
    problems, warnings = judge_isolation(instance, info)
    verdict.problems.extend(problems)
    verdict.warnings.extend(warnings)
    return verdict


def _judge_entries(
    verdict: Verdict, instance: Mapping[str, object], info: Mapping[str, object], addresses: Iterable[Address]
) -> None:
    answers = info.get("entries")
    found = judge_entries(instance, addresses, map(_mapping, answers if isinstance(answers, list) else ()))
    verdict.problems.extend(found.problems)
    verdict.warnings += found.warnings
    verdict.ways += found.reached


def status_row(
    instance: Mapping[str, object],
    declared: Mapping[str, object],
    info: Mapping[str, object],
    files: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the row of one instance in the status table."""
    state = _mapping(info.get("instance"))
    probe = _mapping(info.get("probes")).get("config")
    asked = (declared, str(instance["config_mode"]), _mapping(probe), merge_rules(instance))
    return {
        "cluster": str(state.get("cluster") or "-"),
        "instance": str(instance["name"]),
        "version": str(state.get("version") or "-"),
        "phase": _phase(state),
        "config": config_state(*asked) if isinstance(probe, Mapping) else "-",
        "edits": ", ".join(config_edits(*asked)),
        "files": files_state(files or {}, info),
        "skills": skills_state(instance, info),
        "plugins": plugins_state(instance, info),
        "backup": backup_state(instance, info),
        "accepted": "\n".join(accepted(instance)),
        "restarts": str(state.get("restarts") or 0),
        "problem": str(state.get("last_problem") or "-"),
        "forward": port_forward(instance, state) if state.get("ready") else "",
    }


def _phase(state: Mapping[str, object]) -> str:
    """Return the phase; of several pods also how many are ready."""
    phase, pods = str(state.get("phase") or "absent"), _staying_pods(state)
    return phase if len(pods) < _SEVERAL else f"{phase} {sum(bool(pod.get('ready')) for pod in pods)}/{len(pods)}"


def status_table(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the lines of the status table, sorted by cluster and name, and how to open what is ready."""
    keys = [column.lower().removeprefix("last ") for column in _COLUMNS]
    cells = [[" ".join(str(row.get(key, "-")).split())[:_MAX_PROBLEM] for key in keys] for row in rows]
    table = _without_idle_columns([list(_COLUMNS), *sorted(cells)])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return [*lines, *_edits(rows), *_accepted(rows), *_ways_in(rows)]


def _without_idle_columns(table: list[list[str]]) -> list[list[str]]:
    """Leave out what no instance has anything of."""
    shown = [title not in _WHERE_ANY or {*column} != {"-"} for title, *column in zip(*table, strict=True)]
    return [[cell for cell, is_shown in zip(row, shown, strict=True) if is_shown] for row in table]


def _edits(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return for each instance that both it and the inventory write what it has changed."""
    edits = sorted((str(row.get("instance")), str(row["edits"])) for row in rows if row.get("edits"))
    width = max((len(name) for name, _paths in edits), default=0)
    lines = [f"  {name.ljust(width)}{_GAP}{paths[:_MAX_EDITS]}" for name, paths in edits]
    return ["", "edited in the instance:", *lines] if lines else []


def _accepted(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return for each instance which findings in its skills somebody answers for, and how long."""
    said = [(str(row.get("instance")), line) for row in rows for line in str(row.get("accepted") or "").splitlines()]
    width = max((len(name) for name, _line in said), default=0)
    lines = [f"  {name.ljust(width)}{_GAP}{line[:_MAX_EDITS]}" for name, line in sorted(said)]
    return ["", "accepted in skills:", *lines] if lines else []


def _ways_in(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return for each instance that is ready the command that leads to its user interface; of many, how to see it."""
    ways = sorted((str(row.get("instance")), str(row["forward"])) for row in rows if row.get("forward"))
    if not ways:
        return []
    if len(ways) > _MAX_FORWARDS:
        return ["", "to open one on this machine, see its command: run this for it alone, with --limit"]
    width = max(len(name) for name, _command in ways)
    return ["", "to open one on this machine:", *(f"  {name.ljust(width)}{_GAP}{command}" for name, command in ways)]

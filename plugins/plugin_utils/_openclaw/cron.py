# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled jobs of a gateway and the notes of its heartbeat: how they and the inventory come to agree.

A declared job is known by its declaration key, so the gateway itself brings it up to date and never makes it twice.
Jobs without such a key are the agent's or the user's, and stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .pod import ENTRY_POINT
from .workspace import owner_of

_KEY = "openclaw.kubernetes:"
# How OpenClaw itself declares the job of an agent's heartbeat.
_HEARTBEAT = "heartbeat:"
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LENGTH = re.compile(r"([0-9]+)(ms|s|m|h|d)")
_TIMEOUT = 120
# The call gives up before the command does, so that its reason is told.
_CALL = (*ENTRY_POINT, "gateway", "call")
_CALL_FLAGS = ("--json", "--timeout", "60000")
# What is compared: the gateway brings the first ones up to date, a job with another value of the rest is made anew.
_CONVERGED = ("schedule", "payload", "delivery", "enabled")
_FIXED = ("name", "description", "agentId", "sessionTarget", "wakeMode")
# Of notes only a digest leaves the pod: the agent may have written anything into them.
_LIST = (
    "const {execFileSync}=require('child_process'),{createHash}=require('crypto');"
    "const [cli,prefix,monitor,...keys]=process.argv.slice(1);"
    "const call=(method,params)=>{let out;"
    "try{out=execFileSync(process.execPath,[cli,'gateway','call',method,'--json','--timeout','40000','--params',"
    "JSON.stringify(params)],{encoding:'utf8',timeout:55000,maxBuffer:1<<26,stdio:['ignore','pipe','pipe']})}"
    "catch(e){const said=String(e.stdout||'').trim()||String(e.stderr||e.message);"
    "console.error(said.replace(/\\s+/g,' ').slice(-500));process.exit(1)}"
    "return JSON.parse(out.slice(out.indexOf('{')))};"
    "const jobs=[];for(let more=true;more;){"
    "const page=call('cron.list',{includeDisabled:true,includeDeliveryPreviews:false,limit:200,offset:jobs.length});"
    "jobs.push(...page.jobs);more=Boolean(page.hasMore)&&page.jobs.length>0}"
    "const told={jobs:jobs.filter(job=>String(job.declarationKey||'').startsWith(prefix)).map(job=>"
    "Object.fromEntries(keys.filter(key=>key in job).map(key=>[key,job[key]])))};"
    "const heart=monitor&&jobs.find(job=>job.declarationKey===monitor);"
    "if(heart){const {scratch}=call('cron.scratch.get',{id:heart.id});told.notes={id:heart.id,"
    "sha256:scratch?createHash('sha256').update(scratch.content).digest('hex'):''}}"
    "console.log(JSON.stringify(told))"
)


def probes(instance: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return the command that lists the declared jobs, as the module C(instance_info) takes it."""
    monitor = f"{_HEARTBEAT}{owner_of(_map(instance['config'])) or ''}" if heartbeat_notes(instance) else ""
    keys = ("id", "declarationKey", *_CONVERGED, *_FIXED)
    return {"cron": {"argv": ["node", "-e", _LIST, ENTRY_POINT[-1], _KEY, monitor, *keys], "timeout": _TIMEOUT}}


# -- what is declared ----------------------------------------------------------------------------------------------


def declared_jobs(instance: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return what the gateway is told about each job, by its name."""
    return {name: _job(instance, name, _map(given)) for name, given in sorted(_map(instance["cron_jobs"]).items())}


def heartbeat_notes(instance: Mapping[str, object]) -> str:
    """Return what the agent is reminded of at each heartbeat; empty where that is left to the agent."""
    return str(instance["heartbeat_notes"] or "").strip()


def _job(instance: Mapping[str, object], name: str, given: Mapping[str, object]) -> dict[str, object]:
    payload = _payload(given)
    event = payload["kind"] == "systemEvent"
    session = "main" if event else str(given.get("session") or "isolated")
    optional = {"description": given.get("description"), "agentId": given.get("agent")}
    return {
        "name": name,
        "declarationKey": _KEY + name,
        **{key: value for key, value in optional.items() if value},
        "enabled": given.get("enabled", True) is True,
        "schedule": _schedule(instance, given),
        "sessionTarget": session,
        "wakeMode": "now",
        "payload": payload,
        # What happens in the main session is told there.
        **({} if event else {"delivery": _delivery(given)}),
    }


def _schedule(instance: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    if given.get("every"):
        return {"kind": "every", "everyMs": milliseconds(str(given["every"]))}
    timezone = given.get("timezone") or instance["timezone"]
    return {
        "kind": "cron",
        "expr": " ".join(str(given.get("cron", "")).split()),
        **({"tz": timezone} if timezone else {}),
        # By itself the gateway spreads what is due at a full hour over five minutes.
        **({"staggerMs": 0} if given.get("exact") is True else {}),
    }


def milliseconds(duration: str) -> int:
    """Return the length of a duration such as C(1h30m)."""
    return sum(int(number) * _UNITS[unit] for number, unit in _LENGTH.findall(duration))


def _payload(given: Mapping[str, object]) -> dict[str, object]:
    if "event" in given:
        return {"kind": "systemEvent", "text": str(given["event"]).strip()}
    timeout = {"timeoutSeconds": milliseconds(str(given["timeout"])) // 1000} if given.get("timeout") else {}
    if "command" in given:
        words = given["command"]
        return {"kind": "command", "argv": [str(word) for word in words] if isinstance(words, list) else [], **timeout}
    optional = {"model": given.get("model"), "thinking": given.get("thinking"), "toolsAllow": given.get("tools")}
    chosen = {key: value for key, value in optional.items() if value}
    return {"kind": "agentTurn", "message": str(given.get("message", "")).strip(), **chosen, **timeout}


def _delivery(given: Mapping[str, object]) -> dict[str, object]:
    if given.get("webhook"):
        return {"mode": "webhook", "to": given["webhook"]}
    announce = _map(given.get("announce"))
    if not announce:
        return {"mode": "none"}
    routed = {"channel": announce.get("channel"), "to": announce.get("to"), "accountId": announce.get("account")}
    return {"mode": "announce", **{key: str(value) for key, value in routed.items() if value}}


# -- what is to become of them -------------------------------------------------------------------------------------


@dataclass
class Plan:
    """What is to be done. commands: as the module C(commands) takes them. lines: the jobs, for a person."""

    problems: list[str] = field(default_factory=list)
    commands: list[dict[str, object]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def plan(instance: Mapping[str, object], info: Mapping[str, object], check: bool = False) -> Plan:
    """Return what makes the jobs of the gateway those of the inventory, given what C(instance_info) found."""
    name, state = instance["name"], _map(info.get("instance"))
    wanted, told = declared_jobs(instance), _read(_map(_map(info.get("probes")).get("cron")))
    found = None if told is None else [job for job in told["jobs"] if isinstance(job, Mapping)]
    if found is None and check and not state.get("exists"):
        return Plan(lines=[f"{name}: its {len(wanted)} jobs follow when it runs"])
    if found is None:
        return Plan(problems=[f"{name}: cannot list its scheduled jobs: {_why(state, _map(info.get('probes')))}"])
    made = Plan()
    kept: dict[str, Mapping[str, object]] = {}
    for live in sorted(found, key=lambda job: str(job.get("declarationKey"))):
        title = str(live.get("declarationKey")).removeprefix(_KEY)
        job = wanted.get(title)
        if job is None or title in kept or not _agrees(job, live, _FIXED):
            made.commands.append(_call(f"remove job {title}", "cron.remove", {"id": live.get("id")}))
        else:
            kept[title] = live
    for title, job in wanted.items():
        there = kept.get(title, {})
        if not _agrees(job, there, (*_FIXED, *_CONVERGED)):
            verb = "bring up to date" if there else "add"
            made.commands.append(_call(f"{verb} job {title}", "cron.add", job))
    notes = heartbeat_notes(instance)
    if notes and not _map(told).get("notes"):
        made.problems.append(
            f"openclaw_heartbeat_notes  {name} has no heartbeat for them. Remove them, or turn cron on."
        )
    elif notes:
        made.commands += _notes_commands(notes, _map(_map(told)["notes"]))
    made.lines = list(_lines(str(name), wanted, made.commands, check))
    return made


def _read(probe: Mapping[str, object]) -> dict[str, list[object]] | None:
    """Return what was listed; None if nothing was."""
    try:
        told = json.loads(str(probe.get("stdout")))
    except ValueError:
        return None
    return told if isinstance(told, dict) and isinstance(told.get("jobs"), list) else None


def _notes_commands(notes: str, live: Mapping[str, object]) -> list[dict[str, object]]:
    if live.get("sha256") == hashlib.sha256(notes.encode()).hexdigest():
        return []
    return [_call("write the notes of the heartbeat", "cron.scratch.set", {"id": live.get("id"), "content": notes})]


def _agrees(wanted: Mapping[str, object], live: Mapping[str, object], keys: tuple[str, ...]) -> bool:
    """Whether what is declared is in force. The gateway fills in what a declaration leaves open."""
    return all(_holds(wanted[key], live.get(key)) for key in keys if key in wanted)


def _holds(wanted: object, live: object) -> bool:
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        return all(_holds(value, live.get(key)) for key, value in wanted.items())
    return wanted == live


def _call(title: str, method: str, params: Mapping[str, object]) -> dict[str, object]:
    argv = [*_CALL, method, *_CALL_FLAGS, "--params", json.dumps(params, ensure_ascii=False)]
    return {"title": title, "argv": argv, "timeout": _TIMEOUT}


def _lines(name: str, wanted: Mapping[str, object], commands: list[dict[str, object]], check: bool) -> Iterator[str]:
    changes = f", {len(commands)} {'to change' if check else 'changed'}" if commands else ""
    yield f"{name}: {len(wanted)} scheduled {'job' if len(wanted) == 1 else 'jobs'} declared{changes}"
    yield from (f"{'would ' if check else ''}{command['title']}" for command in commands)


def _why(state: Mapping[str, object], found: Mapping[str, object]) -> str:
    if not state.get("exists"):
        return "it is not on the cluster; run the site playbook."
    lines = str(_map(found.get("cron")).get("stderr") or "").strip().splitlines()
    return lines[-1][:300] if lines else str(state.get("last_problem") or state.get("phase"))


# -- rules ---------------------------------------------------------------------------------------------------------


def jobs_of_several_gateways(instance: Mapping[str, object]) -> list[str]:
    """Each gateway keeps its own jobs, so with several of them nobody knows whose they are."""
    if not (instance["cron_jobs"] or heartbeat_notes(instance)) or (
        instance["replicas"] in (0, 1) and not instance["autoscaling_enabled"]
    ):
        return []
    return ["openclaw_cron_jobs  are kept by one gateway, and this instance has several. Give each its own instance."]


def notes_for_nobody(instance: Mapping[str, object]) -> list[str]:
    """Notes belong to the heartbeat of one agent."""
    if not heartbeat_notes(instance) or owner_of(_map(instance["config"])):
        return []
    return ["openclaw_heartbeat_notes  are for the only agent, and openclaw_config has several. Remove them."]


RULES = (jobs_of_several_gateways, notes_for_nobody)


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}

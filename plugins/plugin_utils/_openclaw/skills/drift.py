# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the skills in a pod are those that are locked: how to ask, and what the answer amounts to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ..pod import STATE_DIR
from ..workspace import agents_of, owner_of, workspace_of
from .loading import FOLDER, Skill, loaded
from .store import changed_files, listed
from .tree import digest, shown

PROBE = "skills"
_TIMEOUT = 60
_MAX_NAMED = 3
_SEED = "seed"

# Runs in the gateway's container: lists a folder only if its digest is not the wanted one, and what is beside them.
_LIST = (
    "const fs=require('fs'),{createHash}=require('crypto'),[wanted,roots]=process.argv.slice(1).map(t=>JSON.parse(t));"
    "const sha=d=>createHash('sha256').update(d).digest('hex');"
    "const walk=(top,sub)=>fs.readdirSync(top+sub,{withFileTypes:true}).flatMap(e=>{"
    "const at=sub+'/'+e.name,s=fs.lstatSync(top+at),path=at.slice(1);"
    "if(s.isDirectory())return walk(top,at);"
    "if(s.isFile())return[[path,(s.mode&0o111?'755':'644')+' '+sha(fs.readFileSync(top+at))]];"
    "return[[path,'link '+sha(s.isSymbolicLink()?fs.readlinkSync(top+at):'')]]});"
    "const found={};for(const[folder,digest]of wanted){"
    "let files=[];try{files=walk(folder,'')}catch(e){if(e.code!=='ENOENT'&&e.code!=='ENOTDIR')throw e}"
    "files.sort((a,b)=>Buffer.compare(Buffer.from(a[0]),Buffer.from(b[0])));"
    "const is=sha(files.map(([p,f])=>f+' '+p+'\\n').join(''));"
    "if(is!==digest)found[folder]=Object.fromEntries(files)}"
    "const others={},known=new Set(wanted.map(([f])=>f));for(const root of roots){let names=[];"
    "try{names=fs.readdirSync(root,{withFileTypes:true}).filter(e=>!e.isFile()&&!known.has(root+'/'+e.name)).map(e=>e.name)}"
    "catch(e){if(e.code!=='ENOENT'&&e.code!=='ENOTDIR')throw e}"
    "names=names.filter(n=>!n.startsWith('.'));if(names.length)others[root]=names.slice(0,50)}"
    "console.log(JSON.stringify({found,others}))"
)


def probes(instance: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return the command that compares the skills of the pod with the lock; none for an instance without skills."""
    placed = _placed(instance)
    if not placed:
        return {}
    wanted = json.dumps([[folder, digest(skill.tree)] for folder, skill in placed.items()])
    return {PROBE: {"argv": ["node", "-e", _LIST, wanted, json.dumps(_roots(instance))], "timeout": _TIMEOUT}}


def _placed(instance: Mapping[str, object]) -> dict[str, Skill]:
    return {folder: skill for skill in loaded(instance).skills for folder in skill.folders}


def _roots(instance: Mapping[str, object]) -> list[str]:
    """Return the folders in which OpenClaw looks for skills that somebody may have put there."""
    config = instance["config"]
    known = config if isinstance(config, Mapping) else {}
    agents = {*agents_of(known), owner_of(known) or ""} - {""}
    return [f"{STATE_DIR}/{FOLDER}", *sorted({f"{workspace_of(known, agent)}/{FOLDER}" for agent in agents})]


def _answer(info: Mapping[str, object]) -> Mapping[str, object] | None:
    probes_found = info.get("probes")
    probe = probes_found.get(PROBE) if isinstance(probes_found, Mapping) else None
    try:
        answer = json.loads(str(probe["stdout"])) if isinstance(probe, Mapping) else None
    except (KeyError, ValueError):
        return None
    return answer if isinstance(answer, dict) else None


def drifted(instance: Mapping[str, object], info: Mapping[str, object]) -> dict[str, tuple[Skill, list[str]]]:
    """Return the skills that are not what is locked, by their folder, with the paths that differ."""
    found = (_answer(info) or {}).get("found")
    placed = _placed(instance)
    return {
        folder: (placed[folder], changed_files(listed(placed[folder].tree), files))
        for folder, files in sorted(found.items() if isinstance(found, dict) else ())
        if folder in placed and isinstance(files, dict) and placed[folder].policy != _SEED
    }


def strangers(info: Mapping[str, object]) -> list[str]:
    """Return the folders of skills that the inventory does not declare."""
    others = (_answer(info) or {}).get("others")
    found = others.items() if isinstance(others, dict) else ()
    return [f"{root}/{name}" for root, names in sorted(found) if isinstance(names, list) for name in sorted(names)]


def judge_skills(instance: Mapping[str, object], info: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Return problems and warnings about the skills of the pod that was asked."""
    if not probes(instance):
        return [], []
    if _answer(info) is None:
        return ["the skills cannot be compared with the lock: the pod gives no answer."], []
    problems = [
        f"the skill {skill.name} is not what is locked ({_named(paths)} in {folder}). The playbook restart restores it."
        for folder, (skill, paths) in drifted(instance, info).items()
    ]
    warnings = [f"a skill that the inventory does not declare: {folder}" for folder in strangers(info)]
    return problems, [*warnings, *accepted(instance)]


def accepted(instance: Mapping[str, object]) -> list[str]:
    """Return what somebody has taken the responsibility for, one line for each rule of each skill."""
    said = {
        (each.entry, each.finding.rule): f"until {each.expires}: {' '.join(each.reason.split())}"
        for each in loaded(instance).accepted
    }
    return [f"the skill {entry} is accepted in spite of {rule} {why}" for (entry, rule), why in sorted(said.items())]


def skills_state(instance: Mapping[str, object], info: Mapping[str, object]) -> str:
    """Return in a few words how the skills of the instance are."""
    return ", ".join(_counts(instance, info)) or "-"


def _counts(instance: Mapping[str, object], info: Mapping[str, object]) -> Iterator[str]:
    skills = loaded(instance).skills
    if not skills:
        return
    yield f"{len(skills)} locked"
    if _answer(info) is None:
        yield "not asked"
    if changed := len({skill.name for skill, _paths in drifted(instance, info).values()}):
        yield f"{changed} changed"
    if others := len(strangers(info)):
        yield f"{others} more"
    if overrides := len(accepted(instance)):
        yield f"{overrides} accepted"


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - _MAX_NAMED} more" if len(paths) > _MAX_NAMED else ""
    return ", ".join(map(shown, paths[:_MAX_NAMED])) + more

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten ways to lose a setting. Each was met with a chart or an operator that people use: first what their way of writing
the file does to it, in an init container as theirs, then ours, on the same steps.

What they do is written down here in the fewest words that show it; none of it is their code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.edited import (
    edit,
    forget,
    in_force,
    restart,
    text_of,
    write,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

pytestmark = pytest.mark.slow

Json = dict[str, Any]
_IMAGE = "ghcr.io/openclaw/openclaw:2026.9.6"
_DECLARED, _FILE = "/etc/openclaw/openclaw.json", "/volume/openclaw.json"

_BEGIN = (
    "const fs=require('fs'),[from,to]=process.argv.slice(1),text=f=>fs.readFileSync(f,'utf8'),"
    "own=JSON.parse(text(from));"
)
_DEEP = (
    "const plain=v=>v&&typeof v==='object'&&!Array.isArray(v);"
    "const lay=(a,b)=>{for(const k in b)if(plain(b[k])){if(a[k]===undefined)a[k]={};lay(a[k],b[k])}else a[k]=b[k];"
    "return a};"
)
COPY = _BEGIN + "fs.writeFileSync(to,text(from))"
COPY_WITH_STAMP = _BEGIN + "fs.writeFileSync(to,JSON.stringify({...own,meta:{}}))"
MERGE_OR_COPY = (
    _BEGIN + _DEEP + "let all=own;try{all=lay(JSON.parse(text(to)),own)}catch{}fs.writeFileSync(to,JSON.stringify(all))"
)
MERGE_OR_STOP = (
    _BEGIN + _DEEP + "fs.writeFileSync(to,JSON.stringify(fs.existsSync(to)?lay(JSON.parse(text(to)),own):own))"
)


@dataclass(frozen=True)
class Trap:
    """What is declared first, what people do in the instance, what is declared then, and what has to be in force."""

    peer: str
    first: Json
    then: Json
    wanted: Mapping[str, object]
    edit: Json | None = None
    by_hand: Callable[[str], str] | None = None


def defaults(**settings: object) -> Json:
    return {"agents": {"defaults": settings}}


def mappings(*names: str) -> Json:
    return {"hooks": {"mappings": [{"id": name, "match": {"path": name}, "action": "wake"} for name in names]}}


def with_a_comment(text: str) -> str:
    """The file as somebody writes it who was told that it is JSON5."""
    config = json.loads(text)
    config["ui"] = {"seamColor": "#112233"}
    return "// ours\n" + json.dumps(config, indent=2).rstrip("}\n ") + "},\n}\n"


MANY: Json = {
    "logging": {"level": "info", "consoleLevel": "info"},
    "agents": {"defaults": {"maxConcurrent": 2, "userTimezone": "UTC"}},
    "commands": {"native": "auto", "text": True, "bash": False, "config": False, "debug": False, "restart": False},
    "messages": {"responsePrefix": "x" * 4000},
}
COLOUR = {"ui": {"seamColor": "#112233"}}
EDITED = {"ui.seamColor": "#112233"}

TRAPS = {
    "a key that left the inventory stays for ever": Trap(
        MERGE_OR_COPY,
        defaults(maxConcurrent=2, userTimezone="UTC"),
        defaults(maxConcurrent=2),
        {"agents.defaults.userTimezone": None},
    ),
    "a text that becomes a map is lost": Trap(
        MERGE_OR_COPY,
        defaults(model="stub/echo-1"),
        defaults(model={"primary": "stub/echo-1"}),
        {"agents.defaults.model": {"primary": "stub/echo-1"}},
    ),
    "a comment in the file costs every edit": Trap(
        MERGE_OR_COPY, defaults(maxConcurrent=2), defaults(maxConcurrent=3), EDITED, by_hand=with_a_comment
    ),
    "a comment in the file stops the pod": Trap(
        MERGE_OR_STOP, defaults(maxConcurrent=2), defaults(maxConcurrent=3), EDITED, by_hand=with_a_comment
    ),
    "an entry that was added to a list is lost": Trap(
        MERGE_OR_COPY,
        mappings("alerts"),
        mappings("alerts", "media"),
        {"hooks.mappings": [*mappings("alerts", "own", "media")["hooks"]["mappings"]]},
        edit=mappings("alerts", "own"),
    ),
    "a retired key that OpenClaw moved is declared in vain": Trap(
        MERGE_OR_COPY,
        {"agents": {"list": [{"id": "main", "identity": {"name": "One"}}]}},
        {"agents": {"list": [{"id": "main", "identity": {"name": "Two"}}]}},
        {"agents.entries.main.identity.name": "Two"},
    ),
    "an edit lives until the next start": Trap(
        COPY, defaults(maxConcurrent=2), defaults(maxConcurrent=2), EDITED, edit=COLOUR
    ),
    "OpenClaw restores its backup over a file without its stamp": Trap(
        COPY, defaults(maxConcurrent=2), defaults(maxConcurrent=5), {"agents.defaults.maxConcurrent": 5}, edit=COLOUR
    ),
    "OpenClaw restores its backup over a file that shrank": Trap(
        COPY_WITH_STAMP, MANY, defaults(maxConcurrent=5), {"messages.responsePrefix": None}, edit=COLOUR
    ),
    "what an agent opened for itself stays open": Trap(
        MERGE_OR_COPY,
        {},
        {},
        {"gateway.http.endpoints.responses.enabled": None},
        edit={"gateway": {"http": {"endpoints": {"responses": {"enabled": True}}}}},
    ),
}


@pytest.fixture(scope="module")
def ours(shared_stage: Stage, model: str) -> Instance:
    keys = {"hooks.mappings": "id"}
    return new_instance(shared_stage, "ours", model, openclaw_config_mode="merge", openclaw_config_merge_keys=keys)


@pytest.fixture(scope="module")
def theirs(shared_stage: Stage, model: str) -> Instance:
    """An instance whose file an init container of the test writes at each start, as a chart does; ours is mounted."""
    return new_instance(
        shared_stage, "theirs", model, openclaw_config_mode="seed", openclaw_init_containers={"peer": _peer(COPY)}
    )


def _peer(script: str) -> Json:
    return {
        "image": _IMAGE,
        "command": ["node", "-e", script, _DECLARED, _FILE],
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/openclaw", "readOnly": True},
            {"name": "data", "mountPath": "/volume", "subPath": "state"},
        ],
    }


def lost(instance: Instance, wanted: Mapping[str, object]) -> dict[str, object]:
    """What is in force instead of what has to be."""
    found = {path: in_force(instance, path) for path in wanted}
    return {path: value for path, value in found.items() if value != wanted[path]}


def edited(instance: Instance, trap: Trap) -> None:
    if trap.edit is not None:
        edit(instance, trap.edit)
    if trap.by_hand is not None:
        write(instance, trap.by_hand(text_of(instance)))


@pytest.mark.parametrize("name", TRAPS)
def test_their_way_falls_into_the_trap(theirs: Instance, name: str) -> None:
    trap = TRAPS[name]
    forget(theirs)
    # Their way may leave the gateway with another file than it runs, which verify would tell.
    theirs.site(openclaw_init_containers={"peer": _peer(trap.peer)}, openclaw_config=trap.first)
    restart(theirs)
    edited(theirs, trap)

    theirs.site(openclaw_config=trap.then).ok()
    restarted = run("restart", theirs.inventory, extra={"openclaw_wait_timeout": "90s"})

    try:
        assert restarted.rc != 0 or lost(theirs, trap.wanted), f"{name}: nothing was lost"
    finally:
        if restarted.rc != 0:
            theirs.site(openclaw_init_containers={"peer": _peer(COPY)}).ok()
            wait_until("the pod is back", theirs.ready, 180)


@pytest.mark.parametrize("name", TRAPS)
def test_our_way_does_not(ours: Instance, name: str) -> None:
    trap = TRAPS[name]
    forget(ours)
    ours.site(openclaw_config=trap.first).ok()
    restart(ours)
    edited(ours, trap)

    ours.site(openclaw_config=trap.then).ok()
    assert lost(ours, trap.wanted) == {}

    restart(ours)
    assert lost(ours, trap.wanted) == {}
    assert ours.site().ok().changed(ours.name) == 0

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the options of skills: where each comes from, whom it is for, and what was accepted."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

from ..pod import STATE_DIR
from ..workspace import MAIN, agents_of, is_in_state, workspace_of
from .sources import source_problems
from .validate import slug_problem

SKILLS = "openclaw_skills"
POLICIES = ("readonly", "managed", "seed")
_STATES = ("present", "absent")


def entries_of(instance: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Return the declared skills that shall be there and are described without a mistake, by name."""
    given = _map(instance["skills"])
    return {
        name: entry
        for name, entry in sorted(given.items())
        if isinstance(entry, dict) and entry.get("state") != "absent" and not list(_problems(instance, name, entry))
    }


def skills_misdescribed(instance: Mapping[str, object]) -> list[str]:
    """Each skill has one source, which names an exact content or is locked to one."""
    return [
        f"{SKILLS}  {name}: {problem}"
        for name, entry in sorted(_map(instance["skills"]).items())
        for problem in _problems(instance, name, entry)
    ]


def _problems(instance: Mapping[str, object], name: str, entry: object) -> Iterator[str]:
    reason = slug_problem(name)
    if reason:
        yield reason
    if not isinstance(entry, dict):
        yield 'write a source, such as {clawhub: "@owner/name", version: "1.4.2"}; null removes it.'
        return
    if entry.get("state", "present") not in _STATES:
        yield f'state "{entry["state"]}" is not one of {", ".join(_STATES)}.'
    if entry.get("state") == "absent":
        return
    yield from source_problems(entry)
    if entry.get("policy", "readonly") not in POLICIES:
        yield f'policy "{entry["policy"]}" is not one of {", ".join(POLICIES)}.'
    yield from _agent_problems(instance, entry.get("agents", []))
    yield from _override_problems(entry.get("overrides", {}))


def _agent_problems(instance: Mapping[str, object], agents: object) -> Iterator[str]:
    if not isinstance(agents, list):
        yield "agents is not a list of agents. Write [main], or leave it out for all of them."
        return
    config = _map(instance["config"])
    known = agents_of(config) or {MAIN: {}}
    for agent in agents:
        if agent not in known:
            yield f'the agent "{agent}" is none of openclaw_config. There is {", ".join(sorted(known))}.'
        elif not is_in_state(folder := workspace_of(config, agent)):
            yield f'the agent "{agent}" works in {folder}, where a skill would not stay. Write a folder in {STATE_DIR}.'


def _override_problems(overrides: object) -> Iterator[str]:
    if not isinstance(overrides, dict):
        yield "overrides is not a map of rule to {reason, expires}."
        return
    for rule, said in sorted(overrides.items()):
        given = said if isinstance(said, dict) else {}
        if set(given) != {"reason", "expires"} or not str(given.get("reason") or "").strip():
            yield f'overrides.{rule} needs a reason and its last day: {{reason: ..., expires: "2027-01-31"}}.'
            continue
        try:
            datetime.date.fromisoformat(str(given["expires"]))
        except ValueError:
            yield f'overrides.{rule}.expires "{given["expires"]}" is not a day. Write it as "2027-01-31".'


def tokens_misdescribed(instance: Mapping[str, object]) -> list[str]:
    """A token is text for one host. It is never shown."""
    return [
        f"openclaw_skills_tokens  {host}: is not text, or empty. Write the token of the host in quotes."
        for host, token in sorted(_map(instance["skills_tokens"]).items())
        if not isinstance(token, str) or not token.strip() or not token.isprintable()
    ]


def registries_misdescribed(instance: Mapping[str, object]) -> list[str]:
    """Registries are asked over encrypted connections."""
    return [
        f'openclaw_{option}  "{instance[option]}" is not an encrypted address. Write https://...'
        for option in ("skills_clawhub_url", "skills_npm_url")
        if not str(instance[option]).startswith(("https://", "http://localhost", "http://127.0.0.1"))
    ]


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


RULES = (skills_misdescribed, tokens_misdescribed, registries_misdescribed)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each agent works, by the rules of OpenClaw, and the rules about files that are put there."""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import normpath

from .pod import HOME, STATE_DIR, WORKSPACE

MAIN = "main"
_BOOT = "BOOT.md"
# Of OpenClaw's own hooks the one that has the agent read that file at each start.
BOOT_HOOK: dict[str, object] = {"hooks": {"internal": {"enabled": True, "entries": {"boot-md": {"enabled": True}}}}}
# Files that older versions read, with what took their place in 2026.8.
_NO_LONGER_READ = {
    "HEARTBEAT.md": "Write openclaw_heartbeat_notes",
    "TOOLS.md": "Write its content under the heading ## Tools of AGENTS.md",
}
NO_BOOTSTRAP: dict[str, object] = {"agents": {"defaults": {"skipBootstrap": True}}}


def agents_of(config: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Return the agents that the configuration names, in either of the two forms, by their identifier."""
    agents = _map(config.get("agents"))
    listed = agents.get("list")
    if isinstance(listed, list):
        return {_identifier(entry.get("id")): entry for entry in listed if isinstance(entry, Mapping)}
    return {_identifier(name): _map(entry) for name, entry in _map(agents.get("entries")).items()}


def owner_of(config: Mapping[str, object]) -> str | None:
    """Return the agent that has the default workspace: the only one, or the one marked so. None if nobody can tell."""
    agents = agents_of(config)
    marked = [name for name, entry in agents.items() if entry.get("default") is True]
    if len(marked) == 1:
        return marked[0]
    if not agents:
        return MAIN
    return next(iter(agents)) if len(agents) == 1 else None


def workspace_of(config: Mapping[str, object], agent: str) -> str:
    """Return the folder that an agent works in."""
    own = agents_of(config).get(agent, {}).get("workspace")
    if isinstance(own, str) and own.strip():
        return _full(own)
    common = _map(_map(config.get("agents")).get("defaults")).get("workspace")
    shared = _full(common) if isinstance(common, str) and common.strip() else ""
    if agent == owner_of(config):
        return shared or f"{STATE_DIR}/{WORKSPACE}"
    return f"{shared}/{agent}" if shared else f"{STATE_DIR}/{WORKSPACE}-{agent}"


def is_in_state(folder: str) -> bool:
    """Whether a folder is on the volume."""
    return folder.startswith(f"{STATE_DIR}/")


def workspace_misplaced(instance: Mapping[str, object]) -> list[str]:
    """Files are put where their agent works, which has to be known, and on the volume."""
    config = _map(instance["config"])
    agents, owner = agents_of(config), owner_of(config)
    problems = []
    if instance["workspace_files"] and owner is None:
        problems.append(
            f"openclaw_workspace_files  are for the only agent, and openclaw_config has {', '.join(sorted(agents))}. "
            "Write them to openclaw_workspace_agents."
        )
    declared = dict.fromkeys(_map(instance["workspace_agents"]), "openclaw_workspace_agents")
    if instance["workspace_files"] and owner is not None:
        declared.setdefault(owner, "openclaw_workspace_files")
    for agent, option in sorted(declared.items()):
        if agent not in (agents or {MAIN: {}}):
            known = ", ".join(sorted(agents)) or MAIN
            problems.append(f"{option}  {agent}: is no agent of openclaw_config. There is {known}.")
        elif not is_in_state(folder := workspace_of(config, agent)):
            problems.append(
                f'openclaw_config  the workspace of the agent {agent} is "{folder}", where its files would not stay. '
                f"Write a folder in {STATE_DIR}."
            )
    return problems


def has_boot_file(instance: Mapping[str, object]) -> bool:
    """Whether the inventory tells an agent what to do at each start."""
    return any(_BOOT in files for _option, files in _declared(instance))


def files_nobody_reads(instance: Mapping[str, object]) -> list[str]:
    """A file in vain looks like one that counts."""
    return [
        f"{option}  {name}: is not read by OpenClaw since 2026.8. {instead}."
        for option, files in _declared(instance)
        for name, instead in _NO_LONGER_READ.items()
        if name in files
    ]


def _declared(instance: Mapping[str, object]) -> list[tuple[str, Mapping[str, object]]]:
    agents = _map(instance["workspace_agents"]).values()
    return [
        ("openclaw_workspace_files", _map(instance["workspace_files"])),
        *(("openclaw_workspace_agents", _map(files)) for files in agents),
    ]


RULES = (workspace_misplaced,)
CAUTIONS = (files_nobody_reads,)


def _identifier(name: object) -> str:
    return str(name).strip().lower()


def _full(folder: str) -> str:
    """Return a folder as OpenClaw understands it: ~ is the home, and a relative one starts where the gateway does."""
    text = folder.strip()
    if text == "~" or text.startswith("~/"):
        text = HOME + text[1:]
    return normpath(text)


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}

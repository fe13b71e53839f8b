# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks of the gateway: how others wake an agent over HTTP, and the heartbeat, by which it wakes itself."""

from __future__ import annotations

from collections.abc import Mapping

from .pod import CONFIG_DIR, STATE_DIR
from .workspace import MAIN, agents_of, owner_of

TOKEN_VARIABLE = "OPENCLAW_HOOKS_TOKEN"
# OpenClaw takes modules from this folder beside its configuration, and from no other.
_TRANSFORMS = "hooks/transforms"


def hooks_config(instance: Mapping[str, object]) -> dict[str, object]:
    """Return this part of the configuration. The token is text to OpenClaw, so a reference to a Secret cannot be it."""
    hooks: dict[str, object] = {
        "enabled": True,
        "path": instance["hooks_path"],
        "token": f"${{{TOKEN_VARIABLE}}}",
        "allowedAgentIds": allowed_agents(instance),
        "allowRequestSessionKey": False,
    }
    mappings = [_mapping(name, given) for name, given in sorted(_map(instance["hooks_mappings"]).items())]
    return {"hooks": {**hooks, **({"mappings": mappings} if mappings else {})}}


def _mapping(name: str, given: object) -> dict[str, object]:
    """Return a mapping as the configuration has it: it answers at its own name unless it says something else."""
    return {"id": name, "match": {"path": name}, **_map(given)}


def allowed_agents(instance: Mapping[str, object]) -> list[str]:
    """Return the agents that hooks may wake: those that are named, or the only one."""
    named = instance["hooks_agents"]
    owner = owner_of(_map(instance["config"]))
    return [str(agent) for agent in named] if isinstance(named, list) and named else [owner] if owner else []


def transforms_folder(instance: Mapping[str, object]) -> str:
    """Return the folder that transforms are taken from."""
    return f"{CONFIG_DIR if reads_from_config_map(instance) else STATE_DIR}/{_TRANSFORMS}"


def reads_from_config_map(instance: Mapping[str, object]) -> bool:
    """Whether the configuration, and with it that folder, is in the ConfigMap that the pod mounts."""
    return instance["config_mode"] == "readonly"


def transform_path(name: str) -> str:
    """Return where a transform is below the folder of the configuration."""
    return f"{_TRANSFORMS}/{name}"


def heartbeat_config(instance: Mapping[str, object]) -> dict[str, object]:
    """Return what the configuration says about the heartbeat of all agents."""
    heartbeat = _map(instance["heartbeat"])
    return {"agents": {"defaults": {"heartbeat": dict(heartbeat)}}} if heartbeat else {}


# -- rules ---------------------------------------------------------------------------------------------------------


def hooks_for_nobody(instance: Mapping[str, object]) -> list[str]:
    """A hook wakes an agent that there is, and one that it may wake."""
    if not instance["hooks_enabled"]:
        return []
    config = _map(instance["config"])
    known, allowed = list(agents_of(config)) or [MAIN], allowed_agents(instance)
    if not allowed:
        return [
            "openclaw_hooks_agents  is empty, and openclaw_config has several agents. Name those that hooks may wake: "
            f"{', '.join(known)}."
        ]
    return [
        f"openclaw_hooks_agents  {agent}: is no agent of openclaw_config. There is {', '.join(known)}."
        for agent in allowed
        if agent not in (*known, "*")
    ] + [
        f"openclaw_hooks_mappings  {name}: agentId: {agent} is not one of openclaw_hooks_agents, so it is refused."
        for name, given in sorted(_map(instance["hooks_mappings"]).items())
        if (agent := _map(given).get("agentId")) and not {agent, "*"} & set(allowed)
    ]


def transforms_out_of_reach(instance: Mapping[str, object]) -> list[str]:
    """With a configuration for each replica its folder is made at the start of the pod, without transforms."""
    overrides = _map(instance["replica_overrides"])
    differs = any("config" in _map(given) for given in overrides.values())
    if not (instance["hooks_transforms"] and differs and reads_from_config_map(instance)):
        return []
    return [
        "openclaw_hooks_transforms  are not found by replicas with a read-only configuration of their own. Use another "
        "openclaw_config_mode, or remove config from openclaw_replica_overrides."
    ]


RULES = (hooks_for_nobody, transforms_out_of_reach)


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}

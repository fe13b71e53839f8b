# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the number of gateways, what differs between them, and their volumes."""

from __future__ import annotations

from collections.abc import Callable

from .access import Instance, mapping, text, whole
from .container_checks import variable_problems
from .values import nearest

# More pods than that are a mistake: each is a whole gateway.
_MOST = 100
_PARTS = ("config", "env")


def _most_replicas(instance: Instance) -> int:
    return whole(instance, "autoscaling_max_replicas" if instance["autoscaling_enabled"] else "replicas")


def _least_replicas(instance: Instance) -> int:
    return whole(instance, "autoscaling_min_replicas" if instance["autoscaling_enabled"] else "replicas")


def number_of_replicas_impossible(instance: Instance) -> list[str]:
    """There is at least one gateway; stopping it is a state, not a number."""
    problems = []
    for option in ("replicas", "autoscaling_min_replicas", "autoscaling_max_replicas"):
        number = whole(instance, option)
        if number == 0:
            problems.append(f"openclaw_{option}  0 is no number of gateways. Write openclaw_state: suspended.")
        elif not 0 < number <= _MOST:
            problems.append(f"openclaw_{option}  {number} is out of range. Write a number from 1 to {_MOST}.")
    least, most = whole(instance, "autoscaling_min_replicas"), whole(instance, "autoscaling_max_replicas")
    if least > most:
        problems.append(
            f"openclaw_autoscaling_min_replicas  {least} is more than openclaw_autoscaling_max_replicas, {most}. "
            "Lower it, or raise the other."
        )
    return problems


def autoscaler_without_aim(instance: Instance) -> list[str]:
    """Without a target the autoscaler does nothing; a negative one is refused by the cluster."""
    targets = {option: whole(instance, option) for option in ("autoscaling_cpu", "autoscaling_memory")}
    problems = [
        f"openclaw_{option}  {percent} is no percentage. Write a number from 1 on, or 0 for none."
        for option, percent in targets.items()
        if percent < 0
    ]
    if instance["autoscaling_enabled"] and not any(targets.values()):
        problems.append("openclaw_autoscaling_cpu  0, and openclaw_autoscaling_memory, too: set one of them.")
    return problems


def budget_impossible(instance: Instance) -> list[str]:
    number = whole(instance, "disruption_budget_max_unavailable")
    if number >= 0:
        return []
    return [f"openclaw_disruption_budget_max_unavailable  {number} is no number of pods. Write 0 or more."]


def replica_misspelt(instance: Instance) -> list[str]:
    """What differs is said for a replica that can exist, as C(env) and C(config)."""
    problems = []
    most = _most_replicas(instance)
    for index, override in mapping(instance, "replica_overrides").items():
        at = f"openclaw_replica_overrides  {index}:"
        if not index.isdecimal() or index != str(int(index)):
            problems.append(f"{at} is not the index of a replica. Write a number from 0 on, in quotes.")
        elif int(index) >= most:
            problems.append(f"{at} there are {most} replicas at most, so the last index is {most - 1}.")
        if not isinstance(override, dict):
            problems.append(f"{at} is not a map. Write {{env: {{...}}, config: {{...}}}}.")
            continue
        for part, value in override.items():
            if part not in _PARTS:
                near = nearest(part, _PARTS)
                problems.append(f"{at} {part} is not one of env, config.{f' Did you mean {near}?' if near else ''}")
            elif not isinstance(value, dict):
                problems.append(f"{at} {part} is not a map. Write name: value pairs.")
        env = override.get("env")
        for name, value in env.items() if isinstance(env, dict) else ():
            problems.extend(variable_problems(f"{at} {name}", name, value))
    return problems


def volume_for_several(instance: Instance) -> list[str]:
    """Two gateways on one state directory ruin it; each of several makes its own claims."""
    several = _most_replicas(instance) > 1 or instance["autoscaling_enabled"] or instance["replica_overrides"]
    return [
        f'openclaw_{option}  "{instance[option]}" is one volume, and every replica needs its own. Remove it, or leave '
        "openclaw_replicas, openclaw_replica_overrides and openclaw_autoscaling_enabled alone."
        for option in ("storage_existing_claim", "workspace_existing_claim", "chromium_existing_claim")
        if several and instance[option]
    ]


def workspace_volume_off(instance: Instance) -> list[str]:
    """A claim for a volume that nobody mounts."""
    if instance["workspace_storage_enabled"] or not instance["workspace_existing_claim"]:
        return []
    return [
        f'openclaw_workspace_existing_claim  "{instance["workspace_existing_claim"]}" is not used while '
        "openclaw_workspace_storage_enabled is false. Set that to true, or remove the claim."
    ]


def one_volume_for_both(instance: Instance) -> list[str]:
    """The workspace on the state's own claim is what there is without a second volume."""
    claim = text(instance, "workspace_existing_claim")
    if not claim or claim != (text(instance, "storage_existing_claim") or f"{instance['name']}-data"):
        return []
    return [f'openclaw_workspace_existing_claim  "{claim}" holds the state already. Name another claim, or remove it.']


def no_workspace_access_mode(instance: Instance) -> list[str]:
    """A claim without an access mode is refused by every cluster."""
    if instance["workspace_storage_access_modes"]:
        return []
    return ["openclaw_workspace_storage_access_modes  is an empty list. Name at least one, or remove the option."]


def replicas_left_to_the_autoscaler(instance: Instance) -> list[str]:
    if not instance["autoscaling_enabled"] or whole(instance, "replicas") == 1:
        return []
    return [
        f"openclaw_replicas  {instance['replicas']} has no effect while openclaw_autoscaling_enabled is true: "
        "openclaw_autoscaling_min_replicas and openclaw_autoscaling_max_replicas decide."
    ]


def budget_of_little_use(instance: Instance) -> list[str]:
    """What a disruption budget can do depends on the number of pods."""
    if not instance["disruption_budget_enabled"]:
        return []
    away, least = whole(instance, "disruption_budget_max_unavailable"), _least_replicas(instance)
    at = f"openclaw_disruption_budget_max_unavailable  {away}"
    if away == 0:
        return [
            f"{at} keeps every node with a pod of this instance from being drained, upgrades of the cluster included, "
            "until somebody deletes the pod or this budget."
        ]
    if away >= least:
        number = "the only replica" if least == 1 else f"all {least} replicas at a time"
        return [f"{at} protects nothing: a drain may take {number}. Write {least - 1} to be asked before."]
    return []


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    number_of_replicas_impossible,
    autoscaler_without_aim,
    budget_impossible,
    replica_misspelt,
    volume_for_several,
    workspace_volume_off,
    one_volume_for_both,
    no_workspace_access_mode,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (replicas_left_to_the_autoscaler, budget_of_little_use)

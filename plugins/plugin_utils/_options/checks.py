# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that look at more than the type of one option. Each is a small function named for what it forbids."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from . import (
    addition_checks,
    backup_checks,
    channel_checks,
    container_checks,
    cron_checks,
    exposure_checks,
    hook_checks,
    ingress_checks,
    networkpolicy_checks,
    operation_checks,
    plugin_checks,
    pod_checks,
    pod_security,
    program_checks,
    provider_checks,
    replica_checks,
    route_checks,
    service_checks,
    sidecar_checks,
    terminal_checks,
    tunnel_checks,
    update_checks,
    workspace_checks,
)
from .formats import cpu, seconds, size, size_bytes
from .resources import amount, memory_limit
from .secret_source import source_problems
from .values import nearest

Instance = Mapping[str, object]

_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# The gateway drains for 315 s and stops 15 s later.
_GRACEFUL_STOP = 330
_LIMIT_RANGE_KEYS = ("default", "defaultRequest", "min", "max")
_FIRST_TURN = "1280Mi"


def _map(instance: Instance, key: str) -> dict[str, object]:
    value = instance.get(key)
    return value if isinstance(value, dict) else {}


def secrets_without_source(instance: Instance) -> list[str]:
    """Each secret is a value or a reference, with names that a pod can carry."""
    problems = []
    for name, source in _map(instance, "secrets").items():
        at = f"openclaw_secrets  {name}:"
        if not _ENV_NAME.fullmatch(name):
            problems.append(f"{at} is not the name of an environment variable.")
        problems.extend(f"{at} {problem}" for problem in source_problems(source))
    return problems


def _quantity(resource: str, value: object) -> str | None:
    return cpu(str(value)) if resource.endswith("cpu") else size(str(value))


def quantities_misspelt(instance: Instance) -> list[str]:
    """Quota and limit range hold quantities."""
    problems = []
    for name, value in _map(instance, "namespace_quota").items():
        reason = _quantity(name, value)
        if reason:
            problems.append(f'openclaw_namespace_quota  {name}: "{value}" {reason}')
    for group, limits in _map(instance, "namespace_limit_range").items():
        at = f"openclaw_namespace_limit_range  {group}:"
        if group not in _LIMIT_RANGE_KEYS:
            near = nearest(group, _LIMIT_RANGE_KEYS)
            problems.append(
                f"{at} is not one of {', '.join(_LIMIT_RANGE_KEYS)}.{f' Did you mean {near}?' if near else ''}"
            )
        elif not isinstance(limits, dict):
            problems.append(f"{at} is not a map of resource to quantity.")
        else:
            for name, value in limits.items():
                reason = _quantity(name, value)
                if reason:
                    problems.append(f'{at} {name}: "{value}" {reason}')
    return problems


def annotations_not_text(instance: Instance) -> list[str]:
    """Kubernetes takes only text as the value of an annotation."""
    return [
        f"openclaw_{option}  {key}: {value!r} is not text. Write it in quotes."
        for option in (
            "service_account_annotations",
            "service_annotations",
            "route_annotations",
            "openshift_route_annotations",
            "ingress_annotations",
            "pod_annotations",
            "storage_annotations",
            "storage_labels",
        )
        for key, value in _map(instance, option).items()
        if not isinstance(value, str)
    ]


def stop_cut_short(instance: Instance) -> list[str]:
    """A shorter grace than the gateway's own stop budget kills running turns."""
    grace = str(instance["termination_timeout"])
    if seconds(grace) >= _GRACEFUL_STOP:
        return []
    return [
        f'openclaw_termination_timeout  "{grace}" is shorter than the {_GRACEFUL_STOP}s the gateway needs to finish '
        "running turns."
    ]


def memory_too_small(instance: Instance) -> list[str]:
    """The gateway becomes ready with 1Gi and is killed at its first answer."""
    text = memory_limit(instance)
    limit = amount("memory", text)
    if limit is None or limit >= size_bytes(_FIRST_TURN):
        return []
    return [f'openclaw_memory_limit  "{text}" is below {_FIRST_TURN}: the gateway is killed at its first answer.']


def policy_off(instance: Instance) -> list[str]:
    """An agent without network policy reaches everything the node reaches."""
    if instance["networkpolicy_enabled"]:
        return []
    return ["openclaw_networkpolicy_enabled  is false: the agent can reach everything its node can."]


def no_access_mode(instance: Instance) -> list[str]:
    """A claim without an access mode is refused by every cluster."""
    if instance["storage_access_modes"]:
        return []
    return ["openclaw_storage_access_modes  is an empty list. Name at least one, or remove the option."]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    secrets_without_source,
    *channel_checks.ERRORS,
    *provider_checks.ERRORS,
    *container_checks.ERRORS,
    *pod_security.ERRORS,
    *replica_checks.ERRORS,
    *pod_checks.ERRORS,
    *addition_checks.ERRORS,
    *sidecar_checks.ERRORS,
    *terminal_checks.ERRORS,
    *program_checks.ERRORS,
    *plugin_checks.ERRORS,
    *operation_checks.ERRORS,
    *tunnel_checks.ERRORS,
    *update_checks.ERRORS,
    *exposure_checks.ERRORS,
    *service_checks.ERRORS,
    *route_checks.ERRORS,
    *ingress_checks.ERRORS,
    *networkpolicy_checks.ERRORS,
    *workspace_checks.ERRORS,
    *hook_checks.ERRORS,
    *cron_checks.ERRORS,
    *backup_checks.ERRORS,
    quantities_misspelt,
    annotations_not_text,
    no_access_mode,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (
    stop_cut_short,
    memory_too_small,
    policy_off,
    *container_checks.WARNINGS,
    *pod_security.WARNINGS,
    *replica_checks.WARNINGS,
    *pod_checks.WARNINGS,
    *addition_checks.WARNINGS,
    *sidecar_checks.WARNINGS,
    *terminal_checks.WARNINGS,
    *operation_checks.WARNINGS,
    *tunnel_checks.WARNINGS,
    *update_checks.WARNINGS,
    *service_checks.WARNINGS,
    *route_checks.WARNINGS,
    *ingress_checks.WARNINGS,
    *networkpolicy_checks.WARNINGS,
    *hook_checks.WARNINGS,
    *backup_checks.WARNINGS,
)


def check_instance(instance: Instance, problems: list[str], warnings: list[str]) -> None:
    """Add what the rules find to I(problems) and I(warnings)."""
    for rule in ERRORS:
        problems.extend(rule(instance))
    for rule in WARNINGS:
        warnings.extend(rule(instance))

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about several gateways that need to know OpenClaw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from . import gateway_auth
from .channels import NOT_A_CHANNEL
from .config import config_too_large, declared, model_at_forbidden_address, port_set_twice, text
from .pod import RESERVED_VARIABLES
from .replicas import Instance, most_replicas, overridden, user_config, user_configs, wanted_config

_CONFIG_RULES = (port_set_twice, config_too_large, model_at_forbidden_address, *gateway_auth.CONFIG_RULES)
# A ConfigMap holds 1 MiB, names and the files of features included.
_ALL_FILES = 900 * 1024


def reserved_variables_of_replicas(instance: Instance) -> list[str]:
    """The pod's own variables are the same in every replica."""
    return [
        f"openclaw_replica_overrides  {replica}: {name} is set by the collection, since it "
        f"{RESERVED_VARIABLES[name]}. Remove it."
        for replica, variables in overridden(instance, "env").items()
        for name in sorted(RESERVED_VARIABLES.keys() & variables.keys())
    ]


def configs_of_replicas(instance: Instance) -> list[str]:
    """What holds for the configuration holds for that of each replica."""
    common = [problem for rule in _CONFIG_RULES for problem in rule(instance)]
    problems = []
    for replica in overridden(instance, "config"):
        own = {**instance, "config": user_config(instance, replica)}
        found = (problem for rule in _CONFIG_RULES for problem in rule(own) if problem not in common)
        problems += [_of_replica(replica, problem) for problem in found]
    return problems


def _of_replica(replica: int, problem: str) -> str:
    return f"openclaw_replica_overrides  {replica}: config: {problem.removeprefix('openclaw_config').strip()}"


def configs_too_large_together(instance: Instance) -> list[str]:
    """The configurations of all replicas are in one ConfigMap."""
    sizes = [len(text(declared(config)).encode()) for config in user_configs(instance).values()]
    if len(sizes) == 1 or sum(sizes) <= _ALL_FILES:
        return []
    return [
        f"openclaw_replica_overrides  makes {len(sizes)} configurations of {sum(sizes) // 1024} KiB; "
        f"at most {_ALL_FILES // 1024} KiB are allowed together. Make fewer of them differ."
    ]


def channels_read_twice(instance: Instance) -> list[str]:
    """Most messaging services give each message to one reader only: several gateways would take turns answering."""
    most = most_replicas(instance)
    if most == 1 or instance["replicas_channels_enabled"]:
        return []
    alike = most - len([replica for replica in overridden(instance, "config") if replica < most])
    readers = Counter(dict.fromkeys(_channels(wanted_config(instance)), alike))
    for replica in overridden(instance, "config"):
        readers.update(_channels(wanted_config(instance, replica)))
    return [
        f"openclaw_config  channels.{channel}: {number} gateways would read it, and most services give a message to "
        "one reader only. Turn it off for the others (openclaw_replica_overrides with config: "
        f"{{channels: {{{channel}: {{enabled: false}}}}}}), or set openclaw_replicas_channels_enabled: true."
        for channel, number in sorted(readers.items())
        if number > 1
    ]


def _channels(config: dict[str, object]) -> Iterator[str]:
    """Yield the channels that a gateway with this configuration reads."""
    channels = config.get("channels")
    for channel, settings in channels.items() if isinstance(channels, dict) else ():
        off = isinstance(settings, dict) and settings.get("enabled") is False
        if channel not in NOT_A_CHANNEL and not off:
            yield str(channel)


RULES = (reserved_variables_of_replicas, configs_of_replicas, configs_too_large_together, channels_read_twice)

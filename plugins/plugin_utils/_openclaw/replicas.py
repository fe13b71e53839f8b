# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateways of one instance: how many there can be, and what differs between them."""

from __future__ import annotations

from collections.abc import Mapping

from .channels import channel_config
from .config_layers import laid_over
from .models import provider_config
from .retired import release_of, translated

Instance = Mapping[str, object]
Override = Mapping[str, object]


def most_replicas(instance: Instance) -> int:
    """Return the greatest number of gateways that can run at a time."""
    number = instance["autoscaling_max_replicas"] if instance["autoscaling_enabled"] else instance["replicas"]
    return number if isinstance(number, int) else 1


def overrides(instance: Instance) -> dict[int, Override]:
    """Return what differs for each replica that differs, by its index."""
    given = instance["replica_overrides"]
    found = {
        int(index): override
        for index, override in (given.items() if isinstance(given, dict) else ())
        if index.isdecimal() and isinstance(override, dict)
    }
    return dict(sorted(found.items()))


def overridden(instance: Instance, what: str) -> dict[int, dict[str, object]]:
    """Return the C(env) or the C(config) of the replicas that have one of their own, by index."""
    found = {index: override.get(what) for index, override in overrides(instance).items()}
    return {index: value for index, value in found.items() if isinstance(value, dict) and value}


def stands_alone(instance: Instance) -> bool:
    """Whether there is one gateway with one volume; otherwise each replica has volumes of its own."""
    return most_replicas(instance) == 1 and not instance["autoscaling_enabled"] and not overrides(instance)


def given_config(instance: Instance, replica: int | None = None) -> dict[str, object]:
    """Return the user's configuration of a replica, word by word; without one, of those that have none of their own."""
    config = instance["config"]
    common = config if isinstance(config, dict) else {}
    return common if replica is None else laid_over(common, overridden(instance, "config").get(replica, {}))


def user_config(instance: Instance, replica: int | None = None) -> dict[str, object]:
    """Return the same in the words of the release that the instance runs; null still says what is to be removed."""
    return translated(given_config(instance, replica), release_of(str(instance["image_tag"])))[0]


def option_config(instance: Instance) -> dict[str, object]:
    """Return what options about channels and providers add to OpenClaw's configuration, below the user's own."""
    return laid_over(channel_config(instance), provider_config(instance))


def wanted_config(instance: Instance, replica: int | None = None) -> dict[str, object]:
    """Return what the user wants of OpenClaw, in whatever way it was said."""
    return laid_over(option_config(instance), user_config(instance, replica))


def user_configs(instance: Instance) -> dict[int | None, dict[str, object]]:
    """Return every configuration of the user's: what the replicas have in common under None, then by index."""
    return {replica: user_config(instance, replica) for replica in (None, *overridden(instance, "config"))}


def wanted_configs(instance: Instance) -> dict[int | None, dict[str, object]]:
    """Return every configuration that the user wants, in whatever way it was said."""
    return {replica: wanted_config(instance, replica) for replica in (None, *overridden(instance, "config"))}

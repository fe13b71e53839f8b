# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters around the devices of an instance: how to list them, what to do with them, how to let the first one in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.exposure import public_addresses
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw import devices


def _plain(value: object) -> dict[str, object]:
    result = json.loads(json.dumps(value))
    return result if isinstance(result, dict) else {}


def device_probes(instance: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return the command that lists the devices; none for an instance that has no pod."""
    return devices.probes() if _plain(instance).get("state") == "present" else {}


def device_plan(info: Mapping[str, object], instance: Mapping[str, object], check: bool = False) -> dict[str, object]:
    """Return problems, commands and lines for the devices that instance_info found."""
    made = devices.plan(_plain(instance), _plain(info), check=check)
    return {"problems": made.problems, "commands": made.commands, "lines": made.lines}


def device_link(info: Mapping[str, object], instance: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the command that prints a link for the first browser."""
    spec, state = _plain(instance), _plain(_plain(info).get("instance"))
    origins = [address.origin for address in public_addresses(spec)]
    return [devices.link_command(spec, state, origins[0] if origins else None)]


class FilterModule:
    """The filters around the devices of an instance."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {"device_probes": device_probes, "device_plan": device_plan, "device_link": device_link}

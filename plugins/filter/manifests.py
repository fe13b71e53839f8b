# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters from an instance to its manifests: one for each role, and one for all of them."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.identity import Manifest
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import (
    BUILDERS,
    instance_manifests,
    wanted_manifests,
)

Filter = Callable[..., "list[Manifest] | str"]


def _from_plain(name: str, builder: Callable[..., list[Manifest]]) -> Filter:
    """Return I(builder) as a filter: the instance arrives as lazy containers, builders take plain data."""

    def build(instance: object, text: bool = False, **choice: object) -> list[Manifest] | str:
        if not isinstance(instance, Mapping):
            raise AnsibleFilterError(
                f"openclaw.kubernetes.{name}: the input is not an instance. "
                "Write: lookup('openclaw.kubernetes.instance') | openclaw.kubernetes." + name
            )
        try:
            manifests = wanted_manifests(json.loads(json.dumps(instance)), functools.partial(builder, **choice))
        except ValueError as refusal:
            raise AnsibleFilterError(str(refusal)) from None
        return json.dumps(manifests) if text else manifests

    return build


class FilterModule:
    """The manifest filters."""

    def filters(self) -> dict[str, Filter]:
        filters = {f"{part}_manifests": builder for part, builder in BUILDERS.items()}
        filters["manifests"] = instance_manifests
        return {name: _from_plain(name, builder) for name, builder in filters.items()}

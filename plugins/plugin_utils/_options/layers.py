# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layered maps: C(openclaw_env__10_site) in group_vars, C(openclaw_env) in host_vars, one map in the instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .schema import LAYER_SEPARATOR


def merge(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Return I(below) with I(above) laid over it: maps merge, anything else replaces, None removes the key."""
    merged = dict(below)
    for key, value in above.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            base = merged.get(key)
            merged[key] = merge(base if isinstance(base, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def layer_names(option: str, variables: Iterable[str]) -> list[str]:
    """Return the variables that make up I(option), lowest layer first: its layers by name, then the option itself."""
    prefix = option + LAYER_SEPARATOR
    names = sorted(name for name in variables if name.startswith(prefix))
    if option in variables:
        names.append(option)
    return names

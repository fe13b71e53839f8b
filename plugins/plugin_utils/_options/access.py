# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading an instance: the options were checked, so each is of its type, or unset."""

from __future__ import annotations

from collections.abc import Mapping

Instance = Mapping[str, object]


def mapping(instance: Instance, key: str) -> dict[str, object]:
    """Return a map option; empty when unset."""
    value = instance[key]
    return value if isinstance(value, dict) else {}


def entries(instance: Instance, key: str) -> list[object]:
    """Return a list option; empty when unset."""
    value = instance[key]
    return value if isinstance(value, list) else []


def text(instance: Instance, key: str) -> str:
    """Return a text option; empty when unset."""
    value = instance[key]
    return "" if value is None else str(value)


def whole(instance: Instance, key: str) -> int:
    """Return a number option; 0 when unset."""
    value = instance[key]
    return value if isinstance(value, int) else 0

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Durations as people write them: `90`, `45s`, `10m`, `1h30m`."""

from __future__ import annotations

import re

from .errors import EngineError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_WHOLE = re.compile(r"^(?:\d+(?:\.\d+)?[smhd])+$")
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def seconds(text: str, option: str) -> float:
    """Read a duration; a bare number counts seconds."""
    compact = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", compact):
        return float(compact)
    if not _WHOLE.match(compact):
        raise EngineError([f'{option}: "{text}" is not a duration; write seconds, or for example 45s, 10m or 1h30m'])
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(compact))

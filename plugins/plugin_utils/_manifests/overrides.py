# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes fields that a person wrote as they are, laid over ours."""

from __future__ import annotations

from collections.abc import Mapping

from .._options.layers import merge
from .identity import Manifest


def laid_over(ours: Mapping[str, object], theirs: Mapping[str, object]) -> Manifest:
    """Return I(ours) with I(theirs) over it, without what is empty: sent again it would count as a change each time."""
    return _stated(merge(ours, theirs))


def _stated(fields: Mapping[str, object]) -> Manifest:
    stated = {key: _stated(value) if isinstance(value, Mapping) else value for key, value in fields.items()}
    return {key: value for key, value in stated.items() if value not in ({}, [], None)}

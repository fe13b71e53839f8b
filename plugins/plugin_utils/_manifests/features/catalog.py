# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All features, in the order in which their containers start."""

from __future__ import annotations

from collections.abc import Callable

from ..._options.access import Instance
from .feature import Feature, Port

FEATURES: tuple[Callable[[Instance], Feature | None], ...] = ()


def ports_of(instance: Instance) -> list[Port]:
    """Return the ports that features open, beside the gateway's."""
    return [port for feature in features_of(instance) for port in feature.ports]


def features_of(instance: Instance) -> list[Feature]:
    """Return what each feature that is on adds."""
    return [feature for build in FEATURES if (feature := build(instance)) is not None]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes of a Gateway or of an OpenShift router that lead to the gateway."""

from __future__ import annotations

from .._options.access import Instance
from .identity import Manifest

PART = "route"


def route_manifests(instance: Instance) -> list[Manifest]:
    """Return nothing yet."""
    return []

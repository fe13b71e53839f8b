# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that OpenClaw itself writes into a new workspace, and the switch that keeps it from doing so."""

from __future__ import annotations

from ..._openclaw.workspace import NO_BOOTSTRAP
from ..._options.access import Instance
from .feature import Feature


def bootstrap(instance: Instance) -> Feature | None:
    """Return the setting that leaves a workspace as it is; none where OpenClaw may fill it."""
    return None if instance["workspace_bootstrap_enabled"] else Feature(config=NO_BOOTSTRAP)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What OpenClaw does with a workspace at its start: it fills a new one, and has the agent read C(BOOT.md)."""

from __future__ import annotations

from ..._openclaw.config_layers import laid_over
from ..._openclaw.workspace import BOOT_HOOK, NO_BOOTSTRAP, has_boot_file
from ..._options.access import Instance
from .feature import Feature


def bootstrap(instance: Instance) -> Feature | None:
    """Return the settings that differ from OpenClaw's own: a workspace that is left as it is, a file that is read."""
    config: dict[str, object] = {}
    if not instance["workspace_bootstrap_enabled"]:
        config = laid_over(config, NO_BOOTSTRAP)
    if has_boot_file(instance):
        config = laid_over(config, BOOT_HOOK)
    return Feature(config=config) if config else None

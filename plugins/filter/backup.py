# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters around backups: the Jobs that take, check and restore them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests import backup_jobs


def _plain(value: object) -> dict[str, object]:
    result = json.loads(json.dumps(value))
    return result if isinstance(result, dict) else {}


def backup_job(instance: Mapping[str, object], purpose: str, **given: object) -> dict[str, object]:
    """Return the Job for one purpose."""
    try:
        return backup_jobs.backup_job(_plain(instance), str(purpose), _plain(given))
    except ValueError as problem:
        raise AnsibleFilterError(f"openclaw.kubernetes.backup_job: {problem}") from None


class FilterModule:
    """The filters around backups."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {"backup_job": backup_job}

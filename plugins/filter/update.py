# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters around updates and rollbacks: what to do, the Jobs for it, and whether it went well."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from ansible.errors import AnsibleFilterError

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests import update, update_jobs

Given = Mapping[str, object]


def _plain(value: object) -> dict[str, object]:
    result = json.loads(json.dumps(value))
    return result if isinstance(result, dict) else {}


def _list(values: Sequence[object]) -> list[dict[str, object]]:
    return [_plain(value) for value in values]


def update_facts(instance: Given) -> dict[str, object]:
    """Return what the tasks of an update need to know."""
    return update.update_facts(_plain(instance))


def update_plan(instance: Given, seen: Given, found: Given, revisions: Sequence[object]) -> dict[str, object]:
    """Return the release to come, and what stands in the way."""
    return update.update_plan(_plain(instance), _plain(seen), _plain(found), _list(revisions))


def update_job(instance: Given, purpose: str, running: str, target: str = "", since: str = "") -> dict[str, object]:
    """Return the Job for one purpose."""
    try:
        return update_jobs.update_job(_plain(instance), str(purpose), str(running), str(target), str(since))
    except ValueError as problem:
        raise AnsibleFilterError(f"openclaw.kubernetes.update_job: {problem}") from None


def update_doubts(after: Given, before: Given, image: str) -> list[str]:
    """Return why a new pod is not to be trusted."""
    return update.update_doubts(_plain(after), _plain(before), str(image))


def rollback_plan(instance: Given, there: Given, revisions: Sequence[object]) -> dict[str, object]:
    """Return the revisions as lines, and what stands in the way of going back."""
    return update.rollback_plan(_plain(instance), _plain(there), _list(revisions))


def image_variables(image: str) -> dict[str, str]:
    """Return the variables that declare an image."""
    return update.image_variables(str(image))


class FilterModule:
    """The filters around updates and rollbacks."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {
            "image_variables": image_variables,
            "rollback_plan": rollback_plan,
            "update_doubts": update_doubts,
            "update_facts": update_facts,
            "update_job": update_job,
            "update_plan": update_plan,
        }

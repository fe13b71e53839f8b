# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that look at the folder of a skill on the controller, before or without an instance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.findings import INVALID, Finding
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.scan import scan, without_allowed
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.tree import (
    BadTree,
    Tree,
    read_folder,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.validate import validate


def _found(folder: str, look: Callable[[Tree], Iterable[Finding]]) -> list[dict[str, object]]:
    """Return what I(look) finds in a folder; a folder that no pod may get is a finding, too."""
    try:
        findings = look(read_folder(Path(str(folder)).expanduser()))
    except BadTree as problem:
        findings = [Finding("files", INVALID, reason) for reason in problem.reasons]
    return [{**finding.plain(), "text": finding.text} for finding in findings]


def skills_validate(folder: str, name: str | None = None) -> list[dict[str, object]]:
    """Return what keeps OpenClaw from loading the skill as I(name), by default that of its folder."""
    wanted = str(name) if name else Path(str(folder)).name
    return _found(folder, lambda tree: validate(wanted, tree))


def skills_scan(folder: str, installers: Iterable[str] = ()) -> list[dict[str, object]]:
    """Return what our own rules find in the skill, without the installers that it may bring."""
    allowed = [str(each) for each in installers]
    return _found(folder, lambda tree: without_allowed(scan(tree), allowed))


class FilterModule:
    """The filters that look at skills."""

    def filters(self) -> dict[str, Callable[..., object]]:
        return {"skills_validate": skills_validate, "skills_scan": skills_scan}

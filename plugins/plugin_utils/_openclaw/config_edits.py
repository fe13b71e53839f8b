# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance that may write its configuration has made of the one that the inventory declares."""

from __future__ import annotations

from collections.abc import Mapping

from .config_merge import Merged, merged
from .config_paths import Rules

REDACTED = "__OPENCLAW_REDACTED__"


def edits_of(declared: Mapping[str, object], found: Mapping[str, object], rules: Rules) -> Merged:
    """Return the edits: those that the next merge keeps as C(edits), those that it undoes as C(conflicts).

    found is the file as the gateway tells it, which hides what may be secret; that counts as what was declared.
    """
    uncovered = _uncovered(found, declared)
    return merged(declared, uncovered if isinstance(uncovered, dict) else {}, declared, rules)


def _uncovered(found: object, declared: object) -> object:
    if isinstance(found, str) and REDACTED in found:
        return declared if isinstance(declared, str) else found
    if isinstance(found, Mapping):
        known = declared if isinstance(declared, Mapping) else {}
        return {key: _uncovered(value, known.get(key)) for key, value in found.items()}
    if isinstance(found, list):
        entries = declared if isinstance(declared, list) and len(declared) == len(found) else [None] * len(found)
        return [_uncovered(entry, known) for entry, known in zip(found, entries, strict=True)]
    return found

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a secret comes from: a value of the inventory, or a key of a Secret on the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from .formats import object_name, secret_key


def source_problems(source: object) -> Iterator[str]:
    """Yield what is wrong with I(source). No part of it is shown: somebody may have put the value itself there."""
    keys = set(source) if isinstance(source, dict) else set()
    if not isinstance(source, dict) or keys not in ({"value"}, {"secret", "key"}):
        yield "write either {value: ...} or {secret: <name>, key: <key>}."
    elif "value" in source:
        if not isinstance(source["value"], str) or not source["value"]:
            yield "the value is empty or not text. Write it in quotes."
    else:
        for part, check in (("secret", object_name), ("key", secret_key)):
            reason = check(str(source[part]))
            if reason:
                yield f"{part} {reason}"

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one text that tells a person everything that is wrong with the options."""

from __future__ import annotations

from collections.abc import Sequence


def problem_text(host: str, problems: Sequence[str]) -> str:
    """Return the error for I(host). Each problem begins with its option, two spaces, then value and reason."""
    width = max(len(problem.partition("  ")[0]) for problem in problems)
    lines = [f"{host}: {len(problems)} problem{'s' * (len(problems) > 1)} in the options, nothing was changed"]
    for problem in problems:
        option, _gap, reason = problem.partition("  ")
        lines.append(f"  {option.ljust(width)}   {reason}")
    return "\n".join(lines)

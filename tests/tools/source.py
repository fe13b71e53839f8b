# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of which source a report tells: it counts for another command only while nothing has changed since."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from environment import ROOT

_WRITTEN = ("docs/proof.md", "docs/bench.md", "tests/proof/recorded.json")
"""What commands write about the source, and is none."""


def state() -> str:
    """Return a digest of all files that git knows, as they are now."""
    files = [".", *(f":!{path}" for path in _WRITTEN)]
    summary = hashlib.sha256()
    for command in (("ls-files", "--stage"), ("diff", "HEAD")):
        summary.update(
            subprocess.run(["git", *command, "--", *files], cwd=ROOT, capture_output=True, check=True).stdout
        )
    return summary.hexdigest()


def note(reports: Path) -> None:
    """Write down that the reports that follow are about the source of now."""
    (reports / "source").write_text(state(), encoding="utf-8")


def is_that_of(reports: Path) -> bool:
    """Whether the reports tell of the source of now."""
    noted = reports / "source"
    return noted.is_file() and noted.read_text(encoding="utf-8") == state()

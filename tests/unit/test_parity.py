# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page for people who come from elsewhere names options and tests that exist, and leaves no option unnamed."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options import schema

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "feature-parity.md").read_text(encoding="utf-8")
OPTIONS = set(schema.load())
# The roles whose options have all been compared with what others offer.
COMPARED = ("workload", "storage", "config", "workspace", "skills", "plugins", "hooks", "cron")
WANTED = {name for name, option in schema.load().items() if option.role in COMPARED}


def test_every_option_of_the_page_exists() -> None:
    named = set(re.findall(r"openclaw_[a-z0-9_]+\*?", PAGE))
    assert {pattern for pattern in named if not fnmatch.filter(OPTIONS, pattern)} == set()


def test_every_option_of_these_roles_is_on_the_page() -> None:
    patterns = set(re.findall(r"openclaw_[a-z0-9_]+\*?", PAGE))
    assert {name for name in WANTED if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)} == set()


def test_every_test_of_the_page_exists() -> None:
    files = set(re.findall(r"`(tests/[\w/.]+\.py)`", PAGE))
    golden = {f"tests/unit/golden/{name}.golden" for name in re.findall(r"golden: `([\w-]+)`", PAGE)}
    assert {path for path in files | golden if not (ROOT / path).is_file()} == set()


def test_every_row_is_shown_or_says_why_not() -> None:
    rows = [line.strip("|").split(" | ") for line in PAGE.splitlines() if line.startswith("|") and "---" not in line]
    unshown = [row for row in rows if not row[-1].strip() and "left out" not in row[1] and "comes with" not in row[1]]
    assert unshown == []

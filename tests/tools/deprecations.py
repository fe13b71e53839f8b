# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pytest plugin (`-p deprecations`): a test during which Ansible announces a deprecation has failed.

Ansible writes deprecations to stderr instead of raising them, so they would pass unseen in a green run.
"""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest

ANNOUNCEMENT = re.compile(r"\[?DEPRECATION WARNING\]?.*")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    captured = "".join(text for title, text in report.sections if title.endswith(call.when))
    announced = ANNOUNCEMENT.search(captured)
    if announced and report.passed:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: {announced.group(0)}"
    return report

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A notification callback: every task result as one JSON line in the file OPENCLAW_TEST_EVENTS.

Tests look at results, not at what the screen shows of them. Works on ansible-core 2.18 to 2.22.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: task_events
type: notification
short_description: Task results as JSON lines
description: Writes every task result as one JSON line to the file that OPENCLAW_TEST_EVENTS names.
requirements: [none]
options: {}
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "task_events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stream = open(os.environ["OPENCLAW_TEST_EVENTS"], "a", encoding="utf-8")  # noqa: SIM115

    def _write(self, event: dict[str, Any]) -> None:
        self._stream.write(json.dumps(event, default=str) + "\n")
        self._stream.flush()

    def _task(self, outcome: str, result: Any) -> None:
        # The names without underscore came with 2.19, the others go with 2.23.
        modern = hasattr(type(result), "result")
        task = result.task if modern else result._task
        host = result.host if modern else result._host
        values = result.result if modern else result._result
        event = {"outcome": outcome, "host": host.get_name(), "task": task.get_name(), "result": dict(values)}
        self._write({"event": "task", "action": task.action, **event})

    def v2_runner_on_ok(self, result: Any) -> None:
        self._task("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._task("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._task("unreachable", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._task("skipped", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        recap = {host: stats.summarize(host) for host in sorted(stats.processed)}
        self._write({"event": "recap", "hosts": recap})

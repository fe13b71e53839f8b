# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A volume that fills up is noticed before it is full."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

_STATE = "/home/node/.openclaw"
# Leaves about 100 MiB, whatever the size of the volume.
_FILL = f"""
const fs = require('fs'), s = fs.statfsSync('{_STATE}'), spare = 100 * 2**20;
fs.writeFileSync('{_STATE}/ballast', '');
const block = Buffer.alloc(2**20, 1);
for (let left = s.bavail * s.bsize - spare; left > 0; left -= block.length)
  fs.appendFileSync('{_STATE}/ballast', block);
"""


def test_readiness_flips_on_a_filled_volume_and_back(
    stage: Stage, model: str, record_property: Callable[[str, object], None]
) -> None:
    instance = new_instance(stage, "full", model, openclaw_readiness_min_free="256Mi", openclaw_readiness_period="5s")
    uid = instance.uid()

    assert instance.exec("node", "-e", _FILL).rc == 0
    started = time.monotonic()
    wait_until("the pod is not ready", lambda: not instance.ready(), 60)
    record_property("figure", f"not ready {time.monotonic() - started:.0f} s after the volume was filled")

    def told() -> list[str]:
        events = stage.cluster.list("Event", instance.name)
        return [event["message"] for event in events if "Readiness probe failed" in event.get("message", "")]

    wait_until("an event says how much is free", lambda: any(_STATE in text and "free" in text for text in told()), 30)

    assert instance.exec("node", "-e", f"require('fs').rmSync('{_STATE}/ballast')").rc == 0
    wait_until("the pod is ready again", instance.ready, 60)
    assert instance.uid() == uid

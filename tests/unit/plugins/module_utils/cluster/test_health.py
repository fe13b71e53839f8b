# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on each state a workload gets into; one file of health/ is one state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import health
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.health import Surroundings

STATES = sorted((Path(__file__).parent / "health").glob("*.yaml"))


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_state(path: Path) -> None:
    state: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    expect, kind = state["expect"], state.get("kind", "apps/StatefulSet")
    around = Surroundings(*(state.get(name, []) for name in ("pods", "events", "claims")))

    verdict = health.judge(kind, state["workload"], around)

    assert verdict.phase == expect["phase"]
    assert verdict.ready == (expect["phase"] in ("ready", "suspended"))
    assert health.complete(kind, state["workload"]) == verdict.ready
    assert expect.get("progress", "") in verdict.progress
    if "problem" in expect:
        assert expect["problem"] in verdict.problems[0].text
        assert verdict.problems[0].grace == expect["grace"]
        assert verdict.problems[0].previous == expect.get("previous", verdict.problems[0].previous)
    else:
        assert verdict.problems == []
    if "outdated" in expect:
        assert [pod["metadata"]["name"] for pod in health.outdated_pods(state["workload"], around.pods)] == (
            expect["outdated"]
        )

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What instance_info tells about the pods of an instance."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.info import Reader
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster


@pytest.mark.parametrize(
    "status, addresses",
    [
        (
            {"podIPs": [{"ip": "10.1.2.3"}, {"ip": "fd00::3"}], "hostIPs": [{"ip": "192.0.2.1"}, {"ip": "fd00::1"}]},
            ["10.1.2.3", "fd00::3", "192.0.2.1", "fd00::1"],
        ),
        ({}, []),
    ],
)
def test_addresses_are_those_of_the_pod_and_of_its_node(status: dict[str, Any], addresses: list[str]) -> None:
    labels = {"app": "claw"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main"}]}}
    workload = {
        "metadata": {"name": "support", "uid": "u", "generation": 1},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
        "status": {"observedGeneration": 1},
    }
    pod = {"metadata": {"name": "support-0", "uid": "p", "labels": labels}, "spec": template["spec"], "status": status}
    fake = FakeCluster({("apps/StatefulSet", "support"): workload, ("Pod", "support-0"): pod})
    (found,) = Reader(fake, "support", "ns", None).describe()["pods"]  # type: ignore[arg-type]
    assert found["addresses"] == addresses

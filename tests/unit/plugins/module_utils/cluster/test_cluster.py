# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs on the wire: dry runs that are dry, deletions that hit what was meant, and how many at a time."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.cluster import FAR, Cluster
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.connection import Settings
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import ApiError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.kinds import known
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.transport import Transport
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.faulty_server import (
    FaultyServer,
    answer,
    faulty_server,
)

MANIFEST = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}


def cluster(server: FaultyServer) -> Cluster:
    return Cluster(Transport(Settings(host=server.url, api_key="k")))


def body(server: FaultyServer) -> Any:
    return json.loads(server.heads[-1].partition("\r\n\r\n")[2])


@pytest.mark.parametrize("dry_run, force", [(True, False), (False, True), (False, False), (True, True)])
def test_apply_is_strict_and_dry_or_forced_only_when_asked(dry_run: bool, force: bool) -> None:
    with faulty_server({}, answer(201, json.dumps(MANIFEST))) as server:
        assert cluster(server).apply(known("ConfigMap"), "ns", MANIFEST, dry_run=dry_run, force=force)[0] is True
        assert server.requests[-1].startswith(
            "PATCH /api/v1/namespaces/ns/configmaps/x?fieldManager=openclaw.kubernetes&"
        )
        assert "fieldValidation=Strict" in server.requests[-1]
        assert ("dryRun=All" in server.requests[-1]) is dry_run
        assert ("force=true" in server.requests[-1]) is force
        assert "Content-Type: application/apply-patch+yaml" in server.heads[-1]
        assert body(server) == MANIFEST


def test_a_deletion_names_the_very_object_and_can_be_dry() -> None:
    with faulty_server({}, answer(200, '{"kind": "Status"}')) as server:
        cluster(server).delete(known("Secret"), "ns", "x", uid="u", dry_run=True)
        assert "dryRun=All" in server.requests[-1]
        assert body(server)["dryRun"] == ["All"]
        assert body(server)["preconditions"] == {"uid": "u"}
        assert body(server)["propagationPolicy"] == "Background"


@pytest.mark.parametrize("status", [404, 409])
def test_what_is_gone_or_another_object_by_now_needs_no_deletion(status: int) -> None:
    with faulty_server({}, answer(status)) as server:
        assert cluster(server).delete(known("Secret"), "ns", "x", uid="u") is None


def test_a_kind_that_is_not_served_has_no_objects_but_no_permission_is_an_error() -> None:
    with faulty_server({}, answer(404)) as server:
        assert cluster(server).list(known("gateway.networking.k8s.io/HTTPRoute"), "ns", "a=b") == []
    with faulty_server({}, answer(403, '{"message": "no list"}')) as server, pytest.raises(ApiError, match="no list"):
        cluster(server).list(known("Secret"), "ns")


@pytest.mark.parametrize("round_trip, at_most", [(0.0, 1), (FAR / 2, 1), (FAR * 10, 6)])
def test_requests_run_side_by_side_only_when_the_server_is_far(
    round_trip: float, at_most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Transport, "round_trip", round_trip)
    running = most = 0
    lock, together = threading.Lock(), threading.Barrier(at_most)

    def work(item: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(5)
        with lock:
            running -= 1
        return item * 2

    with faulty_server({}) as server:
        assert list(cluster(server).each(work, range(12))) == [number * 2 for number in range(12)]
    assert most == at_most

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The features of a Gateway, as instance_info reads them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.info import Reader
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import (
    FakeCluster,
    refusal,
)

GATEWAY, CLASS = "gateway.networking.k8s.io/Gateway", "gateway.networking.k8s.io/GatewayClass"
PUBLIC = {"metadata": {"name": "public"}, "spec": {"gatewayClassName": "edge"}}


def read(objects: dict[Any, Any]) -> dict[str, Any]:
    return Reader(FakeCluster(objects), "support", "ns", None).gateway("public", "edge")  # type: ignore[arg-type]


@pytest.mark.parametrize("listed", [["HTTPRoute"], [{"name": "HTTPRoute"}]])
def test_the_class_of_the_gateway_tells_its_features(listed: list[Any]) -> None:
    edge = {"metadata": {"name": "edge"}, "status": {"supportedFeatures": listed}}
    assert read({(GATEWAY, "public"): PUBLIC, (CLASS, "edge"): edge}) == {"features": ["HTTPRoute"]}


@pytest.mark.parametrize(
    "objects",
    [{}, {(GATEWAY, "public"): PUBLIC}, {(GATEWAY, "public"): PUBLIC, (CLASS, "edge"): {"metadata": {"name": "edge"}}}],
)
def test_what_is_not_there_tells_nothing(objects: dict[Any, Any]) -> None:
    assert read(objects) == {"features": []}


def test_who_may_not_read_gateways_learns_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(FakeCluster(), "support", "ns", None)  # type: ignore[arg-type]

    def refuse(*_arguments: object, **_options: object) -> None:
        raise refusal(403, "gateways is forbidden")

    monkeypatch.setattr(FakeCluster, "get", refuse)
    assert reader.gateway("public", "edge") == {"features": []}

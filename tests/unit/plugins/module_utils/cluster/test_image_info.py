# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An image is looked up with the logins of the pod; a registry that says nothing is no failure."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import image_info
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.registry import NoAnswer, Registry
from ansible_collections.openclaw.kubernetes.tests.integration.support.image_registry import ImageRegistry, serving
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import FakeCluster
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.test_commands import FakeTransport

PASSWORD = "the-password-of-the-registry"


def asked(image: str, **options: Any) -> dict[str, Any]:
    given = {"image": image, "tags": False, "namespace": "ns", "pull_secrets": [], "registry_ca": None, **options}
    return image_info.run(given, {})


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    made = FakeCluster()
    monkeypatch.setattr(image_info, "Transport", FakeTransport)
    monkeypatch.setattr(image_info, "Cluster", lambda _transport: made)
    monkeypatch.setattr(image_info, "settings_from", lambda _options, _environ: None)
    return made


def _log_in(cluster: FakeCluster, host: str) -> None:
    auth = b64encode(f"kim:{PASSWORD}".encode()).decode()
    content = b64encode(json.dumps({"auths": {host: {"auth": auth}}}).encode()).decode()
    cluster.objects["Secret", "registry"] = {"metadata": {"name": "registry"}, "data": {".dockerconfigjson": content}}


def test_what_is_there_is_told() -> None:
    with serving(ImageRegistry(tags=["1", "2"])) as server:
        assert asked(f"{server.image}:1", tags=True) == {
            "changed": False,
            "known": True,
            "exists": True,
            "digest": server.digest("1"),
            "tags": ["1", "2"],
            "reason": "",
        }


def test_what_is_not_there_is_known_not_to_be() -> None:
    with serving(ImageRegistry(tags=["1"])) as server:
        found = asked(f"{server.image}:3")
    assert (found["known"], found["exists"], found["digest"]) == (True, False, "")


def test_the_login_of_the_pod_is_used_and_never_told(cluster: FakeCluster) -> None:
    with serving(ImageRegistry(tags=["1"], auth="bearer", login=f"kim:{PASSWORD}")) as server:
        _log_in(cluster, server.host)
        found = asked(f"{server.image}:1", pull_secrets=["missing", "registry"])
        assert found["exists"] is True
        server.login = "kim:another-one"
        refused = asked(f"{server.image}:1", pull_secrets=["registry"])
    assert (refused["known"], refused["reason"]) == (
        False,
        f"{server.host}: refuses the login of the pull secret for openclaw/openclaw",
    )
    assert PASSWORD not in json.dumps([found, refused])


def test_nobody_asks_the_cluster_without_pull_secrets(cluster: FakeCluster) -> None:
    with serving(ImageRegistry(tags=["1"])) as server:
        asked(f"{server.image}:1")
    assert cluster.calls == []


def test_a_registry_that_says_nothing_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_registry: Registry) -> str | None:
        raise NoAnswer(["ghcr.io: cannot be asked: timed out"])

    monkeypatch.setattr(Registry, "digest", silent)
    found = asked("ghcr.io/openclaw/openclaw:2026.9.6")
    assert "failed" not in found
    assert (found["known"], found["reason"]) == (False, "ghcr.io: cannot be asked: timed out")


def test_a_registry_that_says_nonsense_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageRegistry, "content", lambda _registry, _tag: b"x" * 5_000_000)
    with serving(ImageRegistry(tags=["1"], says_digest=False)) as server:
        found = asked(f"{server.image}:1")
    assert found["failed"] is True
    assert found["problems"] == [f"{server.host}: sends more than 4 MiB"]

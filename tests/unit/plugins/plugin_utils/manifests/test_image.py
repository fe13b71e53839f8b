# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One registry for every image of an instance."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.image import in_registry, reference
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import instance_manifests
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options import schema

MIRROR = "registry.example.com:5000/mirror"


@pytest.mark.parametrize(
    "repository, path",
    [
        ("ghcr.io/openclaw/openclaw", "openclaw/openclaw"),
        ("docker.io/library/nginx", "library/nginx"),
        ("registry:5000/a/b", "a/b"),
        ("10.0.0.1/a", "a"),
        ("localhost/a", "a"),
        ("localhost:5000/a", "a"),
        ("[fd00::5]:5000/a/b", "a/b"),
        ("[::1]/a", "a"),
        # No registry in front: the whole of it is the path.
        ("openclaw/openclaw", "openclaw/openclaw"),
        ("localhosts/a", "localhosts/a"),
        ("nginx", "nginx"),
        ("my.app", "my.app"),
    ],
)
def test_a_registry_takes_the_place_of_another_or_goes_before(repository: str, path: str) -> None:
    assert in_registry(repository, MIRROR) == f"{MIRROR}/{path}"


def test_without_a_registry_a_repository_stays_as_it_is() -> None:
    assert in_registry("ghcr.io/openclaw/openclaw", "") == "ghcr.io/openclaw/openclaw"


def test_tag_and_digest_stay_with_the_image(make_instance: Callable[..., dict[str, object]]) -> None:
    digest = "sha256:" + "0a" * 32
    instance = make_instance(image_registry=MIRROR, image_tag="2026.9.6", image_digest=digest)
    assert reference(instance) == f"{MIRROR}/openclaw/openclaw:2026.9.6@{digest}"


@pytest.mark.parametrize(
    "prefix",
    [name.removesuffix("image_repository") for name in schema.load() if name.endswith("image_repository")],
)
def test_every_image_with_options_has_its_reference(
    prefix: str, make_instance: Callable[..., dict[str, object]]
) -> None:
    short = prefix.removeprefix("openclaw_")
    options = {f"{short}image_repository": "docker.io/example/image", f"{short}image_tag": "v1"}
    assert reference(make_instance(**options), short) == "docker.io/example/image:v1"


def images(node: object) -> list[str]:
    if isinstance(node, list):
        return [image for child in node for image in images(child)]
    if not isinstance(node, dict):
        return []
    own = [node["image"]] if isinstance(node.get("image"), str) else []
    return own + [image for child in node.values() for image in images(child)]


OPTIONS: list[dict[str, object]] = [
    {},
    {"config_mode": "overwrite"},
    {"sidecars": {"helper": {"image": "busybox:1.37"}}},
    {"init_containers": {"helper": {"image": "docker.io/library/busybox:1.37"}}},
    {"chromium_enabled": True},
    {"ollama_enabled": True, "ollama_models": ["qwen3:0.6b"]},
    {"terminal_enabled": True, "terminal_secret": "login"},
    {"gateway_proxy_enabled": True},
    {"runtime_python": "3.13"},
    {"tools": {"jq": {"image": "ghcr.io/example/tools:1", "path": "/usr/bin/jq"}}},
]


@pytest.mark.parametrize("options", OPTIONS)
def test_no_image_comes_from_elsewhere(
    options: dict[str, object], make_instance: Callable[..., dict[str, object]]
) -> None:
    found = images(instance_manifests(make_instance(image_registry=MIRROR, **options)))
    # The container of the gateway, the one before it, and the Job that checks the configuration.
    assert len(found) >= 3
    assert [image for image in found if not image.startswith(f"{MIRROR}/")] == []

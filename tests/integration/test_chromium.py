# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Chromium beside the gateway: OpenClaw drives it, nobody else reaches it, and what it knows is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster, Manifest, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

pytestmark = pytest.mark.needs_image("chromium")

# A page that is surely there: the gateway's own, as the pod's loopback interface has it.
PAGE = "http://127.0.0.1:18789/"
_FIRST_BYTES = "console.log(require('fs').readFileSync(process.argv[1]).subarray(0,24).toString('hex'))"
_PNG = "89504e470d0a1a0a"
_VERSION = "fetch('http://127.0.0.1:9222/json/version').then(r=>r.json()).then(b=>console.log(b.Browser))"


@pytest.fixture(scope="module")
def browsing(shared_stage: Stage, model: str) -> Instance:
    """An instance with a browser whose profile is kept. No network policy: what is closed is closed by itself."""
    return new_instance(
        shared_stage,
        "browser",
        model,
        openclaw_chromium_enabled=True,
        openclaw_chromium_persistence_enabled=True,
        openclaw_chromium_cpu_request="50m",
        openclaw_chromium_memory_request="128Mi",
        openclaw_networkpolicy_enabled=False,
        # OpenClaw leads its browser to no private address unless it is told to; there is no other here.
        openclaw_config__20_browser={"browser": {"ssrfPolicy": {"dangerouslyAllowPrivateNetwork": True}}},
    )


def browse(instance: Instance, *argv: str) -> dict[str, Any]:
    """Have the gateway do something with its browser, by OpenClaw's own command."""
    said = instance.openclaw("browser", "--json", *argv)
    assert said.rc == 0, f"{argv}: {said.stdout[-2000:]} {said.stderr[-2000:]}"
    answer: dict[str, Any] = json.loads(said.stdout[said.stdout.index("{") :])
    return answer


def in_the_page(instance: Instance, function: str) -> object:
    return browse(instance, "evaluate", "--fn", function)["result"]


def test_the_gateway_drives_the_browser_and_a_screenshot_arrives(
    browsing: Instance, record_property: Callable[[str, object], None]
) -> None:
    profiles = {profile["name"]: profile for profile in browse(browsing, "profiles")["profiles"]}
    assert {"default", "chrome", "openclaw"} <= set(profiles)

    browse(browsing, "open", PAGE)
    started = time.monotonic()
    file = browse(browsing, "screenshot", "--type", "png")["path"]

    shown = browsing.exec("node", "-e", _FIRST_BYTES, file).stdout.strip()
    assert shown.startswith(_PNG)
    width, height = int(shown[32:40], 16), int(shown[40:48], 16)
    assert width > 100
    assert height > 100
    record_property("figure", f"{width}x{height} pixels in {time.monotonic() - started:.1f} s")


@pytest.mark.parametrize("profile", ["default", "chrome", "openclaw"])
def test_every_profile_is_this_browser(profile: str, browsing: Instance) -> None:
    status = browse(browsing, "--browser-profile", profile, "status")
    assert status["running"] is True
    assert status["cdpUrl"] == "http://127.0.0.1:9222"


def _reaches(cluster: Cluster, namespace: str, address: str, port: int) -> bool:
    return cluster.exec("client", namespace, "nc", "-w", "4", address, str(port)).rc == 0


def _client(namespace: str) -> Manifest:
    container = {"name": "client", "image": "ghcr.io/openclaw/tools:1", "imagePullPolicy": "IfNotPresent"}
    spec = {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0, "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client", "namespace": namespace}, "spec": spec}


def test_another_pod_does_not_reach_the_browser(browsing: Instance, stage: Stage) -> None:
    namespace = stage.namespace(stage.name("neighbour"))
    cluster = browsing.cluster
    cluster.create(_client(namespace))

    def running() -> bool:
        return bool(cluster.get("Pod", "client", namespace)["status"]["phase"] == "Running")

    wait_until("the neighbour runs", running)
    address = browsing.pod()["status"]["podIP"]

    assert "Chrome/" in browsing.exec("node", "-e", _VERSION).stdout
    assert _reaches(cluster, namespace, address, 18789), "the neighbour reaches nothing at all"
    assert not _reaches(cluster, namespace, address, 9222)


def test_cookies_survive_a_restart_of_the_pod(
    browsing: Instance, record_property: Callable[[str, object], None]
) -> None:
    browse(browsing, "open", PAGE)
    in_the_page(browsing, "() => { document.cookie = 'kept=yes; max-age=86400; path=/'; return document.cookie }")

    uid, started = browsing.uid(), time.monotonic()
    browsing.cluster.delete("Pod", browsing.pod_name, browsing.name)
    # Seconds: a browser that did not listen to the kubelet would hold the pod for the gateway's whole grace period.
    wait_until("another pod is ready", lambda: browsing.ready() and browsing.uid() != uid, 120)
    record_property("figure", f"another pod ready after {time.monotonic() - started:.0f} s")

    browse(browsing, "open", PAGE)
    assert "kept=yes" in str(in_the_page(browsing, "() => document.cookie"))

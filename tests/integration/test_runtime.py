# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pnpm, Python and tools in the pod: the agent uses them, they are downloaded once, and a wrong one stops the pod."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, model_options
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

pytestmark = [pytest.mark.needs_image("files"), pytest.mark.needs_image("uv")]
PNPM, NATIVE_PNPM = "11.1.0", "12.21.0"
# What the issue allows between the fact and the report, and the first crash before it is one.
REPORTED_WITHIN = 60


@dataclass
class Files:
    """The server of downloads, in a namespace of its own."""

    cluster: Cluster
    namespace: str

    @property
    def url(self) -> str:
        return f"http://files.{self.namespace}.svc:8080"

    def listing(self, name: str) -> Any:
        return json.loads(self.cluster.exec("files", self.namespace, "cat", f"/srv/{name}").stdout)

    def asked(self) -> Counter[str]:
        """How often each file was asked for."""
        return Counter(line.split()[1] for line in self.cluster.logs("files", self.namespace).splitlines())

    def tool(self, file: str, **further: str) -> dict[str, str]:
        path = f"tools/{file}"
        return {"url": f"{self.url}/{path}", "sha256": self.listing("index.json")["sha256"][path], **further}


@pytest.fixture(scope="module")
def files(shared_stage: Stage) -> Files:
    cluster, namespace = shared_stage.cluster, shared_stage.namespace(shared_stage.name("files"))
    container = {"name": "files", "image": "ghcr.io/openclaw/files:1", "imagePullPolicy": "IfNotPresent"}
    labels = {"app": "files"}
    metadata = {"name": "files", "namespace": namespace}
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**metadata, "labels": labels},
            "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]},
        }
    )
    spec = {"selector": labels, "ports": [{"port": 8080}]}
    cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    wait_until("the server runs", lambda: cluster.get("Pod", "files", namespace)["status"].get("phase") == "Running")
    return Files(cluster, namespace)


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, files: Files, model: str) -> Instance:
    """An instance that has everything, from a registry and mirrors inside the cluster."""
    name = shared_stage.namespace(shared_stage.name("runtime"))
    listing = json.dumps(files.listing("python.json")).replace("http://FILES", files.url)
    shared_stage.cluster.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "pythons", "namespace": name},
            "data": {"python.json": listing},
        }
    )
    options = {
        **model_options(model),
        "openclaw_env": {"NPM_CONFIG_REGISTRY": files.url, "UV_PYTHON_DOWNLOADS_JSON_URL": "/etc/pythons/python.json"},
        "openclaw_volumes": {
            "pythons": {"configMap": {"name": "pythons"}, "mounts": {"install-runtime": {"path": "/etc/pythons"}}}
        },
        "openclaw_runtime_pnpm": PNPM,
        "openclaw_runtime_pnpm_integrity": files.listing("index.json")["pnpm"][PNPM],
        "openclaw_runtime_python": "3.11",
        "openclaw_tools": {
            "plain-tool": files.tool("some-tool"),
            "tar-tool": files.tool("some-tool.tar.gz", path="some-tool-1.0/bin/some-tool"),
            "zip-tool": files.tool("some-tool.zip", path="bin/some-tool"),
            "busybox": {"image": "ghcr.io/openclaw/tools:1", "path": "/bin/busybox"},
        },
    }
    inventory = shared_stage.inventory().host(name, **options)
    return Instance(shared_stage.cluster, name, inventory, deployed=run("site", inventory).ok())


def shell(instance: Instance, script: str) -> str:
    said = instance.exec("sh", "-ec", script)
    assert said.rc == 0, said
    return said.stdout.strip()


@pytest.mark.parametrize(
    "command, said",
    [
        ("pnpm --version", PNPM),
        ("python3 --version", "Python 3.11.2"),
        ("python -c 'print(6*7)'", "42"),
        ("uv --version", "uv 0.9.9"),
        ("plain-tool one", "tool of the tests: one"),
        ("tar-tool two", "tool of the tests: two"),
        ("zip-tool three", "tool of the tests: three"),
        ("busybox echo four", "four"),
    ],
)
def test_the_agent_uses_what_was_installed(instance: Instance, command: str, said: str) -> None:
    status, answer = instance.ask(f"run:{command}")
    assert status == 200
    assert answer.startswith("tool-said:")
    assert said in answer


def test_pnpm_installs_a_package(instance: Instance) -> None:
    shell(
        instance,
        "cd ~/.openclaw/workspace && rm -rf p && mkdir -p p/dep && cd p"
        """ && echo '{"name":"p"}' > package.json && echo '{"name":"dep","version":"1.0.0"}' > dep/package.json"""
        " && pnpm add ./dep && test -e node_modules/dep/package.json && cd .. && rm -rf p",
    )


def test_uv_makes_an_environment_of_the_installed_python(instance: Instance) -> None:
    prefix = shell(
        instance,
        "cd ~/.openclaw/workspace && uv venv --offline env && env/bin/python -c 'import sys; print(sys.base_prefix)'"
        " && rm -rf env",
    )
    assert prefix.splitlines()[-1].startswith("/var/lib/openclaw/runtime/python/cpython-3.11.2")


@pytest.mark.parametrize("folder", ["/var/lib/openclaw/tools", "/var/lib/openclaw/runtime/bin", "/opt/uv"])
def test_the_agent_cannot_change_what_was_installed(instance: Instance, folder: str) -> None:
    assert "Read-only file system" in instance.exec("touch", f"{folder}/x").stderr


def test_the_second_start_downloads_nothing(instance: Instance, files: Files) -> None:
    before, uid = files.asked(), instance.uid()
    assert all(count == 1 for path, count in before.items()), before
    instance.cluster.delete("Pod", instance.pod_name, instance.name, grace=1)
    wait_until("its successor is ready", lambda: instance.ready() and instance.uid() != uid, 120)
    assert shell(instance, "pnpm --version; plain-tool; python3 --version").startswith(PNPM)
    assert files.asked() == before


def test_another_pin_brings_another_pnpm_and_nothing_else(instance: Instance, files: Files) -> None:
    before = files.asked()
    instance.site(
        openclaw_runtime_pnpm=NATIVE_PNPM,
        openclaw_runtime_pnpm_integrity=files.listing("index.json")["pnpm"][NATIVE_PNPM],
    ).ok()
    assert shell(instance, "pnpm --version") == NATIVE_PNPM
    (new,) = files.asked() - before
    assert new.endswith(f"{NATIVE_PNPM}.tgz")


def test_switched_off_nothing_is_left_but_the_volume(instance: Instance) -> None:
    """Last of those that share the instance."""
    options = ("runtime_pnpm", "runtime_pnpm_integrity", "runtime_python", "tools", "volumes", "env")
    instance.site(**{f"openclaw_{option}": None for option in options}).ok()
    assert instance.exec("sh", "-c", "command -v pnpm python3 uv plain-tool").stdout == ""
    config = instance.cluster.get("ConfigMap", f"{instance.name}-config", instance.name)
    assert sorted(config["data"]) == ["approved.json", "install-policy.mjs", "openclaw.json"]


def test_a_wrong_checksum_stops_the_pod_and_names_the_tool(shared_stage: Stage, files: Files) -> None:
    tool, wrong = files.tool("some-tool"), "0a" * 32
    _name, inventory = shared_stage.instance(
        "wrongsum",
        openclaw_tools={"some-tool": {**tool, "sha256": wrong}},
        openclaw_config_validate_enabled=False,
    )
    started = time.monotonic()
    failed = run("site", inventory)
    assert failed.rc != 0
    for words in ("install-tools", "tool some-tool", tool["url"], tool["sha256"], wrong):
        assert words in failed.error
    assert time.monotonic() - started < REPORTED_WITHIN


def test_a_wrong_integrity_stops_the_pod_and_names_pnpm(shared_stage: Stage, files: Files) -> None:
    _name, inventory = shared_stage.instance(
        "wrongpnpm",
        openclaw_env={"NPM_CONFIG_REGISTRY": files.url},
        openclaw_runtime_pnpm=PNPM,
        openclaw_runtime_pnpm_integrity=files.listing("index.json")["pnpm"][NATIVE_PNPM],
        openclaw_config_validate_enabled=False,
    )
    failed = run("site", inventory)
    assert failed.rc != 0
    assert "install-runtime" in failed.error
    assert f"pnpm {PNPM}" in failed.error

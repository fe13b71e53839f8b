# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins of the inventory in a pod: from pinned packages alone, used in a turn, upgraded, repaired, removed."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.edited import delete_pod
from ansible_collections.openclaw.kubernetes.tests.integration.support.greeter import (
    PACKAGE,
    TOOL,
    greeter,
    integrity,
    library,
    plugin,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

_IMAGE = "ghcr.io/openclaw/openclaw:2026.9.6"
OLD, NEW = greeter("1.0.0"), greeter("1.1.0")
NEEDY, NEEDED = greeter("1.2.0", {"small-library": "3.0.0"}), library("small-library", "3.0.0")
# The agent offers tools of plugins by their names alone, and one tool that calls them.
ADA = f'call:tool_call {{"id": "{TOOL}", "args": {{"who": "Ada"}}}}'
# Keys of a ConfigMap, and the paths below which a registry serves them.
SERVED = {
    "greeter-1.0.0.tgz": (f"/{PACKAGE}/-/greeter-1.0.0.tgz", OLD),
    "greeter-1.1.0.tgz": (f"/{PACKAGE}/-/greeter-1.1.0.tgz", NEW),
    "greeter-1.2.0.tgz": (f"/{PACKAGE}/-/greeter-1.2.0.tgz", NEEDY),
    "small-library-3.0.0.tgz": ("/small-library/-/small-library-3.0.0.tgz", NEEDED),
}
_SERVE = (
    "const paths=JSON.parse(process.argv[1]);require('http').createServer((q,r)=>{console.log(q.url);"
    "const key=paths[decodeURIComponent(q.url)];if(!key){r.statusCode=404;r.end();return}"
    "r.end(require('fs').readFileSync('/srv/'+key))}).listen(8080)"
)


@dataclass
class Registry:
    """A server of packages and of nothing else, in a namespace of its own."""

    cluster: Cluster
    namespace: str

    @property
    def url(self) -> str:
        return f"http://registry.{self.namespace}.svc:8080"

    def asked(self) -> Counter[str]:
        """How often each address was asked for."""
        return Counter(self.cluster.logs("registry", self.namespace).splitlines())


@pytest.fixture(scope="module")
def registry(shared_stage: Stage) -> Registry:
    cluster, namespace = shared_stage.cluster, shared_stage.namespace(shared_stage.name("registry"))
    metadata = {"name": "registry", "namespace": namespace, "labels": {"app": "registry"}}
    archives = {key: base64.b64encode(archive).decode() for key, (_path, archive) in SERVED.items()}
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "binaryData": archives})
    container = {
        "name": "registry",
        "image": _IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["node", "-e", _SERVE, json.dumps({path: key for key, (path, _archive) in SERVED.items()})],
        "volumeMounts": [{"name": "srv", "mountPath": "/srv"}],
    }
    spec = {
        "terminationGracePeriodSeconds": 0,
        "containers": [container],
        "volumes": [{"name": "srv", "configMap": {"name": "registry"}}],
    }
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    service = {"selector": {"app": "registry"}, "ports": [{"port": 8080}]}
    cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": service})
    wait_until(
        "the registry runs",
        lambda: cluster.get("Pod", "registry", namespace)["status"].get("phase") == "Running",
    )
    return Registry(cluster, namespace)


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, registry: Registry, model: str) -> Instance:
    """An instance with one plugin; nothing but the registry and the model can be reached from it."""
    return new_instance(
        shared_stage,
        "plugins",
        model,
        openclaw_env={"NPM_CONFIG_REGISTRY": registry.url},
        openclaw_networkpolicy_egress="internal",
        openclaw_plugins={"greeter": plugin(OLD, "1.0.0", config={"greeting": "Moin"})},
    )


def greeted(instance: Instance) -> str:
    """What the plugin's tool said to the agent when the model called it."""
    status, answer = instance.ask(ADA)
    assert status == 200, answer
    called = json.loads(answer.removeprefix("tool-said:"))
    return str(called["result"]["content"][0]["text"])


def files(instance: Instance) -> list[str]:
    """The versions of the plugin that are on the volume."""
    script = (
        "const fs=require('fs'),at=process.env.OPENCLAW_STATE_DIR+'/npm/projects';const found=[];"
        "for(const p of fs.existsSync(at)?fs.readdirSync(at):[])try{found.push(JSON.parse(fs.readFileSync("
        f"at+'/'+p+'/node_modules/{PACKAGE}/package.json')).version)}}catch{{}}console.log(JSON.stringify(found.sort()))"
    )
    found: list[str] = json.loads(instance.exec("node", "-e", script).stdout)
    return found


def overwrite(instance: Instance) -> None:
    """Change the plugin's code as an agent could, who owns the volume."""
    script = (
        "const fs=require('fs'),at=process.env.OPENCLAW_STATE_DIR+'/npm/projects';for(const p of fs.readdirSync(at)){"
        f"const f=at+'/'+p+'/node_modules/{PACKAGE}/index.js';"
        "if(fs.existsSync(f))fs.writeFileSync(f,fs.readFileSync(f,'utf8').replace('greeter','stolen'))}"
    )
    assert instance.exec("node", "-e", script).rc == 0


def test_the_agent_uses_the_plugin_in_a_turn(
    instance: Instance, record_property: Callable[[str, object], None]
) -> None:
    assert instance.ask(f"sees:{TOOL}") == (200, "seen")
    answer = greeted(instance)
    record_property("figure", answer)
    assert answer == "Moin, Ada! (greeter 1.0.0)"


def test_no_script_of_a_package_has_run(instance: Instance) -> None:
    assert instance.exec("ls", "/tmp/script-ran").rc != 0


def test_verify_and_status_know_it(instance: Instance) -> None:
    run("verify", instance.inventory).ok()
    assert "1 pinned" in run("status", instance.inventory).ok().stdout


def test_the_second_run_changes_nothing(instance: Instance) -> None:
    assert instance.site().ok().changed(instance.name) == 0


def test_a_restart_downloads_and_installs_nothing(instance: Instance, registry: Registry) -> None:
    before = registry.asked()
    delete_pod(instance)
    assert "plugin greeter: is there" in instance.cluster.logs(
        instance.pod_name, instance.name, container="install-plugins"
    )
    assert registry.asked() == before
    assert registry.asked()[f"/{PACKAGE}/-/greeter-1.0.0.tgz"] == 1


def test_changed_code_comes_back_at_the_next_start(instance: Instance, registry: Registry) -> None:
    before = registry.asked()
    overwrite(instance)
    delete_pod(instance)
    assert "installed again, since it was changed" in instance.cluster.logs(
        instance.pod_name, instance.name, container="install-plugins"
    )
    assert greeted(instance).endswith("(greeter 1.0.0)")
    assert registry.asked() == before


def test_an_upgrade_brings_the_new_version_alone(instance: Instance) -> None:
    instance.site(openclaw_plugins={"greeter": plugin(NEW, "1.1.0")}).ok()
    assert greeted(instance) == "Hello, Ada! (greeter 1.1.0)"
    run("verify", instance.inventory).ok()


def test_a_downgrade_goes_back(instance: Instance) -> None:
    instance.site(openclaw_plugins={"greeter": plugin(OLD, "1.0.0")}).ok()
    assert greeted(instance) == "Hello, Ada! (greeter 1.0.0)"


def test_one_that_needs_others_gets_those_of_its_lock(instance: Instance) -> None:
    packages = {
        f"node_modules/{PACKAGE}": {"version": "1.2.0", "integrity": integrity(NEEDY)},
        "node_modules/small-library": {"version": "3.0.0", "integrity": integrity(NEEDED)},
    }
    lock = json.dumps({"lockfileVersion": 3, "packages": packages})
    instance.site(openclaw_plugins={"greeter": plugin(NEEDY, "1.2.0", lock=lock)}).ok()
    assert greeted(instance) == "Hello, Ada! (greeter 1.2.0)"


def test_removed_from_the_inventory_it_is_gone_from_the_pod(instance: Instance) -> None:
    instance.site(openclaw_plugins={"greeter": {"state": "absent"}}).ok()
    assert files(instance) == []
    assert instance.ask(f"sees:{TOOL}") == (200, "not seen")
    run("verify", instance.inventory).ok()


def test_from_the_controller_without_any_registry(instance: Instance, registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "greeter.tgz").write_bytes(NEW)
    before = registry.asked()
    instance.site(
        openclaw_env=None,
        openclaw_plugins={"greeter": plugin(NEW, "1.1.0", src=str(tmp_path / "greeter.tgz"))},
    ).ok()
    assert greeted(instance) == "Hello, Ada! (greeter 1.1.0)"
    assert registry.asked() == before
    assert instance.site().ok().changed(instance.name) == 0


def test_other_bytes_than_declared_stop_the_pod_and_name_the_plugin(
    stage: Stage, registry: Registry, model: str
) -> None:
    wrong = integrity(b"something else")
    _name, inventory = stage.instance(
        "wrongplugin",
        openclaw_env={"NPM_CONFIG_REGISTRY": registry.url},
        openclaw_plugins={"greeter": {**plugin(OLD, "1.0.0"), "integrity": wrong}},
        openclaw_config_validate_enabled=False,
    )
    failed = run("site", inventory)
    assert failed.rc != 0
    for words in ("install-plugins", f"plugin greeter: {PACKAGE}@1.0.0", registry.url):
        assert words in failed.error

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins: what the pod gets of them, and the program that has OpenClaw install them.

The program runs for real, against a registry of the test and a stand-in for OpenClaw that does with packages what
OpenClaw does: it asks the registry, checks nothing, and unpacks. The real one is in tests/integration/test_plugins.py.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.containers import program_texts
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.installer import program_files
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.plugins import wanted_plugins

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs Node.js")
Json = dict[str, Any]
MakeInstance = Callable[..., Json]

STAND_IN = """
import fs from "node:fs";
import path from "node:path";
import { execFileSync } from "node:child_process";
const [, action, what] = process.argv.slice(2);
const state = process.env.OPENCLAW_STATE_DIR;
const projects = path.join(state, "npm", "projects");
fs.mkdirSync(projects, { recursive: true });
fs.appendFileSync(path.join(state, "calls"), process.argv.slice(2).join(" ") + "\\n");
const config = JSON.parse(fs.readFileSync(process.env.OPENCLAW_CONFIG_PATH));
if (config.gateway.mode !== "local") throw new Error("no gateway.mode");
const fetched = async (name, version) => {
  const registry = process.env.NPM_CONFIG_REGISTRY;
  const document = await (await fetch(`${registry}/${encodeURIComponent(name)}`)).json();
  const found = document.versions?.[version];
  if (!found) throw new Error(`404 ${name}`);
  const answer = await fetch(found.dist.tarball);
  if (!answer.ok) throw new Error(`${answer.status} ${name}`);
  return [found, Buffer.from(await answer.arrayBuffer())];
};
const unpack = async (folder, name, version) => {
  const [{ dependencies = {} }, archive] = await fetched(name, version);
  const place = path.join(folder, "node_modules", name);
  fs.mkdirSync(place, { recursive: true });
  execFileSync("tar", ["xz", "--strip-components=1", "-C", place], { input: archive });
  for (const [each, wanted] of Object.entries(dependencies)) await unpack(folder, each, wanted);
};
if (action === "install") {
  const [, name, version] = /^npm:(.+)@(.+)$/.exec(what);
  const project = path.join(projects, `${name.replace(/\\W/g, "-")}-${version}`);
  try {
    await unpack(project, name, version);
    fs.writeFileSync(path.join(project, "package.json"), JSON.stringify({ dependencies: { [name]: version } }));
    // As it does: what is installed now is in a folder of its own, and the one before stays.
    fs.writeFileSync(path.join(state, "newest"), path.join(project, "node_modules", name));
  } catch (problem) {
    console.error(`cannot install: ${problem.message}`);
    process.exit(1);
  }
} else if (action === "inspect") {
  const installPath = fs.readFileSync(path.join(state, "newest"), "utf8");
  console.log("a warning\\n" + JSON.stringify({ install: { installPath } }));
} else {
  for (const each of fs.readdirSync(projects).filter((name) => name.includes(what))) {
    fs.rmSync(path.join(projects, each), { recursive: true });
  }
}
"""


def archive_of(name: str, version: str, **manifest: object) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        files = {
            "package.json": json.dumps({"name": name, "version": version, **manifest}),
            "index.js": f"// {name} {version}\n",
        }
        for path, text in files.items():
            info = tarfile.TarInfo(f"package/{path}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return gzip.compress(archive.getvalue(), mtime=0)


def integrity_of(archive: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()


@dataclass
class Bench:
    """A volume, a registry, and the program between them."""

    folder: Path
    url: str
    served: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def publish(self, name: str, version: str, **manifest: object) -> Json:
        """Put a package into the registry; how a plugin declares it."""
        archive = archive_of(name, version, **manifest)
        self.served[f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"] = archive
        return {"package": name, "version": version, "integrity": integrity_of(archive)}

    def start(self, plugins: Json, *bundles: Path) -> subprocess.CompletedProcess[str]:
        wanted = wanted_plugins({"plugins": plugins})
        texts = {**program_files("install-plugins.mjs", "plugins.json", wanted), **program_texts("registry.mjs")}
        for name, text in {**texts, "openclaw.mjs": STAND_IN}.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        program, openclaw, own = (self.folder / name for name in ("install-plugins.mjs", "openclaw.mjs", "own"))
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "OPENCLAW_STATE_DIR": str(self.state),
            "NPM_CONFIG_REGISTRY": self.url,
        }
        return subprocess.run(
            [str(NODE), str(program), str(own), str(openclaw), *map(str, bundles)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def installed(self) -> list[str]:
        return sorted(path.name for path in (self.state / "npm" / "projects").glob("*"))

    def calls(self) -> list[str]:
        calls = self.state / "calls"
        return calls.read_text().splitlines() if calls.exists() else []


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            body = made.served.get(self.path, b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    (tmp_path / "home").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Bench(tmp_path, f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


@needs_node
def test_a_plugin_is_installed_once(bench: Bench) -> None:
    plugins = {"greeter": bench.publish("@house/greeter", "1.0.0")}
    for said in ("@house/greeter@1.0.0 installed", "is there"):
        done = bench.start(plugins)
        assert done.returncode == 0, done.stderr
        assert f"plugin greeter: {said}" in done.stdout
    assert bench.installed() == ["-house-greeter-1.0.0"]
    assert bench.asked == ["/@house/greeter/-/greeter-1.0.0.tgz"]
    assert bench.calls() == [
        "plugins install npm:@house/greeter@1.0.0 --pin --force --accept-capabilities",
        "plugins inspect greeter --json",
    ]


@needs_node
def test_one_that_was_changed_comes_back_without_a_download(bench: Bench) -> None:
    plugins = {"greeter": bench.publish("@house/greeter", "1.0.0")}
    bench.start(plugins)
    index = bench.state / "npm/projects/-house-greeter-1.0.0/node_modules/@house/greeter/index.js"
    index.write_text("steal()\n", encoding="utf-8")
    done = bench.start(plugins)
    assert "plugin greeter: @house/greeter@1.0.0 installed again, since it was changed" in done.stdout
    assert index.read_text() == "// @house/greeter 1.0.0\n"
    assert len(bench.asked) == 1


@needs_node
def test_another_version_takes_its_place(bench: Bench) -> None:
    bench.start({"greeter": bench.publish("@house/greeter", "1.0.0")})
    done = bench.start({"greeter": bench.publish("@house/greeter", "1.1.0")})
    assert "plugin greeter: @house/greeter@1.1.0 installed\n" in done.stdout
    assert bench.installed() == ["-house-greeter-1.1.0"]
    # Of packages that nobody declares any more nothing is kept.
    assert len(list((bench.folder / "own" / "packages").iterdir())) == 1


@needs_node
def test_what_is_no_longer_declared_goes(bench: Bench) -> None:
    plugins = {"greeter": bench.publish("@house/greeter", "1.0.0"), "other": bench.publish("other", "2.0.0")}
    bench.start(plugins)
    done = bench.start({"other": plugins["other"], "greeter": {"state": "absent"}})
    assert "plugin greeter: removed" in done.stdout
    assert bench.installed() == ["other-2.0.0"]


@needs_node
def test_only_locked_packages_are_had(bench: Bench) -> None:
    needed = bench.publish("ws", "8.0.0")
    plugin = bench.publish("greeter", "1.0.0", dependencies={"ws": "8.0.0"})
    refused = bench.start({"greeter": plugin})
    assert refused.returncode == 1
    assert refused.stderr == "plugin greeter: needs ws, which its lock does not name; declare the lock of greeter\n"
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {},
            "node_modules/greeter": plugin,
            "node_modules/ws": {"version": "8.0.0", "integrity": needed["integrity"]},
        },
    }
    done = bench.start({"greeter": {**plugin, "lock": lock}})
    assert done.returncode == 0, done.stderr
    assert (bench.state / "npm/projects/greeter-1.0.0/node_modules/ws/index.js").exists()


@needs_node
def test_other_bytes_stop_the_pod(bench: Bench) -> None:
    plugin = bench.publish("greeter", "1.0.0")
    bench.publish("greeter", "1.0.0", more=True)
    refused = bench.start({"greeter": plugin})
    assert refused.returncode == 1
    assert refused.stderr.startswith("plugin greeter: greeter@1.0.0: http://127.0.0.1")
    assert "was declared" in refused.stderr
    assert bench.calls() == []


@needs_node
def test_other_bytes_of_a_needed_package_stop_it_too(bench: Bench) -> None:
    needed = bench.publish("ws", "8.0.0")
    plugin = bench.publish("greeter", "1.0.0", dependencies={"ws": "8.0.0"})
    bench.publish("ws", "8.0.0", more=True)
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "node_modules/greeter": plugin,
            "node_modules/ws": {"version": "8.0.0", "integrity": needed["integrity"]},
        },
    }
    refused = bench.start({"greeter": {**plugin, "lock": lock}})
    assert refused.returncode == 1
    assert refused.stderr.startswith("plugin greeter: ws@8.0.0: http://127.0.0.1")


@needs_node
def test_a_package_that_is_another_one_is_refused(bench: Bench) -> None:
    archive = archive_of("evil", "1.0.0")
    bench.served["/greeter/-/greeter-1.0.0.tgz"] = archive
    refused = bench.start({"greeter": {"package": "greeter", "version": "1.0.0", "integrity": integrity_of(archive)}})
    assert refused.stderr == ("plugin greeter: the package is evil@1.0.0, but greeter@1.0.0 was declared\n")


@needs_node
def test_what_the_inventory_brings_needs_no_registry(bench: Bench) -> None:
    archive = archive_of("greeter", "1.0.0")
    half = len(archive) // 2
    image, maps = bench.folder / "image", bench.folder / "maps"
    (maps / "plugins-0").mkdir(parents=True)
    (maps / "plugins-1").mkdir()
    image.mkdir()
    (maps / "plugins-0" / "manifest.json").write_text(json.dumps([{"parts": [["plugins-0", "a"], ["plugins-1", "b"]]}]))
    (maps / "plugins-0" / "a").write_bytes(archive[:half])
    (maps / "plugins-1" / "manifest.json").write_text("[]")
    (maps / "plugins-1" / "b").write_bytes(archive[half:])
    (image / "any-name.tgz").write_bytes(archive_of("other", "2.0.0"))
    (image / "not-declared.tgz").write_bytes(b"whatever")
    plugins = {
        name: {"package": name, "version": version, "integrity": integrity_of(archive_of(name, version))}
        for name, version in (("greeter", "1.0.0"), ("other", "2.0.0"))
    }
    done = bench.start(plugins, maps, image)
    assert done.returncode == 0, done.stderr
    assert bench.installed() == ["greeter-1.0.0", "other-2.0.0"]
    assert bench.asked == []


@needs_node
def test_one_that_cannot_be_had_stops_the_pod_and_is_named(bench: Bench) -> None:
    refused = bench.start({"greeter": {"package": "greeter", "version": "1.0.0", "integrity": integrity_of(b"")}})
    assert refused.returncode == 1
    assert refused.stderr == (
        f"plugin greeter: greeter@1.0.0: cannot download {bench.url}/greeter/-/greeter-1.0.0.tgz: HTTP status 404\n"
    )


# The pod

ARCHIVE = archive_of("@house/greeter", "1.0.0")
GREETER: Json = {"package": "@house/greeter", "version": "1.0.0", "integrity": integrity_of(ARCHIVE)}


def pod_of(instance: Json) -> Json:
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    template: Json = stateful_set["spec"]["template"]
    return template


def init_containers(instance: Json) -> dict[str, Json]:
    return {container["name"]: container for container in pod_of(instance)["spec"]["initContainers"]}


def configured(instance: Json) -> Json:
    config: Json = json.loads(BUILDERS["config"](instance)[0]["data"]["openclaw.json"])
    return config


def test_a_declared_plugin_is_enabled_with_its_settings(make_instance: MakeInstance) -> None:
    plugins = {
        "greeter": {**GREETER, "config": {"greeting": "Moin"}},
        "quiet": {**GREETER, "package": "q", "enabled": False},
    }
    assert configured(make_instance(plugins=plugins))["plugins"] == {
        "entries": {"greeter": {"enabled": True, "config": {"greeting": "Moin"}}, "quiet": {"enabled": False}}
    }


def test_what_the_user_says_of_it_wins(make_instance: MakeInstance) -> None:
    config = {"plugins": {"entries": {"greeter": {"enabled": False}}}}
    instance = make_instance(plugins={"greeter": GREETER}, config=config)
    assert configured(instance)["plugins"]["entries"]["greeter"]["enabled"] is False


def test_openclaw_installs_into_the_state_of_the_gateway(make_instance: MakeInstance) -> None:
    instance = make_instance(plugins={"greeter": GREETER}, env={"XDG_DATA_HOME": "/x"})
    container = init_containers(instance)["install-plugins"]
    variables = {entry["name"]: entry["value"] for entry in container["env"]}
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    assert variables["OPENCLAW_STATE_DIR"] == "/home/node/.openclaw"
    assert mounts[variables["OPENCLAW_STATE_DIR"]]["subPath"] == "state"
    assert variables["HOME"] == "/tmp"
    assert variables["XDG_DATA_HOME"] == "/x"


def test_another_package_restarts_the_pod(make_instance: MakeInstance) -> None:
    before, after = (
        pod_of(make_instance(plugins={"greeter": {**GREETER, "version": version}}))["metadata"]["annotations"]
        for version in ("1.0.0", "1.0.1")
    )
    assert before != after


def test_the_last_plugin_goes_with_its_files(make_instance: MakeInstance) -> None:
    instance = make_instance()
    assert "install-plugins" not in init_containers(instance)
    assert "installed.json" in init_containers(instance)["prepare-state"]["command"][2]
    kept = init_containers(make_instance(plugins={"greeter": GREETER}))["prepare-state"]["command"][2]
    assert "installed.json" not in kept


def test_archives_of_the_controller_come_in_config_maps(make_instance: MakeInstance, tmp_path: Path) -> None:
    (tmp_path / "greeter.tgz").write_bytes(ARCHIVE)
    instance = make_instance(plugins={"greeter": {**GREETER, "src": str(tmp_path)}})
    (config_map,) = BUILDERS["plugins"](instance)
    assert config_map["metadata"]["name"] == "support-plugins-0"
    assert list(config_map["binaryData"]) == ["greeter.tgz"]
    container = init_containers(instance)["install-plugins"]
    assert container["command"][-1] == "/bundle"
    assert "/bundle/plugins-0" in [mount["mountPath"] for mount in container["volumeMounts"]]
    # It is ours: nobody has to ask the cluster for its content.
    assert "openclaw.kubernetes/config-maps" not in pod_of(instance)["metadata"]["annotations"]


def test_archives_of_an_image_are_copied(make_instance: MakeInstance) -> None:
    instance = make_instance(
        plugins={"greeter": GREETER}, plugins_image="ghcr.io/house/plugins:1", image_registry="mirror.example.com"
    )
    containers = init_containers(instance)
    assert containers["copy-plugins"]["image"] == "mirror.example.com/house/plugins:1"
    assert containers["copy-plugins"]["command"] == ["cp", "-r", "/plugins/.", "/opt/plugins"]
    assert containers["install-plugins"]["command"][-1] == "/opt/plugins"


@needs_node
def test_prepare_state_removes_what_was_installed(make_instance: MakeInstance, tmp_path: Path) -> None:
    script = init_containers(make_instance())["prepare-state"]["command"][2].replace("/volume", str(tmp_path))
    kept, gone = (tmp_path / "state" / "npm" / "projects" / name for name in ("of-the-user", "greeter-1"))
    kept.mkdir(parents=True)
    gone.mkdir()
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "installed.json").write_text(json.dumps({"greeter": {"project": "greeter-1"}}))
    subprocess.run([str(NODE), "-e", script, str(tmp_path / "state")], check=True, timeout=30)
    assert kept.exists()
    assert not gone.exists()
    assert not (tmp_path / "plugins").exists()

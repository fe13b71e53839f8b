# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs for the agent: what is installed, where it is found, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
SHA256 = "0a" * 32
INTEGRITY = "sha512-" + "A" * 86 + "=="
PNPM: Json = {"runtime_pnpm": "11.1.0", "runtime_pnpm_integrity": INTEGRITY}
KUBECTL: Json = {"url": "https://dl.example.com/kubectl", "sha256": SHA256}
JQ: Json = {"image": "ghcr.io/example/tools:1", "path": "/usr/bin/jq"}


def pod_of(instance: Json) -> Any:
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    spec: Any = stateful_set["spec"]
    return spec["template"]["spec"]


def installers(instance: Json) -> dict[str, Json]:
    first = "prepare-state"
    return {each["name"]: each for each in pod_of(instance)["initContainers"] if each["name"] != first}


def gateway_of(instance: Json) -> Any:
    return pod_of(instance)["containers"][0]


def variables(container: Json) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}


def file_of(instance: Json, name: str) -> Any:
    data: Any = BUILDERS["config"](instance)[0]["data"]
    return json.loads(data[name])


def test_each_feature_brings_only_its_own(make_instance: MakeInstance) -> None:
    assert list(installers(make_instance(**PNPM))) == ["install-runtime"]
    assert list(installers(make_instance(runtime_python="3.13"))) == ["copy-uv", "install-runtime"]
    assert list(installers(make_instance(tools={"kubectl": KUBECTL}))) == ["install-tools"]
    assert list(installers(make_instance(tools={"kubectl": KUBECTL, "jq": JQ}))) == ["install-tools", "tool-jq"]


def test_tools_are_found_before_everything_else(make_instance: MakeInstance) -> None:
    path = variables(gateway_of(make_instance(**PNPM, runtime_python="3.13", tools={"kubectl": KUBECTL})))["PATH"]
    assert path.split(":")[:4] == [
        "/var/lib/openclaw/tools",
        "/var/lib/openclaw/runtime/bin",
        "/opt/uv",
        "/usr/local/sbin",
    ]


def test_the_agent_cannot_change_what_was_installed(make_instance: MakeInstance) -> None:
    gateway = gateway_of(make_instance(**PNPM, runtime_python="3.13", tools={"jq": JQ}))
    places = ("/var/lib/openclaw", "/opt/uv")
    mounts = [mount for mount in gateway["volumeMounts"] if mount["mountPath"].startswith(places)]
    assert [mount["mountPath"] for mount in mounts] == [
        "/var/lib/openclaw/tools",
        "/var/lib/openclaw/runtime",
        "/opt/uv",
    ]
    assert all(mount["readOnly"] for mount in mounts)


def test_only_the_gateways_own_image_sees_the_whole_volume(make_instance: MakeInstance) -> None:
    found = installers(make_instance(**PNPM, runtime_python="3.13", tools={"jq": JQ}))
    for container in found.values():
        whole = [mount for mount in container["volumeMounts"] if mount["name"] == "data" and "subPath" not in mount]
        assert not whole or container["image"] == "ghcr.io/openclaw/openclaw:2026.9.6"


def test_what_shall_be_installed_is_data(make_instance: MakeInstance) -> None:
    instance = make_instance(**PNPM, runtime_python="3.13", tools={"kubectl": KUBECTL, "jq": JQ})
    assert file_of(instance, "runtime.json") == {
        "pnpm": {"version": "11.1.0", "integrity": INTEGRITY},
        "python": "3.13",
    }
    assert file_of(instance, "tools.json") == {"kubectl": KUBECTL, "jq": JQ}


def test_a_name_reaches_no_shell(make_instance: MakeInstance) -> None:
    for container in installers(make_instance(runtime_python="3.13", tools={"kubectl": KUBECTL, "jq": JQ})).values():
        assert container["command"][0] in ("node", "cp")


def test_registries_and_mirrors_are_known_to_the_installers_and_open(make_instance: MakeInstance) -> None:
    env = {
        "NPM_CONFIG_REGISTRY": "http://npm.registry.svc:4873",
        "UV_PYTHON_INSTALL_MIRROR": "https://10.0.0.7/python",
        "FROM_ELSEWHERE": {"secret": "keys", "key": "one"},
    }
    tool = {"url": "http://files.mirror.svc.cluster.local/kubectl", "sha256": SHA256}
    options = {**PNPM, "tools": {"kubectl": tool}, "networkpolicy_egress": "none"}
    instance = make_instance(**options, env=env)
    found = variables(installers(instance)["install-runtime"])
    assert {name: found.get(name) for name in env} == {**env, "FROM_ELSEWHERE": None}

    def open_ways(instance: Json) -> list[Any]:
        policies: list[Any] = BUILDERS["networkpolicy"](instance)
        return [peer for rule in policies[1]["spec"]["egress"] for peer in rule["to"]]

    opened = [peer for peer in open_ways(instance) if peer not in open_ways(make_instance(networkpolicy_egress="none"))]
    assert opened == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "mirror"}}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "registry"}}},
        {"ipBlock": {"cidr": "10.0.0.7/32"}},
    ]


def test_images_come_from_the_instances_registry(make_instance: MakeInstance) -> None:
    found = installers(make_instance(runtime_python="3.13", tools={"jq": JQ}, image_registry="registry.example.com/m"))
    assert found["copy-uv"]["image"] == "registry.example.com/m/astral-sh/uv:0.9.9-bookworm-slim"
    assert found["tool-jq"]["image"] == "registry.example.com/m/example/tools:1"


@pytest.mark.parametrize(
    "options, said",
    [
        ({"runtime_pnpm": "11.1.0"}, r"openclaw_runtime_pnpm_integrity .*npm view pnpm@11.1.0 dist.integrity"),
        ({"runtime_pnpm": "12.21.0"}, r"openclaw_runtime_pnpm_integrity .*npm view @pnpm/exe.linux-x64@12.21.0"),
        ({**PNPM, "runtime_pnpm": "latest"}, "openclaw_runtime_pnpm  "),
        ({**PNPM, "runtime_pnpm_integrity": "sha1-AAAA"}, "openclaw_runtime_pnpm_integrity  "),
        ({**PNPM, "runtime_pnpm_integrity": f"{INTEGRITY} sha512-AAAA"}, "openclaw_runtime_pnpm_integrity  "),
        ({"runtime_python": "three"}, "openclaw_runtime_python  "),
    ],
)
def test_a_runtime_that_is_not_pinned_is_refused(options: Json, said: str, make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match=said):
        make_instance(**options)


@pytest.mark.parametrize(
    "options, said",
    [
        (PNPM, "openclaw_runtime_pnpm  registry.npmjs.org"),
        ({"runtime_python": "3.13"}, "openclaw_runtime_python  github.com"),
        ({"tools": {"kubectl": KUBECTL}}, "openclaw_tools  kubectl: dl.example.com"),
        ({**PNPM, "env": {"NPM_CONFIG_REGISTRY": "http://npm.mirror.svc:4873"}}, None),
        ({"runtime_python": "3.13", "env": {"UV_PYTHON_DOWNLOADS_JSON_URL": "/etc/python.json"}}, None),
        ({**PNPM, "proxy_url": "http://10.0.0.3:3128"}, None),
        ({"tools": {"jq": JQ}}, None),
    ],
)
def test_a_place_that_no_way_leads_to_is_warned_of(
    options: Json, said: str | None, resolved: Callable[[Json], Any]
) -> None:
    given = {"networkpolicy_egress": "none", **options}
    found = resolved({f"openclaw_{option}": value for option, value in given.items()})
    assert found.problems == []
    told = [warning for warning in found.warnings if "is out of reach, since" in warning]
    assert [warning.partition(" is out of reach")[0] for warning in told] == ([said] if said else [])


ARCHITECTURES = {"amd64": "https://dl.example.com/amd64", "arm64": "https://dl.example.com/arm64"}
CHECKSUMS = {"amd64": SHA256, "arm64": "0b" * 32}


@pytest.mark.parametrize(
    "tool",
    [
        KUBECTL,
        JQ,
        {**KUBECTL, "path": "linux-amd64/helm"},
        {"url": "http://files:8080/kubectl", "sha256": SHA256},
        {"url": "http://files.mirror.svc/kubectl", "sha256": SHA256},
        {"url": ARCHITECTURES, "sha256": CHECKSUMS},
        {"url": ARCHITECTURES, "sha256": CHECKSUMS, "path": {"amd64": "a/x", "arm64": "b/x"}},
    ],
)
def test_tools_that_are_well_described(tool: Json, make_instance: MakeInstance) -> None:
    assert make_instance(tools={"some-tool": tool})["tools"] == {"some-tool": tool}


@pytest.mark.parametrize(
    "name, tool, said",
    [
        ("Kube ctl", KUBECTL, "is not the name of a command"),
        ("../kubectl", KUBECTL, "is not the name of a command"),
        ("$(reboot)", KUBECTL, "is not the name of a command"),
        ("node", KUBECTL, "runs the gateway"),
        ("x", "https://dl.example.com/x", "write {url"),
        ("x", {"sha256": SHA256}, "write {url"),
        ("x", {**KUBECTL, "sha265": SHA256}, "sha265 is not one of .* Did you mean sha256"),
        ("x", {**KUBECTL, **JQ}, "url is not one of image, path"),
        ("x", {"url": KUBECTL["url"]}, "is not a checksum"),
        ("x", {**KUBECTL, "sha256": SHA256.upper()}, "is not a checksum"),
        ("x", {**KUBECTL, "url": "ftp://dl.example.com/x"}, "is not an address"),
        ("x", {**KUBECTL, "url": "http://dl.example.com/x"}, "is not encrypted"),
        ("x", {**KUBECTL, "url": "https://me:pass@dl.example.com/x"}, "holds a user or a password"),
        ("x", {**KUBECTL, "path": "../../etc/passwd"}, "is not the path of a file in the archive"),
        ("x", {"url": ARCHITECTURES, "sha256": SHA256}, "not for the same architectures"),
        ("x", {"url": {"x86": "https://a.example.com"}, "sha256": {"x86": SHA256}}, "url x86 is not one of amd64"),
        ("x", {"url": ARCHITECTURES, "sha256": CHECKSUMS, "path": {"amd64": "x"}}, "not for the architectures of url"),
        ("x", {"image": "Not An Image", "path": "/x"}, "is not the reference of an image"),
        ("x", {"image": "ghcr.io/example/tools:1"}, "is not the full path"),
    ],
)
def test_tools_that_are_refused(name: str, tool: object, said: str, make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match=f"openclaw_tools  .*{said}"):
        make_instance(tools={name: tool})

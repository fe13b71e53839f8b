# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be written wrongly about the container of the gateway, and what the error says to write instead."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Mapping

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options import container_checks
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Resolve = Callable[[Mapping[str, object]], Resolved]
SECRET = "sk-live-0123456789abcdef"
SHAPES = (
    "write a text, {secret: <name>, key: <key>}, {config_map: <name>, key: <key>}, {field: <path>} or "
    "{resource: <name>}."
)


@pytest.mark.parametrize(
    "variables, problem",
    [
        # Sources of variables
        ({"openclaw_env": {"A": {}}}, f"openclaw_env  A: {SHAPES}"),
        ({"openclaw_env": {"A": {"secret": "keys"}}}, f"openclaw_env  A: {SHAPES}"),
        ({"openclaw_env": {"A": {"secretKeyRef": {"name": "keys", "key": "a"}}}}, f"openclaw_env  A: {SHAPES}"),
        ({"openclaw_env": {"A": {"field": "status.podIP", "resource": "limits.cpu"}}}, f"openclaw_env  A: {SHAPES}"),
        (
            {"openclaw_env": {"A": {"secret": "My_Keys", "key": "a"}}},
            "openclaw_env  A: secret is not a name of a Kubernetes object: "
            "lower-case letters, digits, dashes and dots only.",
        ),
        (
            {"openclaw_env": {"A": {"config_map": "settings", "key": "a/b"}}},
            "openclaw_env  A: key is not a key of a ConfigMap: letters, digits, dashes, dots and underscores only.",
        ),
        (
            {"openclaw_env": {"A": {"secret": "keys", "key": 1}}},
            "openclaw_env  A: key is not text. Write it in quotes.",
        ),
        (
            {"openclaw_env": {"A": {"field": "status.podIp"}}},
            "openclaw_env  A: field is not one of metadata.name, metadata.namespace, metadata.uid, spec.nodeName, "
            "spec.serviceAccountName, status.hostIP, status.hostIPs, status.podIP, status.podIPs. "
            "Did you mean status.podIP?",
        ),
        (
            {"openclaw_env": {"A": {"resource": "limit.memory"}}},
            "openclaw_env  A: resource is not one of limits.cpu, limits.memory, limits.ephemeral-storage, "
            "requests.cpu, requests.memory, requests.ephemeral-storage. Did you mean limits.memory?",
        ),
        # Whole objects as variables
        (
            {"openclaw_env_from": {"a": "keys"}},
            "openclaw_env_from  a: write {secret: <name>} or {config_map: <name>}, with a prefix if you want one.",
        ),
        (
            {"openclaw_env_from": {"a": {"secret": "keys", "config_map": "settings"}}},
            "openclaw_env_from  a: write {secret: <name>} or {config_map: <name>}, with a prefix if you want one.",
        ),
        (
            {"openclaw_env_from": {"a": {"secret": "Keys"}}},
            "openclaw_env_from  a: secret is not a name of a Kubernetes object: "
            "lower-case letters, digits, dashes and dots only.",
        ),
        (
            {"openclaw_env_from": {"a": {"secret": "keys", "prefix": "1-"}}},
            'openclaw_env_from  a: prefix "1-" cannot begin the name of an environment variable.',
        ),
        (
            {"openclaw_env_from": {"b": {"secret": "keys"}, "a": {"secret": "keys"}}},
            "openclaw_env_from  b: is the same as a. Remove one of the two.",
        ),
        # One place for each variable
        (
            {"openclaw_env": {"TZ": "UTC"}, "openclaw_timezone": "Europe/Berlin"},
            "openclaw_env  TZ: is also openclaw_timezone. Remove one of the two.",
        ),
        (
            {"openclaw_secrets": {"NODE_OPTIONS": {"value": "--x"}}, "openclaw_node_options": "--y"},
            "openclaw_secrets  NODE_OPTIONS: is also openclaw_node_options. Remove one of the two.",
        ),
        # Texts with a form
        (
            {"openclaw_timezone": "Berlin time"},
            'openclaw_timezone  "Berlin time" is not the name of a time zone. Write for example Europe/Berlin.',
        ),
        (
            {"openclaw_node_options": "inspect"},
            'openclaw_node_options  "inspect" is not an option of Node.js: they begin with a dash.',
        ),
        (
            {"openclaw_image_registry": "https://registry.example.com"},
            'openclaw_image_registry  "https://registry.example.com" is not a registry. '
            "Write its host, and a path if it has one, such as registry.example.com/mirror.",
        ),
        (
            {"openclaw_liveness_period": "often"},
            'openclaw_liveness_period  "often" is not a duration. Write for example 30s, 10m or 1h.',
        ),
        (
            {"openclaw_readiness_min_free": "256MB"},
            'openclaw_readiness_min_free  "256MB" is not a size in Kubernetes. Write 256Mi.',
        ),
        # Resources
        (
            {"openclaw_resources": {"limit": {"memory": "1Gi"}}},
            "openclaw_resources  limit: is not one of requests, limits. Did you mean limits?",
        ),
        (
            {"openclaw_init_resources": {"limits": "1Gi"}},
            "openclaw_init_resources  limits: is not a map of resource to quantity.",
        ),
        (
            {"openclaw_resources": {"limits": {"memory": "4GB"}}},
            'openclaw_resources  limits: memory: "4GB" is not a size in Kubernetes. Write 4Gi.',
        ),
        (
            {"openclaw_resources": {"requests": {"cpu": "half"}}},
            'openclaw_resources  requests: cpu: "half" is not a number of CPUs in Kubernetes. Write 500m.',
        ),
        (
            {"openclaw_memory_request": "3Gi"},
            'openclaw_memory_request  "3Gi" is more than the limit of "2Gi". Lower it, or raise the limit.',
        ),
        (
            {"openclaw_cpu_limit": "250m"},
            'openclaw_cpu_request  "500m" is more than the limit of "250m". Lower it, or raise the limit.',
        ),
        (
            {"openclaw_resources": {"limits": {"ephemeral-storage": "1Gi"}, "requests": {"ephemeral-storage": "2Gi"}}},
            'openclaw_resources  requests.ephemeral-storage:  "2Gi" is more than the limit of "1Gi". '
            "Lower it, or raise the limit.",
        ),
        # Numbers and times
        (
            {"openclaw_liveness_failures": 0},
            "openclaw_liveness_failures  0 is out of range. Write a number from 1 to 2147483647.",
        ),
        (
            {"openclaw_fs_group": -1},
            "openclaw_fs_group  -1 is out of range. Write a number from 0 to 2147483647.",
        ),
        (
            {"openclaw_run_as_user": 2**31},
            "openclaw_run_as_user  2147483648 is out of range. Write a number from 1 to 2147483647.",
        ),
        (
            {"openclaw_run_as_user": 0},
            "openclaw_run_as_user  0 is root, which nothing here needs. Write another id, such as 1000.",
        ),
        (
            {"openclaw_readiness_timeout": "0s"},
            'openclaw_readiness_timeout  "0s" is no time. Write 1s or more.',
        ),
        (
            {"openclaw_readiness_min_free": "20Gi", "openclaw_storage_size": "10Gi"},
            'openclaw_readiness_min_free  "20Gi" is not less than openclaw_storage_size "10Gi": '
            "the gateway would never be ready. Lower it.",
        ),
        # Hooks
        (
            {"openclaw_lifecycle": {"prestop": {"sleep": {"seconds": 5}}}},
            "openclaw_lifecycle  prestop: is not one of postStart, preStop. Did you mean preStop?",
        ),
        (
            {"openclaw_lifecycle": {"preStop": {"command": ["sleep", "5"]}}},
            "openclaw_lifecycle  preStop: needs exactly one of exec, httpGet, sleep, tcpSocket, "
            "such as {exec: {command: [<program>]}}.",
        ),
        (
            {"openclaw_lifecycle": {"preStop": {"exec": {"command": "sleep 5"}}}},
            "openclaw_lifecycle  preStop: exec: needs a command. Write {command: [<program>, <argument>]}.",
        ),
        (
            {"openclaw_lifecycle": {"preStop": {"sleep": 5}}},
            "openclaw_lifecycle  preStop: sleep: is not a map with the fields that Kubernetes defines.",
        ),
    ],
)
def test_a_mistake_is_named_with_what_to_write(variables: dict[str, object], problem: str, resolved: Resolve) -> None:
    assert resolved(variables).problems == [problem]


@pytest.mark.parametrize(
    "variables",
    [
        {"openclaw_env": {"A": {"secret": "keys", "key": "a"}, "B": {"config_map": "settings", "key": "b.c"}}},
        {"openclaw_env": {"A": {"field": "metadata.labels['a/b']"}, "B": {"resource": "limits.hugepages-2Mi"}}},
        {"openclaw_env_from": {"a": {"secret": "keys"}, "b": {"secret": "keys", "prefix": "B_"}}},
        {"openclaw_env_from": {"a": {"secret": "same"}, "b": {"config_map": "same"}}},
        {"openclaw_env": {"TZ": "UTC"}},
        {"openclaw_timezone": "America/Argentina/Buenos_Aires"},
        {"openclaw_image_registry": "[fd00::5]:5000"},
        {"openclaw_resources": {"limits": {"nvidia.com/gpu": 1}, "requests": {"memory": "2Gi"}}},
        {"openclaw_readiness_min_free": "256Mi"},
        {"openclaw_readiness_min_free": "20Gi", "openclaw_storage_existing_claim": "large"},
        {"openclaw_lifecycle": {"preStop": {"sleep": {"seconds": 5}}}},
        {"openclaw_lifecycle": {"postStart": {"exec": {"command": ["true"]}}}},
        {"openclaw_run_as_user": 1000680000, "openclaw_fs_group": 0},
        {"openclaw_liveness_enabled": False, "openclaw_startup_enabled": False},
        {"openclaw_env": {"MY_PUBLIC_KEY": "ssh-ed25519 AAAA", "TLS_KEY": "/tls/key", "B_KEY": "$(OTHER)", "C_KEY": 3}},
        {"openclaw_env": {"A_TOKEN": {"secret": "keys", "key": "a"}, "EMPTY_PASSWORD": ""}},
        {"openclaw_image_tag": "latest", "openclaw_image_digest": "sha256:" + "0a" * 32},
    ],
)
def test_what_is_right_is_taken_without_a_word(variables: dict[str, object], resolved: Resolve) -> None:
    found = resolved(variables)
    assert (found.problems, found.warnings) == ([], [])


@pytest.mark.parametrize(
    "variables, warning",
    [
        (
            {"openclaw_env": {"API_KEY": SECRET}},
            "openclaw_env  API_KEY: looks like a secret, and everybody who may see the pod can read it. "
            "Move it to openclaw_secrets.",
        ),
        (
            {"openclaw_readiness_min_free": "1Gi", "openclaw_readiness_enabled": False},
            "openclaw_readiness_min_free  has no effect while openclaw_readiness_enabled is false.",
        ),
        (
            {"openclaw_startup_failures": 10},
            "openclaw_startup_failures  gives the gateway 30s to start, and then restarts it; "
            "a migration on a loaded node took 101s.",
        ),
        (
            {"openclaw_startup_enabled": False},
            "openclaw_liveness_failures  gives the gateway 90s to start, and then restarts it; "
            "a migration on a loaded node took 101s.",
        ),
        (
            {"openclaw_image_tag": "latest"},
            "openclaw_image_tag  latest is another version after the next pull. Write a version, or set the digest.",
        ),
        (
            {"openclaw_resources": {"limits": {"memory": "1Gi"}}},
            'openclaw_memory_limit  "1Gi" is below 1280Mi: the gateway is killed at its first answer.',
        ),
    ],
)
def test_what_works_but_is_unwise_is_a_warning(variables: dict[str, object], warning: str, resolved: Resolve) -> None:
    found = resolved(variables)
    assert (found.problems, found.warnings) == ([], [warning])


@pytest.mark.parametrize(
    "variables",
    [
        {"openclaw_env": {"API_KEY": SECRET}},
        {"openclaw_env": {"API_KEY": {"secret": SECRET + "!", "key": SECRET + "!"}}},
        {"openclaw_env_from": {"a": {"secret": SECRET + "!"}}},
    ],
)
def test_what_may_be_a_secret_is_not_shown(variables: dict[str, object], resolved: Resolve) -> None:
    found = resolved(variables)
    assert found.problems + found.warnings
    assert SECRET not in str(found.problems + found.warnings)


def test_a_zone_that_nobody_knows_is_a_warning_where_zones_are_known(
    resolved: Resolve, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"Etc/UTC", "Europe/Berlin"}
    monkeypatch.setattr(container_checks, "_known_zone", lambda name: name in known)
    assert resolved({"openclaw_timezone": "Europe/Berlin"}).warnings == []
    assert resolved({"openclaw_timezone": "Europe/Berln"}).warnings == [
        'openclaw_timezone  "Europe/Berln" is unknown here. Where the gateway does not know it either, it is UTC.'
    ]
    known.clear()
    assert resolved({"openclaw_timezone": "Europe/Berln"}).warnings == []


@pytest.mark.skipif(not zoneinfo.available_timezones(), reason="no time zones on this machine")
def test_zones_are_looked_up_by_their_names() -> None:
    assert container_checks._known_zone("Europe/Berlin")
    assert not container_checks._known_zone("Europe/Berln")
    assert not container_checks._known_zone("../etc/passwd")

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container of the gateway: who wins where two say something, and what its probes ask."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.environment import environment
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.feature import Feature
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.gateway import gateway_container
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.pod_template import pod_template

# Manifests are JSON of any shape; the tests look into them freely.
Json = dict
MakeInstance = Callable[..., Json]


def variables(instance: Json, *features: Feature) -> Json:
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in environment(instance, features)}


def gateway(instance: Json) -> Json:
    return gateway_container(instance, [])


# Command


@pytest.mark.parametrize(
    "options, command",
    [
        ({}, ["node", "/app/openclaw.mjs", "gateway", "run"]),
        ({"args": ["gateway", "run", "--verbose"]}, ["node", "/app/openclaw.mjs", "gateway", "run", "--verbose"]),
        ({"command": ["tini", "--", "openclaw"]}, ["tini", "--", "openclaw", "gateway", "run"]),
        ({"command": ["sh"], "args": ["-c", "sleep 1"]}, ["sh", "-c", "sleep 1"]),
    ],
)
def test_command_and_arguments_can_each_be_replaced(
    options: Json, command: list[str], make_instance: MakeInstance
) -> None:
    container = gateway(make_instance(**options))
    assert container["command"] == command
    assert "args" not in container


# Environment


def test_the_user_wins_over_a_feature_and_a_feature_over_the_pod(make_instance: MakeInstance) -> None:
    feature = Feature(environment={"MODE": "feature", "TZ": "feature", "OTHER": "feature"})
    found = variables(make_instance(env={"MODE": "user"}, timezone="Europe/Berlin"), feature)
    assert (found["MODE"], found["TZ"], found["OTHER"]) == ("user", "feature", "feature")


def test_a_value_from_elsewhere_stands_before_what_may_refer_to_it(make_instance: MakeInstance) -> None:
    env = {"ADDRESS": "http://$(POD_IP):1", "POD_IP": {"field": "status.podIP"}}
    names = list(variables(make_instance(env=env)))
    assert names.index("POD_IP") < names.index("ADDRESS")


def test_a_source_of_the_user_replaces_a_value_of_ours(make_instance: MakeInstance) -> None:
    instance = make_instance(env={"NODE_OPTIONS": {"config_map": "settings", "key": "node"}})
    entries = [entry for entry in environment(instance, ()) if entry["name"] == "NODE_OPTIONS"]
    assert entries == [{"name": "NODE_OPTIONS", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "node"}}}]


def test_a_secret_may_hold_what_ours_would_be(make_instance: MakeInstance) -> None:
    instance = make_instance(secrets={"NODE_OPTIONS": {"secret": "keys", "key": "node"}})
    entries = [entry for entry in environment(instance, ()) if entry["name"] == "NODE_OPTIONS"]
    assert [list(entry) for entry in entries] == [["name", "valueFrom"]]


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, "--max-old-space-size=1536"),
        ({"memory_limit": "4Gi"}, "--max-old-space-size=3072"),
        ({"memory_limit": "3G"}, "--max-old-space-size=2145"),
        ({"resources": {"limits": {"memory": "4Gi"}}}, "--max-old-space-size=3072"),
        ({"node_options": "--enable-source-maps"}, "--max-old-space-size=1536 --enable-source-maps"),
        ({"node_options": "--max-old-space-size=900"}, "--max-old-space-size=900"),
        ({"node_options": "--max_old_space_size=900"}, "--max_old_space_size=900"),
        ({"env": {"NODE_OPTIONS": ""}}, ""),
        ({"env": {"NODE_OPTIONS": "--inspect"}}, "--inspect"),
    ],
)
def test_the_heap_follows_the_memory_unless_somebody_says_it(
    options: Json, expected: str, make_instance: MakeInstance
) -> None:
    assert variables(make_instance(**options))["NODE_OPTIONS"] == expected


def test_objects_become_variables_in_the_order_of_their_names(make_instance: MakeInstance) -> None:
    sources = {"20-own": {"config_map": "own", "prefix": "OWN_"}, "10-site": {"secret": "site"}}
    assert gateway(make_instance(env_from=sources))["envFrom"] == [
        {"secretRef": {"name": "site"}},
        {"configMapRef": {"name": "own"}, "prefix": "OWN_"},
    ]


# Restarts


@pytest.mark.parametrize(
    "options, digested",
    [
        ({}, False),
        ({"env": {"A": {"config_map": "settings", "key": "a"}}}, True),
        ({"env_from": {"settings": {"config_map": "settings"}}}, True),
        ({"env_from": {"keys": {"secret": "keys"}}}, False),
        ({"volumes": {"notes": {"configMap": {"name": "notes"}, "mounts": {"openclaw": {"path": "/notes"}}}}}, True),
    ],
)
def test_a_pod_that_reads_a_config_map_of_others_has_it_digested(
    options: Json, digested: bool, make_instance: MakeInstance
) -> None:
    annotations = pod_template(make_instance(**options))["metadata"]["annotations"]  # type: ignore[index]
    assert ("openclaw.kubernetes/config-maps-digest" in annotations) is digested


# Probes


def limit_inside(probe: Json) -> int:
    found = re.search(r"AbortSignal\.timeout\((\d+)\)", probe["exec"]["command"][-1])
    assert found
    return int(found[1])


@pytest.mark.parametrize("timeout", ["1s", "2s", "5s", "30s", "2m"])
def test_a_probe_gives_up_before_it_is_killed(timeout: str, make_instance: MakeInstance) -> None:
    probe = gateway(make_instance(liveness_timeout=timeout))["livenessProbe"]
    assert 0 < limit_inside(probe) < probe["timeoutSeconds"] * 1000


@pytest.mark.parametrize(
    "probe, field", [("startup", "startupProbe"), ("readiness", "readinessProbe"), ("liveness", "livenessProbe")]
)
def test_each_probe_can_be_tuned_and_switched_off(probe: str, field: str, make_instance: MakeInstance) -> None:
    before = gateway(make_instance())
    tuned = gateway(make_instance(**{f"{probe}_period": "1m", f"{probe}_timeout": "7s", f"{probe}_failures": 9}))
    assert {key: value for key, value in tuned[field].items() if key != "exec"} == {
        "periodSeconds": 60,
        "timeoutSeconds": 7,
        "failureThreshold": 9,
    }
    assert {key: value for key, value in tuned.items() if key != field} == {
        key: value for key, value in before.items() if key != field
    }
    assert gateway(make_instance(**{f"{probe}_enabled": False})) == {
        key: value for key, value in before.items() if key != field
    }


def test_only_readiness_looks_at_the_free_space(make_instance: MakeInstance) -> None:
    before, after = gateway(make_instance()), gateway(make_instance(readiness_min_free="256Mi"))
    assert after["startupProbe"] == before["startupProbe"]
    assert after["livenessProbe"] == before["livenessProbe"]
    script = after["readinessProbe"]["exec"]["command"][-1]
    assert "statfsSync('/home/node/.openclaw')" in script
    assert f"if(free<{256 * 2**20})" in script
    assert "'Mi free, wanted 256Mi'" in script
    # In the same process, and the gateway is asked as before.
    assert script.endswith(before["readinessProbe"]["exec"]["command"][-1])


# Security


@pytest.mark.parametrize("context", [{"privileged": True}, {"capabilities": {"add": ["SYS_ADMIN"]}}])
def test_a_container_that_escalates_anyway_is_not_said_not_to(context: Json, make_instance: MakeInstance) -> None:
    """The API server refuses both at once."""
    instance = make_instance(container_security_context=context, namespace_pod_security="privileged")
    assert "allowPrivilegeEscalation" not in gateway(instance)["securityContext"]


def test_what_is_not_said_stays_as_it_was(make_instance: MakeInstance) -> None:
    context = {"readOnlyRootFilesystem": False, "capabilities": {"add": ["NET_BIND_SERVICE"]}}
    assert gateway(make_instance(container_security_context=context))["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": False,
        "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
    }

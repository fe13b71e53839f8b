# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the attempts to connect and the policies of others amount to."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.isolation import (
    isolation_probe,
    judge_isolation,
)

Map = dict[str, object]

FAIL: Map = {"networkpolicy_enforcement": "fail"}
WARN: Map = {"networkpolicy_enforcement": "warn"}
NOT_ENFORCED = "the cluster does not enforce network policies: the pod reaches "


def info(outcomes: Map, *policies: Map, refused: str = "") -> Map:
    probe = {"rc": 0, "stdout": json.dumps(outcomes) + "\n", "stderr": ""}
    found = [] if refused else [policy("support-deny", managed=True), *policies]
    return {"probes": {"isolation": probe}, "policies": {"found": found, "refused": refused}}


def policy(name: str = "open", managed: bool = False, **openings: list[str]) -> Map:
    return {"name": name, "managed": managed, "ingress": [], "egress": [], **openings}


@pytest.mark.parametrize(
    "outcomes",
    [
        {"apiserver": "timeout", "dns-metrics": "timeout"},
        {"apiserver": "ECONNREFUSED", "dns-metrics": "none"},
        {"apiserver": "timeout", "dns-metrics": "connected"},
        {"dns-metrics": "EHOSTUNREACH"},
        {"apiserver": "none", "dns-metrics": "none"},
        {},
    ],
)
def test_nothing_is_said_of_a_cluster_that_enforces_policies(outcomes: Map) -> None:
    assert judge_isolation(FAIL, info(outcomes)) == ([], [])


@pytest.mark.parametrize("probe", [{}, {"rc": 124, "stdout": "", "stderr": "no end within 10 s"}, {"stdout": "[1]"}])
def test_nothing_is_said_where_nothing_was_tried(probe: Map) -> None:
    assert judge_isolation(FAIL, {"probes": {"isolation": probe}, "policies": {}}) == ([], [])
    assert judge_isolation(FAIL, {}) == ([], [])


@pytest.mark.parametrize(
    "outcomes, told",
    [
        (
            {"apiserver": "connected", "dns-metrics": "connected"},
            "the API server and the figures of the cluster's DNS, which they forbid. Use a network plugin",
        ),
        ({"dns-metrics": "connected"}, "the figures of the cluster's DNS, which they forbid. Use a network plugin"),
        (
            {"apiserver": "connected", "dns-metrics": "none"},
            "the API server, which they forbid, unless it runs on the pod's own node, where policies need not hold, or "
            "has a public address, which belongs in openclaw_networkpolicy_cluster_ranges. Use a network plugin",
        ),
    ],
)
def test_a_cluster_that_does_not_enforce_them_is_a_problem_or_a_warning(outcomes: Map, told: str) -> None:
    (problem,), warnings = judge_isolation(FAIL, info(outcomes))
    assert problem.startswith(NOT_ENFORCED + told)
    assert problem.endswith("or set openclaw_networkpolicy_enforcement to warn.")
    assert warnings == []
    assert judge_isolation(WARN, info(outcomes)) == ([], [problem])


@pytest.mark.parametrize("instance", [FAIL, WARN])
def test_an_apiserver_on_the_own_node_is_no_proof(instance: Map) -> None:
    """Where the other target stayed closed, policies hold."""
    problems, (warning,) = judge_isolation(instance, info({"apiserver": "connected", "dns-metrics": "timeout"}))
    assert problems == []
    assert warning.startswith("the pod reaches the API server, which no option opens: it runs on the pod's own node")


def test_what_policies_of_others_open_is_a_warning() -> None:
    found = info({}, policy(ingress=["from everywhere"], egress=["to everywhere at TCP 443"]), policy("quiet"))
    assert judge_isolation(FAIL, found) == (
        [],
        [
            "the NetworkPolicy open, which is not of this instance, opens ingress from everywhere; egress to "
            "everywhere at TCP 443"
        ],
    )


OPEN: Map = {"networkpolicy_enabled": True, "networkpolicy_egress": "open-internet", "networkpolicy_cluster_ranges": []}


@pytest.mark.parametrize(
    "options, told",
    [
        ({}, "(2600:1f00::10, 8.8.4.4)"),
        ({"networkpolicy_cluster_ranges": ["2600:1f00::/40", "203.0.113.0/24"]}, "(8.8.4.4)"),
        ({"networkpolicy_cluster_ranges": ["2600:1f00::/40", "8.8.4.4"]}, None),
        ({"networkpolicy_egress": "internal"}, None),
        ({"networkpolicy_enabled": False}, None),
    ],
)
def test_public_addresses_of_the_cluster_are_told_unless_they_are_left_out(options: Map, told: str | None) -> None:
    pods = [{"addresses": ["10.0.0.1", "2600:1f00::10", "8.8.4.4"]}, {"addresses": ["fd00::2", "8.8.4.4"]}, {}]
    judged = judge_isolation({**FAIL, **OPEN, **options}, {**info({}), "instance": {"pods": pods}})
    warning = f"pods or nodes of the cluster have public addresses {told}, so open-internet leads to them. "
    warning += "Write their ranges in openclaw_networkpolicy_cluster_ranges."
    assert judged == ([], [warning] if told else [])


def test_policies_of_the_instance_are_none_of_others() -> None:
    assert judge_isolation(FAIL, info({}, policy(managed=True, egress=["to everywhere"]))) == ([], [])


def test_an_instance_without_its_policies_is_told_so_whatever_others_have() -> None:
    reached = info({"apiserver": "connected", "dns-metrics": "connected"})
    for others in ([], [policy(ingress=["from everywhere"])]):
        problems, warnings = judge_isolation(FAIL, {**reached, "policies": {"found": others, "refused": ""}})
        assert problems == ["its network policies are not on the cluster; run the site playbook."]
        assert len(warnings) == len(others)


def test_what_others_open_is_not_the_clusters_fault() -> None:
    reached = {"apiserver": "connected", "dns-metrics": "connected"}
    assert judge_isolation(FAIL, info(reached, policy(egress=["to everywhere"])))[0] == []
    assert len(judge_isolation(FAIL, info(reached, policy(ingress=["from everywhere"])))[0]) == 1


def test_policies_that_may_not_be_listed_are_no_failure() -> None:
    assert judge_isolation(FAIL, info({}, refused="networkpolicies is forbidden")) == (
        [],
        ["policies of others that open the pods could not be looked for: networkpolicies is forbidden"],
    )


def test_without_targets_nothing_is_tried() -> None:
    assert isolation_probe([]) == {}
    argv = isolation_probe(["apiserver"])["isolation"]["argv"]
    assert isinstance(argv, list)
    assert argv[-1] == "apiserver"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js, which runs the command in the pod")
def test_the_command_says_how_each_attempt_ended() -> None:
    argv = isolation_probe(["apiserver", "dns-metrics"])["isolation"]["argv"]

    def outcomes(**environment: str) -> Map:
        environ = {"PATH": os.environ["PATH"], **environment}
        said = subprocess.run(list(map(str, argv)), capture_output=True, text=True, check=True, timeout=30, env=environ)  # type: ignore[call-overload]
        told: Map = json.loads(said.stdout)
        return told

    with socket.create_server(("127.0.0.1", 0)) as server:
        where = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(server.getsockname()[1])}
        # Nobody outside a cluster knows the record of its DNS.
        assert outcomes(**where) == {"apiserver": "connected", "dns-metrics": "none"}
    assert outcomes(**where)["apiserver"] == "ECONNREFUSED"
    assert outcomes()["apiserver"] == "none"

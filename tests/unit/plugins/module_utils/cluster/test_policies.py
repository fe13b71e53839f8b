# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which policies select pods, and what they open, in words."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.info import Reader
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.policies import selecting, selects
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.fake_cluster import (
    FakeCluster,
    refusal,
)

LABELS = {"app": "claw", "tier": "gold"}
OURS = {"app.kubernetes.io/instance": "support", "app.kubernetes.io/managed-by": "openclaw.kubernetes"}


def policy(name: str = "p", labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels or {}}, "spec": {"podSelector": {}, **spec}}


def opened(direction: str, *rules: Any, **spec: Any) -> list[str]:
    types = {"policyTypes": ["Ingress", "Egress"]}
    (found,) = selecting([policy(**{**types, **spec, direction: list(rules)})], [LABELS], "support")
    told: list[str] = found[direction]
    return told


@pytest.mark.parametrize(
    "selector, chosen",
    [
        (None, True),
        ({}, True),
        ({"matchLabels": {"app": "claw"}}, True),
        ({"matchLabels": {"app": "claw", "tier": "silver"}}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["gold", "silver"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["gold"]}]}, False),
        ({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]}, True),
        ({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchLabels": {"app": "claw"}, "matchExpressions": [{"key": "zone", "operator": "Exists"}]}, False),
    ],
)
def test_a_selector_finds_labels_as_kubernetes_does(selector: dict[str, Any] | None, chosen: bool) -> None:
    assert selects(selector, LABELS) is chosen


def test_policies_of_other_pods_are_left_out() -> None:
    listed = [policy("all"), policy("others", podSelector={"matchLabels": {"app": "web"}})]
    assert [found["name"] for found in selecting(listed, [LABELS], "support")] == ["all"]
    assert selecting(listed, [], "support") == []


def test_a_policy_of_the_instance_is_known() -> None:
    listed = [policy("ours", OURS), policy("neighbours", {**OURS, "app.kubernetes.io/instance": "sales"})]
    assert [found["managed"] for found in selecting(listed, [LABELS], "support")] == [True, False]


@pytest.mark.parametrize(
    "rule, told",
    [
        ({}, "from everywhere"),
        ({"from": []}, "from everywhere"),
        ({"ports": [{"port": 80}]}, "from everywhere at TCP 80"),
        ({"ports": [{"protocol": "UDP"}, {"port": 1, "endPort": 9}]}, "from everywhere at any UDP port, TCP 1-9"),
        ({"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}, "from 10.0.0.0/8"),
        (
            {"from": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "1.0.0.0/8"]}}]},
            "from 0.0.0.0/0 except 2 of its ranges",
        ),
        ({"from": [{"podSelector": {}}]}, "from every pod of the namespace"),
        ({"from": [{"podSelector": {"matchLabels": {"a": "b"}}}]}, "from pods with a=b of the namespace"),
        ({"from": [{"namespaceSelector": {}}]}, "from every pod of every namespace"),
        (
            {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}}]},
            "from every pod of namespace web",
        ),
        (
            {
                "from": [
                    {
                        "namespaceSelector": {"matchLabels": {"team": "x"}},
                        "podSelector": {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b", "c"]}]},
                    }
                ]
            },
            "from pods with a notin (b,c) of namespaces with team=x",
        ),
    ],
)
def test_a_rule_is_told_in_words(rule: dict[str, Any], told: str) -> None:
    assert opened("ingress", rule) == [told]
    assert opened("ingress", rule, rule) == [told]


def test_the_other_direction_is_told_as_one() -> None:
    assert opened("egress", {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}) == ["to 10.0.0.0/8"]


def test_a_direction_without_rules_or_without_a_say_opens_nothing() -> None:
    assert opened("ingress") == []
    assert opened("ingress", {}, policyTypes=["Egress"]) == []
    (plain,) = selecting([policy(ingress=[{}], egress=[{}])], [LABELS], "support")
    assert (plain["ingress"], plain["egress"]) == (["from everywhere"], ["to everywhere"])


# As instance_info reads them


def cluster(**objects: Any) -> FakeCluster:
    workload = {
        "metadata": {"name": "support", "uid": "u", "generation": 1},
        "spec": {"selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}}},
        "status": {"observedGeneration": 1},
    }
    return FakeCluster({("apps/StatefulSet", "support"): workload, **objects})


def test_the_pods_count_and_what_pods_are_made_from() -> None:
    fake = cluster()
    by_name = {"matchLabels": {"statefulset.kubernetes.io/pod-name": "support-0"}}
    fake.objects["networking.k8s.io/NetworkPolicy", "one"] = policy("one", podSelector=by_name)
    fake.objects["networking.k8s.io/NetworkPolicy", "all"] = policy("all", podSelector={"matchLabels": LABELS})
    read = Reader(fake, "support", "ns", None).policies()  # type: ignore[arg-type]
    assert [found["name"] for found in read["found"]] == ["all"]
    labels = {**LABELS, "statefulset.kubernetes.io/pod-name": "support-0"}
    pod = {"metadata": {"name": "support-0", "uid": "p", "labels": labels}, "spec": {"nodeName": "n"}}
    fake.objects["Pod", "support-0"] = pod
    read = Reader(fake, "support", "ns", None).policies()  # type: ignore[arg-type]
    assert [found["name"] for found in read["found"]] == ["one", "all"]


def test_policies_that_may_not_be_listed_are_said_to_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(cluster(), "support", "ns", None)  # type: ignore[arg-type]

    def refuse(*_arguments: object, **_options: object) -> None:
        raise refusal(403, "networkpolicies is forbidden")

    monkeypatch.setattr(FakeCluster, "list", refuse)
    assert reader.policies() == {"found": [], "refused": "networkpolicies is forbidden"}


def test_without_a_workload_there_is_nothing_to_select() -> None:
    assert Reader(FakeCluster(), "support", "ns", None).policies() == {"found": [], "refused": ""}  # type: ignore[arg-type]

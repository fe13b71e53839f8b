# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of gateways that cannot be, and what cannot differ between them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Resolve = Callable[[dict[str, object]], Resolved]

TELEGRAM: dict[str, object] = {"channels": {"telegram": {"name": "claw"}, "defaults": {"groupPolicy": "open"}}}
OFF: dict[str, object] = {"config": {"channels": {"telegram": {"enabled": False}}}}


@pytest.mark.parametrize(
    "options, problem",
    [
        ({"replicas": 0}, "openclaw_replicas  0 is no number of gateways. Write openclaw_state: suspended."),
        ({"replicas": -1}, "openclaw_replicas  -1 is out of range. Write a number from 1 to 100."),
        ({"autoscaling_max_replicas": 101}, "openclaw_autoscaling_max_replicas  101 is out of range."),
        (
            {"autoscaling_min_replicas": 4},
            "openclaw_autoscaling_min_replicas  4 is more than openclaw_autoscaling_max_replicas, 3. "
            "Lower it, or raise the other.",
        ),
        ({"autoscaling_enabled": True, "autoscaling_cpu": 0}, "openclaw_autoscaling_cpu  0, and"),
        ({"autoscaling_memory": -5}, "openclaw_autoscaling_memory  -5 is no percentage."),
        ({"disruption_budget_max_unavailable": -1}, "openclaw_disruption_budget_max_unavailable  -1 is no number"),
        (
            {"replicas": 2, "replica_overrides": {"2": {"env": {"A": "b"}}}},
            "openclaw_replica_overrides  2: there are 2 replicas at most, so the last index is 1.",
        ),
        ({"replica_overrides": {"first": {}}}, "openclaw_replica_overrides  first: is not the index of a replica."),
        ({"replica_overrides": {"00": {}}}, "openclaw_replica_overrides  00: is not the index of a replica."),
        ({"replica_overrides": {"0": "x"}}, "openclaw_replica_overrides  0: is not a map."),
        ({"replica_overrides": {"0": {"envs": {}}}}, "0: envs is not one of env, config. Did you mean env?"),
        ({"replica_overrides": {"0": {"env": "A=b"}}}, "0: env is not a map."),
        ({"replica_overrides": {"0": {"env": {"A-B": "c"}}}}, "0: A-B is not the name of an environment variable."),
        ({"replica_overrides": {"0": {"env": {"A": ["c"]}}}}, "0: A is not text."),
        (
            {"replica_overrides": {"0": {"env": {"HOME": "/x"}}}},
            "0: HOME is set by the collection, since it is the folder",
        ),
        (
            {"replica_overrides": {"0": {"env": {"OPENCLAW_REPLICA": "1"}}}},
            "0: OPENCLAW_REPLICA is set by the collection",
        ),
        (
            {"replica_overrides": {"0": {"config": {"gateway": {"port": 1}}}}},
            "openclaw_replica_overrides  0: config: gateway.port: 1 cannot be changed.",
        ),
        (
            {"replica_overrides": {"0": {"config": {"x": "y" * 262144}}}},
            "openclaw_replica_overrides  0: config: has 256 KiB",
        ),
        (
            {"replicas": 5, "replica_overrides": {str(n): {"config": {"x": "y" * 240000}} for n in range(5)}},
            "openclaw_replica_overrides  makes 6 configurations",
        ),
        ({"replicas": 2, "storage_existing_claim": "mine"}, 'openclaw_storage_existing_claim  "mine" is one volume'),
        (
            {"autoscaling_enabled": True, "workspace_storage_enabled": True, "workspace_existing_claim": "mine"},
            'openclaw_workspace_existing_claim  "mine" is one volume',
        ),
        (
            {
                "replicas": 2,
                "chromium_enabled": True,
                "chromium_persistence_enabled": True,
                "chromium_existing_claim": "p",
            },
            'openclaw_chromium_existing_claim  "p" is one volume',
        ),
        ({"workspace_existing_claim": "mine"}, 'openclaw_workspace_existing_claim  "mine" is not used while'),
        (
            {"workspace_storage_enabled": True, "workspace_existing_claim": "support-data"},
            'openclaw_workspace_existing_claim  "support-data" holds the state already.',
        ),
        ({"workspace_storage_access_modes": []}, "openclaw_workspace_storage_access_modes  is an empty list."),
        ({"storage_labels": {"team": 1}}, "openclaw_storage_labels  team: 1 is not text."),
        ({"storage_annotations": {"team": True}}, "openclaw_storage_annotations  team: True is not text."),
        (
            {"replicas": 3, "config": TELEGRAM},
            "openclaw_config  channels.telegram: 3 gateways would read it, and most services give a message to one "
            "reader only. Turn it off for the others (openclaw_replica_overrides with config: {channels: {telegram: "
            "{enabled: false}}}), or set openclaw_replicas_channels_enabled: true.",
        ),
        ({"autoscaling_enabled": True, "config": TELEGRAM}, "channels.telegram: 3 gateways"),
        ({"replicas": 3, "config": TELEGRAM, "replica_overrides": {"2": OFF}}, "channels.telegram: 2 gateways"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], problem: str, resolved: Resolve) -> None:
    problems = resolved({f"openclaw_{option}": value for option, value in options.items()}).problems
    assert len(problems) == 1, problems
    assert problem in problems[0]


@pytest.mark.parametrize(
    "options",
    [
        {"replicas": 100},
        {"config": TELEGRAM, "replica_overrides": {"0": {"env": {"A": 1, "B": True}}}},
        {"replicas": 2, "config": TELEGRAM, "replica_overrides": {"1": OFF}},
        {"replicas": 2, "config": TELEGRAM, "replicas_channels_enabled": True},
        {"replicas": 2, "replica_overrides": {"1": {"config": TELEGRAM}}},
        {"replicas": 2, "config": {"channels": {"telegram": {"enabled": False}, "defaults": {}}}},
        {"state": "suspended", "autoscaling_enabled": True},
        {
            "secrets": {"BOT": {"secret": "bots", "key": "one"}},
            "replicas": 2,
            "replica_overrides": {"1": {"env": {"BOT": {"secret": "bots", "key": "two"}}}},
        },
    ],
)
def test_what_can_be_is_allowed(options: dict[str, object], resolved: Resolve) -> None:
    assert resolved({f"openclaw_{option}": value for option, value in options.items()}).problems == []


@pytest.mark.parametrize(
    "options, warning",
    [
        ({}, "1 protects nothing: a drain may take the only replica. Write 0 to be asked before."),
        ({"max_unavailable": 0}, "0 keeps every node with a pod of this instance from being drained"),
        (
            {"max_unavailable": 3, "replicas": 3},
            "3 protects nothing: a drain may take all 3 replicas at a time. Write 2",
        ),
        ({"max_unavailable": 1, "replicas": 3}, None),
        ({"max_unavailable": 1, "autoscaling_enabled": True}, "1 protects nothing: a drain may take the only replica."),
    ],
)
def test_a_disruption_budget_says_what_it_can_do(
    options: dict[str, object], warning: str | None, resolved: Resolve
) -> None:
    names = {"max_unavailable": "disruption_budget_max_unavailable"}
    given = {f"openclaw_{names.get(option, option)}": value for option, value in options.items()}
    warnings = resolved({**given, "openclaw_disruption_budget_enabled": True}).warnings
    assert [warning in found for found in warnings] == ([True] if warning else [])  # type: ignore[operator]


def test_an_autoscaler_overrules_the_number(resolved: Resolve) -> None:
    [warning] = resolved({"openclaw_autoscaling_enabled": True, "openclaw_replicas": 2}).warnings
    assert warning.startswith("openclaw_replicas  2 has no effect while openclaw_autoscaling_enabled is true")

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a security context may say under which Pod Security Standard."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.pod_security import weakenings

Resolve = Callable[[Mapping[str, object]], Resolved]
STANDARDS = ["restricted", "baseline", "privileged"]


@pytest.mark.parametrize(
    "context, standard",
    [
        ({"privileged": True}, "privileged"),
        ({"allowPrivilegeEscalation": True}, "baseline"),
        ({"readOnlyRootFilesystem": False}, "restricted"),
        ({"capabilities": {"add": ["NET_BIND_SERVICE"]}}, "restricted"),
        ({"capabilities": {"add": ["CHOWN"]}}, "baseline"),
        ({"capabilities": {"add": ["CHOWN", "NET_ADMIN"]}}, "privileged"),
        ({"capabilities": {"drop": ["NET_RAW"]}}, "baseline"),
        ({"capabilities": {"drop": []}}, "baseline"),
        ({"seccompProfile": {"type": "Unconfined"}}, "privileged"),
        ({"appArmorProfile": {"type": "Unconfined"}}, "privileged"),
        ({"procMount": "Unmasked"}, "privileged"),
        ({"seLinuxOptions": {"type": "spc_t"}}, "privileged"),
        ({"seLinuxOptions": {"user": "system_u"}}, "privileged"),
        ({"seLinuxOptions": {"role": "system_r"}}, "privileged"),
        ({"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}, "restricted"),
        ({"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}, "privileged"),
        ({"supplementalGroups": [5, 0]}, "restricted"),
        ({"windowsOptions": {"hostProcess": True}}, "privileged"),
    ],
)
def test_each_weakening_has_the_strictest_standard_that_allows_it(context: dict[str, object], standard: str) -> None:
    assert [found.standard for found in weakenings(context)] == [standard]


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"privileged": False, "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True},
        {"capabilities": {"drop": ["ALL"], "add": []}},
        {"seccompProfile": {"type": "Localhost", "localhostProfile": "agent.json"}},
        {"seLinuxOptions": {"type": "container_t", "level": "s0:c1,c2"}},
        {"procMount": "Default", "supplementalGroups": [5], "sysctls": []},
        {"capabilities": "all", "seccompProfile": "Unconfined", "sysctls": "x"},
    ],
)
def test_what_gives_nothing_away_is_no_weakening(context: dict[str, object]) -> None:
    assert list(weakenings(context)) == []


@pytest.mark.parametrize("enforced", STANDARDS)
@pytest.mark.parametrize(
    "option, context, needed",
    [
        ("container_security_context", {"privileged": True}, "privileged"),
        ("container_security_context", {"allowPrivilegeEscalation": True}, "baseline"),
        ("container_security_context", {"readOnlyRootFilesystem": False}, "restricted"),
        ("pod_security_context", {"seccompProfile": {"type": "Unconfined"}}, "privileged"),
    ],
)
def test_a_weakening_is_an_error_where_the_namespace_refuses_it_and_else_a_warning(
    option: str, context: dict[str, object], needed: str, enforced: str, resolved: Resolve
) -> None:
    found = resolved({f"openclaw_{option}": context, "openclaw_namespace_pod_security": enforced})
    refused = STANDARDS.index(enforced) < STANDARDS.index(needed)
    assert (len(found.problems), len(found.warnings)) == ((1, 0) if refused else (0, 1))
    if refused:
        assert f"or set openclaw_namespace_pod_security to {needed}." in found.problems[0]
    told = (found.problems or found.warnings)[0]
    assert told.startswith(f"openclaw_{option}  {next(iter(context))}")


def test_an_error_says_both_ways_out(resolved: Resolve) -> None:
    assert resolved({"openclaw_container_security_context": {"privileged": True}}).problems == [
        "openclaw_container_security_context  privileged: true gives the container all of its node, which the standard "
        "restricted of the namespace forbids. Write false, or set openclaw_namespace_pod_security to privileged."
    ]


@pytest.mark.parametrize(
    "option, context, problem",
    [
        ("pod", {"runAsUser": 5}, "runAsUser: has an option of its own. Set openclaw_run_as_user."),
        ("container", {"runAsUser": 0}, "runAsUser: has an option of its own. Set openclaw_run_as_user."),
        ("pod", {"fsGroup": 5}, "fsGroup: has an option of its own. Set openclaw_fs_group."),
        (
            "pod",
            {"appArmorProfile": {"type": "Unconfined"}},
            "appArmorProfile: has an option of its own. Set openclaw_apparmor_profile.",
        ),
        (
            "pod",
            {"runAsNonRoot": False},
            "runAsNonRoot: false would let root run, which nothing here needs. Remove it.",
        ),
        (
            "container",
            {"runAsNonRoot": False},
            "runAsNonRoot: false would let root run, which nothing here needs. Remove it.",
        ),
        ("pod", {"hostNetwork": True}, "hostNetwork: opens the node to the pod and is not offered. Remove it."),
        (
            "pod",
            {"readOnlyRootFilesystem": False},
            "readOnlyRootFilesystem: does not belong here. Move it to openclaw_container_security_context.",
        ),
        ("container", {"sysctls": []}, "sysctls: does not belong here. Move it to openclaw_pod_security_context."),
        (
            "container",
            {"readOnlyRootFilesystem": "false"},
            'readOnlyRootFilesystem: "false" is not true or false. Write true or false.',
        ),
        (
            "container",
            {"capabilities": {"add": ["CAP_NET_BIND_SERVICE"]}},
            "capabilities.add: CAP_NET_BIND_SERVICE is unknown to Kubernetes. Write NET_BIND_SERVICE.",
        ),
        ("container", {"capabilities": ["ALL"]}, "capabilities: is not a map. Write {drop: [ALL]}."),
    ],
)
def test_a_field_that_cannot_stand_here_says_where_it_can(
    option: str, context: dict[str, object], problem: str, resolved: Resolve
) -> None:
    found = resolved({f"openclaw_{option}_security_context": context, "openclaw_namespace_pod_security": "privileged"})
    assert found.problems == [f"openclaw_{option}_security_context  {problem}"]


def test_the_group_of_root_is_a_warning(resolved: Resolve) -> None:
    found = resolved({"openclaw_run_as_group": 0})
    assert (found.problems, found.warnings) == (
        [],
        ["openclaw_run_as_group  0 is the group of root, which many files of an image belong to."],
    )


@pytest.mark.parametrize("profile", ["Unconfined", "localhost/agent", "my profile"])
def test_a_profile_is_the_runtimes_or_one_of_the_node(profile: str, resolved: Resolve) -> None:
    assert resolved({"openclaw_apparmor_profile": profile}).problems == [
        f'openclaw_apparmor_profile  "{profile}" is not an AppArmor profile. '
        "Write RuntimeDefault, or the name of a profile that the node has loaded."
    ]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running gateway answers, and what it amounts to. The answers were recorded from OpenClaw 2026.9.6."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config import declared
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_paths import Rules
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.gateway_auth import auth_config
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.port_forward import port_forward
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.verdict import (
    Verdict,
    asked_replica,
    judge,
    status_row,
    status_table,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.verification import (
    config_edits,
    config_state,
    differences,
    judge_config,
    judge_service,
    probes,
    read_turn,
)

ANSWERS = Path(__file__).parent / "answers"
API_KEY = "sk-plain-in-the-config"
# What the inventory said when the answer was recorded.
STUB = {"baseUrl": "http://stub:4010/v1", "apiKey": API_KEY, "api": "openai-completions"}
USER_CONFIG: dict[str, object] = {"models": {"providers": {"stub": STUB | {"models": [{"id": "m", "name": "m"}]}}}}
INSTANCE: dict[str, object] = {
    "name": "support",
    "namespace": "team-a",
    "state": "present",
    "config_mode": "readonly",
    "gateway_auth": "token",
    "verify_prompt": "",
    "networkpolicy_enforcement": "fail",
    "service_port": 18789,
    "skills": {},
    "tailscale_enabled": False,
    "plugins": {},
    "kubeconfig": None,
    "context": None,
}
DECLARED = declared(USER_CONFIG, auth_config(INSTANCE))

Answer = dict[str, object]
Probe = dict[str, object]


def recorded(name: str = "config-get") -> Answer:
    answer: Answer = json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))
    return answer


def printed(answer: object, before: str = "") -> Probe:
    return {"rc": 0, "stdout": before + json.dumps(answer), "stderr": ""}


def fetched(status: int, body: object) -> Probe:
    return printed({"status": status, "body": body if isinstance(body, str) else json.dumps(body)})


def edited(path: str, value: object) -> Probe:
    """The recorded answer after somebody changed its file at a.b.c."""
    answer = recorded()
    *parents, last = path.split(".")
    node = answer["parsed"]
    for key in parents:
        assert isinstance(node, dict)
        node = node.setdefault(key, {})
    assert isinstance(node, dict)
    node[last] = value
    return printed(answer)


# The configuration in force


@pytest.mark.parametrize("mode", ["readonly", "merge", "overwrite", "seed"])
def test_a_gateway_that_runs_its_declared_configuration_has_no_problem(mode: str) -> None:
    """OpenClaw fills in the main agent and redacts secrets; neither is a difference."""
    assert judge_config(DECLARED, mode, printed(recorded())) == ([], [])
    assert config_state(DECLARED, mode, printed(recorded())) == ("own" if mode == "seed" else "in sync")


def test_lines_before_the_answer_do_not_matter() -> None:
    assert judge_config(DECLARED, "readonly", printed(recorded(), before="starting\n")) == ([], [])


def test_what_openclaw_stamps_into_its_file_is_no_difference() -> None:
    assert judge_config(DECLARED, "readonly", edited("meta.lastTouchedVersion", "2026.9.6")) == ([], [])


def test_another_value_in_force_is_a_problem_where_the_inventory_owns_the_file() -> None:
    told = 'gateway.bind is "loopback" instead of "lan"'
    probe = edited("gateway.bind", "loopback")
    assert judge_config(DECLARED, "readonly", probe) == ([f"configuration in force: {told}"], [])
    assert judge_config(DECLARED, "overwrite", probe) == ([], [f"edited since the start, lost at the next one: {told}"])
    assert judge_config(DECLARED, "seed", probe) == ([], [])
    assert config_state(DECLARED, "overwrite", probe) == "1 edit"


def test_edits_are_kept_or_put_back_where_both_own_the_file() -> None:
    rules = Rules.of(protected=["gateway"], ignored=["ui"])
    both = json.loads(str(edited("gateway.bind", "loopback")["stdout"]))
    both["parsed"]["session"] = {"scope": "global"}
    both["parsed"]["ui"] = {"seamColor": "#112233"}
    probe = printed(both)
    assert judge_config(DECLARED, "merge", probe, rules) == (
        ["edited in the instance although it is protected, run site: gateway.bind"],
        ["edited in the instance and kept: session.scope"],
    )
    assert config_state(DECLARED, "merge", probe, rules) == "2 edits"
    assert config_edits(DECLARED, "merge", probe, rules) == ["gateway.bind", "session.scope"]
    assert config_edits(DECLARED, "readonly", probe, rules) == []


def test_edits_are_counted_for_the_status_table() -> None:
    probe = edited("gateway.bind", "loopback")
    both = json.loads(str(probe["stdout"]))
    both["parsed"]["ui"] = {"theme": "dark"}
    assert config_state(DECLARED, "readonly", printed(both)) == "2 edits"


def test_an_older_configuration_in_force_is_a_problem_in_every_mode() -> None:
    probe = printed(recorded() | {"appliedConfigHash": "hmac-sha256:v1:older"})
    for mode in ("readonly", "overwrite", "seed"):
        problems, _warnings = judge_config(DECLARED, mode, probe)
        assert problems == ["the gateway still runs an older configuration than the one in its file; restart it."]
        assert config_state(DECLARED, mode, probe) == "not applied"


def test_an_invalid_file_tells_every_issue() -> None:
    answer = recorded("config-get-invalid")
    assert judge_config(DECLARED, "readonly", printed(answer))[0] == [
        'the configuration file is not valid: agents.defaults: Unrecognized key: "nonsense"'
    ]
    answer["issues"] = [{"path": "a", "message": "x"}, {"path": "b", "message": "y"}]
    assert len(judge_config(DECLARED, "readonly", printed(answer))[0]) == 2
    assert config_state(DECLARED, "readonly", printed(answer)) == "invalid"


@pytest.mark.parametrize(
    "probe, told",
    [
        ({"rc": 1, "stdout": "", "stderr": "warming up\ngateway closed (1006)\n"}, "gateway closed (1006)"),
        ({"rc": 1, "stdout": "no\n", "stderr": ""}, "no"),
        ({"rc": 137, "stdout": "", "stderr": ""}, "exit code 137"),
        ({"rc": 0, "stdout": "{ not json", "stderr": ""}, "{ not json"),
        ({"rc": 0, "stdout": '{"error": "scope"}', "stderr": ""}, '{"error": "scope"}'),
        ({}, "exit code None"),
    ],
)
def test_a_gateway_that_does_not_tell_is_a_problem(probe: Probe, told: str) -> None:
    assert judge_config(DECLARED, "readonly", probe) == ([f"the gateway does not tell its configuration: {told}"], [])
    assert config_state(DECLARED, "readonly", probe) == "unknown"


@pytest.mark.parametrize(
    "wanted, found, told",
    [
        ({"a": 1}, {}, ["a is missing"]),
        ({}, {"a": 1}, ["a is not in the inventory"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 2}}, ["a.b is 2 instead of 1", "a.c is missing"]),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["a[1] is 3 instead of 2"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a is a list of 2 instead of a list of 1"]),
        ({"a": {"b": 1}}, {"a": "text"}, ['a is "text" instead of a map']),
        ({"a": {"meta": 1}}, {"a": {}, "meta": {}}, ["a.meta is missing"]),
    ],
)
def test_differences_name_their_place(wanted: object, found: object, told: list[str]) -> None:
    assert list(differences(wanted, found)) == told


@pytest.mark.parametrize(
    "found",
    [
        {"key": "__OPENCLAW_REDACTED__", "args": ["-t", "__OPENCLAW_REDACTED__"], "url": "u"},
        {"key": "k", "args": ["-t", "__OPENCLAW_REDACTED__"], "url": "https://x:__OPENCLAW_REDACTED__@host"},
    ],
)
def test_what_the_gateway_hides_is_neither_different_nor_shown(found: dict[str, object]) -> None:
    assert list(differences({"key": "k", "args": ["-t", API_KEY], "url": "u"}, found)) == []


# The Service and the model turn


def test_the_gateway_answers_through_its_service() -> None:
    assert judge_service(INSTANCE, fetched(200, {"ok": True, "status": "started"})) == []


@pytest.mark.parametrize(
    "probe, told",
    [
        (fetched(503, {"ok": False, "status": "starting"}), '503 {"ok": false, "status": "starting"}'),
        (fetched(200, "<!doctype html>"), "200 <!doctype html>"),
        (fetched(0, "ECONNREFUSED"), "0 ECONNREFUSED"),
        ({"rc": 126, "stdout": "", "stderr": "OCI runtime exec failed"}, "OCI runtime exec failed"),
    ],
)
def test_anything_else_is_a_problem_that_names_the_service(probe: Probe, told: str) -> None:
    assert judge_service(INSTANCE, probe) == [f"the gateway does not answer through the Service support.team-a: {told}"]


def test_a_model_turn_gives_the_reply() -> None:
    body = {"choices": [{"message": {"role": "assistant", "content": "pong"}}]}
    assert read_turn(fetched(200, body)) == ("pong", [])


@pytest.mark.parametrize(
    "probe, told",
    [
        (fetched(404, "Not Found"), "set gateway.http.endpoints.chatCompletions.enabled in openclaw_config"),
        (fetched(500, '{"error": "upstream"}'), 'the model turn failed: 500 {"error": "upstream"}'),
        (fetched(200, "<!doctype html>"), "the model turn gave no reply: <!doctype html>"),
        (fetched(200, {"choices": []}), 'the model turn gave no reply: {"choices": []}'),
        ({"rc": 124, "stdout": "", "stderr": "timed out"}, "the model turn failed: timed out"),
    ],
)
def test_a_model_turn_without_a_reply_says_why(probe: Probe, told: str) -> None:
    reply, problems = read_turn(probe)
    assert reply is None
    assert told in problems[0]


def test_the_gateway_is_asked_through_its_service_and_only_if_wanted_for_a_turn() -> None:
    assert set(probes(INSTANCE)) == {"service", "config"}
    asked = probes(INSTANCE | {"verify_prompt": 'say "ping"'})
    assert set(asked) == {"service", "config", "turn"}
    argv = asked["turn"]["argv"]
    assert isinstance(argv, list)
    assert argv[-2] == "http://support.team-a.svc:18789/v1/chat/completions"
    assert json.loads(argv[-1])["messages"][0]["content"] == 'say "ping"'


# The verdict and the status table


def info(**state: object) -> dict[str, object]:
    return {
        "instance": {"exists": True, "ready": True, "phase": "ready", "cluster": "kind", "version": "2026.9.6"} | state,
        "probes": {"service": fetched(200, {"ok": True}), "config": printed(recorded())},
    }


def test_a_good_instance_in_words() -> None:
    verdict = judge(INSTANCE, DECLARED, info())
    assert verdict == Verdict()
    assert verdict.text("support") == "support: ready, answers through its Service, runs the declared configuration"


def test_an_answer_is_shown() -> None:
    found = info()
    found["probes"] = {
        **dict(found["probes"]),  # type: ignore[call-overload]
        "turn": fetched(200, {"choices": [{"message": {"content": "pong"}}]}),
    }
    assert judge(INSTANCE, DECLARED, found).text("support").splitlines()[-1] == "  answer: pong"


@pytest.mark.parametrize(
    "state, told",
    [
        ({"exists": False}, "is not on the cluster (namespace team-a); run the site playbook."),
        ({"ready": False, "phase": "starting"}, "the pod is not ready: starting"),
        ({"ready": False, "last_problem": "ImagePullBackOff"}, "the pod is not ready: ImagePullBackOff"),
        ({"ready": False, "phase": "suspended"}, "is suspended; run the site playbook to let it run again."),
        (
            {"ready": False, "phase": "starting", "pods": [{"ready": True}, {"ready": False}, {"ready": False}]},
            "2 of 3 pods are not ready: starting",
        ),
    ],
)
def test_what_is_not_there_is_not_asked(state: dict[str, object], told: str) -> None:
    verdict = judge(INSTANCE, DECLARED, info(**state))
    assert verdict.problems == [told]
    assert verdict.text("support") == f"support: 1 problem\n  {told}"


def test_all_problems_of_an_instance_come_together() -> None:
    found = info()
    found["probes"] = {"service": fetched(0, "ECONNREFUSED"), "config": edited("gateway.bind", "loopback")}
    assert judge(INSTANCE, DECLARED, found).text("support").splitlines()[0] == "support: 2 problems"


def test_no_verdict_shows_a_secret_of_the_configuration() -> None:
    answer = recorded()
    assert isinstance(answer["parsed"], dict)
    for change in ({"models": {}}, {"models": None}, {"models": {"providers": {"stub": "gone"}}}):
        changed = copy.deepcopy(answer)
        changed["parsed"] = answer["parsed"] | change
        assert API_KEY not in str(judge_config(DECLARED, "readonly", printed(changed)))


def test_a_row_and_the_table() -> None:
    ready = status_row(INSTANCE, DECLARED, info(restarts=2))
    absent = status_row(INSTANCE | {"name": "billing"}, DECLARED, {"instance": {"exists": False, "cluster": "kind"}})
    broken = {"instance": "sales", "problem": "cannot be\nread"}
    assert status_table([ready, absent, broken]) == [
        "CLUSTER  INSTANCE  VERSION   PHASE   CONFIG   RESTARTS  LAST PROBLEM",
        "-        sales     -         -       -        -         cannot be read",
        "kind     billing   -         absent  -        0         -",
        "kind     support   2026.9.6  ready   in sync  2         -",
        "",
        "to open one on this machine:",
        "  support  kubectl --context kind -n team-a port-forward pod/support-0 18789",
    ]


def test_of_many_instances_the_ways_in_are_not_listed() -> None:
    rows = [status_row(INSTANCE | {"name": f"claw-{number}"}, DECLARED, info()) for number in range(6)]
    assert sum("port-forward" in line for line in status_table(rows[:5])) == 5
    assert [line for line in status_table(rows) if "port-forward" in line] == []
    assert "--limit" in status_table(rows)[-1]


@pytest.mark.parametrize(
    "instance, state, command",
    [
        ({}, {}, "kubectl -n team-a port-forward pod/support-0 18789"),
        ({}, {"pod": "support-2"}, "kubectl -n team-a port-forward pod/support-2 18789"),
        ({"context": "mine"}, {"cluster": "kind"}, "kubectl --context mine -n team-a port-forward pod/support-0 18789"),
        ({"kubeconfig": "/a b/c"}, {}, "kubectl --kubeconfig '/a b/c' -n team-a port-forward pod/support-0 18789"),
        ({}, {"cluster": "https://10.0.0.1:6443"}, "kubectl -n team-a port-forward pod/support-0 18789"),
        ({}, {"cluster": "service account of this pod"}, "kubectl -n team-a port-forward pod/support-0 18789"),
    ],
)
def test_the_way_in_for_one_person(instance: Answer, state: Answer, command: str) -> None:
    assert port_forward(INSTANCE | instance, state) == command


def test_there_is_no_way_into_what_is_not_ready() -> None:
    assert status_row(INSTANCE, DECLARED, info(ready=False))["forward"] == ""


# Several pods, and none


THREE = [
    {"name": "support-0", "ready": True},
    {"name": "support-1", "ready": True},
    {"name": "support-2", "ready": False, "terminating": True},
]


def test_of_several_pods_the_one_that_was_asked_is_named() -> None:
    found = info(pods=THREE, pod="support-1")
    assert asked_replica(found) == 1
    said = "2 pods ready, answers through its Service, runs the declared configuration (support-1 was asked)"
    assert judge(INSTANCE, DECLARED, found).text("support") == f"support: {said}"
    assert status_row(INSTANCE, DECLARED, found)["phase"] == "ready 2/2"
    assert status_row(INSTANCE, DECLARED, info(pods=THREE[:1]))["phase"] == "ready"


@pytest.mark.parametrize("found", [{}, {"instance": {}}, {"instance": {"pod": ""}}, {"instance": {"pod": "support"}}])
def test_without_a_pod_nobody_was_asked(found: dict[str, object]) -> None:
    assert asked_replica(found) is None


@pytest.mark.parametrize(
    "state, said",
    [
        ("suspended", "support: suspended: no pod runs, everything else is kept"),
        ("absent", "support: absent: nothing of it runs on the cluster"),
    ],
)
def test_an_instance_without_a_pod_is_what_it_should_be(state: str, said: str) -> None:
    resting = {"instance": {"exists": True, "ready": False, "phase": state}, "probes": {"service": {"rc": -1}}}
    assert judge(INSTANCE | {"state": state}, DECLARED, resting).text("support") == said
    running = judge(INSTANCE | {"state": state}, DECLARED, info())
    assert running.problems == [f"is to be {state}, but is ready; run the site playbook."]

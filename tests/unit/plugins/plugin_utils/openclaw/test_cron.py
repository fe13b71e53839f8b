# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled jobs: what the gateway is told, and how its jobs and the declared ones come to agree."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.cron import declared_jobs, plan
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
Resolve = Callable[[Mapping[str, object]], Resolved]
BRIEF: Json = {"cron": "0 7 * * 1-5", "timezone": "Europe/Berlin", "message": "Summarize the night.\n"}


def found(*jobs: Json) -> Json:
    """What instance_info tells about a gateway with these jobs."""
    return {
        "instance": {"exists": True, "pod": "support-0"},
        "probes": {"cron": {"stdout": json.dumps({"jobs": jobs})}},
    }


def live(job: Json, **changes: object) -> Json:
    """A declared job as the gateway keeps it: with what it fills in."""
    schedule = {"anchorMs": 1, **job["schedule"]}
    return {
        "id": f"id-{job['name']}",
        **job,
        "schedule": schedule,
        "payload": {**job["payload"], "extra": 1},
        **changes,
    }


def calls(made: Any) -> list[tuple[str, str, Json]]:
    return [(each["title"], each["argv"][4], json.loads(each["argv"][-1])) for each in made.commands]


def test_what_the_gateway_is_told(make_instance: MakeInstance) -> None:
    jobs: Json = {
        "morning brief": {**BRIEF, "exact": True, "announce": {"channel": "telegram", "to": "-100", "account": "ops"}},
        "probe": {"every": "1h30m", "command": ["df", "-h"], "timeout": "2m", "webhook": "https://example.com/x"},
        "wake": {"every": "1d", "event": "Look around.", "enabled": False, "agent": "main", "description": "why"},
        "news": {"cron": "*/5  * * * *", "message": "x", "session": "session:news", "model": "a/b", "tools": ["web"]},
    }
    told = declared_jobs(make_instance(cron_jobs=jobs))
    assert told["morning brief"] == {
        "name": "morning brief",
        "declarationKey": "openclaw.kubernetes:morning brief",
        "enabled": True,
        "schedule": {"kind": "cron", "expr": "0 7 * * 1-5", "tz": "Europe/Berlin", "staggerMs": 0},
        "sessionTarget": "isolated",
        "wakeMode": "now",
        "payload": {"kind": "agentTurn", "message": "Summarize the night."},
        "delivery": {"mode": "announce", "channel": "telegram", "to": "-100", "accountId": "ops"},
    }
    assert told["probe"]["schedule"] == {"kind": "every", "everyMs": 5_400_000}
    assert told["probe"]["payload"] == {"kind": "command", "argv": ["df", "-h"], "timeoutSeconds": 120}
    assert told["probe"]["delivery"] == {"mode": "webhook", "to": "https://example.com/x"}
    assert told["wake"]["payload"] == {"kind": "systemEvent", "text": "Look around."}
    assert (told["wake"]["sessionTarget"], told["wake"]["enabled"], told["wake"]["agentId"]) == ("main", False, "main")
    assert "delivery" not in told["wake"]
    assert told["news"]["schedule"] == {"kind": "cron", "expr": "*/5 * * * *"}
    assert told["news"]["payload"]["toolsAllow"] == ["web"]
    assert told["news"]["delivery"] == {"mode": "none"}


def test_the_time_zone_of_the_instance_counts(make_instance: MakeInstance) -> None:
    jobs = {"a": {"cron": "0 7 * * *", "message": "x"}}
    told = declared_jobs(make_instance(cron_jobs=jobs, timezone="Europe/Paris"))
    assert told["a"]["schedule"] == {"kind": "cron", "expr": "0 7 * * *", "tz": "Europe/Paris"}


def test_a_new_job_is_added_and_one_in_force_left_alone(make_instance: MakeInstance) -> None:
    instance = make_instance(cron_jobs={"a": BRIEF, "b": BRIEF})
    told = declared_jobs(instance)
    made = plan(instance, found(live(told["a"])))
    assert calls(made) == [("add job b", "cron.add", told["b"])]
    assert plan(instance, found(live(told["a"]), live(told["b"]))).commands == []


@pytest.mark.parametrize(
    "change",
    [
        {"enabled": False},
        {"schedule": {"kind": "every", "everyMs": 1}},
        {"payload": {"kind": "agentTurn", "message": "something else"}},
        {"delivery": {"mode": "announce"}},
    ],
)
def test_a_job_that_was_changed_is_brought_back(make_instance: MakeInstance, change: Json) -> None:
    instance = make_instance(cron_jobs={"a": BRIEF})
    told = declared_jobs(instance)
    made = plan(instance, found({**live(told["a"]), **change}))
    assert calls(made) == [("bring up to date job a", "cron.add", told["a"])]


@pytest.mark.parametrize("change", [{"sessionTarget": "main"}, {"agentId": "other"}, {"description": "x"}])
def test_what_the_gateway_would_not_change_is_made_anew(make_instance: MakeInstance, change: Json) -> None:
    instance = make_instance(cron_jobs={"a": {**BRIEF, "agent": "main", "description": "why"}})
    told = declared_jobs(instance)
    made = plan(instance, found(live(told["a"], **change)))
    assert [(title, method) for title, method, _params in calls(made)] == [
        ("remove job a", "cron.remove"),
        ("add job a", "cron.add"),
    ]


def test_a_job_that_is_no_longer_declared_goes_and_twins_go(make_instance: MakeInstance) -> None:
    instance = make_instance(cron_jobs={"a": BRIEF})
    told = declared_jobs(instance)
    gone = live({**told["a"], "name": "b", "declarationKey": "openclaw.kubernetes:b"})
    made = plan(instance, found(live(told["a"]), live(told["a"], id="twin"), gone))
    assert calls(made) == [
        ("remove job a", "cron.remove", {"id": "twin"}),
        ("remove job b", "cron.remove", {"id": "id-b"}),
    ]
    assert plan(make_instance(), found(gone)).lines == ["support: 0 scheduled jobs declared, 1 changed", "remove job b"]


def test_a_gateway_that_tells_nothing_is_a_problem_unless_it_is_yet_to_be_made(make_instance: MakeInstance) -> None:
    instance = make_instance(cron_jobs={"a": BRIEF})
    broken: Json = {"instance": {"exists": True}, "probes": {"cron": {"stdout": "", "stderr": "x\nscope missing"}}}
    assert plan(instance, broken).problems == ["support: cannot list its scheduled jobs: scope missing"]
    absent: Json = {"instance": {"exists": False}, "probes": {}}
    assert plan(instance, absent, check=True).problems == []
    assert plan(instance, absent).problems != []


@pytest.mark.parametrize(
    "job,said",
    [
        ("x", "is not a map"),
        ({"message": "x"}, "does not say when it runs. Write one of cron, every."),
        ({"cron": "0 7 * * *", "every": "1h", "message": "x"}, "has cron and every"),
        ({"every": "1h"}, "does not say what it does"),
        ({"cron": "0 7 * *", "message": "x"}, 'cron "0 7 * *" has not five or six fields'),
        ({"cron": "@daily", "message": "x"}, "has not five or six fields"),
        ({"every": "5s", "message": "x"}, 'every "5s" is not a duration of at least ten seconds'),
        ({"every": "1h", "message": "x", "timezone": "UTC"}, "timezone is for cron"),
        ({"every": "1h", "message": " "}, "message is empty"),
        ({"every": "1h", "command": "df -h"}, "command is not a list of words"),
        ({"every": "1h", "command": ["df"], "model": "x"}, "model is for message"),
        ({"every": "1h", "event": "x", "announce": {"channel": "a", "to": "b"}}, "announce has no say in an event"),
        ({"every": "1h", "message": "x", "session": "main"}, "The main session takes an event"),
        ({"every": "1h", "message": "x", "announce": {"channel": "a"}}, "announce does not say where"),
        ({"every": "1h", "message": "x", "webhook": "https://u:p@example.com"}, "webhook is not an address without"),
        ({"every": "1h", "mesage": "x"}, "Did you mean message?"),
        ({"every": "1h", "message": "x", "enabled": "yes"}, "enabled is not true or false"),
    ],
)
def test_a_job_that_says_the_wrong_thing(resolved: Resolve, job: object, said: str) -> None:
    problems = resolved({"openclaw_cron_jobs": {"a": job}}).problems
    assert all(problem.startswith("openclaw_cron_jobs  a: ") for problem in problems)
    assert any(said in problem for problem in problems)


def test_several_gateways_have_no_jobs(resolved: Resolve) -> None:
    (problem,) = resolved({"openclaw_cron_jobs": {"a": BRIEF}, "openclaw_replicas": 2}).problems
    assert "this instance has several" in problem

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which release comes next, what stands in the way, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.update import (
    rollback_plan,
    update_doubts,
    update_plan,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.update_window import is_open, window

Make = Callable[..., dict[str, object]]
Json = dict[str, Any]

REPOSITORY = "ghcr.io/openclaw/openclaw"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # a Saturday
SPACE = {"rc": 0, "stdout": '{"free": 900000000, "databases": 1000000}', "stderr": ""}


def seen(tag: str = "2026.9.5", *, ready: bool = True, space: Json | None = None) -> Json:
    image = f"{REPOSITORY}:{tag}" if tag else ""
    there = {
        "ready": ready,
        "phase": "ready" if ready else "progressing",
        "declared": {"image": image},
        "last_problem": "",
    }
    return {"instance": there, "probes": {"space": space or SPACE}}


def found(*tags: str, exists: bool = True, reason: str = "") -> Json:
    return {"known": not reason, "exists": exists, "reason": reason, "tags": list(tags)}


def planned(instance: dict[str, object], *given: Any, now: datetime = NOON, revisions: Any = ()) -> Json:
    there, registry = (*given, found())[:2] if given else (seen(), found())
    return update_plan(instance, there, registry, list(revisions), now)


def failed(tag: str, config_digest: str = "", number: int = 2) -> Json:
    image = f"{REPOSITORY}:{tag}"
    about = {"number": number, "at": "2026-11-20T02:00:00Z", "why": "it crashed\nagain", "outcome": "failed"}
    return {**about, "image": image, "config_digest": config_digest}


# -- a release of the inventory ------------------------------------------------------------------------------------


def test_the_release_of_the_inventory_is_the_one_to_come(make_instance: Make) -> None:
    plan = planned(make_instance(image_tag="2026.9.6"))
    assert (plan["problems"], plan["tag"]) == ([], "2026.9.6")
    assert plan["image"] == f"{REPOSITORY}:2026.9.6"
    assert plan["running"] == f"{REPOSITORY}:2026.9.5"


def test_what_runs_already_is_left_alone(make_instance: Make) -> None:
    plan = planned(make_instance(image_tag="2026.9.6"), seen("2026.9.6"), found())
    assert (plan["tag"], plan["why"], plan["problems"]) == ("", "runs 2026.9.6 already", [])


def test_what_the_registry_does_not_have_is_refused(make_instance: Make) -> None:
    plan = planned(make_instance(image_tag="2026.9.9"), seen(), found(exists=False))
    assert plan["problems"] == [f'openclaw_image_tag  "2026.9.9" is not in the registry of {REPOSITORY}:2026.9.9.']


def test_a_registry_that_says_nothing_is_a_warning(make_instance: Make) -> None:
    plan = planned(make_instance(image_tag="2026.9.6"), seen(), found(reason="ghcr.io: cannot be asked: timed out"))
    assert plan["problems"] == []
    assert plan["warnings"] == ["whether the registry has 2026.9.6 is not known: ghcr.io: cannot be asked: timed out"]


def test_no_registry_was_asked(make_instance: Make) -> None:
    plan = planned(make_instance(image_tag="2026.9.6"), seen(), {"skipped": True})
    assert (plan["problems"], plan["warnings"]) == ([], [])


def test_an_older_release_is_a_rollback(make_instance: Make) -> None:
    plan = planned(make_instance(image_tag="2026.8.2"))
    assert plan["problems"] == [
        'openclaw_image_tag  "2026.8.2" is older than 2026.9.5, which runs: a state is never taken back by an older '
        "release. Use the playbook rollback."
    ]


def test_too_far_is_refused_unless_somebody_knows_better(make_instance: Make) -> None:
    plan = planned(make_instance(image_tag="2026.9.6"), seen("2026.5.1"), found())
    assert plan["problems"][0].startswith(
        'openclaw_image_tag  "2026.9.6" is too far from 2026.5.1: it is 4 months newer'
    )
    assert "-e openclaw_update_skip_confirm=2026.9.6." in plan["problems"][0]
    confirmed = make_instance(image_tag="2026.9.6", update_skip_confirm="2026.9.6")
    assert planned(confirmed, seen("2026.5.1"), found())["problems"] == []


def test_a_release_that_failed_is_remembered_with_its_configuration(make_instance: Make) -> None:
    instance = make_instance(image_tag="2026.9.6")
    digest = planned(instance)["config_digest"]
    plan = planned(instance, revisions=[failed("2026.9.6", digest)])
    assert plan["problems"] == [
        'openclaw_image_tag  "2026.9.6" failed here at 2026-11-20T02:00:00Z: it crashed. Change what made it fail, '
        "or add -e openclaw_update_retry_confirm=2026.9.6."
    ]
    changed = make_instance(image_tag="2026.9.6", config={"agents": {"defaults": {"maxConcurrent": 2}}})
    assert planned(changed, revisions=[failed("2026.9.6", digest)])["problems"] == []
    retried = make_instance(image_tag="2026.9.6", update_retry_confirm="2026.9.6")
    assert planned(retried, revisions=[failed("2026.9.6", digest)])["problems"] == []


def test_an_instance_that_does_not_serve_is_not_updated(make_instance: Make) -> None:
    plan = planned(make_instance(image_tag="2026.9.6"), seen(ready=False), found())
    assert plan["problems"] == ["support does not serve, so nobody could tell what an update did to it: progressing."]


def test_a_full_volume_is_refused(make_instance: Make) -> None:
    space = {**SPACE, "stdout": '{"free": 314572800, "databases": 209715200}'}
    plan = planned(make_instance(image_tag="2026.9.6"), seen(space=space), found())
    assert plan["problems"] == [
        "the volume has 300Mi free, and the update needs 656Mi: 2 times the 200Mi of its databases and 256Mi to spare. "
        "Raise openclaw_storage_size."
    ]


@pytest.mark.parametrize(
    "options, there, problem",
    [
        ({}, seen(""), "support is not deployed yet. Use the playbook site."),
        ({"replicas": 2}, seen(), "openclaw_replicas  several gateways have a state each"),
    ],
)
def test_what_cannot_be_updated(make_instance: Make, options: Json, there: Json, problem: str) -> None:
    assert planned(make_instance(**options), there, found())["problems"][0].startswith(problem)


def test_nothing_is_woken_up(make_instance: Make) -> None:
    plan = planned(make_instance(state="suspended", image_tag="2026.9.6"))
    assert (plan["tag"], plan["problems"], plan["why"]) == ("", [], "openclaw_state is suspended")


# -- by itself -----------------------------------------------------------------------------------------------------

ALWAYS = {"update_automatic_enabled": True, "update_windows": {"always": {}}}


def test_the_newest_that_fits_is_chosen(make_instance: Make) -> None:
    registry = found("latest", "2026.9.4", "2026.9.6", "2026.10.1", "2026.10.2-beta.1")
    plan = planned(make_instance(**ALWAYS), seen(), registry)
    assert (plan["tag"], plan["image"]) == ("2026.10.1", f"{REPOSITORY}:2026.10.1")
    pinned = make_instance(**ALWAYS, update_constraint="2026.9")
    assert planned(pinned, seen(), registry)["tag"] == "2026.9.6"


def test_the_newest_runs_already(make_instance: Make) -> None:
    plan = planned(make_instance(**ALWAYS), seen("2026.9.6"), found("2026.9.6", "2026.9.5"))
    assert (plan["tag"], plan["problems"]) == ("", [])
    assert plan["why"] == "2026.9.6 is the newest release of channel stable that fits"


def test_one_that_failed_is_not_tried_again(make_instance: Make) -> None:
    registry = found("2026.9.6", "2026.9.7")
    plan = planned(make_instance(**ALWAYS), seen(), registry, revisions=[failed("2026.9.7")])
    assert plan["tag"] == "2026.9.6"


def test_a_row_of_failures_stops_it(make_instance: Make) -> None:
    row = [failed("2026.9.7"), failed("2026.9.8"), failed("2026.9.9")]
    serving = {"number": 1, "outcome": "serving", "image": f"{REPOSITORY}:2026.9.5"}
    plan = planned(make_instance(**ALWAYS), seen(), found("2026.9.10"), revisions=[serving, *row])
    assert plan["problems"][0].startswith("3 updates in a row have failed (openclaw_update_max_failures).")
    plan = planned(make_instance(**ALWAYS), seen(), found("2026.9.10"), revisions=[*row, serving])
    assert plan["tag"] == "2026.9.10"


def test_a_closed_window_is_no_failure(make_instance: Make) -> None:
    nights = {"nights": {"from": "02:00", "until": "05:00"}}
    instance = make_instance(update_automatic_enabled=True, update_windows=nights)
    plan = planned(instance, seen(), found("2026.9.6"))
    assert (plan["tag"], plan["why"], plan["problems"]) == ("", "none of openclaw_update_windows is open", [])
    assert planned(instance, seen(), found("2026.9.6"), now=NOON.replace(hour=3))["tag"] == "2026.9.6"


def test_a_registry_that_says_nothing_is_a_problem(make_instance: Make) -> None:
    plan = planned(make_instance(**ALWAYS), seen(), found(reason="ghcr.io: cannot be asked: timed out"))
    assert plan["problems"] == ["which releases there are is not known: ghcr.io: cannot be asked: timed out"]


def test_a_gap_between_releases_is_told(make_instance: Make) -> None:
    plan = planned(make_instance(**ALWAYS), seen("2026.5.1"), found("2026.9.6"))
    assert plan["problems"][0].startswith("no release between 2026.5.1 and 2026.9.6 is in the registry: ")


def test_a_tag_that_names_no_release_has_nothing_newer(make_instance: Make) -> None:
    plan = planned(make_instance(**ALWAYS), seen("main"), found("2026.9.6"))
    assert plan["problems"][0].startswith(f"{REPOSITORY}:main runs, whose tag names no release of OpenClaw")


def test_a_digest_of_what_runs_is_not_taken_along(make_instance: Make) -> None:
    running = f"2026.9.5@sha256:{'0' * 64}"
    instance = make_instance(**ALWAYS, image_tag="2026.9.5", image_digest=f"sha256:{'0' * 64}")
    plan = planned(instance, seen(running), found("2026.9.6"))
    assert (plan["image"], plan["digest"]) == (f"{REPOSITORY}:2026.9.6", "")


# -- windows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given, now, inside",
    [
        ({}, "2026-11-21T12:00", True),
        ({"days": ["sat"]}, "2026-11-21T12:00", True),
        ({"days": ["sun"]}, "2026-11-21T12:00", False),
        ({"from": "12:00", "until": "12:01"}, "2026-11-21T12:00", True),
        ({"from": "11:00", "until": "12:00"}, "2026-11-21T12:00", False),
        ({"days": ["fri"], "from": "22:00", "until": "04:00"}, "2026-11-21T03:59", True),
        ({"days": ["fri"], "from": "22:00", "until": "04:00"}, "2026-11-21T22:00", False),
        ({"days": ["fri"], "from": "22:00"}, "2026-11-20T23:30", True),
        # Half past one in Berlin, still Friday in Greenwich.
        ({"days": ["sat"], "from": "01:00", "until": "02:00", "timezone": "Europe/Berlin"}, "2026-11-21T00:30", True),
        ({"days": ["sat"], "from": "01:00", "until": "02:00", "timezone": "Europe/Berlin"}, "2026-07-18T00:30", False),
    ],
)
def test_a_window_is_open_by_the_clock_of_its_zone(given: Json, now: str, inside: bool) -> None:
    assert is_open({"one": given}, datetime.fromisoformat(f"{now}:00+00:00")) is inside


@pytest.mark.parametrize(
    "given, problem",
    [
        ({"day": ["sat"]}, "day: is not one of days, from, until, timezone."),
        ({"days": ["saturday"]}, "days: is not a list of mon, tue, wed, thu, fri, sat, sun."),
        ({"days": []}, "days: is not a list of mon"),
        ({"from": 120}, 'from: "120" is not a time of the day. Write for example "02:00", in quotes.'),
        ({"from": "02:00", "until": "02:00"}, "begins when it ends. Leave both out for whole days."),
        (
            {"timezone": "Berlin/Europe"},
            'timezone: "Berlin/Europe" is not known here. Write for example Europe/Berlin.',
        ),
    ],
)
def test_a_window_that_would_be_misread_is_refused(given: Json, problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("(", r"\(").replace(".", r"\.")):
        window(given)


# -- options -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options, problem",
    [
        (
            {"update_constraint": ">=2026.9, newest"},
            'openclaw_update_constraint  "newest" is not a version with a sign',
        ),
        ({"update_windows": {"nights": "02:00"}}, "openclaw_update_windows  nights: is not a map of days, from, until"),
        ({"update_windows": {"nights": {"until": "5"}}}, 'openclaw_update_windows  nights: until: "5" is not a time'),
        ({"update_steps": ["newest"]}, 'openclaw_update_steps  "newest" is not a release.'),
        ({"update_waves": ["half"]}, 'openclaw_update_waves  "half" is neither a number nor a percentage.'),
        ({"update_waves": ["0%"]}, 'openclaw_update_waves  "0%" is neither'),
        ({"update_max_failures": 0}, "openclaw_update_max_failures  0 is less than 1"),
        ({"update_max_failed_percentage": 101}, "openclaw_update_max_failed_percentage  101 is not between 0 and 100."),
        ({"rollback_keep": 1}, "openclaw_rollback_keep  1 is less than 2"),
        ({"update_soak_period": "soon"}, "openclaw_update_soak_period"),
        ({"update_free_size": "much"}, "openclaw_update_free_size"),
    ],
)
def test_options_that_make_no_sense_are_refused(make_instance: Make, options: Json, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        make_instance(**options)
    assert problem in str(caught.value)


def test_waves_are_numbers_and_shares(make_instance: Make) -> None:
    assert make_instance(update_waves=[1, "20%", "100%"])["update_waves"] == [1, "20%", "100%"]


# -- after it ------------------------------------------------------------------------------------------------------


def pod(image: str = "new", *, ready: bool = True, restarts: int = 0) -> Json:
    return {"image": image, "ready": ready, "restarts": restarts, "pod": "support-0", "last_problem": "exit code 1"}


def test_a_pod_that_goes_on_leaves_no_doubt() -> None:
    assert update_doubts(pod(restarts=1), pod(restarts=1), "new") == []


def test_what_makes_a_pod_doubtful() -> None:
    assert update_doubts(pod("old"), pod("old"), "new") == ["support-0 runs old instead of new"]
    assert update_doubts(pod(ready=False), pod(), "new") == ["it does not serve any more: exit code 1"]
    assert update_doubts(pod(restarts=2), pod(), "new") == ["its containers restarted 2 times within the soak"]


# -- back ----------------------------------------------------------------------------------------------------------

REVISIONS = [
    {"number": 1, "at": "2026-11-01T10:00:00Z", "version": "2026.9.5", "outcome": "serving", "snapshot": ""},
    {"number": 2, "at": "2026-11-20T10:00:00Z", "version": "2026.9.6", "outcome": "failed", "why": "it crashed\nlog"},
]


def test_revisions_are_listed_the_newest_first(make_instance: Make) -> None:
    lines = rollback_plan(make_instance(), seen()["instance"], REVISIONS)["lines"]
    assert lines == [
        "support: 2 revisions",
        "REVISION  KEPT AT               VERSION   CONFIG  OUTCOME  SNAPSHOT  WHY",
        "2         2026-11-20T10:00:00Z  2026.9.6  -       failed   -         it crashed",
        "1         2026-11-01T10:00:00Z  2026.9.5  -       serving  -         -",
    ]


@pytest.mark.parametrize(
    "options, problem",
    [
        ({"rollback_to": 7}, "openclaw_rollback_to  7 is no revision of support. Kept are: 1, 2."),
        ({"rollback_to": 1, "rollback_what": []}, "openclaw_rollback_what  is an empty list."),
        ({"rollback_to": 1, "rollback_what": ["state"]}, "openclaw_rollback_to  1 has no backup, so its state cannot"),
        ({"rollback_to": 1, "state": "suspended"}, "openclaw_state  suspended: there is nothing that could serve."),
        ({"rollback_to": 1, "replicas": 2}, "openclaw_replicas  several gateways have a state each"),
    ],
)
def test_what_cannot_come_back(make_instance: Make, options: Json, problem: str) -> None:
    problems = rollback_plan(make_instance(**options), seen()["instance"], REVISIONS)["problems"]
    assert isinstance(problems, list)
    assert str(problems[0]).startswith(problem)


def test_what_can_come_back(make_instance: Make) -> None:
    assert rollback_plan(make_instance(rollback_to=1), seen()["instance"], REVISIONS)["problems"] == []

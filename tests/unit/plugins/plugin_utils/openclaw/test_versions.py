# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenClaw's versions in their order, the releases that fit, and how far one step may lead."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.versions import (
    Version,
    bounds,
    next_step,
    offered,
    release,
    skipped,
)

IN_ORDER = [
    "2026.8.2",
    "2026.9.6-alpha.3",
    "2026.9.6-beta.1",
    "2026.9.6-beta.10",
    "2026.9.6",
    "2026.9.6-1",
    "2026.9.6-2",
    "2026.9.33",
    "2026.10.0",
    "2027.1.1",
]
TAGS = ["latest", "main", "slim", "2026.9.5", "2026.9.6", "2026.9.6-slim", "2026.9.7-beta.1", "2026.8.33", "2026.10.1"]


def version(text: str) -> Version:
    found = release(text)
    assert found is not None
    return found.version


def test_versions_stand_in_the_order_in_which_they_came() -> None:
    for earlier, later in itertools.pairwise(IN_ORDER):
        assert version(earlier) < version(later)


@pytest.mark.parametrize("text", IN_ORDER)
def test_a_version_is_written_as_it_was_read(text: str) -> None:
    assert str(version(text)) == text


@pytest.mark.parametrize("tag", ["latest", "main", "2026.13.1", "2026.9", "1.2.3", "2026.9.6-", "sha-1234", ""])
def test_what_names_no_release_is_none(tag: str) -> None:
    assert release(tag) is None


def test_a_build_is_no_correction() -> None:
    found = release("2026.9.6-1-slim")
    assert found is not None
    assert (str(found.version), found.variant) == ("2026.9.6-1", "slim")


@pytest.mark.parametrize(
    "channel, tags",
    [
        ("stable", ["2026.9.5", "2026.9.6", "2026.10.1"]),
        ("extended-stable", ["2026.8.33"]),
        ("beta", ["2026.9.5", "2026.9.6", "2026.9.7-beta.1", "2026.10.1"]),
    ],
)
def test_a_channel_has_its_own_releases(channel: str, tags: list[str]) -> None:
    assert [each.tag for each in offered(TAGS, channel=channel)] == tags


def test_the_build_stays_the_same() -> None:
    assert [each.tag for each in offered(TAGS, channel="stable", variant="slim")] == ["2026.9.6-slim"]


@pytest.mark.parametrize(
    "constraint, fits",
    [
        ("", ["2026.9.5", "2026.9.6", "2026.10.1"]),
        (">=2026.9.6", ["2026.9.6", "2026.10.1"]),
        ("2026.9", ["2026.9.5", "2026.9.6"]),
        (">=2026.9, <2026.10", ["2026.9.5", "2026.9.6"]),
        ("<=2026.9", ["2026.9.5", "2026.9.6"]),
        ("!=2026.9.6, <2026.10", ["2026.9.5"]),
        ("==2026.9.6", ["2026.9.6"]),
        ("<2026", []),
        (">2026.9", ["2026.10.1"]),
    ],
)
def test_of_a_short_version_only_what_is_written_counts(constraint: str, fits: list[str]) -> None:
    assert [each.tag for each in offered(TAGS, channel="stable", constraint=constraint)] == fits


def test_a_beta_of_the_next_month_does_not_slip_in() -> None:
    assert offered(["2026.10.0-beta.1"], channel="beta", constraint="<2026.10") == []


@pytest.mark.parametrize("constraint", ["~2026.9", "2026.9.*", ">=", ",", "2026.9,", ">=2026.9.6-slim", "newest"])
def test_what_is_no_constraint_is_refused(constraint: str) -> None:
    with pytest.raises(ValueError):
        bounds(constraint)


def test_one_that_failed_is_left_out() -> None:
    found = offered(TAGS, channel="stable", without=[version("2026.10.1")])
    assert [each.tag for each in found] == ["2026.9.5", "2026.9.6"]


def test_one_step_leads_no_further_than_two_months() -> None:
    assert skipped(version("2026.7.9"), version("2026.9.6")) == ""
    assert skipped(version("2026.6.9"), version("2026.9.6")).startswith("it is 3 months newer")
    assert skipped(version("2026.11.9"), version("2027.1.1")) == ""


def test_a_release_of_the_users_is_not_skipped() -> None:
    steps = [version("2026.9.5"), version("2026.9.3")]
    assert skipped(version("2026.9.1"), version("2026.9.6"), steps).startswith("2026.9.3 must not be skipped")
    assert skipped(version("2026.9.5"), version("2026.9.6"), steps) == ""
    assert skipped(version("2026.9.1"), version("2026.9.3"), steps) == ""


def test_the_next_step_is_the_furthest_that_may_be_taken() -> None:
    releases = offered(["2026.5.1", "2026.7.1", "2026.8.4", "2026.9.6"], channel="stable")
    way = []
    running = version("2026.5.1")
    while (step := next_step(running, releases)) is not None:
        way.append(step.tag)
        running = step.version
    assert way == ["2026.7.1", "2026.9.6"]


def test_nothing_newer_is_no_step() -> None:
    assert next_step(version("2026.10.1"), offered(TAGS, channel="stable")) is None

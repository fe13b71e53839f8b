# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the options of backups is said before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Resolve = Callable[[Mapping[str, object]], Resolved]
S3: dict[str, Any] = {"endpoint": "https://s3.example.com", "bucket": "claws", "secret": "s3-keys"}
ON: dict[str, Any] = {"backup_enabled": True, "backup_repository": S3}
HOOK = {"command": ["true"]}


def problems(resolved: Resolve, **given: object) -> list[str]:
    return resolved({f"openclaw_{option}": value for option, value in {**ON, **given}.items()}).problems


def test_the_example_has_no_problem(resolved: Resolve) -> None:
    assert problems(resolved) == []
    assert problems(resolved, backup_schedule="@daily", backup_keep={"last": 1, "yearly": 10}) == []


@pytest.mark.parametrize(
    "given, problem",
    [
        ({"bucket": None}, "openclaw_backup_repository  bucket: is missing. Write for example "),
        ({"endpoint": "s3.example.com"}, 'endpoint: "s3.example.com" is not the URL of a server'),
        ({"endpoint": "https://key:secret@s3.example.com"}, "is not the URL of a server"),
        ({"bucket": "ab"}, 'bucket: "ab" is not the name of a bucket'),
        ({"prefix": "../other"}, 'prefix: "../other" is not a path in a bucket'),
        ({"buckett": "a"}, "buckett: is not one of endpoint, "),
        ({"path_style": "yes"}, "path_style: is not true or false."),
        ({"ca": "ca.crt"}, "ca: write either {config_map: "),
        ({"ca": {"config_map": "a", "secret": "b"}}, "ca: write either {config_map: "),
        ({"cidr": "10.0.0.0/8"}, "cidr: is not a list."),
        ({"cidr": ["10.0.0.1/8"]}, 'cidr: "10.0.0.1/8" is not an IP address or range'),
        ({"secret": "My Keys"}, 'secret: "My Keys" is not a name of a Kubernetes object'),
    ],
)
def test_a_repository_is_described_in_full(resolved: Resolve, given: dict[str, object], problem: str) -> None:
    described = {key: value for key, value in {**S3, **given}.items() if value is not None}
    (found,) = problems(resolved, backup_repository=described)
    assert problem in found


@pytest.mark.parametrize(
    "given, problem",
    [
        ({"backup_keep": {"dayly": 7}}, "openclaw_backup_keep  dayly: is not one of last, "),
        ({"backup_keep": {"last": 0}}, "openclaw_backup_keep  last: 0 is not a number of snapshots."),
        ({"backup_schedule": "every day"}, 'openclaw_backup_schedule  "every day" has not five fields.'),
        ({"backup_check_percent": 101}, "openclaw_backup_check_percent  101 is not a part of 100."),
        ({"backup_timeout": "1m"}, 'openclaw_backup_timeout  "1m" is too short'),
        ({"backup_before": {"Flush": HOOK}}, "openclaw_backup_before  Flush: cannot name a container"),
        ({"backup_before": {"flush": {}}}, "openclaw_backup_before  flush: has no command."),
        ({"backup_after": {"repository": HOOK}}, "is the name of another container"),
        ({"backup_before": {"a": HOOK}, "backup_after": {"a": HOOK}}, "openclaw_backup_after  a: is the name of"),
        ({"backup_source": "volume"}, "openclaw_backup_schedule  needs openclaw_backup_source app"),
        ({"storage_access_modes": ["ReadWriteOncePod"]}, "openclaw_storage_access_modes  ReadWriteOncePod keeps"),
        ({"replicas": 2}, "openclaw_backup_enabled  is for one gateway"),
    ],
)
def test_a_slip_is_said_with_what_to_write(resolved: Resolve, given: dict[str, object], problem: str) -> None:
    assert any(problem in found for found in problems(resolved, **given)), problems(resolved, **given)


def test_a_repository_is_only_needed_where_backups_are_on(resolved: Resolve) -> None:
    assert problems(resolved, backup_enabled=False, backup_repository={}) == []
    assert problems(resolved, backup_target="volume", backup_repository={}) == []


def test_a_backup_beside_what_it_saves_is_a_warning(resolved: Resolve) -> None:
    given = {"openclaw_backup_enabled": True, "openclaw_backup_target": "volume"}
    assert any("is lost together with the cluster" in warning for warning in resolved(given).warnings)

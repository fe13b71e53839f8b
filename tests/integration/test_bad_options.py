# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad options: one clear error that names the option and what to write, and no request that changes anything.

All cases are hosts of one inventory and one run: what one host gets wrong must not hide the error of another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog, Seen
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage


@dataclass(frozen=True)
class Case:
    """One mistake. said: what the error has to contain. raw: variables as YAML text, for what YAML alone can say."""

    said: tuple[str, ...]
    variables: dict[str, object] = field(default_factory=dict)
    raw: str = ""


ALIAS_BOMB = "bomb_0: &b0 {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9}\n" + "".join(
    f"bomb_{level}: &b{level} {{{', '.join(f'{key}: *b{level - 1}' for key in 'abcdefghi')}}}\n"
    for level in range(1, 12)
)
MEBIBYTE = "x" * 1024 * 1024

CASES: dict[str, Case] = {
    "quantity": Case(("openclaw_storage_size", '"10 GB"', "Write 10Gi"), {"openclaw_storage_size": "10 GB"}),
    "boolean": Case(("openclaw_wait_enabled", "maybe"), {"openclaw_wait_enabled": "maybe"}),
    "number-for-tag": Case(("openclaw_image_tag", "quotes"), raw="openclaw_image_tag: 2026.10\n"),
    "list-for-map": Case(("openclaw_env", "map"), {"openclaw_env": ["A=1"]}),
    "choice": Case(("openclaw_config_mode", "readonly"), {"openclaw_config_mode": "readnoly"}),
    "duration": Case(("openclaw_wait_timeout", "10m"), {"openclaw_wait_timeout": "ten minutes"}),
    "unknown-option": Case(
        ("openclaw_storage_szie", "Did you mean openclaw_storage_size?"), {"openclaw_storage_szie": "10Gi"}
    ),
    "unknown-layer": Case(("openclaw_storage_size__10_site",), {"openclaw_storage_size__10_site": "10Gi"}),
    "several-at-once": Case(
        ("openclaw_imagetag", "openclaw_storage_size", "openclaw_config_mode", "3 problems"),
        {"openclaw_imagetag": "x", "openclaw_storage_size": "big", "openclaw_config_mode": "none"},
    ),
    "json5-syntax": Case(
        ("openclaw_config", "line 3", "column 11"), {"openclaw_config": "{\n  gateway: {},\n  agents: ][,\n}"}
    ),
    "json5-duplicate-key": Case(("openclaw_config", "agents"), {"openclaw_config": "{agents: {}, agents: {list: []}}"}),
    "json5-nan": Case(("openclaw_config", "NaN"), {"openclaw_config": "{agents: {defaults: {maxConcurrent: NaN}}}"}),
    "json5-infinity": Case(("openclaw_config", "Infinity"), {"openclaw_config": "{agents: {x: -Infinity}}"}),
    "json5-list": Case(("openclaw_config", "not an object"), {"openclaw_config": "[1, 2]"}),
    "yaml-nan": Case(("openclaw_config", "maxConcurrent"), raw="openclaw_config: {agents: {maxConcurrent: .nan}}\n"),
    "lone-surrogate": Case(("openclaw_config", "surrogate"), {"openclaw_config": '{ui: {x: "\\ud800"}}'}),
    "mebibyte-of-json5": Case(("openclaw_config", "1024 KiB", "256 KiB"), {"openclaw_config": f"{{a: '{MEBIBYTE}'}}"}),
    "mebibyte-of-yaml": Case(("openclaw_config", "1024 KiB", "256 KiB"), {"openclaw_config": {"a": MEBIBYTE}}),
    "alias-bomb": Case(("openclaw_config", "aliases"), raw=f"{ALIAS_BOMB}openclaw_config: *b11\n"),
    "depth": Case(("openclaw_config", "64 levels"), {"openclaw_config": "{a:" * 70 + "1" + "}" * 70}),
    "name-with-dots": Case(("openclaw_name", '"../other"'), {"openclaw_name": "../other"}),
    "name-for-a-shell": Case(("openclaw_name", "cannot name objects"), {"openclaw_name": "$(touch /tmp/owned)"}),
    "namespace-with-dots": Case(("openclaw_namespace", '"a..b"'), {"openclaw_namespace": "a..b"}),
    "name-of-65": Case(("openclaw_name", "at most 40"), {"openclaw_name": "a" * 65}),
    "variable-for-a-shell": Case(("openclaw_env", "A;reboot"), {"openclaw_env": {"A;reboot": "1"}}),
    "secret-with-path": Case(
        ("openclaw_secrets", "KEY", "secret is not a name"),
        {"openclaw_secrets": {"KEY": {"secret": "../token", "key": "a"}}},
    ),
    "secret-without-source": Case(("openclaw_secrets", "KEY", "value"), {"openclaw_secrets": {"KEY": {"valeu": "x"}}}),
    "claim-with-path": Case(("openclaw_storage_existing_claim",), {"openclaw_storage_existing_claim": "../../etc"}),
    "image-for-a-shell": Case(("openclaw_image_tag",), {"openclaw_image_tag": "1;reboot"}),
    "tag-in-repository": Case(("openclaw_image_repository",), {"openclaw_image_repository": "ghcr.io/a/b:1"}),
    "reserved-variable": Case(("openclaw_env", "OPENCLAW_STATE_DIR"), {"openclaw_env": {"OPENCLAW_STATE_DIR": "/x"}}),
    "port-moved": Case(("openclaw_config", "gateway.port"), {"openclaw_config": {"gateway": {"port": 8080}}}),
    "bind-to-loopback": Case(
        ("openclaw_config", "gateway.bind"), {"openclaw_config": {"gateway": {"bind": "loopback"}}}
    ),
    "undefined-variable": Case(("openclaw_env", "nowhere"), {"openclaw_env": {"A": "{{ nowhere }}"}}),
}


@dataclass(frozen=True)
class Outcome:
    run: Run
    seen: Seen


@pytest.fixture(scope="module")
def outcome(shared_bare: Stage, other_audit: AuditLog) -> Outcome:
    inventory = shared_bare.inventory()
    for host, case in CASES.items():
        inventory.host(host, **case.variables)
        shared_bare.remove_later(host)
        if case.raw:
            inventory.raw(host, case.raw)
    mark = other_audit.mark()
    return Outcome(run("site", inventory), other_audit.since(mark))


@pytest.mark.parametrize("host", list(CASES))
def test_bad_option_is_named_with_what_to_write_instead(outcome: Outcome, host: str) -> None:
    failed = outcome.run.failures(host)

    assert len(failed) == 1, "one error for one host"
    for words in CASES[host].said:
        assert words in failed[0].message
    assert len(failed[0].message) < 1500
    assert "Traceback" not in failed[0].message


def test_bad_options_change_nothing(outcome: Outcome) -> None:
    assert outcome.run.rc != 0
    assert set(outcome.run.recap) == set(CASES)
    assert outcome.seen.writes == []
    assert not Path("/tmp/owned").exists()


def test_bad_option_of_one_host_does_not_stop_the_others(bare: Stage) -> None:
    good, inventory = bare.instance("good")
    bad = bare.name("bad")
    inventory.host(bad, openclaw_storage_szie="1Gi")

    finished = run("site", inventory)

    assert finished.rc != 0
    assert [task.host for task in finished.failures()] == [bad]
    assert bare.cluster.find("StatefulSet", good, good)


def test_error_names_the_host_and_counts_the_problems(outcome: Outcome) -> None:
    message = outcome.run.failures("several-at-once")[0].message
    assert "several-at-once" in message
    lines = [line for line in message.splitlines() if line.strip().startswith("openclaw_")]
    assert len(lines) == 3

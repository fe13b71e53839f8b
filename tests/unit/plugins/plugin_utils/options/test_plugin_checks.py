# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules about plugins and about the install policy refuse."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Resolve = Callable[[Mapping[str, object]], Resolved]
Variables = dict[str, object]

INTEGRITY = "sha512-" + "A" * 86 + "=="
GREETER: Variables = {"package": "@house/greeter", "version": "1.0.0", "integrity": INTEGRITY}
ONE_VERSION = 'is not one version. Write it in full and in quotes, such as "2026.9.6".'
LOCK_ENTRY = {"version": "1.0.0", "integrity": INTEGRITY}


def greeter(**fields: object) -> Variables:
    return {"openclaw_plugins": {"greeter": {**GREETER, **fields}}}


def lock(**packages: object) -> str:
    return json.dumps({"lockfileVersion": 3, "packages": {"": {}, **packages}})


def locked(**packages: object) -> Variables:
    return greeter(lock=lock(**{"node_modules/@house/greeter": LOCK_ENTRY, **packages}))


PROBLEMS: list[tuple[Variables, str]] = [
    (
        {"openclaw_plugins": {"Greeter": GREETER}},
        "openclaw_plugins  Greeter: is not the identifier of a plugin: at most 64 lower-case letters, digits, dots, "
        "dashes and underscores.",
    ),
    (
        {"openclaw_plugins": {"greeter": "@house/greeter@1.0.0"}},
        "openclaw_plugins  greeter: write {package: <name>, version: <exact version>, integrity: sha512-...}.",
    ),
    (
        greeter(verison="1.0.0"),
        "openclaw_plugins  greeter: verison is not one of package, version, integrity, lock, src, config, enabled, "
        "state. Did you mean version?",
    ),
    (greeter(state="gone"), 'openclaw_plugins  greeter: state "gone" is not one of present, absent.'),
    (
        greeter(package="greeter; rm -rf /"),
        'openclaw_plugins  greeter: package "greeter; rm -rf /" is not the name of a package of npm, such as '
        "@openclaw/discord.",
    ),
    (greeter(version="latest"), f'openclaw_plugins  greeter: version "latest" {ONE_VERSION}'),
    (greeter(version="^1.0.0"), f'openclaw_plugins  greeter: version "^1.0.0" {ONE_VERSION}'),
    (greeter(version=1.0), f'openclaw_plugins  greeter: version "1.0" {ONE_VERSION}'),
    (
        greeter(integrity="sha1-abc"),
        'openclaw_plugins  greeter: integrity "sha1-abc" is no checksum. Write what npm view @house/greeter@1.0.0 '
        "dist.integrity says: sha512- and 88 characters.",
    ),
    (
        greeter(config=["a"]),
        "openclaw_plugins  greeter: config is not a map. Write the settings of plugins.entries.<plugin>.config.",
    ),
    (
        greeter(config={"service": {"apiKey": "sk-0123456789abcdef0123456789abcdef"}}),
        "openclaw_plugins  greeter: config.service.apiKey: holds a secret in plain text. Store it with "
        "openclaw_secrets, as SERVICE_API_KEY, and write {",
    ),
    (greeter(enabled="no"), 'openclaw_plugins  greeter: enabled "no" is neither true nor false.'),
    (greeter(lock="{"), "openclaw_plugins  greeter: lock is not JSON"),
    (
        greeter(lock='{"lockfileVersion": 1}'),
        "openclaw_plugins  greeter: lock is not a package-lock.json of npm 7 or later. Write the one that OpenClaw "
        "made.",
    ),
    (
        locked(**{"node_modules/ws": {"version": "8.0.0", "resolved": "git+ssh://git@example.com/ws.git"}}),
        "openclaw_plugins  greeter: lock names ws without version and sha512, since it comes from no registry. Write "
        "the one that OpenClaw made.",
    ),
    (
        {
            "openclaw_plugins": {
                "greeter": {**GREETER, "version": "1.0.1", "lock": lock(**{"node_modules/@house/greeter": LOCK_ENTRY})}
            }
        },
        "openclaw_plugins  greeter: lock does not name @house/greeter@1.0.1 with its integrity. Write the one that "
        "OpenClaw made when it installed @house/greeter@1.0.1.",
    ),
    (
        {"openclaw_plugins": {"greeter": GREETER, "other": GREETER}},
        "openclaw_plugins  other: is the package of greeter, too. Remove one.",
    ),
    (
        {**greeter(), "openclaw_config": {"plugins": {"allow": ["discord"]}}},
        "openclaw_plugins  greeter: is not in plugins.allow of openclaw_config, so it would never run. Add it there.",
    ),
    (
        {**greeter(), "openclaw_config": {"plugins": {"deny": ["greeter"]}}},
        "openclaw_plugins  greeter: is in plugins.deny of openclaw_config, so it would never run. Remove it there.",
    ),
    (
        {**greeter(), "openclaw_config": {"plugins": {"enabled": False}}},
        "openclaw_plugins  greeter: cannot run, since openclaw_config sets plugins.enabled to false. Remove one of the "
        "two.",
    ),
    (
        {"openclaw_plugins_image": "No Image"},
        'openclaw_plugins_image  "No Image" is not the reference of an image.',
    ),
    (
        {"openclaw_plugins_image_path": "plugins"},
        'openclaw_plugins_image_path  "plugins" is not the full path of a folder, such as /plugins.',
    ),
    (
        {"openclaw_install_policy_skills": {"weather": "abc"}},
        'openclaw_install_policy_skills  weather: "abc" is no digest. Write the 64 hexadecimal digits that the refusal '
        "told.",
    ),
    (
        {"openclaw_install_policy_skills": {"../weather": "0a" * 32}},
        "openclaw_install_policy_skills  ../weather: is not the name of a skill: lower-case letters, digits and "
        "dashes.",
    ),
    (
        {"openclaw_config": {"security": {"installPolicy": {"enabled": False}}}},
        "openclaw_config  security.installPolicy: is set by the collection. Remove it, or set "
        "openclaw_install_policy_enabled to false to bring your own.",
    ),
]


@pytest.mark.parametrize("variables, problem", PROBLEMS)
def test_a_mistake_is_told(resolved: Resolve, variables: Variables, problem: str) -> None:
    (found,) = resolved(variables).problems
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "variables",
    [
        greeter(),
        greeter(version="1.0.0-beta.1", config={"greeting": "Moin"}, enabled=False),
        greeter(state="absent", version=None),
        {"openclaw_plugins": {"greeter": {"state": "absent"}}},
        locked(**{"node_modules/ws": LOCK_ENTRY, "node_modules/a/node_modules/ws": {**LOCK_ENTRY, "version": "7.0.0"}}),
        {**greeter(), "openclaw_config": {"plugins": {"allow": ["greeter"]}}},
        {**greeter(enabled=False), "openclaw_config": {"plugins": {"deny": ["greeter"]}}},
        {
            "openclaw_install_policy_enabled": False,
            "openclaw_config": {"security": {"installPolicy": {"enabled": False}}},
        },
        {"openclaw_install_policy_skills": {"weather": "0a" * 32}},
    ],
)
def test_what_is_right_is_taken(resolved: Resolve, variables: Variables) -> None:
    assert resolved(variables).problems == []


def test_a_lockfile_may_be_a_map_as_some_cores_make_of_it(resolved: Resolve) -> None:
    assert resolved(greeter(lock=json.loads(lock(**{"node_modules/@house/greeter": LOCK_ENTRY})))).problems == []


def test_an_archive_of_the_controller_is_the_declared_one(resolved: Resolve, tmp_path: Path) -> None:
    archive = tmp_path / "greeter.tgz"
    archive.write_bytes(b"an archive")
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(b"an archive").digest()).decode()
    assert resolved(greeter(src=str(tmp_path), integrity=integrity)).problems == []
    assert resolved(greeter(src=str(archive))).problems == [
        f"openclaw_plugins  greeter: src {archive} holds no package with that integrity. Fetch it with npm pack."
    ]
    missing = tmp_path / "missing.tgz"
    assert resolved(greeter(src=str(missing))).problems == [f"openclaw_plugins  greeter: src {missing} does not exist."]

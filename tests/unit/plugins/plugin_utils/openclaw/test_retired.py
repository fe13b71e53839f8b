# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of older releases: translated, left out or named, and never lost in silence."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.retired import (
    GONE,
    MOVED,
    RENAMED,
    REPLACED,
    release_of,
    replaced,
    translated,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Config = dict[str, Any]
NEWEST = release_of("2026.9.6")
OLDER = release_of("2026.8.2")


def at(path: str, value: object) -> Config:
    """The configuration that says this at the path; a star is a name of the user's."""
    config: object = value
    for step in reversed(path.split(".")):
        config = {"mine" if step == "*" else step: config}
    assert isinstance(config, dict)
    return config


@pytest.mark.parametrize(
    "old, new",
    [
        ({"memorySearch": {"provider": "auto"}}, {"memory": {"search": {"provider": "openai"}}}),
        (
            {"agents": {"entries": {"a": {"memorySearch": {"enabled": True}}}}},
            {"agents": {"entries": {"a": {"memory": {"search": {"enabled": True}}}}}},
        ),
        ({"mcp": {"servers": {"a": {"disabled": True}}}}, {"mcp": {"servers": {"a": {"enabled": False}}}}),
        ({"env": {"TZ": "UTC", "vars": {"A": "1"}}}, {"env": {"vars": {"A": "1", "TZ": "UTC"}}}),
        ({"logging": {"consoleStyle": "compact"}}, {"logging": {"consoleStyle": "pretty"}}),
        ({"gateway": {"reload": {"mode": "hot"}}}, {"gateway": {"reload": {"mode": "hybrid"}}}),
        ({"session": {"maintenance": {"pruneDays": 30}}}, {"session": {"maintenance": {"pruneAfter": "30d"}}}),
        (
            {"channels": {"telegram": {"requireMention": True}}},
            {"channels": {"telegram": {"groups": {"*": {"requireMention": True}}}}},
        ),
        (
            {"agents": {"list": [{"id": "main", "default": True, "workspace": "~/w"}]}},
            {"agents": {"entries": {"main": {"workspace": "~/w"}}}},
        ),
        ({"logging": {"redactSensitive": "tools", "level": "info"}}, {"logging": {"level": "info"}}),
        ({"logging": {"redactSensitive": "tools"}}, {}),
        (
            {"agents": {"defaults": {"sandbox": {"perSession": True}}}},
            {"agents": {"defaults": {"sandbox": {"scope": "session"}}}},
        ),
    ],
)
def test_what_means_the_same_is_written_in_todays_words(old: Config, new: Config) -> None:
    found, told = translated(old, NEWEST)
    assert found == new
    assert told


def test_what_is_said_in_both_ways_keeps_the_new_one() -> None:
    config = {"audit": {"enabled": True, "level": "all"}, "logging": {"audit": {"enabled": False}}}
    assert translated(config, NEWEST)[0] == {"logging": {"audit": {"enabled": False, "level": "all"}}}


def test_several_agents_of_a_list_are_for_a_person_to_name() -> None:
    config = {"agents": {"list": [{"id": "a"}, {"id": "b"}]}}
    assert translated(config, NEWEST) == (config, [])
    assert replaced(config, NEWEST) == [
        "agents.list: OpenClaw no longer has it. Write agents.entries, a map of agents by their id, with "
        "agents.ownership."
    ]


def place_of(entry: Any) -> str:
    return str(getattr(entry, "old", None) or entry.path)


@pytest.mark.parametrize("entry", [*MOVED, *GONE, *RENAMED, *REPLACED], ids=place_of)
def test_every_rule_is_about_something_and_says_so_once(entry: Any) -> None:
    path = place_of(entry)
    value: object = next(iter(entry.values)) if entry in RENAMED else {} if path in ("tui", "heartbeat") else "x"
    config = at(path, value)
    before = copy.deepcopy(config)
    found, told = translated(config, NEWEST)
    assert config == before, "the inventory's own map stays as it is"
    if entry in REPLACED:
        assert [found, told, len(replaced(config, NEWEST))] == [config, [], 1]
    else:
        assert found != config
        assert len([sentence for sentence in told if sentence.startswith(path.replace("*", "mine"))]) == 1
        assert translated(found, NEWEST) == (found, [])


def test_a_release_keeps_the_words_that_it_knows() -> None:
    config = {"tools": {"codeMode": {"languages": ["javascript"]}}}
    assert translated(config, OLDER) == (config, [])
    assert translated(config, NEWEST)[0] == {}


@pytest.mark.parametrize(
    "tag, release",
    [("2026.9.6", (2026, 9, 6)), ("v2026.8.2-slim", (2026, 8, 2)), ("latest", (9999,)), ("1.0.0", (9999,))],
)
def test_a_tag_that_names_no_release_counts_as_the_newest(tag: str, release: tuple[int, ...]) -> None:
    assert release_of(tag) == release


def test_a_configuration_without_old_words_is_not_even_copied() -> None:
    config = {"gateway": {"bind": "lan"}, "agents": {"entries": {"a": {}}}}
    found, told = translated(config, NEWEST)
    assert (found, told) == (config, [])
    assert found["gateway"] is config["gateway"]


def test_people_are_told_and_the_pod_gets_the_new_words(
    resolved: Callable[..., Resolved], make_instance: Callable[..., dict[str, object]]
) -> None:
    found = resolved({"openclaw_config": {"audit": {"enabled": True}, "heartbeat": {"every": "1h"}}})
    assert found.problems == [
        "openclaw_config  heartbeat: OpenClaw no longer has it. Write agents.defaults.heartbeat (when and what) or "
        "channels.defaults.heartbeatVisibility."
    ]
    assert found.warnings == ["openclaw_config  audit: is logging.audit today, and was written there. Write it there."]

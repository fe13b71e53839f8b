# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters around the configuration, as a playbook calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.openclaw.kubernetes.plugins.filter.config import FilterModule, config_merge, config_origins
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Json = dict[str, Any]
Resolve = Callable[[Json], Resolved]


def report(resolved: Resolved) -> Json:
    return {"instance": resolved.values, "problems": resolved.problems, "layers": resolved.layers}


def test_both_are_there() -> None:
    assert set(FilterModule().filters()) == {"config_merge", "config_origins"}


def test_a_merge_tells_what_it_did() -> None:
    found = config_merge({"a": 2, "b": 1, "c": 1, "d": 4}, {"a": 3, "c": 1}, base={"a": 1, "b": 1, "c": 1})
    assert found == {
        "result": {"a": 3, "c": 1, "d": 4},
        "conflicts": [{"path": "a", "theirs": 2, "ours": 3, "protected": False}],
        "removals": ["b"],
        "edits": ["d"],
    }


def test_a_side_without_a_value_is_left_out() -> None:
    (conflict,) = config_merge({"a": 2}, {}, base={"a": 1})["conflicts"]  # type: ignore[misc, attr-defined]
    assert conflict == {"path": "a", "theirs": 2, "protected": False}


def test_sides_may_be_json5_text() -> None:
    assert config_merge("{a: 1, /* mine */ b: 2,}", "{a: 1}", base="{a: 1}")["result"] == {"a": 1, "b": 2}
    assert config_merge("", {"a": 1})["result"] == {"a": 1}


def test_rules_are_options() -> None:
    theirs = {"gateway": {"bind": "auto"}, "ui": 1, "list": [{"id": "a"}, {"id": "b"}]}
    ours = {"gateway": {"bind": "lan"}, "ui": 2, "list": [{"id": "a"}]}
    found = config_merge(theirs, ours, base=ours, protected=["gateway"], ignored=["ui"], keys={"list": "id"})
    assert found["result"] == {**theirs, "gateway": {"bind": "lan"}}
    assert found["edits"] == ["list.b"]


@pytest.mark.parametrize(
    "given, said",
    [
        (("{a: ", {}), "the input is not JSON5"),
        (({}, ["a"]), "ours is not a map"),
        (({}, {}, None, ["a..b"]), "one of the paths is not a path"),
    ],
)
def test_what_cannot_be_merged_is_named(given: tuple[Any, ...], said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=said):
        config_merge(*given)


def test_every_setting_has_its_source(resolved: Resolve) -> None:
    found = resolved(
        {
            "openclaw_chromium_enabled": True,
            "openclaw_config__10_house": {"agents": {"defaults": {"maxConcurrent": 2, "userTimezone": "UTC"}}},
            "openclaw_config": {"agents": {"defaults": {"maxConcurrent": 5}}, "logging": {"consoleStyle": "pretty"}},
        }
    )
    sources = {one["path"]: one["sources"] for one in config_origins(report(found))}  # type: ignore[index, call-overload]
    assert sources["agents.defaults.maxConcurrent"] == ["openclaw_config"]
    assert sources["agents.defaults.userTimezone"] == ["openclaw_config__10_house"]
    assert sources["logging.consoleStyle"] == ["openclaw_config"]
    assert sources["gateway.bind"] == ["the collection"]
    assert sources["gateway.auth.mode"] == ["openclaw_gateway_auth"]
    assert any(path.startswith("browser.") and by == ["chromium options"] for path, by in sources.items())


def test_a_list_that_was_joined_has_several_sources(resolved: Resolve) -> None:
    found = resolved(
        {
            "openclaw_allowed_origins": ["https://a.example.com"],
            "openclaw_config": {"gateway": {"controlUi": {"allowedOrigins": ["https://b.example.com"]}}},
        }
    )
    sources = {one["path"]: one["sources"] for one in config_origins(report(found))}  # type: ignore[index, call-overload]
    assert sources["gateway.controlUi.allowedOrigins"] == ["addresses of the instance", "openclaw_config"]


def test_lines_show_no_secret(resolved: Resolve) -> None:
    found = resolved({"openclaw_config": {"hooks": {"enabled": False}, "talk": {"apiKey": "${TALK_API_KEY}"}}})
    shown = config_origins(report(found), text=True)
    assert any("talk.apiKey" in line and "a hidden value" in line and "openclaw_config" in line for line in shown)  # type: ignore[operator]


def test_what_is_no_report_is_refused_with_what_to_write() -> None:
    with pytest.raises(AnsibleFilterError, match="report=true"):
        config_origins({"name": "support"})
    with pytest.raises(AnsibleFilterError, match="openclaw_x  is wrong"):
        config_origins({"instance": {}, "problems": ["openclaw_x  is wrong."]})

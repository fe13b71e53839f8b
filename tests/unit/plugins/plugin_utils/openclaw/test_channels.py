# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels as options: tokens by reference, strangers outside, and mistakes named."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.channels import CHANNELS
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
Resolve = Callable[..., Resolved]
TOKEN = {"secret": "my-keys", "key": "bot"}
VALUE = "123-not-real"


def declared(instance: Json) -> Any:
    data: Any = BUILDERS["config"](instance)[0]["data"]
    return json.loads(data["openclaw.json"])


def channels(instance: Json) -> Any:
    return declared(instance)["channels"]


def reference(variable: str) -> Json:
    return {"source": "env", "provider": "default", "id": variable}


def secret_variables(instance: Json) -> dict[str, Json]:
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    spec: Any = stateful_set["spec"]
    env = spec["template"]["spec"]["containers"][0]["env"]
    return {entry["name"]: entry["valueFrom"]["secretKeyRef"] for entry in env if "valueFrom" in entry}


def test_a_token_is_a_reference_and_strangers_need_a_code(make_instance: MakeInstance) -> None:
    instance = make_instance(channels={"telegram": {"token": TOKEN}})
    assert channels(instance) == {
        "telegram": {
            "enabled": True,
            "botToken": reference("TELEGRAM_BOT_TOKEN"),
            "dmPolicy": "pairing",
            "groupPolicy": "allowlist",
        }
    }
    assert secret_variables(instance)["TELEGRAM_BOT_TOKEN"] == {"name": "my-keys", "key": "bot"}


def test_whoever_is_named_may_talk_and_nobody_else(make_instance: MakeInstance) -> None:
    entry = {"token": TOKEN, "allow_from": [12345, "@ann"], "group_allow_from": ["12345"]}
    found = channels(make_instance(channels={"telegram": entry}))["telegram"]
    assert (found["dmPolicy"], found["allowFrom"]) == ("allowlist", ["12345", "@ann"])
    assert (found["groupPolicy"], found["groupAllowFrom"]) == ("allowlist", ["12345"])


def test_a_value_goes_into_the_secret_of_the_instance(make_instance: MakeInstance) -> None:
    instance = make_instance(channels={"telegram": {"token": {"value": VALUE}}})
    data: Any = BUILDERS["secrets"](instance)[0]["data"]
    assert data == {"TELEGRAM_BOT_TOKEN": base64.b64encode(VALUE.encode()).decode()}
    assert VALUE not in json.dumps(BUILDERS["config"](instance))
    assert secret_variables(instance)["TELEGRAM_BOT_TOKEN"]["name"] == "support-secrets"


def test_policies_stand_where_the_channel_has_them(make_instance: MakeInstance) -> None:
    given = {
        "matrix": {"token": TOKEN, "allow_from": ["@ann:example.com"], "config": {"dm": {"threadReplies": "off"}}},
        "slack": {"token": TOKEN, "secrets": {"appToken": {"secret": "my-keys", "key": "app"}}},
        "sms": {"token": TOKEN, "dm_policy": "disabled"},
        "irc": {"token": TOKEN},
    }
    found = channels(make_instance(channels=given))
    assert found["matrix"]["dm"] == {"policy": "allowlist", "allowFrom": ["@ann:example.com"], "threadReplies": "off"}
    assert found["slack"]["appToken"] == reference("SLACK_APP_TOKEN")
    assert found["sms"] == {"enabled": True, "authToken": reference("SMS_AUTH_TOKEN"), "dmPolicy": "disabled"}
    assert found["irc"]["password"] == "${IRC_PASSWORD}"


def test_what_the_configuration_says_wins(make_instance: MakeInstance) -> None:
    config = {"channels": {"telegram": {"groupPolicy": "disabled"}}}
    found = channels(make_instance(config=config, channels={"telegram": {"token": TOKEN}}))
    assert found["telegram"]["groupPolicy"] == "disabled"
    assert found["telegram"]["botToken"] == reference("TELEGRAM_BOT_TOKEN")


def test_a_layer_changes_one_channel(resolved: Resolve) -> None:
    variables = {
        "openclaw_channels__10_house": {"telegram": {"token": TOKEN}, "signal": {}},
        "openclaw_channels": {"telegram": {"allow_from": [1]}, "signal": None},
    }
    assert resolved(variables).values["channels"] == {"telegram": {"token": TOKEN, "allow_from": [1]}}


@pytest.mark.parametrize(
    "entry, reason",
    [
        ("on", "is not a map. Write {token: {secret: <name>, key: <key>}}."),
        ({"tokn": TOKEN, "enabled": False}, "Did you mean token?"),
        ({}, "has no token, which becomes botToken. Write token: {secret: <name>, key: <key>}."),
        ({"token": VALUE}, "token: write either {value: ...} or {secret: <name>, key: <key>}."),
        ({"token": {"value": 5}}, "token: the value is empty or not text. Write it in quotes."),
        ({"token": TOKEN, "secrets": {"appToken": TOKEN}}, "secrets.appToken: is no further secret of this channel."),
        ({"token": TOKEN, "secrets": ["webhookSecret"]}, "secrets: is not a map."),
        ({"token": TOKEN, "dm_policy": "everybody"}, "dm_policy: is not one of pairing, allowlist, open, disabled."),
        ({"token": TOKEN, "group_policy": "pairing"}, "group_policy: is not one of allowlist, open, disabled."),
        ({"token": TOKEN, "allow_from": "ann"}, "allow_from: is not a list."),
        ({"token": TOKEN, "allow_from": [None]}, "allow_from: holds an entry that is neither text nor a whole number."),
        (
            {"token": TOKEN, "allow_from": ["*"]},
            'allow_from: "*" is everybody. Write dm_policy: open if that is meant.',
        ),
        ({"token": TOKEN, "dm_policy": "allowlist"}, "allow_from: is empty, so nobody may talk to the agent."),
        ({"token": TOKEN, "dm_policy": "open", "allow_from": ["ann"]}, "dm_policy: open lets everybody in"),
        ({"token": TOKEN, "enabled": "yes"}, "enabled: is not true or false."),
        ({"token": TOKEN, "config": []}, "config: is not a map."),
    ],
)
def test_mistakes_are_named(resolved: Resolve, entry: object, reason: str) -> None:
    found = resolved({"openclaw_channels": {"telegram": entry}})
    assert [problem for problem in found.problems if reason in problem]
    assert all(problem.startswith("openclaw_channels  telegram: ") for problem in found.problems)
    assert VALUE not in str(found.problems)


def test_a_channel_without_an_option_goes_into_the_configuration(resolved: Resolve) -> None:
    (problem,) = resolved({"openclaw_channels": {"tlon": {}}}).problems
    assert problem.startswith("openclaw_channels  tlon: is none of discord, ")
    assert problem.endswith("Write it in openclaw_config, below channels.")


def test_a_device_is_linked_without_a_token(resolved: Resolve) -> None:
    (problem,) = resolved({"openclaw_channels": {"signal": {"token": TOKEN}}}).problems
    assert problem == "openclaw_channels  signal: token: this channel has none; a device is linked to it. Remove it."


@pytest.mark.parametrize("option", ["secrets", "env"])
def test_a_variable_has_one_source(resolved: Resolve, option: str) -> None:
    given = {"TELEGRAM_BOT_TOKEN": TOKEN}
    found = resolved({"openclaw_channels": {"telegram": {"token": TOKEN}}, f"openclaw_{option}": given})
    assert found.problems == [
        f"openclaw_{option}  TELEGRAM_BOT_TOKEN: is set by openclaw_channels.telegram already. Remove one of the two."
    ]


def test_a_channel_that_is_a_plugin_says_so(resolved: Resolve) -> None:
    slack = {"openclaw_channels": {"slack": {"token": TOKEN}}}
    assert resolved(slack).warnings == [
        "openclaw_channels  slack: is no part of OpenClaw's image, but its plugin @openclaw/slack. Add it to "
        "openclaw_plugins, unless your image has it."
    ]
    assert resolved({"openclaw_channels": {"slack": {"token": TOKEN, "enabled": False}}}).warnings == []


@pytest.mark.parametrize(
    "channel, place, who",
    [
        ({"dmPolicy": "open"}, "dmPolicy", "everybody who finds it"),
        ({"dm": {"policy": "open"}}, "dm.policy", "everybody who finds it"),
        ({"groupPolicy": "open"}, "groupPolicy", "every group that it is added to"),
        ({"accounts": {"work": {"dmPolicy": "open"}}}, "accounts.work.dmPolicy", "everybody who finds it"),
    ],
)
def test_an_open_door_is_told(resolved: Resolve, channel: Json, place: str, who: str) -> None:
    found = resolved({"openclaw_config": {"channels": {"telegram": channel}}})
    assert found.warnings == [
        f"openclaw_config  channels.telegram.{place}: open lets {who} talk to the agent, and use its tools. Prefer an "
        "allow list."
    ]
    assert resolved({"openclaw_config": {"channels": {"telegram": {**channel, "enabled": False}}}}).warnings == []


def test_an_open_channel_lets_everybody_in_and_is_told(make_instance: MakeInstance, resolved: Resolve) -> None:
    given = {"telegram": {"token": TOKEN, "dm_policy": "open"}}
    assert channels(make_instance(channels=given))["telegram"]["allowFrom"] == ["*"]
    assert any(
        "channels.telegram.dmPolicy: open" in warning for warning in resolved({"openclaw_channels": given}).warnings
    )


@pytest.mark.parametrize("name", CHANNELS)
def test_every_channel_makes_a_configuration(make_instance: MakeInstance, name: str) -> None:
    kind = CHANNELS[name]
    token = {"token": TOKEN} if kind.token else {}
    others = {"secrets": dict.fromkeys(kind.secrets, TOKEN)} if kind.secrets else {}
    found = channels(make_instance(channels={name: {**token, **others}}))[name]
    assert found["enabled"] is True
    assert all(found[key] for key in (*kind.secrets, *([kind.token] if kind.token else [])))

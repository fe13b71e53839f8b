# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in plain text are refused with what to write instead, and never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.plaintext import (
    plain_secrets,
    used_variables,
    variable_for,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

SECRET = "correct-horse-battery-staple"
Resolve = Callable[..., Resolved]


def at(path: str, value: object) -> dict[str, Any]:
    config: object = value
    for step in reversed(path.split(".")):
        config = {step: config}
    assert isinstance(config, dict)
    return config


@pytest.mark.parametrize(
    "path, instead",
    [
        ("channels.telegram.botToken", "{source: env, provider: default, id: TELEGRAM_BOT_TOKEN}"),
        ("channels.slack.accounts.work.appToken", "{source: env, provider: default, id: SLACK_WORK_APP_TOKEN}"),
        ("channels.irc.nickserv.password", '"${IRC_PASSWORD}"'),
        ("models.providers.anthropic.apiKey", "{source: env, provider: default, id: ANTHROPIC_API_KEY}"),
        ("models.providers.corp.headers.Authorization", "{source: env, provider: default, id: CORP_AUTHORIZATION}"),
        ("models.providers.corp.request.tls.passphrase", "{source: env, provider: default, id: CORP_PASSPHRASE}"),
        ("gateway.auth.password", "{source: env, provider: default, id: GATEWAY_PASSWORD}"),
        ("hooks.token", '"${HOOKS_TOKEN}"'),
        ("mcp.servers.github.env.GITHUB_TOKEN", '"${GITHUB_TOKEN}"'),
        ("env.vars.OPENAI_API_KEY", '"${OPENAI_API_KEY}"'),
        ("plugins.entries.mail.config.password", '"${MAIL_PASSWORD}"'),
        ("skills.entries.weather.apiKey", "{source: env, provider: default, id: WEATHER_API_KEY}"),
    ],
)
def test_a_secret_is_known_by_its_key(path: str, instead: str) -> None:
    (found,) = plain_secrets(at(path, SECRET))
    assert (found.place, found.instead) == (path, instead)
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "value",
    [
        "sk-ant-" + "a1B2" * 8,
        "xoxb-" + "1234567890-abcdef",
        "ghp_" + "a" * 36,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "123456789:" + "A" * 35,
        "-----BEGIN RSA " + "PRIVATE KEY-----\nabc",
        "https://ann:" + "letmein@proxy.example.com/",
    ],
)
def test_a_secret_is_known_by_its_form(value: str) -> None:
    (found,) = plain_secrets({"agents": {"defaults": {"notes": ["fine", f"{value}"]}}})
    assert found.place == "agents.defaults.notes.1"


@pytest.mark.parametrize(
    "config",
    [
        at("channels.telegram.botToken", {"source": "env", "provider": "default", "id": "BOT"}),
        at("channels.telegram.botToken", "${BOT_TOKEN}"),
        at("models.providers.corp.headers.Authorization", "Bearer ${CORP_TOKEN}"),
        at("channels.telegram.botToken", ""),
        at("channels.telegram.tokenFile", "/run/secrets/token"),
        at("channels.slack.userTokenReadOnly", True),
        at("models.providers.ollama.apiKey", "ollama-local"),
        at("models.providers.vllm.apiKey", "EMPTY"),
        at("gateway.auth.mode", "token"),
        at("agents.defaults.maxTokens", "4096"),
        at("secrets.providers.vault.token", "TOKEN_OF_VAULT"),
        at("tools.web.guard.apiKeyEnv", "GUARD_KEY"),
        at("models.providers.corp.baseUrl", "https://llm.example.com/v1"),
        at("agents.defaults.model", "task-sk-small"),
    ],
)
def test_what_is_no_secret_is_left_alone(config: dict[str, Any]) -> None:
    assert plain_secrets(config) == []


@pytest.mark.parametrize(
    "path, variable",
    [
        (("channels", "nextcloud-talk", "botSecret"), "NEXTCLOUD_TALK_BOT_SECRET"),
        (("models", "providers", "vercel-ai-gateway", "apiKey"), "VERCEL_AI_GATEWAY_API_KEY"),
        (("talk", "providers", "elevenlabs", "apiKey"), "ELEVENLABS_API_KEY"),
        (("cron", "webhookToken"), "CRON_WEBHOOK_TOKEN"),
    ],
)
def test_a_variable_is_named_after_its_owner(path: tuple[str, ...], variable: str) -> None:
    assert variable_for(path) == variable


def test_the_error_says_what_to_write_and_not_what_was_written(resolved: Resolve) -> None:
    variables = {
        "openclaw_config": at("channels.telegram.botToken", SECRET),
        "openclaw_replica_overrides": {"1": {"config": at("hooks.token", SECRET)}},
        "openclaw_replicas": 2,
    }
    found = [problem for problem in resolved(variables).problems if "plain text" in problem]
    assert found == [
        "openclaw_config  channels.telegram.botToken: holds a secret in plain text. Store it with openclaw_secrets, as "
        "TELEGRAM_BOT_TOKEN, and write {source: env, provider: default, id: TELEGRAM_BOT_TOKEN}.",
        "openclaw_replica_overrides  1: config.hooks.token: holds a secret in plain text. Store it with "
        'openclaw_secrets, as HOOKS_TOKEN, and write "${HOOKS_TOKEN}".',
    ]


def test_variables_are_found_in_both_forms() -> None:
    config = {
        "a": "x ${ONE} $${NOT_THIS} ${lower}",
        "b": [{"source": "env", "provider": "default", "id": "TWO"}, {"source": "file", "id": "/x"}],
    }
    assert used_variables(config) == {"ONE": "a", "TWO": "b.0"}


def test_a_variable_that_nobody_sets_is_told(resolved: Resolve) -> None:
    config = {**at("channels.telegram.botToken", "${BOT}"), "env": {"vars": {"OWN": "1"}}, "ui": {"x": "${OWN} ${SET}"}}
    variables = {"openclaw_config": config, "openclaw_env": {"SET": "1"}}
    assert resolved(variables).warnings == [
        "openclaw_config  channels.telegram.botToken: needs the variable BOT, which no option sets. Add it to "
        "openclaw_secrets."
    ]
    assert resolved({**variables, "openclaw_env_from": {"more": {"secret": "my-keys"}}}).warnings == []

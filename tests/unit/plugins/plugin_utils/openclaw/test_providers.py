# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which providers of models a configuration uses, and where they listen."""

from __future__ import annotations

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.providers import (
    provider_endpoints,
    unknown_providers,
)

Map = dict[str, object]


def hosts(config: Map) -> list[str]:
    return [endpoint.host for endpoint in provider_endpoints(config)]


def agents(**defaults: object) -> Map:
    return {"agents": {"defaults": defaults}}


@pytest.mark.parametrize(
    "config",
    [
        agents(model="anthropic/claude-opus-4-6"),
        agents(model={"primary": "anthropic/claude-opus-4-6"}),
        agents(model={"fallbacks": ["anthropic/claude-opus-4-6"]}),
        agents(models={"anthropic/claude-opus-4-6": {"alias": "opus"}}),
        agents(utilityModel="anthropic/claude-haiku-4-5"),
        agents(mediaModels={"image": {"primary": "anthropic/x"}}),
        agents(compaction={"memoryFlush": {"model": "anthropic/x"}}),
        {"agents": {"entries": {"writer": {"imageModel": "anthropic/x"}}}},
        {"agents": {"list": [{"id": "writer", "model": "anthropic/x"}]}},
        {"models": {"providers": {"anthropic": {"apiKey": "k"}}}},
    ],
)
def test_a_provider_counts_wherever_its_models_are_named(config: Map) -> None:
    assert hosts(config) == ["api.anthropic.com"]


@pytest.mark.parametrize(
    "config",
    [
        {},
        agents(model="opus"),
        agents(workspace="anthropic/notes"),
        agents(thinkingDefault="anthropic/high"),
        {"channels": {"slack": {"model": "anthropic/x"}}},
        {"agents": None, "models": {"providers": None}},
    ],
)
def test_what_only_looks_like_a_model_is_none(config: Map) -> None:
    assert hosts(config) == []


def test_an_address_of_the_users_own_stands_for_the_known_one() -> None:
    config = {**agents(model="openai/gpt-5"), "models": {"providers": {"openai": {"baseUrl": "https://llm.lan/v1"}}}}
    assert hosts(config) == ["llm.lan"]


def test_each_provider_comes_once() -> None:
    assert hosts(agents(model={"primary": "xai/a", "fallbacks": ["xai/b", "groq/c"]})) == ["api.groq.com", "api.x.ai"]


def test_providers_without_a_known_address_are_named() -> None:
    config = agents(model={"primary": "amazon-bedrock/a", "fallbacks": ["ollama/b", "vllm/c", "mistral/d"]})
    assert unknown_providers(config) == ["amazon-bedrock"]
    named = {"models": {"providers": {"amazon-bedrock": {"baseUrl": "https://bedrock.example.com"}}}}
    assert unknown_providers({**config, **named}) == []

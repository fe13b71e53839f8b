# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Providers of models as options: keys by reference, addresses where OpenClaw knows none, and the way to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.networkpolicy_egress import destinations
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
Resolve = Callable[..., Resolved]
KEY = {"secret": "my-keys", "key": "llm"}
VALUE = "not-a-real-key"
OWN = {"url": "http://vllm.models.svc:8000/v1", "models": {"llama": {"contextWindow": 131072}}}


def providers(instance: Json) -> Any:
    data: Any = BUILDERS["config"](instance)[0]["data"]
    return json.loads(data["openclaw.json"])["models"].get("providers")


def secret_variables(instance: Json) -> dict[str, Json]:
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    spec: Any = stateful_set["spec"]
    env = spec["template"]["spec"]["containers"][0]["env"]
    return {entry["name"]: entry["valueFrom"]["secretKeyRef"] for entry in env if "valueFrom" in entry}


@pytest.mark.parametrize(
    "provider, variable",
    [
        ("anthropic", "ANTHROPIC_API_KEY"),
        ("google", "GEMINI_API_KEY"),
        ("huggingface", "HF_TOKEN"),
        ("openrouter", "OPENROUTER_API_KEY"),
    ],
)
def test_a_provider_that_openclaw_knows_needs_its_key_only(
    make_instance: MakeInstance, provider: str, variable: str
) -> None:
    instance = make_instance(providers={provider: {"key": KEY}})
    assert providers(instance) is None
    assert secret_variables(instance)[variable] == {"name": "my-keys", "key": "llm"}


def test_another_one_needs_an_address_and_models(make_instance: MakeInstance) -> None:
    instance = make_instance(providers={"corp": {**OWN, "key": KEY, "config": {"timeoutSeconds": 300}}})
    assert providers(instance) == {
        "corp": {
            "api": "openai-completions",
            "apiKey": {"source": "env", "provider": "default", "id": "CORP_API_KEY"},
            "baseUrl": "http://vllm.models.svc:8000/v1",
            "models": [{"id": "llama", "name": "llama", "contextWindow": 131072}],
            "timeoutSeconds": 300,
        }
    }
    assert "CORP_API_KEY" in secret_variables(instance)


def test_what_the_configuration_says_wins(make_instance: MakeInstance) -> None:
    config = {"models": {"providers": {"corp": {"api": "openai-responses"}}}}
    assert providers(make_instance(config=config, providers={"corp": OWN}))["corp"]["api"] == "openai-responses"


def test_the_network_policy_opens_the_way(make_instance: MakeInstance) -> None:
    instance = make_instance(providers={"corp": OWN, "anthropic": {"key": KEY}})
    assert {(found.host, found.port) for found in destinations(instance)} == {
        ("vllm.models.svc", 8000),
        ("api.anthropic.com", 443),
    }


def test_a_provider_out_of_reach_is_told(resolved: Resolve) -> None:
    given = {"openclaw_providers": {"anthropic": {"key": KEY}}, "openclaw_networkpolicy_egress": "internal"}
    (warning,) = resolved(given).warnings
    assert warning.startswith("openclaw_networkpolicy_egress  internal closes the way to the model provider anthropic")


@pytest.mark.parametrize(
    "entry, reason",
    [
        ("key", "is not a map. Write {key: {secret: <name>, key: <key>}}."),
        ({**OWN, "kye": KEY}, "Did you mean key?"),
        ({**OWN, "key": VALUE}, "key: write either {value: ...} or {secret: <name>, key: <key>}."),
        ({"key": KEY}, "is no provider that OpenClaw knows. Write its url, such as https://host/v1."),
        ({"url": OWN["url"]}, "has no models. Write models: {<name of the model>: {}}."),
        ({**OWN, "url": f"https://ann:{VALUE}@llm.example.com"}, "url: is not an address."),
        ({**OWN, "url": "http://169.254.169.254/v1"}, "is a link-local, metadata or reserved address."),
        ({**OWN, "api": "openai"}, "api: is none of anthropic-messages, "),
        ({**OWN, "models": ["llama"]}, "models: is not a map of maps."),
        ({**OWN, "config": {"headers": {"Authorization": VALUE}}}, "config.headers.Authorization: holds a secret"),
    ],
)
def test_mistakes_are_named(resolved: Resolve, entry: object, reason: str) -> None:
    found = resolved({"openclaw_providers": {"corp": entry}})
    assert [problem for problem in found.problems if reason in problem]
    assert VALUE not in str(found.problems)


def test_a_name_can_stand_before_a_slash(resolved: Resolve) -> None:
    (problem,) = resolved({"openclaw_providers": {"My Corp": OWN}}).problems
    assert "is no name of a provider" in problem


def test_two_providers_cannot_share_a_variable(resolved: Resolve) -> None:
    given = {"my-corp": {**OWN, "key": KEY}, "my.corp": {**OWN, "key": KEY}}
    (problem,) = resolved({"openclaw_providers": given}).problems
    assert problem == (
        "openclaw_providers  my.corp: needs the variable MY_CORP_API_KEY, as does openclaw_providers.my-corp. Remove "
        "one of them."
    )


def test_a_provider_that_is_a_plugin_says_so(resolved: Resolve) -> None:
    found = resolved({"openclaw_providers": {"groq": {"key": KEY}, "anthropic": {"key": KEY}}})
    assert found.warnings == [
        "openclaw_providers  groq: is no part of OpenClaw's image, but its plugin @openclaw/groq-provider. Add it to "
        "openclaw_plugins, unless your image has it, or write url and models."
    ]

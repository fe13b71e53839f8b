# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first look at a configuration, on the controller: with the schema of the image, or not at all."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.containers import program_texts
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.schema import findings
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
Lint = Callable[..., list[str]]
FILE = "ghcr.io-openclaw-openclaw-2026.9.6.json"
TAG = "2026.9.6"

AGENTS = {
    "type": "object",
    "title": "Agents",
    "properties": {"maxConcurrent": {"type": "integer", "description": "How many turns at a time."}},
    "additionalProperties": False,
}
PROVIDER = {
    "type": "object",
    "properties": {
        "baseUrl": {"type": "string"},
        "apiKey": {"type": ["string", "object"]},
        "title": {"type": "string"},
    },
    "required": ["baseUrl"],
}
SCHEMA = {
    "type": "object",
    "properties": {
        **{key: {"type": "object"} for key in ("gateway", "update", "discovery", "logging", "channels", "plugins")},
        "agents": AGENTS,
        "models": {"type": "object", "properties": {"providers": {"additionalProperties": PROVIDER}}},
    },
    "additionalProperties": False,
}


@pytest.fixture
def lint(tmp_path: Path, resolved: Callable[..., Resolved]) -> Lint:
    """The problems of an instance of 2026.9.6 whose schema the controller has."""
    (tmp_path / FILE).write_text(json.dumps(SCHEMA), encoding="utf-8")

    def problems(**variables: object) -> list[str]:
        named = {f"openclaw_{option}": value for option, value in variables.items()}
        return resolved({"openclaw_image_tag": TAG, "openclaw_config_schema_cache": str(tmp_path), **named}).problems

    return problems


def test_a_slip_is_told_before_anything_is_asked_of_a_cluster(lint: Lint) -> None:
    assert lint(config={"agents": {"maxConcurent": 5}, "bogus": 1}) == [
        "openclaw_config  agents.maxConcurent: is no key that OpenClaw 2026.9.6 knows. Did you mean maxConcurrent?",
        "openclaw_config  bogus: is no key that OpenClaw 2026.9.6 knows.",
    ]
    assert lint(config={"agents": {"maxConcurrent": "5"}}) == [
        'openclaw_config  agents.maxConcurrent: "5" is text. Write a whole number.'
    ]


def test_it_comes_together_with_all_other_problems(lint: Lint) -> None:
    assert len(lint(config={"bogus": 1}, storage_size="20GB")) == 2


def test_a_secret_is_never_shown(lint: Lint) -> None:
    config = {"models": {"providers": {"corp": {"baseUrl": "https://x", "apiKey": 12345}}}}
    (problem,) = lint(config=config)
    assert problem == "openclaw_config  models.providers.corp.apiKey: is a whole number. Write text or a map."


def test_what_a_feature_brings_is_not_missed(lint: Lint) -> None:
    config = {"models": {"providers": {"ollama": {"title": "mine"}}}}
    assert lint(config=config, ollama_enabled=True, ollama_models=["llama3.2"]) == []
    assert lint(config=config) == ["openclaw_config  models.providers.ollama.baseUrl: is missing."]


def test_the_configuration_of_a_replica_is_looked_at_too(lint: Lint) -> None:
    found = lint(replicas=2, replica_overrides={"1": {"config": {"bogus": 1}}})
    assert found == ["openclaw_replica_overrides  bogus: is no key that OpenClaw 2026.9.6 knows."]
    assert len(lint(config={"bogus": 1}, replicas=2, replica_overrides={"1": {"env": {"A": "1"}}})) == 1


def test_a_removed_key_and_the_rest_of_a_list_are_no_mistakes(lint: Lint) -> None:
    assert lint(config={"agents": None, "plugins": {"allow": ["..."]}}) == []


@pytest.mark.parametrize(
    "options", [{"config_lint_enabled": False}, {"image_tag": "2026.8.2"}, {"image_tag": "latest"}]
)
def test_without_a_schema_of_its_own_an_image_judges_alone(lint: Lint, options: Json) -> None:
    assert lint(config={"bogus": 1}, **options) == []


def test_many_problems_end(lint: Lint) -> None:
    found = lint(config={f"bogus{number}": 1 for number in range(30)})
    assert len(found) == 21
    assert found[-1] == "openclaw_config  has 10 more problems of this kind."


# The Job


def job_of(instance: Json) -> Any:
    (job,) = (found for found in BUILDERS["config"](instance) if found["kind"] == "Job")
    return job


def test_the_job_prints_the_schema_for_the_file_of_its_image(make_instance: MakeInstance) -> None:
    job = job_of(make_instance(image_tag=TAG, config_schema_cache="/cache", image_registry="mirror.example.com"))
    assert job["metadata"]["annotations"]["openclaw.kubernetes/hook-output"] == f"config-schema=/cache/{FILE}"
    (printer,) = job["spec"]["template"]["spec"]["initContainers"]
    (check,) = job["spec"]["template"]["spec"]["containers"]
    assert printer["command"][-4:] == ["node", "/app/openclaw.mjs", "config", "schema"]
    assert printer["image"].startswith("mirror.example.com/")
    assert {key for key in printer if printer[key] != check[key]} == {"name", "command", "env"}


@pytest.mark.parametrize("options", [{"config_lint_enabled": False}, {"image_tag": "latest"}])
def test_nothing_is_printed_that_nobody_reads(make_instance: MakeInstance, options: Json) -> None:
    job = job_of(make_instance(**options))
    assert "openclaw.kubernetes/hook-output" not in job["metadata"]["annotations"]
    assert "initContainers" not in job["spec"]["template"]["spec"]


def printed(*command: str) -> str:
    program = program_texts("print-schema.mjs")["print-schema.mjs"]
    run = subprocess.run(
        ["node", "--input-type=module", "-e", program, *command], capture_output=True, text=True, check=True
    )
    return run.stdout


def test_the_program_prints_all_that_counts(tmp_path: Path) -> None:
    source = tmp_path / "schema.json"
    plugins = {"type": "object", "properties": {"entries": {"type": "object", "properties": {"a": AGENTS}}}}
    whole = {**SCHEMA, "properties": {**SCHEMA["properties"], "plugins": plugins}}  # type: ignore[dict-item]
    source.write_text(json.dumps(whole), encoding="utf-8")
    text = printed(sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", str(source))

    assert max(map(len, text.splitlines())) <= 4000
    kept = json.loads(gzip.decompress(base64.b64decode("".join(text.split()))))

    assert "How many turns" not in json.dumps(kept)
    assert isinstance(kept["properties"]["agents"], str), "read when it is needed"
    assert isinstance(kept["properties"]["plugins"]["properties"]["entries"]["properties"]["a"], str)
    values: list[Json] = [
        {"agents": {"maxConcurrent": "x"}},
        {"plugins": {"entries": {"a": {"bogus": 1}}}},
        {"models": {"providers": {"x": {"title": 1}}}},
        {"nothing": 1},
        {"agents": {"maxConcurrent": 1}},
    ]
    for value in values:
        assert findings(kept, value) == findings(whole, value)


def test_a_program_without_a_schema_prints_nothing_and_does_not_fail() -> None:
    assert printed("false") == ""
    assert printed("echo", "not json") == ""
    assert printed("no-such-command") == ""

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first look at a configuration, with the schema that the image itself printed, beside OpenClaw's own verdict."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config import declared, text
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_merge import merged
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.json5_text import parse_object
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.plaintext import plain_secrets
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.retired import release_of, translated
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.schema import findings
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.schema_file import forget, load
from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import (
    Instance,
    new_instance,
    with_max_concurrent,
)
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

Config = dict[str, Any]

LIMIT_SECONDS = 0.3
SIZE = 250 * 1024
_ROUNDS = 7


@pytest.fixture(scope="module")
def linted(shared_stage: Stage, model: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Instance, Path]:
    """An instance, and the folder in which its controller keeps schemas: empty before the first run."""
    folder = tmp_path_factory.mktemp("schemas") / "kept"
    instance = new_instance(
        shared_stage,
        "linted",
        model,
        openclaw_config=with_max_concurrent(2),
        openclaw_config_schema_cache=str(folder),
    )
    return instance, folder


@pytest.fixture(scope="module")
def schema(linted: tuple[Instance, Path]) -> Config:
    (file,) = linted[1].iterdir()
    found = load(str(file))
    assert found is not None
    return dict(found)


def test_the_first_run_brings_the_schema_and_later_runs_use_it(linted: tuple[Instance, Path]) -> None:
    instance, folder = linted
    (file,) = folder.iterdir()
    assert file.name.endswith(".json")
    before = file.stat().st_mtime_ns

    instance.site(openclaw_config=with_max_concurrent(3)).ok()

    assert instance.max_concurrent() == 3
    assert file.stat().st_mtime_ns == before


def test_a_mistake_is_told_without_a_word_to_the_cluster(linted: tuple[Instance, Path], audit: AuditLog) -> None:
    instance, _folder = linted
    start = audit.mark()

    refused = run("site", instance.inventory, extra={"openclaw_config": {"agents": {"defaults": {"maxConcurent": 5}}}})

    assert refused.rc != 0
    assert "agents.defaults.maxConcurent: is no key that OpenClaw" in refused.error
    assert "Did you mean maxConcurrent?" in refused.error
    assert audit.since(start).requests == []


def test_without_the_first_look_the_image_is_the_judge(linted: tuple[Instance, Path]) -> None:
    instance, _folder = linted
    extra = {"openclaw_config_lint_enabled": False, "openclaw_config": {"agents": {"defaults": {"maxConcurent": 5}}}}

    refused = run("site", instance.inventory, extra=extra)

    assert refused.rc != 0
    assert "Unrecognized key" in refused.error
    assert "maxConcurent" in refused.error


# Each with OpenClaw's verdict; the first look may miss something, but never refuse what OpenClaw takes.
ACCEPTED: dict[str, Config] = {
    "a channel whose keys with defaults are left out": {"channels": {"telegram": {"botToken": "${BOT}"}}},
    "a reference to a secret": {
        "channels": {"telegram": {"botToken": {"source": "env", "provider": "default", "id": "BOT"}}}
    },
    "several accounts": {
        "channels": {"telegram": {"accounts": {"a": {"botToken": "${A}"}, "b": {"botToken": "${B}"}}}}
    },
    "sticker sets, whose patterns Python does not know": {"channels": {"feishu": {"stickerSets": {}}}},
    "models as text and as a map": {
        "agents": {"defaults": {"model": "anthropic/claude"}, "entries": {"a": {"model": {"primary": "openai/gpt"}}}}
    },
    "a provider with a key only": {"models": {"providers": {"anthropic": {"apiKey": "${KEY}"}}}},
    "a plugin that is not installed": {"plugins": {"entries": {"nobody-knows": {"config": {"anything": [1]}}}}},
    "servers of tools": {"mcp": {"servers": {"a": {"command": "node", "args": ["x"]}, "b": {"url": "https://x/mcp"}}}},
}
REFUSED: dict[str, Config] = {
    "unknown key": {"agents": {"defaults": {"maxConcurent": 5}}},
    "unknown root key": {"bogus": True},
    "wrong word": {"gateway": {"reload": {"mode": "sometimes"}}},
    "wrong kind": {"gateway": {"port": "eighteen"}},
    "out of range": {"gateway": {"port": -1}},
    "missing key": {"models": {"providers": {"x": {"baseUrl": "http://x", "models": [{"id": "m"}]}}}},
    "null": {"channels": None},
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_openclaw_takes_is_not_refused(name: str, linted: tuple[Instance, Path], schema: Config) -> None:
    assert verdict(linted[0], ACCEPTED[name])["valid"], name
    assert findings(schema, ACCEPTED[name]) == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_openclaw_refuses_is_told_at_the_same_place(
    name: str, linted: tuple[Instance, Path], schema: Config
) -> None:
    judged = verdict(linted[0], REFUSED[name])
    assert not judged["valid"], name
    places = {issue["path"] for issue in judged["issues"]}
    told = [".".join(map(str, found.path)) for found in findings(schema, REFUSED[name])]
    assert told
    # OpenClaw names the map that holds an unknown key, we name the key.
    places |= {path.replace("<root>", "") for path in places}
    assert all(place in places or place.rpartition(".")[0] in places for place in told)


OLD: Config = {
    "logging": {"consoleStyle": "compact", "redactSensitive": "tools"},
    "memorySearch": {"provider": "auto"},
    "agents": {"list": [{"id": "main", "default": True}], "defaults": {"embeddedPi": {}, "pdfMaxBytesMb": 5}},
    "mcp": {"servers": {"a": {"command": "node", "disabled": True}}},
    "gateway": {"reload": {"mode": "hot"}, "nodes": {"allowCommands": ["canvas.*"]}},
    "session": {"idleMinutes": 30, "maintenance": {"pruneDays": 30}},
    "env": {"TZ": "UTC"},
    "tools": {"exec": {"timeoutSec": 60}},
    "commands": {"modelsWrite": True},
}


def test_what_older_releases_said_is_refused_as_it_is_and_taken_when_translated(
    linted: tuple[Instance, Path], schema: Config
) -> None:
    instance, _folder = linted
    assert not verdict(instance, OLD)["valid"]

    new, told = translated(OLD, release_of(image_tag(instance)))

    assert told
    assert findings(schema, new) == []
    assert verdict(instance, new)["valid"]


def test_large_configuration_is_merged_and_checked_in_time(
    schema: Config, linted: tuple[Instance, Path], record_property: Callable[[str, object], None]
) -> None:
    """From JSON5 text to a merged, checked file, as each run does it; the schema is read anew each time.

    Time of the processor: a busy machine says nothing about the work.
    """
    (file,) = linted[1].iterdir()
    base = large(0)
    theirs, ours = {**base, "ui": {"seamColor": "#ff0000"}}, text(large(1))
    assert len(ours.encode()) > SIZE
    seconds = []
    for _round in range(_ROUNDS):
        forget()
        start = time.process_time()
        wanted = declared(translated(parse_object(ours), release_of("2026.9.6"))[0])
        result = merged(base, theirs, wanted)
        assert plain_secrets(result.config) == []
        read = load(str(file))
        assert read is not None
        assert findings(read, result.config) == []
        seconds.append(time.process_time() - start)
    record_property("figure", f"{median(seconds) * 1000:.0f} ms for {len(ours.encode()) // 1024} KiB")
    assert median(seconds) < LIMIT_SECONDS


def large(number: int) -> Config:
    """A configuration of about a quarter of a mebibyte: many agents, each with settings of its own."""
    agents = {
        f"agent-{index:04}": {
            "name": f"Agent {index}",
            "workspace": f"~/.openclaw/workspace-{index}",
            "model": {"primary": "anthropic/claude-opus-4-6", "fallbacks": ["openai/gpt-5", "google/gemini-3"]},
            "identity": {"name": f"Agent {index}", "theme": "quiet " * 20, "emoji": "🦞"},
            "groupChat": {"mentionPatterns": [f"@agent{index}", f"agent {index}"], "historyLimit": 10 + number},
        }
        for index in range(385)
    }
    return {"agents": {"ownership": "explicit", "entries": agents}}


def image_tag(instance: Instance) -> str:
    """The release that the pod runs."""
    image: str = instance.pod()["spec"]["containers"][0]["image"]
    return image.partition("@")[0].rpartition(":")[2]


def verdict(instance: Instance, config: Config) -> Config:
    """What OpenClaw itself says about a configuration, in the pod of an instance."""
    script = (
        "const fs=require('fs'),{spawnSync}=require('child_process');const f=`/tmp/judged-${process.pid}.json`;"
        "fs.writeFileSync(f,process.argv[1]);"
        "const r=spawnSync('node',['/app/openclaw.mjs','config','validate','--json'],"
        "{encoding:'utf8',env:{...process.env,OPENCLAW_CONFIG_PATH:f,OPENCLAW_STATE_DIR:'/tmp/judged-state'}});"
        "fs.rmSync(f);process.stdout.write(r.stdout)"
    )
    whole = {**config, "gateway": {"mode": "local", **config.get("gateway", {})}}
    said = instance.exec("node", "-e", script, json.dumps(whole))
    assert said.rc == 0, said.stderr
    found: Config = json.loads(said.stdout[said.stdout.index("{") :])
    return found

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Ollama beside the gateway: a turn runs through it, and a model that cannot be had is told by its name."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

pytestmark = pytest.mark.needs_image("ollama")

# What the test image's model says, whatever it is asked.
WORD = "Lobster!"
_SOCKETS = "for(const file of ['tcp','tcp6'])console.log(require('fs').readFileSync('/proc/net/'+file,'utf8'))"
_LOOPBACK_11434, _ANY_11434 = "0100007F:2CAA", "00000000:2CAA"


@pytest.fixture(scope="module")
def local(shared_stage: Stage, model: str) -> Instance:
    """An instance with Ollama, which was given a model of 2 MB: the test cluster has no way to a registry of models."""
    instance = new_instance(
        shared_stage,
        "ollama",
        model,
        openclaw_ollama_enabled=True,
        openclaw_ollama_cpu_request="50m",
        openclaw_ollama_memory_request="128Mi",
        openclaw_ollama_storage_size="1Gi",
    )
    said = instance.cluster.exec(
        instance.pod_name,
        instance.name,
        *("ollama", "create", "tiny", "-f", "/opt/tiny/Modelfile"),
        container="ollama",
    )
    assert said.rc == 0, said.stderr
    instance.site(
        openclaw_ollama_models=["tiny"],
        openclaw_config__20_ollama={"agents": {"defaults": {"model": {"primary": "ollama/tiny"}}}},
    ).ok()
    return instance


def test_the_model_was_there_before_the_gateway_started(local: Instance) -> None:
    log = local.cluster.logs(local.pod_name, local.name, "ollama-models")
    assert "tiny: is there" in log


def test_the_gateway_lists_it_among_the_model_providers(local: Instance) -> None:
    said = local.openclaw("models", "list", "--all", "--provider", "ollama", "--json")
    assert said.rc == 0, said.stderr
    listed = json.loads(said.stdout[said.stdout.index("{") :])["models"]
    assert "ollama/tiny:latest" in [entry["key"] for entry in listed]


def test_a_turn_runs_through_it(local: Instance, record_property: Callable[[str, object], None]) -> None:
    started = time.monotonic()
    assert local.ask("What are you?") == (200, WORD)
    record_property("figure", f"answer in {time.monotonic() - started:.1f} s")


def test_it_listens_on_loopback_only(local: Instance) -> None:
    sockets = local.exec("node", "-e", _SOCKETS).stdout
    assert _LOOPBACK_11434 in sockets
    assert _ANY_11434 not in sockets


def test_a_model_that_does_not_exist_fails_the_run_with_its_name(local: Instance) -> None:
    failed = local.site(openclaw_ollama_models=["tiny", "no-such-model"])
    assert failed.rc != 0
    assert "openclaw_ollama_models  no-such-model: cannot be pulled" in failed.error

    local.site(openclaw_ollama_models=["tiny"]).ok()
    assert local.ask("And now?") == (200, WORD)

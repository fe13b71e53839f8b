# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks: their configuration, their token, their modules, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
Resolve = Callable[[Mapping[str, object]], Resolved]
MODULE = "export default () => ({ message: 'x' });\n"
ALERTS: Json = {
    "hooks_enabled": True,
    "hooks_mappings": {"alerts": {"transform": {"module": "alerts.mjs"}, "deliver": False}},
    "hooks_transforms": {"alerts.mjs": MODULE},
}


def config_map(instance: Json) -> Any:
    return BUILDERS["config"](instance)[0]["data"]


def config_of(instance: Json) -> Json:
    found: Json = json.loads(config_map(instance)["openclaw.json"])
    return found


def pod_of(instance: Json) -> Any:
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    spec: Any = stateful_set["spec"]
    return spec["template"]["spec"]


def test_hooks_are_off_and_leave_nothing(make_instance: MakeInstance) -> None:
    assert "hooks" not in config_of(make_instance())
    assert "items" not in pod_of(make_instance())["volumes"][0]["configMap"]


def test_the_configuration_of_hooks(make_instance: MakeInstance) -> None:
    assert config_of(make_instance(**ALERTS))["hooks"] == {
        "enabled": True,
        "path": "/hooks",
        "token": "${OPENCLAW_HOOKS_TOKEN}",
        "allowedAgentIds": ["main"],
        "allowRequestSessionKey": False,
        "mappings": [
            {"id": "alerts", "match": {"path": "alerts"}, "transform": {"module": "alerts.mjs"}, "deliver": False}
        ],
    }


def test_what_the_user_sets_wins(make_instance: MakeInstance) -> None:
    found = config_of(make_instance(**ALERTS, config={"hooks": {"path": "/own", "mappings": []}}))["hooks"]
    assert (found["path"], found["mappings"], found["enabled"]) == ("/own", [], True)


def test_a_token_is_made_once_or_comes_from_a_secret(make_instance: MakeInstance) -> None:
    def variable(instance: Json) -> Any:
        return next(each for each in pod_of(instance)["containers"][0]["env"] if each["name"] == "OPENCLAW_HOOKS_TOKEN")

    made = make_instance(hooks_enabled=True)
    assert variable(made)["valueFrom"] == {"secretKeyRef": {"name": "support-hooks-token", "key": "token"}}
    assert "support-hooks-token" in [found["metadata"]["name"] for found in BUILDERS["secrets"](made)]  # type: ignore[index]
    named = make_instance(hooks_enabled=True, hooks_token_secret="theirs", hooks_token_key="key")
    assert variable(named)["valueFrom"] == {"secretKeyRef": {"name": "theirs", "key": "key"}}
    assert len(BUILDERS["secrets"](named)) == 1


def test_modules_stand_beside_a_mounted_configuration(make_instance: MakeInstance) -> None:
    instance = make_instance(**ALERTS)
    volume = pod_of(instance)["volumes"][0]["configMap"]
    assert {"key": "transform-alerts.mjs", "path": "hooks/transforms/alerts.mjs"} in volume["items"]
    assert {"key": "openclaw.json", "path": "openclaw.json"} in volume["items"]
    assert {item["key"] for item in volume["items"]} == set(config_map(instance))
    assert config_map(instance)["transform-alerts.mjs"] == MODULE
    assert BUILDERS["hooks"](instance) == []


@pytest.mark.parametrize("mode", ["overwrite", "seed"])
def test_modules_of_a_configuration_on_the_volume_cannot_be_changed_there(
    make_instance: MakeInstance, mode: str
) -> None:
    instance = make_instance(**ALERTS, config_mode=mode)
    (found,) = BUILDERS["hooks"](instance)
    data: Any = found["data"]
    assert data["alerts.mjs"] == MODULE
    mounts = pod_of(instance)["containers"][0]["volumeMounts"]
    place = "/home/node/.openclaw/hooks/transforms"
    assert {"name": "content", "mountPath": place, "subPath": "hooks-0", "readOnly": True} in mounts


def test_a_module_comes_from_a_file(make_instance: MakeInstance, tmp_path: Path) -> None:
    (tmp_path / "alerts.mjs").write_text(MODULE)
    given = {**ALERTS, "hooks_transforms": {"alerts.mjs": {"src": str(tmp_path / "alerts.mjs")}}}
    assert config_map(make_instance(**given))["transform-alerts.mjs"] == MODULE


def test_the_heartbeat(make_instance: MakeInstance) -> None:
    found = config_of(make_instance(heartbeat={"every": "45m", "target": "none"}))
    assert found["agents"]["defaults"]["heartbeat"] == {"every": "45m", "target": "none"}
    assert "agents" not in config_of(make_instance())


@pytest.mark.parametrize(
    "options,said",
    [
        ({"hooks_path": "/"}, 'openclaw_hooks_path  "/" would take the place of the gateway'),
        ({"hooks_mappings": {"a": {"messageTemplate": "x"}}, "hooks_enabled": False}, "does nothing while"),
        ({"hooks_mappings": {"a b": {"messageTemplate": "x"}}}, "a b: is not a name"),
        ({"hooks_mappings": {"a": "x"}}, "a: is not a map"),
        ({"hooks_mappings": {"a": {"messageTemplat": "x"}}}, "Did you mean messageTemplate?"),
        ({"hooks_mappings": {"a": {}}}, "a: has nothing to say. Write messageTemplate, or a transform."),
        ({"hooks_mappings": {"a": {"action": "wake"}}}, "Write textTemplate"),
        (
            {"hooks_mappings": {"a": {"action": "run", "messageTemplate": "x"}}},
            'action "run" is not one of agent, wake',
        ),
        ({"hooks_mappings": {"wake": {"messageTemplate": "x"}}}, "answers at wake, where the gateway has an answer"),
        ({"hooks_mappings": {"a": {"transform": {"module": "b.mjs"}}}}, 'transform.module "b.mjs" is not in'),
        ({"hooks_transforms": {"../x.mjs": MODULE}}, "../x.mjs: is not the name of a module"),
        ({"hooks_transforms": {"x.mjs": "let a = 1;"}}, "x.mjs: exports nothing"),
        ({"hooks_transforms": {"x.mjs": {"src": "/does/not/exist"}}}, 'src "/does/not/exist" does not exist'),
        ({"hooks_agents": ["other"]}, "openclaw_hooks_agents  other: is no agent of openclaw_config. There is main."),
        ({"config": {"agents": {"entries": {"a": {}, "b": {}}}}}, "openclaw_hooks_agents  is empty, and"),
        (
            {"hooks_mappings": {"m": {"messageTemplate": "x", "agentId": "other"}}},
            "m: agentId: other is not one of openclaw_hooks_agents",
        ),
        ({"heartbeat": {"every": "often"}}, 'openclaw_heartbeat  every: "often" is not a duration'),
    ],
)
def test_what_is_refused(resolved: Resolve, options: Json, said: str) -> None:
    given = {"hooks_enabled": True, **options}
    problems = resolved({f"openclaw_{name}": value for name, value in given.items()}).problems
    assert any(said in problem for problem in problems), problems


def test_content_that_is_not_wrapped_is_a_warning(resolved: Resolve) -> None:
    mapping = {"messageTemplate": "x", "allowUnsafeExternalContent": True}
    found = resolved({"openclaw_hooks_enabled": True, "openclaw_hooks_mappings": {"a": mapping}})
    assert found.problems == []
    assert any("allowUnsafeExternalContent" in warning for warning in found.warnings)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One engine behind two doors: the action and the module give the same answers and show no secret."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

# A connection that runs commands here but is not called local: Ansible transfers the module, as to a bastion.
_ELSEWHERE = '''
from ansible.plugins.connection import local

DOCUMENTATION = """
name: elsewhere
short_description: The local connection by another name
description: For tests.
author: tests
"""


class Connection(local.Connection):
    transport = "elsewhere"
'''

_COMPARED = (
    *("changed", "failed", "msg", "objects", "problems", "diff", "warnings", "instance"),
    *("settled", "entries", "commands"),
)

Steps = list[dict[str, Any]]


class Door:
    """Plays the same tasks through one of the doors, in a namespace of its own."""

    def __init__(self, stage: Stage, inventory: Inventory, namespace: str, variables: Mapping[str, object]) -> None:
        self.stage = stage
        self.namespace = namespace
        self._inventory = inventory.host("door", openclaw_name="support", **variables)

    def play(self, steps: Steps, verbosity: int = 0) -> tuple[list[dict[str, Any]], Run]:
        tasks = [
            {
                "name": f"Step {number}",
                f"openclaw.kubernetes.{step.get('module', 'apply')}": {
                    "name": "support",
                    "namespace": self.namespace,
                    "kubeconfig": self._inventory.kubeconfig,
                    **step["options"],
                },
                "check_mode": step.get("check", False),
                "diff": True,
                "ignore_errors": True,
            }
            for number, step in enumerate(steps)
        ]
        play = [{"hosts": "all", "gather_facts": False, "tasks": tasks}]
        plugins = self._inventory.folder / "connection_plugins"
        plugins.mkdir(exist_ok=True)
        (plugins / "elsewhere.py").write_text(_ELSEWHERE, encoding="utf-8")
        finished = run(self._inventory.playbook(yaml.safe_dump(play)), self._inventory, verbosity=verbosity)
        assert len(finished.tasks) == len(steps), finished.output
        answers = [{key: task.result[key] for key in _COMPARED if key in task.result} for task in finished.tasks]
        return [json.loads(json.dumps(answer).replace(self.namespace, "NAMESPACE")) for answer in answers], finished


@pytest.fixture
def action(bare: Stage) -> Door:
    return Door(bare, bare.inventory(), bare.name("action"), {"ansible_connection": "local"})


@pytest.fixture
def module(bare: Stage) -> Door:
    variables = {"ansible_connection": "elsewhere", "ansible_python_interpreter": sys.executable}
    return Door(bare, bare.inventory(), bare.name("module"), variables)


def _objects(**settings: str) -> list[dict[str, Any]]:
    token = base64.b64encode(settings.pop("token", "a-token-of-the-test").encode()).decode()
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "support-config"}, "data": settings},
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "data": {"token": token},
            "metadata": {"name": "support-token"},
        },
    ]


def _namespace(door: Door) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": door.namespace}}


def _apply(objects: list[dict[str, Any]] | str, **options: object) -> dict[str, Any]:
    return {"options": {"part": "config", "objects": objects, **options}}


def _story(door: Door) -> Steps:
    """A life of an instance, refusals included."""
    first, second = [_namespace(door), *_objects(colour="red", size="1")], [_namespace(door), *_objects(colour="blue")]
    needy = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "support"},
        "spec": {
            "serviceName": "support",
            "replicas": 0,
            "selector": {"matchLabels": {"app": "x"}},
            "template": {
                "metadata": {"labels": {"app": "x"}},
                "spec": {
                    "containers": [
                        {
                            "name": "main",
                            "image": "x",
                            "env": [
                                {
                                    "name": "KEY",
                                    "valueFrom": {"secretKeyRef": {"name": "support-token", "key": "other"}},
                                }
                            ],
                        }
                    ]
                },
            },
        },
    }
    return [
        {**_apply(first), "check": True},
        _apply(first),
        _apply(first),
        {**_apply(second), "check": True},
        _apply(second),
        _apply([*second, needy]),
        _apply([{"kind": "ConfigMap"}, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "../x"}}]),
        _apply([], preflight=True),
        _apply([_namespace(door)]),
        _apply([_namespace(door)], wait_timeout="soon"),
        {"module": "instance_info", "options": {}},
        _apply(json.dumps([_namespace(door)])),
        _apply("no: list"),
        {"module": "instance_info", "options": {"entries": [{"url": "ftp://claw.example.com/"}]}},
        {"module": "instance_info", "options": {"entries": [{"url": "https://claw.example.com/", "timeout": 1}]}},
        {"module": "commands", "options": {"commands": []}},
        {"module": "commands", "options": {"commands": [{"title": "do it", "argv": ["true"]}]}, "check": True},
        _apply([_namespace(door)], preflight=True),
    ]


def test_both_doors_give_the_same_answers(action: Door, module: Door) -> None:
    through_action, _run = action.play(_story(action))
    through_module, _run = module.play(_story(module))

    assert through_action == through_module
    changed = [bool(answer.get("changed")) for answer in through_action]
    assert changed == [True, True, False, True, True, False, False, True, True, *[False] * 9]
    failed = [number for number, answer in enumerate(through_action) if "problems" in answer]
    assert failed == [5, 6, 9, 12, 13, 16]
    assert through_action[0]["diff"] == through_action[1]["diff"]
    assert through_action[3]["diff"] == through_action[4]["diff"]
    assert "key other of Secret support-token, which has only: token" in through_action[5]["msg"]
    assert len(through_action[6]["problems"]) == 2
    assert {item["name"]: item["action"] for item in through_action[8]["objects"]} == {
        "support-config": "deleted",
        "support-token": "kept",
        "NAMESPACE": "unchanged",
    }
    assert through_action[10]["instance"]["phase"] == "absent"
    assert through_action[11]["objects"][0] == {
        "kind": "Namespace",
        "name": "NAMESPACE",
        "action": "unchanged",
        "reason": "",
    }
    assert "neither a list nor JSON text" in through_action[12]["msg"]
    assert through_action[13]["problems"] == ["entries: ftp://claw.example.com/ is not a URL of HTTP or HTTPS"]
    assert through_action[14]["entries"] == [], "what is not there is not asked for"
    assert through_action[15]["commands"] == []
    assert through_action[16]["problems"] == ["support: no container is running"]
    assert [answer.get("settled") for answer in through_action] == [*[None] * 7, False, *[None] * 9, True]


def test_no_door_shows_a_secret(action: Door, module: Door, canary: str) -> None:
    for door in (action, module):
        objects = [_namespace(door), *_objects(token=canary)]
        encoded = base64.b64encode(canary.encode()).decode()
        refused = [*objects, {"apiVersion": "v1", "kind": "Pot", "metadata": {"name": "x"}}]
        _answers, played = door.play([_apply(objects), _apply(json.dumps(refused))], verbosity=4)

        assert canary not in played.everything
        assert encoded not in played.everything
        stored = door.stage.cluster.find("Secret", "support-token", door.namespace)
        assert stored is not None
        assert stored["data"] == {"token": encoded}

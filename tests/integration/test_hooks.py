# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks: callers with the token wake the agent by way of a mapping and its module; nobody else does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import COLLECTION
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

EXAMPLE = Path(COLLECTION) / "examples" / "webhooks" / "files"
_POST = (
    "const [url,token,body]=process.argv.slice(1);"
    "fetch(url,{method:'POST',body,headers:{'content-type':'application/json',authorization:'Bearer '+token}})"
    ".then(async r=>console.log(JSON.stringify({status:r.status,body:await r.text()})))"
    ".catch(e=>console.log(JSON.stringify({status:0,body:String(e.cause?.code||e.message)})))"
)
ALERT = {
    "version": "4",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "DiskFull", "severity": "warning", "namespace": "media"},
            "annotations": {"summary": "ping:from-an-alert"},
            "startsAt": "2026-11-21T10:00:00Z",
        }
    ],
}


def options(**others: object) -> dict[str, object]:
    return {
        "openclaw_hooks_enabled": True,
        "openclaw_hooks_transforms": {"alertmanager.mjs": {"src": str(EXAMPLE / "alertmanager.mjs")}},
        "openclaw_hooks_mappings": {
            "alertmanager": {"transform": {"module": "alertmanager.mjs"}, "deliver": False},
            "plain": {"messageTemplate": "ping:plain", "deliver": False},
        },
        **others,
    }


@pytest.fixture(scope="module", params=["readonly", "overwrite"])
def instance(request: pytest.FixtureRequest, shared_stage: Stage, model: str) -> Instance:
    """Modules stand beside the configuration, which is in another place in each of these modes."""
    return new_instance(shared_stage, f"hooks-{request.param}", model, **options(openclaw_config_mode=request.param))


def hook_token(instance: Instance) -> str:
    return instance.cluster.secret_value(f"{instance.name}-hooks-token", "token", instance.name)


def call(instance: Instance, name: str, body: object, token: str) -> tuple[int, Any]:
    url = f"http://{instance.name}.{instance.name}.svc:18789/hooks/{name}"
    said = instance.exec("node", "-e", _POST, url, token, json.dumps(body))
    answer = json.loads(said.stdout)
    return answer["status"], answer["body"]


def test_an_alert_becomes_a_turn_of_the_agent(instance: Instance) -> None:
    status, body = call(instance, "alertmanager", ALERT, hook_token(instance))
    assert status == 200, body
    run_id = json.loads(body)["runId"]
    ended = "hook agent run completed"
    logs = wait_until(
        "the end of the turn",
        lambda: [
            line
            for line in instance.cluster.logs(instance.pod_name, instance.name, "openclaw").splitlines()
            if ended in line and run_id in line
        ],
    )
    assert "status=ok" in logs[0] or '"status":"ok"' in logs[0]


def test_a_call_without_alerts_wakes_nobody(instance: Instance) -> None:
    assert call(instance, "alertmanager", {"alerts": []}, hook_token(instance))[0] == 204


def test_a_mapping_without_a_module(instance: Instance) -> None:
    assert call(instance, "plain", {}, hook_token(instance))[0] == 200


@pytest.mark.parametrize("name,status", [("unknown", 404), ("plain", 401)])
def test_other_calls_are_refused(instance: Instance, name: str, status: int) -> None:
    token = hook_token(instance) if status == 404 else "wrong"
    assert call(instance, name, {}, token)[0] == status


def test_the_token_of_the_gateway_opens_no_hook_and_that_of_hooks_nothing_else(instance: Instance) -> None:
    assert call(instance, "plain", {}, instance.token())[0] == 401
    assert instance.ask("ping:with-the-token-of-hooks", token=hook_token(instance))[0] == 401


def test_the_agent_cannot_change_a_module(instance: Instance) -> None:
    script = (
        "const fs=require('fs');for(const root of ['/etc/openclaw','/home/node/.openclaw'])"
        "try{fs.appendFileSync(root+'/hooks/transforms/alertmanager.mjs','x');console.log('changed')}catch(e){console.log(e.code)}"
    )
    assert "changed" not in instance.exec("node", "-e", script).stdout


def test_a_second_run_changes_nothing_and_shows_no_token(instance: Instance) -> None:
    again = instance.site().ok()
    assert again.changed(instance.name) == 0
    assert hook_token(instance) not in again.everything


def test_a_changed_module_counts_after_the_run(instance: Instance) -> None:
    changed = {**options(), "openclaw_hooks_transforms": {"alertmanager.mjs": "export default () => null;\n"}}
    instance.site(**changed).ok()
    assert call(instance, "alertmanager", ALERT, hook_token(instance))[0] == 204


def test_hooks_that_are_off_answer_nobody(instance: Instance) -> None:
    """Last in the file: it changes the instance."""
    token = hook_token(instance)
    off: dict[str, object] = {"openclaw_hooks_enabled": False, "openclaw_hooks_mappings": {}}
    instance.site(**off, openclaw_hooks_transforms={}).ok()
    status, body = call(instance, "plain", {}, token)
    assert "runId" not in body, (status, body)

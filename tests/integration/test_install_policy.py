# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate in the pod: whoever asks, the running instance installs what was approved and nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.tree import File, digest
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Executed
from ansible_collections.openclaw.kubernetes.tests.integration.support.greeter import greeter
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

WORKSPACE = "/home/node/.openclaw/workspace"
POLICY = "/etc/openclaw-install-policy"
SKILL = {
    "SKILL.md": b"---\nname: weather\ndescription: Tells the weather.\n---\nLook out of the window.\n",
    ".hidden": b"counts, too\n",
}
_WRITE = (
    "const fs=require('fs'),path=require('path'),[folder,files]=process.argv.slice(1);"
    "fs.rmSync(folder,{recursive:true,force:true});for(const[name,text]of Object.entries(JSON.parse(files))){"
    "const at=path.join(folder,name);fs.mkdirSync(path.dirname(at),{recursive:true});"
    "fs.writeFileSync(at,Buffer.from(text,'base64'),{mode:0o644})}"
)


def approved(files: Mapping[str, bytes]) -> str:
    return digest({path: File(content) for path, content in files.items()})


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, model: str) -> Instance:
    return new_instance(
        shared_stage,
        "policy",
        model,
        openclaw_install_policy_skills={"weather": approved(SKILL)},
    )


def put(instance: Instance, folder: str, files: Mapping[str, bytes]) -> None:
    texts = json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()})
    assert instance.exec("node", "-e", _WRITE, folder, texts).rc == 0


def install(instance: Instance, files: Mapping[str, bytes], name: str = "weather") -> Executed:
    """Try to install a skill that lies in the pod, as the agent could have put it there."""
    folder = f"/tmp/staged/{name}"
    put(instance, folder, files)
    return instance.openclaw("skills", "install", folder, "--force")


def is_installed(instance: Instance, name: str = "weather") -> bool:
    return instance.exec("ls", f"{WORKSPACE}/skills/{name}/SKILL.md").rc == 0


def test_the_approved_skill_is_installed(instance: Instance) -> None:
    done = install(instance, SKILL)
    assert done.rc == 0, done
    assert is_installed(instance)


def test_a_skill_that_nobody_approved_is_not(
    instance: Instance, record_property: Callable[[str, object], None]
) -> None:
    stranger = {"SKILL.md": SKILL["SKILL.md"].replace(b"weather", b"stranger")}
    refused = install(instance, stranger, "stranger")
    said = refused.stdout + refused.stderr
    assert refused.rc != 0
    assert "it is not in the inventory" in said
    record_property("figure", "it is not in the inventory")
    # The refusal tells what to write, if somebody has read the skill and wants it.
    assert approved(stranger) in said
    assert not is_installed(instance, "stranger")


def test_one_byte_more_and_it_is_another_skill(instance: Instance) -> None:
    instance.exec("rm", "-rf", f"{WORKSPACE}/skills/weather")
    refused = install(instance, {**SKILL, ".hidden": b"counts, too!\n"})
    assert refused.rc != 0
    assert "it is not the one that was approved" in refused.stdout + refused.stderr
    assert not is_installed(instance)


def test_the_agent_gets_no_further_when_it_asks_for_it(instance: Instance) -> None:
    put(instance, f"{WORKSPACE}/brought/stranger", {"SKILL.md": SKILL["SKILL.md"].replace(b"weather", b"stranger")})
    status, answer = instance.ask(f"run:openclaw skills install {WORKSPACE}/brought/stranger --force 2>&1")
    assert status == 200
    assert "it is not in the inventory" in answer
    assert not is_installed(instance, "stranger")


def test_plugins_come_from_the_inventory_alone(instance: Instance) -> None:
    archive = greeter("1.0.0")
    put(instance, "/tmp/staged/plugin", {"greeter.tgz": archive})
    # A writable configuration of one's own is no way around: the policy is in force wherever it is named.
    refused = instance.openclaw("plugins", "install", "/tmp/staged/plugin/greeter.tgz", "--force")
    assert refused.rc != 0
    assert instance.exec("ls", "/home/node/.openclaw/extensions/greeter").rc != 0


@pytest.mark.parametrize("file", ["install-policy.mjs", "approved.json"])
def test_neither_policy_nor_list_can_be_changed_in_the_pod(instance: Instance, file: str) -> None:
    assert instance.exec("sh", "-c", f"echo x > {POLICY}/{file}").rc != 0
    assert instance.exec("rm", "-f", f"{POLICY}/{file}").rc != 0


def test_doctor_has_nothing_to_say_against_it(instance: Instance) -> None:
    said = instance.openclaw("doctor", "--json")
    answer = json.loads(said.stdout[said.stdout.index("{") :])
    told = [finding for finding in answer["findings"] if "installPolicy" in json.dumps(finding)]
    assert told == []


def test_it_fails_closed(stage: Stage, model: str) -> None:
    """Without its list the policy gives no answer, and then nothing is installed."""
    broken = new_instance(
        stage,
        "policyless",
        model,
        openclaw_install_policy_enabled=False,
        openclaw_config={
            "security": {
                "installPolicy": {
                    "enabled": True,
                    "exec": {"source": "exec", "command": "/usr/local/bin/node", "args": ["/etc/openclaw/gone.mjs"]},
                }
            }
        },
    )
    refused = install(broken, SKILL)
    assert refused.rc != 0
    assert "failed closed" in refused.stdout + refused.stderr
    assert not is_installed(broken)


def test_switched_off_people_install_what_they_like(instance: Instance) -> None:
    """Last of those that share the instance."""
    instance.site(openclaw_install_policy_enabled=False, openclaw_install_policy_skills=None).ok()
    stranger = {"SKILL.md": SKILL["SKILL.md"].replace(b"weather", b"stranger")}
    done = install(instance, stranger, "stranger")
    assert done.rc == 0, done
    assert is_installed(instance, "stranger")

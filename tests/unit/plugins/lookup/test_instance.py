# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup and the filters inside Ansible itself: real inventory, real templates, real vault, one playbook run."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

ROOT = Path(__file__).resolve().parents[4]
PASSWORD = "only for this test"
SECRET = "sk-live-0123456789abcdef"

# Each host is a case; the tests below say what is expected of it.
INVENTORY = """
all:
  vars:
    ansible_connection: local
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    tier: gold
    openclaw_env__10_site: {TZ: UTC, LOG: info}
    openclaw_memory_limit: 3Gi
    openclaw_storage_size: 20Gi
  children:
    team:
      vars:
        openclaw_env__20_team: {LOG: debug, TIER: "{{ tier }}"}
        openclaw_memory_limit: 4Gi
      hosts:
        layered:
          openclaw_env: {TZ: null, NAME: "{{ inventory_hostname }}"}
          openclaw_memory_limit: 5Gi
    others:
      hosts:
        bare:
        unwise: {openclaw_memory_limit: 1Gi}
        templated:
          openclaw_name: "{{ tier }}-claw"
          openclaw_config: {agents: {defaults: {workspace: "~/{{ tier }}"}}, list: ["{{ tier }}"]}
          openclaw_networkpolicy_enabled: "{{ tier == 'gold' }}"
        json5:
          openclaw_config: |
            {
              // as the documentation of OpenClaw shows it
              agents: { defaults: { workspace: '~/{{ tier }}', maxConcurrent: 3, } },
            }
        twice:
          openclaw_config: '{"a": {"b": 1, "b": 2}}'
        vaulted:
          openclaw_secrets:
            API_KEY:
              value: !vault |
                @VAULTED@
        braces:
          openclaw_secrets: {API_KEY: {value: !unsafe "p{{w}}{%"}}
          openclaw_env: {GREETING: !unsafe "Hello {{ who }}"}
          openclaw_config: {messages: {prefix: !unsafe "{{ model }}"}}
        undefined:
          openclaw_storage_class: "{{ class_of_site }}"
          openclaw_config_mode: read-only
          openclaw_storage_sise: 5Gi
        missing-secret:
          openclaw_secrets: {API_KEY: {value: "{{ vault_api_key }}"}}
        broken-secret:
          openclaw_secrets: {API_KEY: {value: "@SECRET@{{"}}
        number:
          openclaw_image_tag: 2026.10
        date:
          openclaw_env: {SINCE: 2026-01-02}
        bomb:
          openclaw_config:
            a: &a [x, x, x, x, x, x, x, x, x, x]
            b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
            c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
            d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
            e: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
"""
PLAYBOOK = """
- hosts: all
  gather_facts: false
  vars:
    spec: "{{ lookup('openclaw.kubernetes.instance') }}"
  tasks:
    - block:
        - ansible.builtin.debug:
            msg: >-
              {{ {'host': inventory_hostname, 'instance': spec, 'manifests': spec | openclaw.kubernetes.manifests,
                  'secrets': spec | openclaw.kubernetes.secrets_manifests} | to_json | b64encode }}
      rescue:
        - ansible.builtin.debug:
            msg: "{{ {'host': inventory_hostname, 'error': ansible_failed_result.msg} | to_json | b64encode }}"
    - ansible.builtin.debug:
        msg: >-
          {{ {'host': inventory_hostname, 'report': lookup('openclaw.kubernetes.instance', report=true)}
             | to_json | b64encode }}
    - block:
        - ansible.builtin.debug:
            msg: "{{ 'support' | openclaw.kubernetes.manifests }}"
      rescue:
        - ansible.builtin.debug:
            msg: "{{ {'host': inventory_hostname, 'misused': ansible_failed_result.msg} | to_json | b64encode }}"
"""
# The playbook prints JSON in base64, so that no module and no second round of templates stands in between.
PRINTED = re.compile(r'"msg": "([A-Za-z0-9+/=]{20,})"')


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """What each host found, from one run of ansible-playbook."""
    folder = tmp_path_factory.mktemp("playbook")
    vault = VaultLib([("default", VaultSecret(PASSWORD.encode()))]).encrypt(SECRET.encode()).decode()
    inventory = INVENTORY.replace("@VAULTED@", vault.strip().replace("\n", "\n" + 16 * " ")).replace("@SECRET@", SECRET)
    for name, text in {"hosts.yml": inventory, "site.yml": PLAYBOOK, "password": PASSWORD, "ansible.cfg": ""}.items():
        (folder / name).write_text(text, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_"))}
    environment |= {
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_DEPRECATION_WARNINGS": "1",
        "ANSIBLE_NOCOLOR": "1",
    }
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "hosts.yml", "--vault-password-file", "password"]
    done = subprocess.run(
        [*command, "-f", "2", "-e", "openclaw_context=site", "site.yml"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DEPRECATION" not in done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
    result: dict[str, dict] = {"output": {"words": (done.stdout + done.stderr).split()}}
    for printed in PRINTED.findall(done.stdout):
        found = json.loads(base64.b64decode(printed))
        result.setdefault(found["host"], {}).update(found)
    return result


def instance(run: dict[str, dict], host: str) -> dict:
    assert "error" not in run[host], run[host]
    answer: dict = run[host]["instance"]
    return answer


def problems(run: dict[str, dict], host: str) -> list[str]:
    """The lines of the error, and the same problems in the report."""
    lines = run[host]["error"].partition(f"{host}: ")[2].splitlines()[1:]
    reported = run[host]["report"]["problems"]
    assert [line.split() for line in lines] == [problem.split() for problem in reported]
    return [" ".join(line.split()) for line in lines]


def test_a_bare_host_is_complete_and_has_the_group_s_options(run: dict[str, dict]) -> None:
    found = instance(run, "bare")
    assert (found["name"], found["namespace"], found["storage_size"]) == ("bare", "bare", "20Gi")
    assert found["env"] == {"TZ": "UTC", "LOG": "info"}


def test_layers_come_from_all_groups_and_the_host(run: dict[str, dict]) -> None:
    found = instance(run, "layered")
    assert found["env"] == {"LOG": "debug", "TIER": "gold", "NAME": "layered"}
    assert found["memory_limit"] == "5Gi"


def test_extra_variables_win(run: dict[str, dict]) -> None:
    assert instance(run, "bare")["context"] == "site"


def test_templates_are_resolved_at_any_depth(run: dict[str, dict]) -> None:
    found = instance(run, "templated")
    assert (found["name"], found["namespace"]) == ("gold-claw", "gold-claw")
    assert found["config"] == {"agents": {"defaults": {"workspace": "~/gold"}}, "list": ["gold"]}
    assert found["networkpolicy_enabled"] is True


def test_json5_text_with_templates_is_a_configuration(run: dict[str, dict]) -> None:
    assert instance(run, "json5")["config"] == {"agents": {"defaults": {"workspace": "~/gold", "maxConcurrent": 3}}}


def test_json_text_keeps_its_duplicate_keys_until_they_are_refused(run: dict[str, dict]) -> None:
    assert problems(run, "twice") == ['openclaw_config the key "b" stands twice in one object. Remove one of them.']


@pytest.mark.parametrize("host, encoded", [("vaulted", "c2stbGl2ZS0wMTIzNDU2Nzg5YWJjZGVm"), ("braces", "cHt7d319eyU=")])
def test_vaulted_and_unsafe_secrets_reach_their_secret(host: str, encoded: str, run: dict[str, dict]) -> None:
    assert run[host]["secrets"][0]["data"] == {"API_KEY": encoded}


def test_braces_of_openclaw_itself_stay_what_they_are(run: dict[str, dict]) -> None:
    manifests = {manifest["kind"]: manifest for manifest in run["braces"]["manifests"]}
    assert '"prefix": "{{ model }}"' in manifests["ConfigMap"]["data"]["openclaw.json"]
    (container,) = manifests["StatefulSet"]["spec"]["template"]["spec"]["containers"]
    assert {"name": "GREETING", "value": "Hello {{ who }}"} in container["env"]


def test_all_problems_of_a_host_come_at_once(run: dict[str, dict]) -> None:
    found = problems(run, "undefined")
    assert found[0] == "openclaw_storage_sise is not an option. Did you mean openclaw_storage_size?"
    assert found[1].startswith('openclaw_config_mode "read-only" is not one of readonly, merge, overwrite, seed.')
    assert found[2].startswith("openclaw_storage_class cannot be resolved: ")
    assert "'class_of_site' is undefined" in found[2]
    assert len(found) == 3


def test_a_missing_secret_is_named_and_a_broken_one_is_not_shown(run: dict[str, dict]) -> None:
    assert problems(run, "missing-secret") == ["openclaw_secrets cannot be resolved: 'vault_api_key' is undefined."]
    assert problems(run, "broken-secret") == [
        "openclaw_secrets cannot be resolved: a template fails; its text is hidden. "
        "Tag a value that only looks like a template with !unsafe."
    ]


def test_what_yaml_changed_is_refused(run: dict[str, dict]) -> None:
    assert problems(run, "number") == [
        "openclaw_image_tag 2026.1 was read as a number, which can lose digits. Write it in quotes."
    ]
    assert problems(run, "date") == ["openclaw_env SINCE: is a date. Put it in quotes to make it text."]


def test_an_alias_bomb_in_the_inventory_does_not_go_off(run: dict[str, dict]) -> None:
    (problem,) = problems(run, "bomb")
    assert "values when its YAML aliases are written out; at most 50000 are allowed." in problem


def test_the_filters_take_what_the_lookup_gives(run: dict[str, dict]) -> None:
    found = run["layered"]
    assert {manifest["kind"] for manifest in found["manifests"]} >= {"Namespace", "StatefulSet", "Service"}
    assert [manifest for manifest in found["manifests"] if manifest["kind"] == "Secret"] == found["secrets"]


def test_a_filter_says_what_it_wants(run: dict[str, dict]) -> None:
    assert "Write: lookup('openclaw.kubernetes.instance') | openclaw.kubernetes.manifests" in run["bare"]["misused"]


def test_what_works_but_is_unwise_is_a_warning_and_shown_once(run: dict[str, dict]) -> None:
    assert instance(run, "unwise")["memory_limit"] == "1Gi"
    words = " ".join(run["output"]["words"])
    assert words.count('unwise: openclaw_memory_limit "1Gi" is below 1280Mi') == 1


def test_the_report_has_the_instance_and_no_problem(run: dict[str, dict]) -> None:
    assert run["bare"]["report"] == {"instance": instance(run, "bare"), "problems": [], "warnings": [], "layers": {}}

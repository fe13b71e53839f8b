# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secret values stay in their Secrets: not in other objects, not on the screen, not in results, however verbose."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import OWNED, Cluster
from ansible_collections.openclaw.kubernetes.tests.integration.support.fault_proxy import Fault, FaultProxy
from ansible_collections.openclaw.kubernetes.tests.integration.support.identity import Identity
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

ROTATED = "rotated-by-hand-0123456789abcdef"


def forms(secret: str) -> set[str]:
    """How a value can turn up: plain, in base64 at each alignment, escaped for an address or for JSON."""
    encoded = {base64.b64encode(b"x" * shift + secret.encode()).decode()[4:-4] for shift in range(3)}
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], *encoded}


def leaks(text: str, *secrets: str) -> set[str]:
    return {form for secret in secrets for form in forms(secret) if form in text}


def _all_but_secrets(cluster: Cluster, namespace: str) -> str:
    kinds = [*(kind for kind in OWNED if kind != "Secret"), "Pod", "Event"]
    namespace_object = cluster.get("Namespace", namespace)
    revisions = cluster.request("GET", f"/apis/apps/v1/namespaces/{namespace}/controllerrevisions")
    return json.dumps([cluster.list(kind, namespace) for kind in kinds] + [namespace_object, revisions])


def _metadata_of_secrets(cluster: Cluster, namespace: str) -> str:
    return json.dumps([secret["metadata"] for secret in cluster.list("Secret", namespace)])


# -- the gateway token ---------------------------------------------------------------------------------------------


def test_gateway_token_is_in_its_secret_only(live: Instance) -> None:
    token = live.token()

    assert len(token) >= 40
    assert leaks(_all_but_secrets(live.cluster, live.name), token) == set()
    assert leaks(_metadata_of_secrets(live.cluster, live.name), token) == set()
    assert live.deployed
    assert leaks(live.deployed.everything, token) == set()


@pytest.mark.parametrize("playbook", ["site", "verify", "status", "preflight"])
def test_gateway_token_is_not_shown(
    live: Instance, playbook: str, record_property: Callable[[str, object], None]
) -> None:
    shown = run(playbook, live.inventory, verbosity=4, diff=True).ok()
    record_property("figure", f"not in {len(shown.everything) // 1024} KiB of {playbook} at -vvvv")
    assert leaks(shown.everything, live.token()) == set()


def test_gateway_token_survives_further_runs(live: Instance) -> None:
    token = live.token()
    live.site(openclaw_service_annotations={"example.com/touched": "yes"}).ok()
    assert live.token() == token
    assert live.ask("ping:same-token", token) == (200, "pong:same-token")


def test_gateway_token_changed_by_hand_wins_and_rolls_the_pod(live: Instance) -> None:
    uid, old = live.uid(), live.token()
    data = {"data": {"token": base64.b64encode(ROTATED.encode()).decode()}}
    live.cluster.merge("Secret", f"{live.name}-gateway-token", live.name, data)

    rolled = live.site().ok()

    assert leaks(rolled.everything, ROTATED, old) == set()
    assert live.token() == ROTATED
    assert live.uid() != uid
    assert live.ask("ping:new-token", ROTATED) == (200, "pong:new-token")
    assert live.ask("ping:old-token", old)[0] == 401


def test_two_instances_have_different_tokens(bare: Stage) -> None:
    names = [bare.name("token"), bare.name("token")]
    inventory = bare.inventory()
    for name in names:
        inventory.host(name)
    run("site", inventory).ok()
    tokens = {bare.cluster.secret_value(f"{name}-gateway-token", "token", name) for name in names}
    assert len(tokens) == 2


# -- values of the inventory ---------------------------------------------------------------------------------------


def _with_canary(stage: Stage, canary: str) -> tuple[str, Inventory]:
    return stage.instance("canary", openclaw_secrets={"PROVIDER_KEY": {"value": canary}})


def test_secret_of_the_inventory_is_not_shown(bare: Stage, canary: str) -> None:
    name, inventory = _with_canary(bare, canary)
    runs = [
        run("site", inventory, check=True, diff=True, verbosity=4),
        run("site", inventory, diff=True, verbosity=4),
    ]
    inventory.host(name, openclaw_secrets={"PROVIDER_KEY": {"value": canary + "2"}})
    runs.append(run("site", inventory, diff=True, verbosity=4))

    for finished in runs:
        assert leaks(finished.ok().everything, canary) == set()
    assert bare.cluster.secret_value(f"{name}-secrets", "PROVIDER_KEY", name) == canary + "2"
    assert leaks(_all_but_secrets(bare.cluster, name), canary) == set()
    assert leaks(_metadata_of_secrets(bare.cluster, name), canary) == set()


def test_change_of_a_secret_is_visible_without_its_value(bare: Stage, canary: str) -> None:
    name, inventory = _with_canary(bare, canary)
    run("site", inventory).ok()
    inventory.host(name, openclaw_secrets={"PROVIDER_KEY": {"value": canary + "2"}})

    changed = run("site", inventory, diff=True).ok()

    assert f"Secret {name}-secrets" in changed.diff()
    assert changed.diff().count("PROVIDER_KEY: sha256:") == 2
    assert "openclaw.kubernetes/secrets-digest" in changed.diff()


@pytest.mark.parametrize(
    "mistake",
    [
        {"openclaw_storage_szie": "1Gi"},
        {"openclaw_secrets": {"PROVIDER_KEY": {"value": "CANARY", "secret": "both"}}},
        {"openclaw_secrets": {"PROVIDER_KEY": "CANARY"}},
        {"openclaw_secrets": ["CANARY"]},
        {"openclaw_gateway_token_secret": "nowhere"},
        {"openclaw_kubeconfig": "/nonexistent"},
    ],
    ids=["unknown option", "two sources", "no map", "a list", "missing secret", "no kubeconfig"],
)
def test_secret_of_the_inventory_is_not_shown_by_a_failing_run(
    bare: Stage, canary: str, mistake: dict[str, object]
) -> None:
    name, inventory = _with_canary(bare, canary)
    inventory.host(name, **json.loads(json.dumps(mistake).replace("CANARY", canary)))

    failed = run("site", inventory, diff=True, verbosity=4)

    assert failed.rc != 0
    assert leaks(failed.everything, canary) == set()


def test_secret_is_not_shown_when_the_server_quotes_it(bare: Stage, faulty: FaultProxy, canary: str) -> None:
    """An admission webhook or a proxy may answer with what it was sent."""
    _name, inventory = _with_canary(bare, canary)
    echo = json.dumps({"kind": "Status", "code": 422, "message": f"denied: {canary}", "reason": "Invalid"})
    faulty.fail(lambda asked: "/secrets/" in asked.path, Fault(status=422, body=echo), times=1000)

    failed = run("site", inventory, verbosity=4, extra={"openclaw_kubeconfig": faulty.kubeconfig})

    assert failed.rc != 0
    assert "denied" in failed.error
    assert leaks(failed.everything, canary) == set()


MODULE_DOOR = """
- hosts: all
  gather_facts: false
  connection: local
  module_defaults:
    group/openclaw.kubernetes.openclaw: {{kubeconfig: "{{{{ openclaw_kubeconfig }}}}"}}
  tasks:
    - ansible.builtin.import_role: {{name: openclaw.kubernetes.instance, rolespec_validate: false}}
      {how}
"""
# Both make the action hand over to the module; only the second shows the module's arguments with -vvv.
MODULE_DOORS = {"background": "async: 120\n      poll: 1", "another user": "become: true\n      become_method: su"}


@pytest.mark.parametrize("door", list(MODULE_DOORS))
def test_secret_is_not_shown_by_the_module(bare: Stage, canary: str, door: str) -> None:
    """The same engine as a real module, as it runs on a bastion: its arguments are shown with -vvv."""
    name, inventory = _with_canary(bare, canary)

    playbook = inventory.playbook(MODULE_DOOR.format(how=MODULE_DOORS[door]))
    # Newer cores leave the arguments out unless they are asked for; older ones always show them with -vvv.
    shown = {"ANSIBLE_INJECT_INVOCATION": "1"}
    applied: Run = run(playbook, inventory, diff=True, verbosity=4, env=shown).ok()

    assert '"invocation": {' in applied.stdout or door == "background"
    assert bare.cluster.secret_value(f"{name}-secrets", "PROVIDER_KEY", name) == canary
    assert leaks(applied.everything, canary, bare.cluster.secret_value(f"{name}-gateway-token", "token", name)) == set()
    files = [path for path in inventory.home.rglob("*") if path.is_file()]
    assert [path for path in files if leaks(path.read_text("utf-8", "ignore"), canary)] == []


def test_credentials_of_the_cluster_are_not_shown(bare: Stage, other_account: Identity) -> None:
    _name, inventory = bare.instance("login")
    shown = run("site", inventory, verbosity=4)
    inventory.all(openclaw_context="nowhere")
    failed = run("site", inventory, verbosity=4)
    assert other_account.token.count(".") == 2
    for part in other_account.token.split(".")[1:]:
        assert part not in shown.everything + failed.everything


def test_secret_that_leaves_the_inventory_leaves_the_cluster_only_when_told(bare: Stage, canary: str) -> None:
    name, inventory = _with_canary(bare, canary)
    run("site", inventory).ok()
    run("site", inventory.host(name, openclaw_secrets=None)).ok()
    # A Secret may hold what exists nowhere else: leaving the inventory is not consent.
    kept = bare.cluster.get("Secret", f"{name}-secrets", name)
    assert set(kept["data"]) == {"PROVIDER_KEY"}
    assert "PROVIDER_KEY" not in json.dumps(bare.cluster.get("StatefulSet", name, name))

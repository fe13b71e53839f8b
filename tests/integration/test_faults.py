# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API server that is slow, busy, restarting or gone: repeated where that helps, a clean error where it does not."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.fault_proxy import Asked, Fault, FaultProxy
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage


def _write(asked: Asked) -> bool:
    return asked.writes


def _dry_run(asked: Asked) -> bool:
    return "dryRun=All" in asked.path


def _read(asked: Asked) -> bool:
    return asked.verb == "GET"


def _stateful_set(asked: Asked) -> bool:
    return asked.writes and "/statefulsets/" in asked.path


def _anything(asked: Asked) -> bool:
    return True


BUSY = Fault(status=429, headers={"Retry-After": "2"})
RESTARTING = Fault(status=503)


def _site(inventory: Inventory, proxy: FaultProxy, **extra: object) -> Run:
    return run("site", inventory, extra={"openclaw_kubeconfig": proxy.kubeconfig, **extra})


@pytest.mark.parametrize(
    "matches,fault,first,times",
    [
        # Three times where the connection breaks: one loss alone may be a kept-alive connection that had gone stale.
        pytest.param(_write, BUSY, 1, 1, id="429 on the first write"),
        pytest.param(_write, BUSY, 5, 2, id="429 on the 5th and 6th write"),
        pytest.param(_write, RESTARTING, 3, 6, id="503 burst among the writes"),
        pytest.param(_read, Fault(status=500), 2, 3, id="500 burst among the reads"),
        pytest.param(_dry_run, Fault(status=504), 2, 2, id="504 in the dry run"),
        pytest.param(_write, Fault(reset=True), 4, 3, id="reset before a write"),
        pytest.param(_write, Fault(lost=True), 1, 3, id="answers to the first write lost"),
        pytest.param(_stateful_set, Fault(lost=True), 1, 3, id="answers lost after the workload was written"),
        pytest.param(_write, Fault(truncated=True), 6, 1, id="answer cut in half"),
        pytest.param(_anything, Fault(delay=0.3), 1, 60, id="slow"),
    ],
)
def test_passing_fault_goes_unnoticed(
    bare: Stage, faulty: FaultProxy, matches: Callable[[Asked], bool], fault: Fault, first: int, times: int
) -> None:
    name, inventory = bare.instance("fault")
    faulty.fail(matches, fault, first, times)

    applied = _site(inventory, faulty).ok()

    assert len(faulty.faults) >= min(times, 3), "the fault was not met as often as it should"
    assert applied.changed(name) == 1
    assert bare.cluster.get("StatefulSet", name, name)["metadata"]["generation"] == 1
    assert run("site", inventory).ok().changed(name) == 0


def test_busy_server_is_given_the_time_it_asks_for(bare: Stage, faulty: FaultProxy) -> None:
    name, inventory = bare.instance("busy")
    faulty.fail(_stateful_set, Fault(status=429, headers={"Retry-After": "4"}))

    _site(inventory, faulty).ok()

    moments = [moment for moment, asked in faulty.log if _stateful_set(asked)]
    assert len(moments) == 2
    assert 4.0 <= moments[1] - moments[0] < 6.0
    assert bare.cluster.find("StatefulSet", name, name)


def test_black_hole_ends_with_an_error_that_names_it(bare: Stage, faulty: FaultProxy) -> None:
    name, inventory = bare.instance("hole")
    faulty.fail(_stateful_set, Fault(silent=True), times=1000)
    playbook = inventory.playbook(IMPATIENT)

    started = time.monotonic()
    failed = run(playbook, inventory, extra={"openclaw_kubeconfig": faulty.kubeconfig})

    assert failed.rc != 0
    assert time.monotonic() - started < 40
    for words in (f"StatefulSet {name}", faulty.address.removeprefix("http://"), "attempts", "PATCH"):
        assert words in failed.error
    assert run("site", inventory).ok().changed(name) == 1


def test_server_down_for_good_fails_before_anything_is_written(bare: Stage, faulty: FaultProxy) -> None:
    name, inventory = bare.instance("down")
    faulty.fail(_dry_run, RESTARTING, times=1000)
    playbook = inventory.playbook(IMPATIENT)

    failed = run(playbook, inventory, extra={"openclaw_kubeconfig": faulty.kubeconfig})

    assert failed.rc != 0
    assert "503" in failed.error
    assert bare.cluster.find("Namespace", name) is None


IMPATIENT = """
- hosts: all
  connection: local
  gather_facts: false
  module_defaults:
    group/openclaw.kubernetes.openclaw:
      kubeconfig: "{{ openclaw_kubeconfig }}"
      request_timeout: 3
      retry_budget: 8
  tasks:
    - ansible.builtin.import_role: {name: openclaw.kubernetes.instance, rolespec_validate: false}
"""

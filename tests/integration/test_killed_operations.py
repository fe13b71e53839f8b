# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operation that is killed at any moment needs no repair: the next run finishes or undoes it.

Each case ends a run with SIGKILL right after the API server has carried out its n-th write, for every n, then runs once
more, undisturbed: the instance answers, nothing of the operation is left, and one more run of site changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster, wait_until
from ansible_collections.openclaw.kubernetes.tests.integration.support.fault_proxy import FaultProxy, fault_proxy
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.s3 import s3_server
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage
from ansible_collections.openclaw.kubernetes.tests.integration.test_backup import backed_up

pytestmark = pytest.mark.slow

_TIMEOUT = 900.0
# Renewals come and go with the time that a step takes: they are no step of the operation.
_RENEWAL = ("PATCH", "/leases/")


@dataclass(frozen=True)
class Case:
    """One operation: its playbook, what it is told, and what has to hold in the end."""

    playbook: str
    variables: dict[str, object] = field(default_factory=dict)
    holds: Callable[[Instance], None] = lambda instance: None


def _rotated(instance: Instance) -> None:
    secret = instance.cluster.get("Secret", f"{instance.name}-gateway-token", instance.name)
    assert set(secret["data"]) == {"token"}


CASES = [
    pytest.param(Case("rotate", {"openclaw_rotate": ["gateway"]}, _rotated), id="rotate"),
]

# With these the volume is looked at in the end: an operation that was killed leaves nothing beside the state.
_LEFT = "process.exit(require('fs').existsSync('/home/node/.openclaw/workspace/note')?0:1)"


def _remembers(instance: Instance) -> None:
    assert instance.exec("node", "-e", _LEFT).rc == 0
    assert not [job for job in instance.cluster.list("Job", instance.name) if job["status"].get("active")]


_OVERWRITE = {"openclaw_restore_overwrite_enabled": True}
STATE_CASES = [
    pytest.param(Case("backup", {}, _remembers), id="backup"),
    pytest.param(Case("backup", {"openclaw_backup_source": "volume"}, _remembers), id="backup of the volume"),
    pytest.param(Case("restore", _OVERWRITE, _remembers), id="restore"),
]


@pytest.fixture(scope="module")
def proxy(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultProxy]:
    with fault_proxy(cluster.kubeconfig, tmp_path_factory.mktemp("proxy")) as made:
        yield made


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, model: str) -> Instance:
    return new_instance(shared_stage, "killed", model)


@pytest.fixture(scope="module")
def kept(shared_stage: Stage, model: str) -> Iterator[Instance]:
    """An instance with backups, and one that is there to be restored."""
    with s3_server(shared_stage) as server:
        kept = backed_up(shared_stage, model, server, "killed")
        kept.exec("sh", "-c", "echo kept > /home/node/.openclaw/workspace/note")
        run("backup", kept.inventory).ok()
        yield kept


def _run(instance: Instance, case: Case, proxy: FaultProxy | None = None) -> Run:
    variables = {**case.variables, **({"openclaw_kubeconfig": proxy.kubeconfig} if proxy else {})}
    on_start = proxy.watch if proxy else None
    return run(case.playbook, instance.inventory, extra=variables, timeout=_TIMEOUT, on_start=on_start)


def _is_free(instance: Instance) -> bool:
    lease = instance.cluster.find("Lease", f"{instance.name}-operation", instance.name)
    return lease is None or not lease["spec"].get("holderIdentity")


@pytest.mark.parametrize("case", CASES)
def test_operation_killed_after_each_write(
    instance: Instance, proxy: FaultProxy, case: Case, record_property: Callable[[str, object], None]
) -> None:
    _kill_after_each_write(instance, proxy, case, record_property)


@pytest.mark.needs_image("restic", "versitygw")
@pytest.mark.parametrize("case", STATE_CASES)
def test_operation_on_the_state_killed_after_each_write(
    kept: Instance, proxy: FaultProxy, case: Case, record_property: Callable[[str, object], None]
) -> None:
    _kill_after_each_write(kept, proxy, case, record_property)


def _kill_after_each_write(
    instance: Instance, proxy: FaultProxy, case: Case, record_property: Callable[[str, object], None]
) -> None:
    proxy.kill_after_write(0)
    _run(instance, case, proxy).ok()
    writes = [text for text in proxy.writes if not all(part in text for part in _RENEWAL)]
    assert len(writes) >= 5

    killed = 0
    for count in range(1, len(proxy.writes) + 1):
        proxy.kill_after_write(count)
        if _run(instance, case, proxy).rc != -9:
            # It renewed its lease less often than the first one, and ended before.
            break
        killed += 1
        wait_until("the lease of the killed run is free", lambda: _is_free(instance), timeout=65)
        _run(instance, case).ok()
        _is_whole(instance, case, f"after write {count}, {proxy.writes[-1]}")
    record_property("figure", f"{case.playbook} killed after each of {killed} writes")
    assert killed >= len(writes)


def _is_whole(instance: Instance, case: Case, when: str) -> None:
    data = instance.cluster.get("ConfigMap", f"{instance.name}-operation", instance.name)["data"]
    assert data["state"] in ("done", "undone"), when
    assert instance.ready(), when
    assert instance.ask("ping:whole") == (200, "pong:whole"), when
    case.holds(instance)
    assert instance.site().ok().changed(instance.name) == 0, when

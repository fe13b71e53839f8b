# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many instances in several clusters: what one of them lacks is not the others' problem."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster
from ansible_collections.openclaw.kubernetes.tests.integration.support.identity import Identity
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import WITHOUT_NODE
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage


@pytest.fixture
def down(tmp_path: Path) -> Iterator[str]:
    """A kubeconfig of a cluster that is down: its address refuses connections."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        server = f"https://127.0.0.1:{closed.getsockname()[1]}"
        path = tmp_path / "down.kubeconfig"
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "down",
            "clusters": [{"name": "down", "cluster": {"server": server, "insecure-skip-tls-verify": True}}],
            "contexts": [{"name": "down", "context": {"cluster": "down", "user": "down"}}],
            "users": [{"name": "down", "user": {"token": "not-a-real-token"}}],
        }
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        yield str(path)


def test_cluster_that_is_down_is_named_and_the_others_finish(
    bare: Stage,
    cluster: Cluster,
    account: Identity,
    home: Path,
    tmp_path: Path,
    down: str,
    record_property: Callable[[str, object], None],
) -> None:
    """Three instances: two in two clusters that run, one in a third that does not."""
    with Stage(cluster, account.kubeconfig, home, tmp_path / "second", WITHOUT_NODE) as second:
        here, there, lost = bare.name("here"), second.name("there"), bare.name("lost")
        inventory = bare.inventory()
        inventory.group("running", [here])
        inventory.group("second", [there], openclaw_kubeconfig=account.kubeconfig)
        inventory.group("broken", [lost], openclaw_kubeconfig=down)

        started = time.monotonic()
        finished = run("site", inventory)
        seconds = time.monotonic() - started
        record_property("figure", f"2 of 3 finish, the third is named, in {seconds:.0f} s, exit code {finished.rc}")

        assert finished.rc != 0
        assert [task.host for task in finished.failures()] == [lost]
        assert "cannot connect" in finished.error
        assert "127.0.0.1" in finished.error
        assert finished.changed(here) == finished.changed(there) == 1
        assert bare.cluster.find("StatefulSet", here, here)
        assert cluster.find("StatefulSet", there, there)
        assert seconds < 25, "a cluster that is down is given up after about 10 s"


def test_status_shows_the_rest_when_a_cluster_is_down(bare: Stage, down: str) -> None:
    here, lost = bare.name("here"), bare.name("lost")
    inventory = bare.inventory()
    inventory.group("running", [here])
    inventory.group("broken", [lost], openclaw_kubeconfig=down)
    run("site", inventory, "--limit", here).ok()

    shown = run("status", inventory)

    lines = [line for line in shown.stdout.splitlines() if here in line or lost in line]
    assert any(here in line and "2026.9.6" in line for line in lines)
    assert any(lost in line and "cannot connect" in line for line in lines)


def test_limit_keeps_to_one_instance(bare: Stage) -> None:
    one, two = bare.name("one"), bare.name("two")
    inventory = bare.inventory().host(one).host(two)
    run("site", inventory, "--limit", one).ok()
    assert bare.cluster.find("Namespace", one)
    assert bare.cluster.find("Namespace", two) is None


def test_targets_name_a_group(bare: Stage) -> None:
    one, two = bare.name("one"), bare.name("two")
    inventory = bare.inventory()
    inventory.group("blue", [one])
    inventory.group("green", [two])
    run("site", inventory, extra={"openclaw_targets": "blue"}).ok()
    assert bare.cluster.find("Namespace", one)
    assert bare.cluster.find("Namespace", two) is None

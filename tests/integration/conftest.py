# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the integration tests: two clusters, inventories, and names that are given back after each test.

KUBECONFIG names the cluster with a node. The built-in cluster also gives OPENCLAW_TEST_KUBECONFIG_OTHER, a control
plane without a node, and the audit logs of both; a test that needs what is not there says so and is skipped. So is a
test marked `needs_image` on a cluster without that image: the set `test` leaves out those that take long to make.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Cluster
from ansible_collections.openclaw.kubernetes.tests.integration.support.fault_proxy import FaultProxy, fault_proxy
from ansible_collections.openclaw.kubernetes.tests.integration.support.identity import Identity, identity
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance, new_instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import WITHOUT_NODE
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import COLLECTION, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage


def _needed(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        pytest.skip(f"needs {variable}: run on the built-in cluster (make integration)")
    return value


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test before its fixtures deploy anything, when the cluster has no image of a name in `needs_image`."""
    present = os.environ.get("OPENCLAW_TEST_IMAGES", "").split()
    missing = [name for marker in item.iter_markers("needs_image") for name in marker.args if name not in present]
    if missing:
        pytest.skip(f"needs the image {', '.join(missing)}: make cluster SET=all, or make proof")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HOME of every run: no ~/.ansible.cfg and no ~/.kube/config of a person has a say."""
    return tmp_path_factory.mktemp("home")


# -- the cluster with a node ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    return Cluster(_needed("KUBECONFIG"))


@pytest.fixture(scope="session")
def account(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    """Who runs the playbooks."""
    with identity(cluster, tmp_path_factory.mktemp("account")) as account:
        yield account


@pytest.fixture(scope="session")
def audit(cluster: Cluster, account: Identity) -> AuditLog:
    return AuditLog(cluster, Path(_needed("OPENCLAW_TEST_AUDIT_LOG")), account.user)


@pytest.fixture
def stage(cluster: Cluster, account: Identity, home: Path, tmp_path: Path) -> Iterator[Stage]:
    """The cluster with a node, for one test."""
    with Stage(cluster, account.kubeconfig, home, tmp_path) as stage:
        yield stage


@pytest.fixture(scope="module")
def shared_stage(
    cluster: Cluster, account: Identity, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """The same for the tests of one file, which share an instance."""
    with Stage(cluster, account.kubeconfig, home, tmp_path_factory.mktemp("shared")) as stage:
        yield stage


@pytest.fixture(scope="session")
def session_stage(
    cluster: Cluster, account: Identity, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """The same for what all tests share."""
    with Stage(cluster, account.kubeconfig, home, tmp_path_factory.mktemp("session")) as stage:
        yield stage


@pytest.fixture(scope="session")
def model(session_stage: Stage) -> str:
    """The stand-in model of the demo, in a namespace of its own; its name."""
    namespace = session_stage.name("model")
    inventory = session_stage.inventory().host("model")
    extra = {"model_namespace": namespace}
    run(
        str(COLLECTION / "examples" / "model.yml"), inventory, extra=extra, env={"KUBECONFIG": inventory.kubeconfig}
    ).ok()
    return namespace


@pytest.fixture(scope="session")
def live(session_stage: Stage, model: str) -> Instance:
    """One instance that answers. Tests that share it leave it answering."""
    return new_instance(session_stage, "live", model)


# -- the control plane without a node ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def other_cluster() -> Cluster:
    return Cluster(_needed("OPENCLAW_TEST_KUBECONFIG_OTHER"))


@pytest.fixture(scope="session")
def other_account(other_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    with identity(other_cluster, tmp_path_factory.mktemp("account")) as account:
        yield account


@pytest.fixture(scope="session")
def other_audit(other_cluster: Cluster, other_account: Identity) -> AuditLog:
    return AuditLog(other_cluster, Path(_needed("OPENCLAW_TEST_AUDIT_LOG_OTHER")), other_account.user)


@pytest.fixture
def bare(other_cluster: Cluster, other_account: Identity, home: Path, tmp_path: Path) -> Iterator[Stage]:
    """The control plane without a node: everything but pods, in seconds."""
    with Stage(other_cluster, other_account.kubeconfig, home, tmp_path, WITHOUT_NODE) as stage:
        yield stage


@pytest.fixture(scope="module")
def shared_bare(
    other_cluster: Cluster, other_account: Identity, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """The same for the tests of one file."""
    with Stage(other_cluster, other_account.kubeconfig, home, tmp_path_factory.mktemp("bare"), WITHOUT_NODE) as stage:
        yield stage


@pytest.fixture(scope="module")
def shared_faulty(other_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultProxy]:
    """The way to the control plane without a node, through a proxy that misbehaves on demand."""
    with fault_proxy(other_cluster.kubeconfig, tmp_path_factory.mktemp("faulty")) as proxy:
        yield proxy


@pytest.fixture
def faulty(other_cluster: Cluster, tmp_path: Path) -> Iterator[FaultProxy]:
    """The same for one test."""
    with fault_proxy(other_cluster.kubeconfig, tmp_path) as proxy:
        yield proxy


# -- secrets -------------------------------------------------------------------------------------------------------


@pytest.fixture
def canary() -> str:
    """A value that must not turn up anywhere but in its Secret."""
    return f"canary-{uuid.uuid4().hex}"

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifests of each role, written out in tests/unit/golden. `pytest --update-golden` rewrites them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS

Manifest = dict[str, object]


def models(**urls: str) -> Manifest:
    return {"models": {"providers": {name: {"baseUrl": url} for name, url in urls.items()}}}


CASES: dict[str, dict[str, object]] = {
    "namespace-default": {},
    "namespace-limited": {
        "namespace": "team-a",
        "namespace_pod_security": "baseline",
        "namespace_quota": {"requests.memory": "8Gi", "pods": 10},
        "namespace_limit_range": {"default": {"memory": "1Gi"}, "max": {"cpu": 2, "memory": "4Gi"}},
    },
    "rbac-default": {},
    "rbac-annotated": {"service_account_annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/claw"}},
    "secrets-default": {},
    "secrets-given": {
        "secrets": {"API_KEY": {"value": "s3cr3t"}, "OTHER_KEY": {"secret": "my-keys", "key": "other"}},
        "gateway_token_secret": "my-token",
    },
    "storage-default": {},
    "storage-shared": {"storage_class": "fast", "storage_size": "50Gi", "storage_access_modes": ["ReadWriteMany"]},
    "config-default": {},
    "config-unvalidated": {
        "config_validate_enabled": False,
        "config": {"gateway": {"controlUi": {"enabled": False}}, "agents": {"defaults": {"workspace": "~/ü"}}},
    },
    "networkpolicy-default": {},
    "networkpolicy-closed": {
        "networkpolicy_egress": "none",
        "networkpolicy_ingress_namespaces": ["ingress-nginx", "monitoring"],
        "config": models(stub="http://stub:4010/v1", public="https://api.example.com/v1"),
    },
    "networkpolicy-models": {
        "config": models(
            a="http://ollama.models.svc:11434",
            b="http://vllm.models.svc.cluster.local:8000",
            c="http://10.0.0.5:11434",
            d="http://[fd00::5]:8000",
            e="https://api.example.com:8443/v1",
            f="http://127.0.0.1:4010",
        ),
    },
    "workload-default": {},
    "workload-overwrite": {"config_mode": "overwrite"},
    "workload-tailored": {
        "name": "sales",
        "namespace": "team-a",
        "image_repository": "registry.example.com/openclaw",
        "image_digest": "sha256:" + "0a" * 32,
        "image_pull_policy": "Always",
        "image_pull_secrets": ["registry"],
        "env": {"TZ": "UTC", "DEBUG": True, "RETRIES": 3},
        "secrets": {"API_KEY": {"value": "s3cr3t"}, "OTHER_KEY": {"secret": "my-keys", "key": "other"}},
        "gateway_token_secret": "my-token",
        "gateway_token_key": "gateway",
        "storage_existing_claim": "old-data",
        "cpu_limit": "2",
        "memory_limit": "4Gi",
        "termination_timeout": "10m",
    },
    "service-default": {},
    "service-annotated": {"service_annotations": {"prometheus.io/scrape": "true"}},
}


@pytest.mark.parametrize("case", CASES)
def test_manifests(
    case: str, make_instance: Callable[..., Manifest], golden: Callable[[str, list[Manifest]], None]
) -> None:
    role = case.partition("-")[0]
    golden(case, BUILDERS[role](make_instance(**CASES[case])))


@pytest.mark.parametrize("role", BUILDERS)
def test_every_role_has_a_golden_file(role: str) -> None:
    assert f"{role}-default" in CASES


@pytest.mark.parametrize(
    "role, options",
    [
        ("storage", {"storage_existing_claim": "old-data"}),
        ("networkpolicy", {"networkpolicy_enabled": False}),
        ("secrets", {"gateway_token_secret": "my-token"}),
    ],
)
def test_a_role_that_has_nothing_to_make_makes_nothing(
    role: str, options: Manifest, make_instance: Callable[..., Manifest]
) -> None:
    assert BUILDERS[role](make_instance(**options)) == []

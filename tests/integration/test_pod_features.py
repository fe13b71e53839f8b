# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every feature of the pod goes with every other, and leaves nothing behind when it is turned off again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping

from ansible_collections.openclaw.kubernetes.tests.integration.support.cluster import Manifest, normalised
from ansible_collections.openclaw.kubernetes.tests.integration.support.inventory import Inventory
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

_SHA256 = "0" * 64
FEATURES: Mapping[str, Mapping[str, object]] = {
    "chromium": {"openclaw_chromium_enabled": True, "openclaw_chromium_persistence_enabled": True},
    "ollama": {"openclaw_ollama_enabled": True, "openclaw_ollama_models": ["tiny:1"]},
    "terminal": {"openclaw_terminal_enabled": True, "openclaw_terminal_open_enabled": True},
    "gateway-proxy": {"openclaw_gateway_proxy_enabled": True},
    "tailscale": {
        "openclaw_tailscale_enabled": True,
        "openclaw_tailscale_auth_secret": "joining",
        "openclaw_tailscale_apiserver": ["10.0.0.5:6443"],
    },
    "cloudflared": {
        "openclaw_cloudflared_enabled": True,
        "openclaw_cloudflared_secret": "joining",
        "openclaw_hostname": "claw.example.com",
    },
    "pnpm": {"openclaw_runtime_pnpm": "11.1.0", "openclaw_runtime_pnpm_integrity": "sha512-" + "A" * 86 + "=="},
    "python": {"openclaw_runtime_python": "3.13"},
    "tools": {"openclaw_tools": {"jq": {"url": "https://tools.example.com/jq", "sha256": _SHA256}}},
    "certificates": {"openclaw_ca_bundle_config_map": "my-authorities"},
    "proxied": {"openclaw_proxy_url": "http://proxy.example.com:3128"},
    "workspace": {"openclaw_workspace_storage_enabled": True},
    "sidecar": {"openclaw_sidecars": {"helper": {"image": "registry.example.com/helper:1", "command": ["run"]}}},
    "init": {"openclaw_init_containers": {"first": {"image": "registry.example.com/helper:1", "command": ["run"]}}},
    "volume": {"openclaw_volumes": {"scratch": {"emptyDir": {}, "mounts": {"openclaw": {"path": "/scratch"}}}}},
    "environment": {"openclaw_env_from": {"settings": {"config_map": "my-authorities"}}},
    "disk-space": {"openclaw_readiness_min_free": "64Mi"},
    "registry": {"openclaw_image_registry": "mirror.example.com/all"},
    "overwrite": {"openclaw_config_mode": "overwrite"},
    "budget": {"openclaw_disruption_budget_enabled": True},
    "scheduled": {"openclaw_node_selector": {"disk": "ssd"}, "openclaw_host_aliases": {"10.0.0.1": ["printer"]}},
}
# Another layout of the volumes, or another number of pods: on a live instance these are refused or no feature.
LAYOUTS: Mapping[str, Mapping[str, object]] = {
    "replicas": {"openclaw_replicas": 2},
    "autoscaling": {"openclaw_autoscaling_enabled": True},
    "suspended": {"openclaw_state": "suspended"},
}
ALL = {**FEATURES, **LAYOUTS}
EXCLUSIVE = ({"suspended", "autoscaling"}, {"tailscale", "replicas"}, {"tailscale", "autoscaling"})


def _pairs(names: tuple[str, ...]) -> Iterator[frozenset[str]]:
    return (frozenset(pair) for pair in itertools.combinations(names, 2) if set(pair) not in EXCLUSIVE)


def _rows() -> list[tuple[str, ...]]:
    """Sets of features such that each pair that may go together is in one of them."""
    missing = set(_pairs(tuple(ALL)))
    rows = []
    while missing:
        row: tuple[str, ...] = ()
        for name in sorted(ALL, key=lambda name: -sum(name in pair for pair in missing)):
            fits = not any({name, other} in EXCLUSIVE for other in row)
            if fits and (not row or any(frozenset({name, other}) in missing for other in row)):
                row = (*row, name)
        missing -= set(_pairs(row))
        rows.append(row)
    return rows


def _hosts(bare: Stage, sets: list[tuple[str, ...]]) -> tuple[Inventory, dict[str, tuple[str, ...]]]:
    """One instance for each set of features, in namespaces that hold what the features refer to."""
    inventory = bare.inventory()
    hosts = {}
    for features in sets:
        name = bare.name("mix")
        bare.namespace(name, {"pod-security.kubernetes.io/enforce": "restricted"})
        authorities = {"name": "my-authorities", "namespace": name}
        bare.cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": authorities, "data": {"ca.crt": "x"}})
        joining = {"name": "joining", "namespace": name}
        keys = {"authkey": "eA==", "token": "eA=="}
        bare.cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": joining, "data": keys})
        variables = {key: value for feature in features for key, value in ALL[feature].items()}
        inventory.host(name, **variables)
        hosts[name] = features
    return inventory, hosts


def test_every_feature_goes_with_every_other(bare: Stage, record_property: Callable[[str, object], None]) -> None:
    rows = _rows()
    inventory, hosts = _hosts(bare, rows)

    run("site", inventory, timeout=600).ok()
    again = run("site", inventory, timeout=600).ok()

    for name, features in hosts.items():
        assert again.changed(name) == 0, features
        template = bare.cluster.get("StatefulSet", name, name)["spec"]["template"]
        # The admission of Pod Security judges pods, not what makes them.
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "trial", **template["metadata"]}}
        claims = bare.cluster.get("StatefulSet", name, name)["spec"].get("volumeClaimTemplates", [])
        bare.cluster.request(
            "POST",
            f"/api/v1/namespaces/{name}/pods",
            {**pod, "spec": _bound(template["spec"], [claim["metadata"]["name"] for claim in claims])},
            {"dryRun": "All"},
        )
    record_property("figure", f"{len(list(_pairs(tuple(ALL))))} pairs in {len(rows)} instances")


def _bound(spec: Manifest, claims: list[str]) -> Manifest:
    """The pod as the StatefulSet's controller makes it: its claim templates are volumes there."""
    volumes = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
    return {**spec, "volumes": [*spec.get("volumes", []), *volumes]}


def test_a_feature_leaves_nothing_behind(bare: Stage, record_property: Callable[[str, object], None]) -> None:
    inventory, hosts = _hosts(bare, [()] * len(FEATURES))
    run("site", inventory, timeout=600).ok()
    before = {name: _content(bare, name) for name in hosts}

    for name, feature in zip(hosts, FEATURES, strict=True):
        inventory.host(name, **FEATURES[feature])
    turned_on = run("site", inventory, timeout=600).ok()
    for name, feature in zip(hosts, FEATURES, strict=True):
        assert turned_on.changed(name) == 1, feature
        assert _content(bare, name) != before[name], feature
        inventory.host(name, **dict.fromkeys(FEATURES[feature]))
    run("site", inventory, timeout=600).ok()

    for name, feature in zip(hosts, FEATURES, strict=True):
        assert _content(bare, name) == before[name], feature
    record_property("figure", f"{len(FEATURES)} features")


def _content(bare: Stage, name: str) -> dict[tuple[str, str], Manifest]:
    """Everything but what stays: volumes, the identity of a machine, and the record, which names their kinds."""
    objects = normalised(bare.cluster.objects(name))
    for item in objects.values():
        item["metadata"].pop("generation", None)
    machine = ("Secret", f"{name}-tailscale")
    return {ref: item for ref, item in objects.items() if ref[0] != "PersistentVolumeClaim" and ref != machine}

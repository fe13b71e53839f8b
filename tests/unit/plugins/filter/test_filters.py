# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters as Ansible calls them; what is behind them has tests of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.openclaw.kubernetes.plugins.filter import devices, manifests, verification
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.config import declared_config
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS, instance_manifests

MANIFESTS = manifests.FilterModule().filters()
VERIFICATION = verification.FilterModule().filters()
DEVICES = devices.FilterModule().filters()
FOLDER = Path(manifests.__file__).parent

MakeInstance = Callable[..., dict[str, object]]


def test_each_part_of_an_instance_has_a_filter() -> None:
    assert set(MANIFESTS) == {f"{part}_manifests" for part in BUILDERS} | {"manifests"}


@pytest.mark.parametrize("name", sorted({**MANIFESTS, **VERIFICATION, **DEVICES}))
def test_each_filter_is_documented_under_its_name(name: str) -> None:
    page = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    assert page["DOCUMENTATION"]["name"] == name
    assert f"openclaw.kubernetes.{name}" in page["EXAMPLES"]


def test_the_filters_build_what_the_builders_build(make_instance: MakeInstance) -> None:
    instance = make_instance()
    for part, builder in BUILDERS.items():
        assert MANIFESTS[f"{part}_manifests"](instance) == builder(instance)
    assert MANIFESTS["manifests"](instance) == instance_manifests(instance)


@pytest.mark.parametrize("name", sorted(MANIFESTS))
def test_the_text_of_the_manifests_is_the_list_of_them(make_instance: MakeInstance, name: str) -> None:
    instance = make_instance()
    assert json.loads(MANIFESTS[name](instance, text=True)) == MANIFESTS[name](instance)


@pytest.mark.parametrize("name", sorted(MANIFESTS))
@pytest.mark.parametrize("value", ["support", None, ["support"]])
def test_what_is_no_instance_is_refused_with_what_to_write(name: str, value: object) -> None:
    with pytest.raises(AnsibleFilterError) as refusal:
        MANIFESTS[name](value)
    assert f"lookup('openclaw.kubernetes.instance') | openclaw.kubernetes.{name}" in str(refusal.value)


def test_a_manifest_is_not_tied_to_the_instance_it_came_from(make_instance: MakeInstance) -> None:
    instance = make_instance()
    before = json.dumps(instance)
    for manifest in MANIFESTS["manifests"](instance):
        manifest.clear()
    (claim,) = MANIFESTS["storage_manifests"](instance)
    claim["spec"]["accessModes"].append("ReadWriteMany")
    assert json.dumps(instance) == before


@pytest.mark.parametrize(
    "only, names", [(None, {"isolation", "service", "config"}), (["config"], {"config"}), ([], set())]
)
def test_probes_can_be_chosen(only: list[str] | None, names: set[str], make_instance: MakeInstance) -> None:
    assert set(VERIFICATION["verification_probes"](make_instance(), only=only)) == names


def test_an_instance_that_is_not_there_has_a_verdict_and_a_row(make_instance: MakeInstance) -> None:
    absent = {"instance": {"exists": False, "cluster": "kind"}}
    problem = "is not on the cluster (namespace support); run the site playbook."
    assert VERIFICATION["verdict"](absent, make_instance()) == {
        "problems": [problem],
        "warnings": [],
        "reply": None,
        "text": f"support: 1 problem\n  {problem}",
    }
    row = VERIFICATION["status_row"](absent, make_instance())
    table = VERIFICATION["status_table"]([row])
    assert isinstance(table, list)
    assert table[1].split() == ["kind", "support", "-", "absent", "-", "0", "-"]


def test_an_instance_that_is_to_be_absent_has_no_manifests_once_somebody_confirmed(make_instance: MakeInstance) -> None:
    for confirm in ("support", "yes-all"):
        instance = make_instance(state="absent", teardown_confirm=confirm)
        assert [MANIFESTS[name](instance) for name in MANIFESTS] == [[]] * len(MANIFESTS)
    for confirm in ("", "other"):
        with pytest.raises(AnsibleFilterError, match="openclaw_teardown_confirm=support"):
            MANIFESTS["manifests"](make_instance(state="absent", teardown_confirm=confirm))


def test_the_configuration_is_that_of_the_pod_that_was_asked(make_instance: MakeInstance) -> None:
    config = {"agents": {"defaults": {"maxConcurrent": 7}}}
    instance = make_instance(replicas=2, replica_overrides={"1": {"config": config}})
    for pod, state in (("support-1", "in sync"), ("support-0", "1 edit")):
        parsed = declared_config(instance, 1)
        answer = {"rc": 0, "stderr": "", "stdout": json.dumps({"valid": True, "parsed": parsed})}
        info = {"instance": {"exists": True, "phase": "ready", "pod": pod}, "probes": {"config": answer}}
        assert VERIFICATION["status_row"](info, instance)["config"] == state  # type: ignore[index]


def test_the_public_addresses_are_asked_and_judged(make_instance: MakeInstance) -> None:
    assert VERIFICATION["verification_entries"](make_instance()) == []
    instance = make_instance(hostname="claw.example.com", ingress_enabled=True, trusted_proxies=["10.0.0.7"])
    (entry,) = VERIFICATION["verification_entries"](instance)  # type: ignore[misc, attr-defined]
    assert entry["url"] == "https://claw.example.com/readyz"
    page = {"status": 502, "headers": {}, "body": "", "failure": ""}
    state = {"exists": True, "ready": True, "pod": "support-0"}
    info = {"instance": state, "probes": {}, "entries": [{"url": entry["url"], "page": page, "websocket": {}}]}
    verdict = VERIFICATION["verdict"](info, instance)
    assert "https://claw.example.com: the entry point does not get through" in verdict["text"]  # type: ignore[index]


def test_devices_are_listed_planned_and_let_in(make_instance: MakeInstance) -> None:
    assert DEVICES["device_probes"](make_instance(state="suspended")) == {}
    instance = make_instance(devices_approve=["aaaa"])
    assert set(DEVICES["device_probes"](instance)) == {"devices"}  # type: ignore[call-overload]
    told = {"now": 1, "pending": [{"requestId": "aaaa-1", "clientId": "x", "ts": 1}], "paired": []}
    probe = {"rc": 0, "stdout": json.dumps(told), "stderr": ""}
    info = {"instance": {"exists": True, "pod": "support-0"}, "probes": {"devices": probe}}
    plan = DEVICES["device_plan"](info, instance, check=True)
    assert isinstance(plan, dict)
    assert [command["argv"][-2] for command in plan["commands"]] == ["aaaa-1"]
    assert plan["lines"][2].startswith("to be approved")
    (here,) = DEVICES["device_link"](info, instance)  # type: ignore[misc, attr-defined]
    assert "http://localhost:18789" in here["argv"]
    exposed = make_instance(hostname="claw.example.com", ingress_enabled=True, trusted_proxies=["10.0.0.7"])
    (there,) = DEVICES["device_link"](info, exposed)  # type: ignore[misc, attr-defined]
    assert "https://claw.example.com" in there["argv"]

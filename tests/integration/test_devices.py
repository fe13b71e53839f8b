# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices ask, are listed, approved, rejected and removed from the inventory; a link lets the first one in, once."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.openclaw.kubernetes.tests.integration.support.audit import AuditLog
from ansible_collections.openclaw.kubernetes.tests.integration.support.device import OWNING, Device
from ansible_collections.openclaw.kubernetes.tests.integration.support.instance import Instance
from ansible_collections.openclaw.kubernetes.tests.integration.support.neighbour import Neighbour, new_neighbour
from ansible_collections.openclaw.kubernetes.tests.integration.support.playbook import Run, run
from ansible_collections.openclaw.kubernetes.tests.integration.support.stage import Stage

ORIGIN = "https://claw.example.com"
COMMANDS = "openclaw.kubernetes.commands"
NewDevice = Callable[..., Device]


@pytest.fixture(scope="module")
def neighbour(shared_stage: Stage) -> Neighbour:
    return new_neighbour(shared_stage)


@pytest.fixture(scope="module")
def instance(shared_stage: Stage, neighbour: Neighbour) -> Instance:
    name, inventory = shared_stage.instance(
        "devices",
        openclaw_allowed_origins=[ORIGIN],
        openclaw_networkpolicy_ingress_namespaces=[neighbour.namespace],
    )
    return Instance(shared_stage.cluster, name, inventory, deployed=run("site", inventory).ok())


@pytest.fixture
def new_device(neighbour: Neighbour, instance: Instance) -> NewDevice:
    address = instance.cluster.get("Service", instance.name, instance.name)["spec"]["clusterIP"]
    return lambda name, **options: Device(neighbour, f"ws://{address}:18789", ORIGIN, name, **options)


def devices(instance: Instance, check: bool = False, **options: object) -> Run:
    return run(
        "devices", instance.inventory, check=check, extra={f"openclaw_devices_{k}": v for k, v in options.items()}
    )


def listed(played: Run, identifier: str) -> str:
    """The line of a device in the table; empty if it has none."""
    found = re.search(rf'"([^"]*\b{identifier[:12]}\b[^"]*)"', played.ok().stdout)
    return found[1] if found else ""


def asks(device: Device, instance: Instance) -> str:
    """Let a device ask for access with the gateway's token; the identifier of its request."""
    told = device.connect(token=instance.token())
    assert (told["ok"], told["code"]) == (False, "PAIRING_REQUIRED"), told
    return str(told["request"])


def test_a_device_that_asks_is_listed(instance: Instance, new_device: NewDevice, neighbour: Neighbour) -> None:
    request = asks(new_device("Office laptop"), instance)
    played = devices(instance)
    assert played.changed(instance.name) == 0
    line = listed(played, request)
    for word in ("waits", "Office laptop", "MacIntel", neighbour.address, "operator (read,write)"):
        assert word in line
    assert instance.token() not in played.everything


@pytest.mark.parametrize(
    "policy",
    [
        {"cidr": ["192.0.2.0/24"]},
        {"name": "somebody else*"},
        {"platform": "win*", "cidr": ["0.0.0.0/0"]},
        {"name": "*", "cidr": ["192.0.2.0/24"], "max_age": "1h"},
    ],
)
def test_a_policy_that_does_not_fit_changes_nothing(
    instance: Instance, new_device: NewDevice, audit: AuditLog, policy: dict[str, object]
) -> None:
    device = new_device("Stranger")
    request, mark = asks(device, instance), audit.mark()
    played = devices(instance, approve_matching=policy)
    assert played.changed(instance.name) == 0
    assert "waits" in listed(played, request)
    assert audit.since(mark).writes == []
    asks(device, instance)


def test_a_policy_that_fits_approves_once(instance: Instance, new_device: NewDevice, neighbour: Neighbour) -> None:
    device, policy = new_device("Kitchen tablet"), {"name": "kitchen*", "cidr": [f"{neighbour.address}/32"]}
    request = asks(device, instance)

    rehearsed = devices(instance, check=True, approve_matching=policy)
    assert rehearsed.changed(instance.name) == 1
    assert "to be approved" in listed(rehearsed, request)
    asks(device, instance)

    played = devices(instance, approve_matching=policy)
    assert played.changed(instance.name) == 1
    assert "approved" in listed(played, request)
    assert [command["title"] for task in played.of(COMMANDS) for command in task.result.get("commands", ())] == [
        f"approve request {request[:12]} of Kitchen tablet"
    ]
    assert device.connect(token=instance.token())["ok"]
    assert device.connect()["ok"], "its own token is enough from now on"

    again = devices(instance, approve_matching=policy)
    assert again.changed(instance.name) == 0
    assert "paired" in listed(again, device.identifier)
    for told in (rehearsed, played, again):
        assert device.token not in told.everything


def test_a_device_is_approved_by_its_identifier_and_removed(instance: Instance, new_device: NewDevice) -> None:
    device = new_device("Phone", platform="ios")
    request = asks(device, instance)
    assert devices(instance, approve=[request[:8]]).ok().changed(instance.name) == 1
    assert device.connect(token=instance.token())["ok"]

    rehearsed = devices(instance, check=True, remove=[device.identifier])
    assert "to be removed" in listed(rehearsed, device.identifier)
    assert device.connect()["ok"]

    assert devices(instance, remove=[device.identifier]).ok().changed(instance.name) == 1
    assert not device.connect()["ok"]
    gone = devices(instance, remove=[device.identifier]).ok()
    assert gone.changed(instance.name) == 0
    assert listed(gone, device.identifier) == ""


def test_a_rejected_device_has_to_ask_again(instance: Instance, new_device: NewDevice) -> None:
    device = new_device("Unwanted")
    request = asks(device, instance)
    played = devices(instance, reject=[request], approve_matching={"name": "unwanted"})
    assert played.changed(instance.name) == 1
    assert "rejected" in listed(played, request)
    assert listed(devices(instance), request) == ""
    assert asks(device, instance) != request


def test_a_request_that_is_not_there_is_refused_and_nothing_is_done(instance: Instance, new_device: NewDevice) -> None:
    request = asks(new_device("Bystander"), instance)
    refused = devices(instance, approve=["ffff0000", request])
    assert refused.rc != 0
    assert "openclaw_devices_approve  ffff0000: is none of them" in refused.error
    assert request[:12] in refused.error
    assert "waits" in listed(devices(instance), request)


def link_in(played: Run) -> str:
    (found,) = re.findall(r'"(https?://[^"]*#[^"]*)"', played.ok().stdout)
    return str(found)


def test_a_link_lets_one_browser_in_once(instance: Instance, new_device: NewDevice) -> None:
    played = devices(instance, link_enabled=True)
    assert played.changed(instance.name) == 0
    link = urlsplit(link_in(played))
    part = {name: values[0] for name, values in parse_qs(link.fragment).items()}
    assert (link.scheme, link.netloc, link.path) == ("http", "localhost:18789", "/")
    assert part["gatewayUrl"] == "ws://localhost:18789"
    assert f"port-forward pod/{instance.pod_name} 18789" in played.stdout

    owner = new_device("Owner")
    told = owner.connect(OWNING, bootstrapToken=part["bootstrapToken"])
    assert told["ok"], told
    assert "operator.admin" in told["scopes"]
    assert owner.connect(OWNING)["ok"], "its own token is enough from now on"
    replayed = new_device("Thief").connect(OWNING, bootstrapToken=part["bootstrapToken"])
    assert not replayed["ok"]

    assert played.stdout.count(part["bootstrapToken"]) == 1
    assert [task.action for task in played.tasks if part["bootstrapToken"] in str(task.result)] == [COMMANDS]
    assert instance.token() not in played.everything


def test_check_mode_makes_no_link(instance: Instance) -> None:
    played = devices(instance, check=True, link_enabled=True)
    assert "bootstrapToken" not in played.ok().everything


def test_the_first_browser_is_led_to_the_public_address(instance: Instance) -> None:
    exposed = {
        "openclaw_devices_link_enabled": True,
        "openclaw_hostname": "claw.example.com",
        "openclaw_ingress_enabled": True,
        "openclaw_trusted_proxies": ["192.0.2.1"],
    }
    played = run("devices", instance.inventory, extra=exposed)
    link = urlsplit(link_in(played))
    assert (link.scheme, link.netloc) == ("https", "claw.example.com")
    assert parse_qs(link.fragment)["gatewayUrl"] == ["wss://claw.example.com"]
    assert "port-forward" not in played.stdout


def test_status_tells_the_way_in_for_one_person(instance: Instance) -> None:
    shown = run("status", instance.inventory).ok()
    assert f"-n {instance.name} port-forward pod/{instance.pod_name} 18789" in shown.stdout


def test_an_instance_at_rest_has_no_devices(instance: Instance) -> None:
    """Last in the file: it changes the instance."""
    instance.site(openclaw_state="suspended").ok()
    assert "is suspended, so it has no devices" in devices(instance, link_enabled=True).ok().stdout

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which devices are approved, rejected and removed, how they are shown, and where the first link leads."""

from __future__ import annotations

import ipaddress
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw import devices
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.devices import Device, Plan, matches, plan

NOW = 1_700_000_000_000
INSTANCE: dict[str, object] = {
    "name": "support",
    "namespace": "team-a",
    "state": "present",
    "kubeconfig": None,
    "context": None,
    "devices_approve": [],
    "devices_approve_matching": {},
    "devices_reject": [],
    "devices_remove": [],
}
LAPTOP = {
    "requestId": "aaaa1111-0000",
    "deviceId": "d1" * 32,
    "displayName": "Office laptop",
    "clientId": "openclaw-control-ui",
    "platform": "MacIntel",
    "remoteIp": "10.0.0.7",
    "roles": ["operator"],
    "scopes": ["operator.admin", "operator.read"],
    "ts": NOW - 90_000,
}
PHONE = {
    "requestId": "aaaa2222-0000",
    "deviceId": "d2" * 32,
    "clientId": "openclaw-ios",
    "platform": "ios",
    "role": "operator",
    "ts": NOW - 5_000,
}
PAIRED = {
    "deviceId": "e1" * 32,
    "operatorLabel": "Kitchen",
    "clientId": "openclaw-control-ui",
    "platform": "Linux x86_64",
    "remoteIp": "10.0.0.9",
    "roles": ["operator"],
    "scopes": ["operator.read"],
    "approvedAtMs": NOW - 3 * 86_400_000,
}


def info(*pending: object, paired: list[object] | None = None) -> dict[str, object]:
    told = {"now": NOW, "pending": list(pending), "paired": [PAIRED] if paired is None else paired}
    probe = {"rc": 0, "stdout": json.dumps(told), "stderr": ""}
    return {"instance": {"exists": True, "phase": "ready", "pod": "support-0"}, "probes": {"devices": probe}}


def planned(check: bool = False, **options: Any) -> Plan:
    return plan(INSTANCE | {f"devices_{name}": value for name, value in options.items()}, info(LAPTOP, PHONE), check)


def verbs(made: Plan) -> list[list[str]]:
    """The commands behind the name of the tool."""
    found = []
    for command in made.commands:
        argv = command["argv"]
        assert isinstance(argv, list)
        assert argv[:3] == ["node", "/app/openclaw.mjs", "devices"]
        found.append(argv[3:])
    return found


# What is done


def test_without_an_option_nothing_is_done() -> None:
    assert planned().commands == []


@pytest.mark.parametrize("named", ["aaaa1111-0000", "aaaa1"])
def test_a_request_is_approved_by_its_identifier_or_a_beginning(named: str) -> None:
    made = planned(approve=[named])
    assert verbs(made) == [["approve", "aaaa1111-0000", "--json"]]
    assert made.commands[0]["title"] == "approve request aaaa1111-000 of Office laptop"
    assert made.problems == []


def test_all_three_at_once() -> None:
    made = planned(approve=["aaaa1", "aaaa1111-0000"], reject=["aaaa2"], remove=["e1e1"])
    assert verbs(made) == [
        ["reject", "aaaa2222-0000", "--json"],
        ["approve", "aaaa1111-0000", "--json"],
        ["remove", "e1" * 32, "--json"],
    ]


@pytest.mark.parametrize(
    "options, told",
    [
        (
            {"approve": ["bbbb"]},
            "openclaw_devices_approve  bbbb: is none of them. There are: aaaa1111-000, aaaa2222-000.",
        ),
        (
            {"reject": ["aaaa"]},
            "openclaw_devices_reject  aaaa: fits 2 of them. There are: aaaa1111-000, aaaa2222-000.",
        ),
        (
            {"approve": ["aaaa1"], "reject": ["aaaa1"]},
            "openclaw_devices_reject  aaaa1111-0000: is in openclaw_devices_approve, too.",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], told: str) -> None:
    assert planned(**options).problems == [told]


def test_what_is_to_be_removed_and_is_not_there_is_removed() -> None:
    made = planned(remove=["ffff"])
    assert (made.commands, made.problems) == ([], [])


def test_a_policy_approves_who_fits_and_a_rejection_wins() -> None:
    everybody = {"name": "*"}
    assert [words[:2] for words in verbs(planned(approve_matching=everybody))] == [
        ["approve", "aaaa1111-0000"],
        ["approve", "aaaa2222-0000"],
    ]
    assert [words[:2] for words in verbs(planned(approve_matching=everybody, reject=["aaaa1"]))] == [
        ["reject", "aaaa1111-0000"],
        ["approve", "aaaa2222-0000"],
    ]
    assert len(planned(approve_matching=everybody, approve=["aaaa1"]).commands) == 2


@pytest.mark.parametrize(
    "policy, fitting",
    [
        ({"name": "office*"}, ["aaaa1111-0000"]),
        ({"name": "openclaw-ios"}, ["aaaa2222-0000"]),
        ({"platform": "mac*"}, ["aaaa1111-0000"]),
        ({"cidr": ["10.0.0.0/8"]}, ["aaaa1111-0000"]),
        ({"cidr": ["192.168.0.0/16", "10.0.0.7"]}, ["aaaa1111-0000"]),
        ({"cidr": ["0.0.0.0/0", "::/0"]}, ["aaaa1111-0000"]),
        ({"max_age": "10s"}, ["aaaa2222-0000"]),
        ({"max_age": "2m"}, ["aaaa1111-0000", "aaaa2222-0000"]),
        ({"max_age": 10}, ["aaaa2222-0000"]),
        ({"name": "*", "platform": "ios", "cidr": ["10.0.0.0/8"]}, []),
        ({}, []),
    ],
)
def test_everything_that_a_policy_says_has_to_hold(policy: dict[str, object], fitting: list[str]) -> None:
    assert [words[1] for words in verbs(planned(approve_matching=policy))] == fitting


# The policy, for any device

WORDS = st.text(max_size=20)
ADDRESSES = st.ip_addresses().map(str)


@st.composite
def any_device(draw: st.DrawFn) -> Device:
    return Device(
        identifier="x",
        name=draw(WORDS),
        platform=draw(WORDS),
        address=draw(ADDRESSES | st.just("-")),
        access="",
        since=draw(st.floats(0, 1e9)),
    )


@given(any_device())
def test_a_star_fits_every_name_and_its_own_name_fits_a_device(device: Device) -> None:
    assert matches({"name": "*", "platform": "*"}, device)
    if "*" not in device.name:
        assert matches({"name": device.name}, device)
        assert matches({"name": f"{device.name[:3]}*"}, device)
        assert not matches({"name": f"{device.name}x"}, device)


@given(any_device(), st.lists(st.ip_addresses(), max_size=4))
def test_an_address_fits_exactly_when_a_range_holds_it(device: Device, hosts: list[ipaddress.IPv4Address]) -> None:
    ranges = [str(host) for host in hosts]
    assert matches({"cidr": ranges}, device) == (device.address in ranges)
    if device.address != "-":
        assert matches({"cidr": [*ranges, device.address]}, device)


@given(any_device(), st.integers(1, 10**6), st.sampled_from(["s", "m", "h"]))
def test_age_is_counted_in_its_unit(device: Device, number: int, unit: str) -> None:
    limit = number * {"s": 1, "m": 60, "h": 3600}[unit]
    assert matches({"max_age": f"{number}{unit}"}, device) == (device.since <= limit)


@given(any_device(), st.dictionaries(st.sampled_from(["name", "platform"]), st.text(min_size=1, max_size=9)))
def test_a_further_criterion_never_lets_more_in(device: Device, policy: dict[str, object]) -> None:
    narrower = {**policy, "cidr": ["10.0.0.0/8"]}
    assert not matches(narrower, device) or matches(policy, device)


# What a person sees


def test_the_devices_are_a_table() -> None:
    assert planned().lines == [
        "support-0: 2 waiting, 1 paired",
        "STATE   ID            NAME           PLATFORM      ADDRESS   ACCESS            SINCE",
        "waits   aaaa1111-000  Office laptop  MacIntel      10.0.0.7  operator (admin)  1m",
        "waits   aaaa2222-000  openclaw-ios   ios           -         operator          5s",
        "paired  e1e1e1e1e1e1  Kitchen        Linux x86_64  10.0.0.9  operator (read)   3d",
    ]


def test_the_table_says_what_was_done_and_in_check_mode_what_would_be() -> None:
    options: dict[str, Any] = {"approve": ["aaaa1"], "reject": ["aaaa2"], "remove": ["e1"]}
    assert [line.split()[0] for line in planned(**options).lines[2:]] == ["approved", "rejected", "removed"]
    assert [line.split("  ")[0] for line in planned(check=True, **options).lines[2:]] == [
        "to be approved",
        "to be rejected",
        "to be removed",
    ]


def test_without_a_device_there_is_no_table() -> None:
    assert plan(INSTANCE, info(paired=[])).lines == ["support-0: 0 waiting, 0 paired"]


@pytest.mark.parametrize("name", ["\x1b[31mred\x1b[0m", "{{ lookup('pipe', 'id') }}", "{% raw %}", "a\nb", "x" * 200])
def test_a_name_gives_no_orders(name: str) -> None:
    made = plan(INSTANCE | {"devices_approve": ["aaaa1"]}, info({**LAPTOP, "displayName": name}))
    (line,) = [line for line in made.lines if "aaaa1" in line]
    for text in (line, str(made.commands[0]["title"])):
        assert text.isprintable()
        assert not set("{}") & set(text)
        assert len(text) < 150


@pytest.mark.parametrize("state", ["suspended", "absent"])
def test_an_instance_at_rest_has_no_devices(state: str) -> None:
    made = plan(INSTANCE | {"state": state, "devices_approve": ["x"]}, {})
    assert (made.problems, made.commands) == ([], [])
    assert made.lines == [f"support: is {state}, so it has no devices"]


@pytest.mark.parametrize(
    "found, told",
    [
        ({"instance": {"exists": False}}, "it is not on the cluster; run the site playbook."),
        ({"instance": {"exists": True, "phase": "crash", "last_problem": "exit 78"}}, "exit 78"),
        (
            {
                "instance": {"exists": True},
                "probes": {"devices": {"rc": 1, "stdout": "", "stderr": "x\ngateway closed"}},
            },
            "gateway closed",
        ),
        ({"instance": {"exists": True, "phase": "ready"}, "probes": {"devices": {"stdout": "[]"}}}, "ready"),
        ({"instance": {"exists": True, "phase": "ready"}, "probes": {"devices": {"stdout": '{"now": 1}'}}}, "ready"),
    ],
)
def test_a_gateway_that_does_not_tell_is_a_problem(found: dict[str, object], told: str) -> None:
    assert plan(INSTANCE, found).problems == [f"support: cannot list its devices: {told}"]


# The scripts, on the Node.js of this machine and a stand-in for the command line tool

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
TOKEN = "one-time-token"
TOOL = """
const said = JSON.parse(process.env.SAID);
if (said.stderr) console.error(said.stderr);
console.log(process.argv.slice(2, 4).join(" ") === said.words ? said.stdout : "{}");
process.exit(said.rc ?? 0);
"""


def ran(argv: object, tmp_path: Path, words: str, stdout: str, **said: object) -> subprocess.CompletedProcess[str]:
    tool = tmp_path / "openclaw.mjs"
    tool.write_text(TOOL, encoding="utf-8")
    assert isinstance(argv, list)
    here = [str(tool) if word == "/app/openclaw.mjs" else word for word in argv]
    answer = json.dumps({"words": words, "stdout": stdout, **said})
    path = Path(str(shutil.which("node"))).parent
    return subprocess.run(here, env={"SAID": answer, "PATH": str(path)}, capture_output=True, text=True, check=False)


@needs_node
def test_the_list_leaves_the_pod_without_tokens_and_keys(tmp_path: Path) -> None:
    leaky = {"publicKey": "pk", "tokens": [{"role": "operator", "token": TOKEN}]}
    told = json.dumps({"pending": [{**LAPTOP, **leaky}], "paired": [{**PAIRED, **leaky}]}, indent=2)
    done = ran(devices.probes()["devices"]["argv"], tmp_path, "devices list", f"a notice\n{told}", stderr="a warning")
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout
    assert "publicKey" not in done.stdout
    found = devices.read({"stdout": done.stdout})
    assert found is not None
    assert [device.name for device in (*found.waiting, *found.paired)] == ["Office laptop", "Kitchen"]


@needs_node
def test_a_list_that_fails_says_why_on_one_line(tmp_path: Path) -> None:
    error = json.dumps({"error": {"message": "gateway closed"}}, indent=2)
    done = ran(devices.probes()["devices"]["argv"], tmp_path, "devices list", error, rc=1)
    assert (done.returncode, done.stdout) == (1, "")
    assert "gateway closed" in done.stderr.strip().splitlines()[-1]


def link(tmp_path: Path, origin: str | None, path: str = "/") -> list[str]:
    made = (
        f"http://127.0.0.1:18789{path}#bootstrapToken={TOKEN}&bootstrapProfile=owner"
        f"&gatewayUrl=ws%3A%2F%2F127.0.0.1%3A18789{path.rstrip('/').replace('/', '%2F')}"
    )
    told = json.dumps({"ok": True, "browserUrl": made, "gatewayPassword": "a-password"})
    command = devices.link_command(INSTANCE, {"pod": "support-0", "cluster": "kind"}, origin)
    done = ran(command["argv"], tmp_path, "dashboard --no-open", told)
    assert done.returncode == 0, done.stderr
    assert "a-password" not in done.stdout
    assert done.stdout.count(TOKEN) == 1
    return done.stdout.splitlines()


@needs_node
@pytest.mark.parametrize(
    "origin, path, page, gateway",
    [
        ("https://claw.example.com", "/", "https://claw.example.com/", "wss://claw.example.com"),
        ("http://claw.example.com", "/", "http://claw.example.com/", "ws://claw.example.com"),
        ("https://claw.example.com", "/claw/", "https://claw.example.com/claw/", "wss://claw.example.com/claw"),
        (None, "/", "http://localhost:18789/", "ws://localhost:18789"),
    ],
)
def test_the_link_leads_where_people_are(
    tmp_path: Path, origin: str | None, path: str, page: str, gateway: str
) -> None:
    _intro, made, *rest = link(tmp_path, origin, path)
    parts = urlsplit(made)
    assert made.partition("#")[0] == page
    assert parse_qs(parts.fragment) == {
        "bootstrapToken": [TOKEN],
        "bootstrapProfile": ["owner"],
        "gatewayUrl": [gateway],
    }
    assert ("kubectl --context kind -n team-a port-forward pod/support-0 18789" in "".join(rest)) == (origin is None)


@needs_node
@pytest.mark.parametrize("rc", [0, 1])
def test_no_link_is_made_when_the_tool_refuses(tmp_path: Path, rc: int) -> None:
    command = devices.link_command(INSTANCE, {}, None)
    told = json.dumps({"ok": False, "reason": "Gateway is not running."})
    done = ran(command["argv"], tmp_path, "dashboard --no-open", told, rc=rc)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Gateway is not running." in done.stderr

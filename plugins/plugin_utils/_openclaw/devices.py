# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which devices a gateway knows, what is to become of them, and the link that pairs the first one."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .pod import ENTRY_POINT
from .port_forward import LOCAL, port_forward

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_COLUMNS = ("STATE", "ID", "NAME", "PLATFORM", "ADDRESS", "ACCESS", "SINCE")
_GAP = "  "
_SHORT_ID = 12
_MAX_CELL = 40
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_TIMEOUT = 60

# The command line tool tells more than is needed, tokens in some of its answers: both scripts run it inside the pod and
# let out only what they name.
_RUN = (
    "const {execFileSync}=require('child_process');"
    "const run=(...words)=>{try{return execFileSync(process.execPath,[cli,...words,'--json'],"
    "{encoding:'utf8',timeout:50000,stdio:['ignore','pipe','pipe']})}"
    "catch(e){const said=String(e.stdout||'').trim()||String(e.stderr||e.message);"
    "console.error(said.replace(/\\s+/g,' ').slice(-500));process.exit(1)}};"
    "const parsed=text=>JSON.parse(text.slice(text.indexOf('{')));"
)
_PENDING = ("requestId", "deviceId", "displayName", "clientId", "platform", "remoteIp", "roles", "role", "scopes", "ts")
_PAIRED = (
    *("deviceId", "operatorLabel", "displayName", "clientId", "platform", "remoteIp", "roles", "role", "scopes"),
    "approvedAtMs",
)
_LIST = (
    f"const [cli]=process.argv.slice(1);{_RUN}"
    "const found=parsed(run('devices','list'));"
    "const only=(rows,keys)=>rows.map(row=>Object.fromEntries(keys.filter(key=>key in row).map(key=>[key,row[key]])));"
    f"console.log(JSON.stringify({{now:Date.now(),pending:only(found.pending,{json.dumps(_PENDING)}),"
    f"paired:only(found.paired,{json.dumps(_PAIRED)})}}))"
)
# The tool's own link leads to 127.0.0.1, in two places. An empty line stands for the link.
_LINK = (
    f"const [cli,base,...lines]=process.argv.slice(1);{_RUN}"
    "const made=parsed(run('dashboard','--no-open'));"
    "if(!made.ok){console.error(made.reason);process.exit(1)}"
    "const link=new URL(made.browserUrl),part=new URLSearchParams(link.hash.slice(1)),to=new URL(base);"
    "const way=new URL(part.get('gatewayUrl'));"
    "part.set('gatewayUrl',to.protocol.replace('http','ws')+'//'+to.host+way.pathname.replace(/\\/$/,''));"
    "for(const line of lines)console.log(line||to.origin+link.pathname+'#'+part)"
)


def probes() -> dict[str, dict[str, object]]:
    """Return the command that lists the devices, as the module C(instance_info) takes it."""
    return {"devices": {"argv": ["node", "-e", _LIST, ENTRY_POINT[-1]], "timeout": _TIMEOUT}}


def link_command(instance: Mapping[str, object], state: Mapping[str, object], origin: str | None) -> dict[str, object]:
    """Return the command that prints a one-time link to I(origin), or to the way of C(kubectl port-forward)."""
    lines = [f"Open this link in the browser that is to own {instance['name']}. It works once, for 10 minutes:", ""]
    if origin is None:
        lines.append(f"It leads to this machine, where this has to run: {port_forward(instance, state)}")
    argv = ["node", "-e", _LINK, ENTRY_POINT[-1], origin or LOCAL, *lines]
    return {"title": "make a one-time link", "argv": argv, "timeout": _TIMEOUT}


# -- what is there -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Device:
    """A device that waits (its identifier is that of the request) or that is paired."""

    identifier: str
    name: str
    platform: str
    address: str
    access: str
    since: float
    """Seconds since it asked, or was approved."""


@dataclass(frozen=True)
class Devices:
    """What a gateway told."""

    waiting: Sequence[Device] = ()
    paired: Sequence[Device] = ()


def read(probe: Mapping[str, object]) -> Devices | None:
    """Return what the list told; None if it told nothing."""
    try:
        found = json.loads(str(probe.get("stdout")))
        now = float(found["now"])
        return Devices(
            [_device(row, "requestId", "ts", now) for row in found["pending"]],
            [_device(row, "deviceId", "approvedAtMs", now) for row in found["paired"]],
        )
    except (ValueError, KeyError, TypeError):
        return None


def _device(row: Mapping[str, object], identifier: str, moment: str, now: float) -> Device:
    since = row.get(moment)
    return Device(
        identifier=str(row[identifier]),
        name=next((str(row[key]) for key in ("operatorLabel", "displayName", "clientId") if row.get(key)), "-"),
        platform=str(row.get("platform") or "-"),
        address=str(row.get("remoteIp") or "-"),
        access=_access(row),
        since=max(0.0, (now - since) / 1000) if isinstance(since, (int, float)) else 0.0,
    )


def _access(row: Mapping[str, object]) -> str:
    """Return roles and scopes; whoever may administer may do everything else."""
    roles, scopes = row.get("roles") or [row.get("role") or "?"], row.get("scopes")
    named = [str(scope).removeprefix("operator.") for scope in (scopes if isinstance(scopes, list) else ())]
    told = ",".join(map(str, roles if isinstance(roles, list) else ()))
    return f"{told} ({'admin' if 'admin' in named else ','.join(named)})" if named else told


# -- what is to become of it ---------------------------------------------------------------------------------------


@dataclass
class Plan:
    """What is to be done. commands: as the module C(commands) takes them. lines: the devices, for a person."""

    problems: list[str] = field(default_factory=list)
    commands: list[dict[str, object]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Act:
    """A verb of the command line tool, and the state of a device after it."""

    verb: str
    after: str
    object: str


_APPROVE = _Act("approve", "approved", "request")
_REJECT = _Act("reject", "rejected", "request")
_REMOVE = _Act("remove", "removed", "device")
_AT_REST = ("suspended", "absent")


def plan(instance: Mapping[str, object], info: Mapping[str, object], check: bool = False) -> Plan:
    """Return what the options ask for, given what C(instance_info) found."""
    state, made = _mapping(info.get("instance")), Plan()
    if instance["state"] in _AT_REST:
        made.lines = [f"{instance['name']}: is {instance['state']}, so it has no devices"]
        return made
    probe = _mapping(_mapping(info.get("probes")).get("devices"))
    found = read(probe)
    if found is None:
        made.problems = [f"{instance['name']}: cannot list its devices: {_why(state, probe)}"]
        return made
    acts = _acts(instance, found, made.problems)
    made.commands = [_command(device, act) for device, act in acts]
    done = {device.identifier: _after(act, check) for device, act in acts}
    made.lines = _lines(str(state.get("pod") or instance["name"]), found, done)
    return made


def _acts(instance: Mapping[str, object], found: Devices, problems: list[str]) -> list[tuple[Device, _Act]]:
    """Return what to do with which device; who is rejected by name is not approved by a policy."""
    rejected = list(_named(instance, "devices_reject", found.waiting, problems))
    approved = list(_named(instance, "devices_approve", found.waiting, problems))
    policy = _mapping(instance["devices_approve_matching"])
    approved += [device for device in found.waiting if policy and matches(policy, device) and device not in approved]
    for device in rejected:
        if device in _named(instance, "devices_approve", found.waiting, []):
            problems.append(f"openclaw_devices_reject  {device.identifier}: is in openclaw_devices_approve, too.")
    removed = list(_named(instance, "devices_remove", found.paired, problems))
    return [
        *((device, _REJECT) for device in rejected),
        *((device, _APPROVE) for device in approved if device not in rejected),
        *((device, _REMOVE) for device in removed),
    ]


def _named(
    instance: Mapping[str, object], option: str, devices: Sequence[Device], problems: list[str]
) -> Iterable[Device]:
    """Return the devices that an option names, each once; a beginning that fits one and no other will do."""
    named: dict[str, Device] = {}
    wanted = instance[option]
    for text in map(str, wanted if isinstance(wanted, list) else ()):
        fitting = [device for device in devices if device.identifier == text] or [
            device for device in devices if device.identifier.startswith(text)
        ]
        if len(fitting) == 1:
            named[fitting[0].identifier] = fitting[0]
        elif fitting or option != "devices_remove":
            # What is to be removed and is not there is removed.
            known = ", ".join(device.identifier[:_SHORT_ID] for device in devices) or "none"
            many = f"fits {len(fitting)} of them" if fitting else "is none of them"
            problems.append(f"openclaw_{option}  {text}: {many}. There are: {known}.")
    return named.values()


def matches(policy: Mapping[str, object], device: Device) -> bool:
    """Whether everything that the policy says holds for the device."""
    return all(_CRITERIA[name](value, device) for name, value in policy.items())


def _fits(pattern: object, text: str) -> bool:
    wanted = ".*".join(map(re.escape, str(pattern).split("*")))
    return re.fullmatch(wanted, text, re.IGNORECASE | re.DOTALL) is not None


def _within(ranges: object, text: str) -> bool:
    """Whether the address is in one of the ranges; a device whose address is not known is in none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    networks = [ipaddress.ip_network(str(each)) for each in (ranges if isinstance(ranges, list) else ())]
    return any((mapped or address) in network for network in networks)


def _younger(age: object, seconds: float) -> bool:
    text = str(age)
    return seconds <= float(text.rstrip("smh")) * _SECONDS.get(text[-1:], 1)


_CRITERIA: dict[str, Callable[[object, Device], bool]] = {
    "name": lambda pattern, device: _fits(pattern, device.name),
    "platform": lambda pattern, device: _fits(pattern, device.platform),
    "cidr": lambda ranges, device: _within(ranges, device.address),
    "max_age": lambda age, device: _younger(age, device.since),
}


def _command(device: Device, act: _Act) -> dict[str, object]:
    title = f"{act.verb} {act.object} {device.identifier[:_SHORT_ID]} of {_clean(device.name)}"
    argv = [*ENTRY_POINT, "devices", act.verb, device.identifier, "--json"]
    return {"title": title, "argv": argv, "timeout": _TIMEOUT}


def _after(act: _Act, check: bool) -> str:
    return f"to be {act.after}" if check else act.after


def _why(state: Mapping[str, object], probe: Mapping[str, object]) -> str:
    if not state.get("exists"):
        return "it is not on the cluster; run the site playbook."
    lines = str(probe.get("stderr") or "").strip().splitlines()
    return _clean(lines[-1], 300) if lines else str(state.get("last_problem") or state.get("phase"))


# -- for a person --------------------------------------------------------------------------------------------------


def _lines(pod: str, found: Devices, done: Mapping[str, str]) -> list[str]:
    head = f"{pod}: {len(found.waiting)} waiting, {len(found.paired)} paired"
    rows = [(device, "waits") for device in found.waiting] + [(device, "paired") for device in found.paired]
    if not rows:
        return [head]
    table = [_COLUMNS, *(_row(device, done.get(device.identifier, state)) for device, state in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(_COLUMNS))]
    return [
        head,
        *(_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table),
    ]


def _row(device: Device, state: str) -> tuple[str, ...]:
    told = (device.name, device.platform, device.address, device.access)
    return (state, device.identifier[:_SHORT_ID], *map(_clean, told), _age(device.since))


def _clean(text: str, longest: int = _MAX_CELL) -> str:
    """Return what a device says about itself without what a terminal or a template could take for an order."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return shown.translate(str.maketrans("{}", "()"))[:longest]


def _age(seconds: float) -> str:
    for unit, length in (("d", _DAY), ("h", _HOUR), ("m", _MINUTE)):
        if seconds >= length:
            return f"{int(seconds // length)}{unit}"
    return f"{int(seconds)}s"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}

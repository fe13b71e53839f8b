# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to ask Tailscale what it has made of the instance, and which option to change when that is something else.

While a machine cannot join, its container ends again and again: what it said last is what counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

_PROBE = "tailnet"
_TIMEOUT = 45
# A machine that was deployed a moment ago may still be joining.
_PATIENCE = 20_000
_LONGEST = 300
_ASK = (
    "const{spawnSync}=require('node:child_process');"
    f"const pause=new Int32Array(new SharedArrayBuffer(4)),end=Date.now()+{_PATIENCE};let said,out='';"
    "do{said=spawnSync('tailscale',['status','--json','--peers=false'],{encoding:'utf8'});out=said.stdout||out}"
    'while(!/"BackendState": *"Running"/.test(out)&&Date.now()<end&&Atomics.wait(pause,0,0,1000));'
    "process.stdout.write(out);process.stderr.write(said.stderr??String(said.error));process.exitCode=said.status??1"
)


def tailnet_probes(instance: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return the command to run in the gateway's container; none where Tailscale answers for nobody."""
    if not instance["tailscale_enabled"] or instance["tailscale_mode"] == "none":
        return {}
    return {_PROBE: {"argv": ["node", "-e", _ASK], "timeout": _TIMEOUT}}


def judge_tailnet(instance: Mapping[str, object], probes: Mapping[str, object]) -> list[str]:
    """Return what keeps browsers of the tailnet away."""
    if _PROBE not in probes:
        return []
    probe = _mapping(probes[_PROBE])
    try:
        status = _mapping(json.loads(str(probe.get("stdout"))))
    except ValueError:
        said = (str(probe.get("stderr") or "").strip() or f"exit code {probe.get('rc')}").splitlines()[-1]
        return [f"Tailscale does not tell its state: {said[:_LONGEST]}"]
    return list(_problems(instance, status))


def _problems(instance: Mapping[str, object], status: Mapping[str, object]) -> Iterator[str]:
    if status.get("BackendState") != "Running":
        told = status.get("Health")
        why = f" Tailscale says: {' '.join(map(str, told))[:_LONGEST]}" if isinstance(told, list) and told else ""
        yield (
            f"the machine is not in its tailnet ({status.get('BackendState')}).{why} "
            "Look at the log of the container tailscale, and at the key in openclaw_tailscale_auth_secret."
        )
        return
    if not status.get("CertDomains"):
        yield (
            "the tailnet gives its machines no certificates, so nobody answers HTTPS there. Switch HTTPS on in the "
            "settings of the tailnet, or set openclaw_tailscale_mode: none."
        )
    wanted = f"{instance['tailscale_hostname']}.{instance['tailscale_domain']}"
    name = str(_mapping(status.get("Self")).get("DNSName") or "").rstrip(".")
    if instance["tailscale_domain"] and name and name != wanted:
        yield (
            f"the machine is {name} in its tailnet, and the gateway lets in pages of {wanted}. Correct "
            "openclaw_tailscale_hostname and openclaw_tailscale_domain, or remove another machine of that name."
        )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}

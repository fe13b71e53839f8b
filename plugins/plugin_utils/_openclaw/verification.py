# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to ask a running gateway whether it does what the inventory says, and how to read its answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from .config_edits import REDACTED, edits_of
from .config_paths import Rules
from .gateway_auth import named_by_proxies
from .pod import ENTRY_POINT, PASSWORD_VARIABLE, PORT, TOKEN_VARIABLE
from .tailnet_verdict import tailnet_probes

# The file as the gateway read it. "sourceConfig" beside it also holds what OpenClaw fills in, such as the main agent.
_FILE = "parsed"
_MAX_SHOWN = 80
_SERVICE_TIMEOUT = 30
_CONFIG_TIMEOUT = 60
_TURN_TIMEOUT = 150

# Runs in the gateway's container: the request leaves the pod and comes back through the Service, and the token stays.
_FETCH = (
    "const [url,body]=process.argv.slice(1);"
    f"const o=body?{{method:'POST',body,headers:{{'content-type':'application/json',"
    f"authorization:'Bearer '+(process.env.{TOKEN_VARIABLE}||process.env.{PASSWORD_VARIABLE})}}}}:{{}};"
    "fetch(url,o).then(async r=>{console.log(JSON.stringify({status:r.status,body:(await r.text()).slice(0,20000)}))})"
    ".catch(e=>{console.log(JSON.stringify({status:0,body:String(e.cause?.code||e.message)}))})"
)


def _url(instance: Mapping[str, object], path: str) -> str:
    return f"http://{instance['name']}.{instance['namespace']}.svc:{instance['service_port']}{path}"


def _turn_url(instance: Mapping[str, object]) -> str:
    """Return where the agent is asked: where proxies name the users, the password counts over loopback alone."""
    path = "/v1/chat/completions"
    return f"http://127.0.0.1:{PORT}{path}" if named_by_proxies(instance) else _url(instance, path)


def probes(instance: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return the commands to run in the gateway's container, as the module C(instance_info) takes them."""
    asked: dict[str, dict[str, object]] = {
        "service": {"argv": ["node", "-e", _FETCH, _url(instance, "/startupz")], "timeout": _SERVICE_TIMEOUT},
        "config": {
            "argv": [*ENTRY_POINT, "gateway", "call", "config.get", "--json", "--timeout", "30000"],
            "timeout": _CONFIG_TIMEOUT,
        },
        **tailnet_probes(instance),
    }
    if instance["verify_prompt"]:
        body = {"model": "openclaw", "messages": [{"role": "user", "content": instance["verify_prompt"]}]}
        url = _turn_url(instance)
        asked["turn"] = {"argv": ["node", "-e", _FETCH, url, json.dumps(body)], "timeout": _TURN_TIMEOUT}
    return asked


def differences(wanted: object, found: object, path: str = "") -> Iterator[str]:
    """Yield the places where I(found) is not I(wanted); redacted values count as equal, C(meta) is OpenClaw's own."""
    if wanted == found or (isinstance(found, str) and REDACTED in found):
        return
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key in sorted({*wanted, *found} - ({"meta"} if not path else set())):
            at = f"{path}.{key}" if path else str(key)
            if key not in found:
                yield f"{at} is missing"
            elif key not in wanted:
                yield f"{at} is not in the inventory"
            else:
                yield from differences(wanted[key], found[key], at)
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, (wanted_entry, found_entry) in enumerate(zip(wanted, found, strict=True)):
            yield from differences(wanted_entry, found_entry, f"{path}[{index}]")
    else:
        yield f"{path} is {_shown(found)} instead of {_shown(wanted)}"


def _shown(value: object) -> str:
    """Return I(value) for a person; what is inside a map or a list may be a secret the gateway would have hidden."""
    if isinstance(value, Mapping):
        return "a map"
    return f"a list of {len(value)}" if isinstance(value, list) else json.dumps(value)[:_MAX_SHOWN]


def _answer(probe: Mapping[str, object]) -> dict[str, object]:
    """Return the JSON object that a probe printed, or an empty one."""
    out = str(probe.get("stdout", ""))
    try:
        parsed = json.loads(out[out.index("{") :])
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _said(probe: Mapping[str, object]) -> str:
    lines = (str(probe.get("stderr", "")).strip() or str(probe.get("stdout", "")).strip()).splitlines()
    return lines[-1][:300] if lines else f"exit code {probe.get('rc')}"


def judge_service(instance: Mapping[str, object], probe: Mapping[str, object]) -> list[str]:
    answer = _answer(probe)
    if answer.get("status") == 200 and '"ok":true' in str(answer.get("body", "")).replace(" ", ""):
        return []
    told = f"{answer.get('status')} {str(answer.get('body'))[:200]}" if answer else _said(probe)
    return [f"the gateway does not answer through the Service {instance['name']}.{instance['namespace']}: {told}"]


def judge_config(
    declared: Mapping[str, object], mode: str, probe: Mapping[str, object], rules: Rules | None = None
) -> tuple[list[str], list[str]]:
    """Return problems and warnings about the configuration in force, from the answer to C(config.get)."""
    answer = _answer(probe)
    if _FILE not in answer:
        return [f"the gateway does not tell its configuration: {_said(probe)}"], []
    if answer.get("valid") is False:
        issues = answer.get("issues")
        return [
            f"the configuration file is not valid: {issue.get('path')}: {issue.get('message')}"
            for issue in (issues if isinstance(issues, list) and issues else [{}])
        ], []
    problems = []
    if answer.get("appliedConfigHash") != answer.get("configRevisionHash"):
        problems.append("the gateway still runs an older configuration than the one in its file; restart it.")
    if mode == "merge":
        protected, kept = _edits(declared, answer, rules)
        problems.extend(f"edited in the instance although it is protected, run site: {path}" for path in protected)
        return problems, [f"edited in the instance and kept: {path}" for path in kept]
    found = list(differences(declared, answer[_FILE]))
    if mode == "readonly":
        problems.extend(f"configuration in force: {difference}" for difference in found)
        return problems, []
    if mode == "overwrite":
        return problems, [f"edited since the start, lost at the next one: {difference}" for difference in found]
    return problems, []


def _edits(
    declared: Mapping[str, object], answer: Mapping[str, object], rules: Rules | None
) -> tuple[list[str], list[str]]:
    """Return the paths that the next merge puts back, and those that it leaves to the instance."""
    found = answer[_FILE]
    made = edits_of(declared, found if isinstance(found, Mapping) else {}, rules or Rules())
    return [conflict.path for conflict in made.conflicts], made.edits


def read_turn(probe: Mapping[str, object]) -> tuple[str | None, list[str]]:
    """Return the agent's reply to the question and the problems with it."""
    answer = _answer(probe)
    status, body = answer.get("status"), str(answer.get("body", ""))
    if status == 404:
        return None, [
            "the gateway offers no chat completions: "
            "set gateway.http.endpoints.chatCompletions.enabled in openclaw_config."
        ]
    if status != 200:
        return None, [
            f"the model turn failed: {status} {body[:300]}" if answer else f"the model turn failed: {_said(probe)}"
        ]
    try:
        return str(json.loads(body)["choices"][0]["message"]["content"]), []
    except (ValueError, KeyError, IndexError, TypeError):
        return None, [f"the model turn gave no reply: {body[:300]}"]


def config_edits(
    declared: Mapping[str, object], mode: str, probe: Mapping[str, object], rules: Rules | None = None
) -> list[str]:
    """Return the paths at which an instance that may write its configuration has another one than the inventory."""
    answer = _answer(probe)
    if mode != "merge" or _FILE not in answer:
        return []
    protected, kept = _edits(declared, answer, rules)
    return sorted([*protected, *kept])


def config_state(
    declared: Mapping[str, object], mode: str, probe: Mapping[str, object], rules: Rules | None = None
) -> str:
    """Return in a few words whether the configuration in force is the declared one."""
    answer = _answer(probe)
    if _FILE not in answer:
        return "unknown"
    if answer.get("valid") is False:
        return "invalid"
    if answer.get("appliedConfigHash") != answer.get("configRevisionHash"):
        return "not applied"
    if mode == "seed":
        return "own"
    found = config_edits(declared, mode, probe, rules) if mode == "merge" else differences(declared, answer[_FILE])
    edits = len(list(found))
    return f"{edits} edit{'s' * (edits > 1)}" if edits else "in sync"

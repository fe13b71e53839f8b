# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Tailscale says of the machine, and the option that each answer leads to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.tailnet_verdict import judge_tailnet
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.verification import probes

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
ON: Json = {
    "tailscale_enabled": True,
    "tailscale_auth_secret": "tailnet-key",
    "tailscale_apiserver": ["10.0.0.5:6443"],
    "tailscale_hostname": "claw",
    "tailscale_domain": "tail1234.ts.net",
}
GOOD: Json = {
    "BackendState": "Running",
    "CertDomains": ["claw.tail1234.ts.net"],
    "Self": {"DNSName": "claw.tail1234.ts.net."},
}


def judged(instance: Json, status: Json) -> list[str]:
    return judge_tailnet(instance, {"tailnet": {"rc": 0, "stdout": json.dumps(status), "stderr": ""}})


def test_it_is_asked_where_it_answers_for_the_gateway(make_instance: MakeInstance) -> None:
    assert "tailnet" in probes(make_instance(**ON))
    assert "tailnet" not in probes(make_instance(**ON, tailscale_mode="none"))
    assert "tailnet" not in probes(make_instance())


@pytest.mark.skipif(shutil.which("node") is None, reason="the probe is a script of Node.js")
def test_a_machine_that_is_still_joining_is_given_time(make_instance: MakeInstance, tmp_path: Path) -> None:
    """By a Tailscale that has joined when it is asked for the second time."""
    asked = tmp_path / "asked"
    states = [json.dumps({**GOOD, "BackendState": state}, indent=2) for state in ("Starting", "Running")]
    for name, text in zip(("first", "second"), states, strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    program = tmp_path / "tailscale"
    program.write_text(
        f"#!/bin/sh\ncd {tmp_path}\n[ -e asked ] && exec cat second\ntouch asked\nexec cat first\n", encoding="utf-8"
    )
    program.chmod(0o755)
    argv = probes(make_instance(**ON))["tailnet"]["argv"]
    assert isinstance(argv, list)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    said = subprocess.run(argv, env={"PATH": path}, capture_output=True, text=True, check=True)
    assert asked.exists()
    assert judged(make_instance(**ON), json.loads(said.stdout)) == []


def test_a_machine_as_declared_is_no_problem(make_instance: MakeInstance) -> None:
    assert judged(make_instance(**ON), GOOD) == []
    assert judged(make_instance(**{**ON, "tailscale_domain": ""}), {**GOOD, "Self": {"DNSName": "other.ts.net."}}) == []
    assert judge_tailnet(make_instance(), {}) == []


@pytest.mark.parametrize(
    "change, option",
    [
        ({"BackendState": "NeedsLogin"}, "openclaw_tailscale_auth_secret"),
        ({"BackendState": "NeedsLogin", "Health": ["The last login error was: invalid authkey"]}, "invalid authkey"),
        ({"CertDomains": None}, "openclaw_tailscale_mode"),
        ({"Self": {"DNSName": "claw-1.tail1234.ts.net."}}, "openclaw_tailscale_hostname"),
    ],
)
def test_another_machine_is_explained_by_the_option(change: Json, option: str, make_instance: MakeInstance) -> None:
    (problem,) = judged(make_instance(**ON), {**GOOD, **change})
    assert option in problem


def test_a_tailscale_that_says_nothing_is_quoted(make_instance: MakeInstance) -> None:
    said = {"rc": 1, "stdout": "", "stderr": "warning\nfailed to connect to local tailscaled\n"}
    (problem,) = judge_tailnet(make_instance(**ON), {"tailnet": said})
    assert problem.endswith("failed to connect to local tailscaled")

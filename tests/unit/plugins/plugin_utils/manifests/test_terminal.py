# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web terminal: what ttyd is told, and who is let in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
SECRET: Json = {"terminal_enabled": True, "terminal_secret": "web-login"}


def terminal_of(instance: Json) -> Json:
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    pod: Any = stateful_set["spec"]
    (found,) = (each for each in pod["template"]["spec"]["containers"] if each["name"] == "terminal")
    result: Json = found
    return result


CREDENTIALS = "--credential=$(TERMINAL_USERNAME):$(TERMINAL_PASSWORD)"
ALWAYS = ["--port=7681", "--debug=1", "--check-origin", "--cwd=/home/node/.openclaw"]


@pytest.mark.parametrize(
    "options, arguments",
    [
        (SECRET, [*ALWAYS, CREDENTIALS, "sh"]),
        ({**SECRET, "terminal_writable_enabled": True}, [*ALWAYS, CREDENTIALS, "--writable", "sh"]),
        ({"terminal_enabled": True, "terminal_open_enabled": True}, [*ALWAYS, "sh"]),
        (
            {**SECRET, "terminal_command": ["sh", "-c", "while :; do ls; sleep 5; done"]},
            [*ALWAYS, CREDENTIALS, "sh", "-c", "while :; do ls; sleep 5; done"],
        ),
    ],
    ids=["shows", "takes-input", "open", "command"],
)
def test_arguments_of_ttyd(options: Json, arguments: list[str], make_instance: MakeInstance) -> None:
    found = terminal_of(make_instance(**options))
    assert (found["command"], found["args"]) == (["ttyd"], arguments)


def test_credentials_come_from_the_secret_alone(make_instance: MakeInstance) -> None:
    found = terminal_of(make_instance(**SECRET))
    sources = {entry["name"]: entry["valueFrom"]["secretKeyRef"] for entry in found["env"] if "valueFrom" in entry}
    assert sources == {
        "TERMINAL_USERNAME": {"name": "web-login", "key": "username"},
        "TERMINAL_PASSWORD": {"name": "web-login", "key": "password"},
    }


@pytest.mark.parametrize("workspace", [False, True])
@pytest.mark.parametrize("writable", [False, True])
def test_the_volume_is_as_writable_as_the_terminal(
    writable: bool, workspace: bool, make_instance: MakeInstance
) -> None:
    options = {**SECRET, "terminal_writable_enabled": writable, "workspace_storage_enabled": workspace}
    mounts = [mount for mount in terminal_of(make_instance(**options))["volumeMounts"] if mount["mountPath"] != "/tmp"]
    assert len(mounts) == 1 + workspace
    assert {mount.get("readOnly", False) for mount in mounts} == {not writable}


def test_without_credentials_it_is_refused(make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match=r"openclaw_terminal_secret.*openclaw_terminal_open_enabled"):
        make_instance(terminal_enabled=True)


def test_open_and_guarded_at_once_is_refused(make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match="openclaw_terminal_open_enabled"):
        make_instance(**SECRET, terminal_open_enabled=True)


def test_without_a_command_it_is_refused(make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match="openclaw_terminal_command"):
        make_instance(**SECRET, terminal_command=[])


@pytest.mark.parametrize("writable, may", [(False, "read what it shows"), (True, "use the agent's shell")])
def test_an_open_terminal_is_warned_of(writable: bool, may: str, resolved: Callable[[Json], Any]) -> None:
    found = resolved(
        {
            "openclaw_terminal_enabled": True,
            "openclaw_terminal_open_enabled": True,
            "openclaw_terminal_writable_enabled": writable,
        }
    )
    assert found.problems == []
    (warning,) = (text for text in found.warnings if "openclaw_terminal" in text)
    assert may in warning

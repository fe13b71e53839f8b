# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Run commands that change something in a container of one instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .cluster import Cluster
from .connection import settings_from
from .errors import EngineError
from .exec import Output
from .info import NOT_RUNNING, Place, Reader
from .redact import Redactor
from .transport import Transport

_LONGEST_ERROR = 300


def run(options: Mapping[str, Any], environ: Mapping[str, str], *, check_mode: bool) -> dict[str, Any]:
    """What both doors call: options in, task result out. What a command printed is told only if that was asked for."""
    commands: Sequence[Mapping[str, Any]] = options["commands"]
    result: dict[str, Any] = {"changed": False, "pod": "", "commands": []}
    if not commands:
        return result
    redactor = Redactor([text for text in (options.get("api_key"),) if text])
    transport: Transport | None = None
    try:
        transport = Transport(settings_from(options, environ))
        for secret in transport.secrets():
            redactor.learn(secret)
        reader = Reader(Cluster(transport), str(options["name"]), str(options["namespace"]), options.get("container"))
        _run_all(reader, options, redactor, result, check_mode)
    except EngineError as exc:
        result.update(exc.failure)
    finally:
        if transport is not None:
            transport.close()
    return dict(redactor.scrub_all(result))


def _run_all(
    reader: Reader, options: Mapping[str, Any], redactor: Redactor, result: dict[str, Any], check_mode: bool
) -> None:
    """Run each command, also after one that failed; EngineError names those that did."""
    place = reader.place(options.get("pod") or "")
    if place is None:
        raise EngineError([f"{options.get('pod') or options['name']}: {NOT_RUNNING}"])
    result["pod"] = place.pod
    if check_mode:
        result.update(changed=True, commands=[{"title": command["title"]} for command in options["commands"]])
        return
    reader.learn_secrets(redactor)
    ended = [(command, _run(reader, place, command)) for command in options["commands"]]
    result["commands"] = [{"title": command["title"], "rc": output.rc} for command, output in ended]
    result["changed"] = any(output.rc == 0 for _command, output in ended)
    if options["show_output"]:
        result["msg"] = [line for _command, output in ended for line in output.stdout.splitlines()]
    problems = [f"cannot {command['title']}: {_reason(output)}" for command, output in ended if output.rc != 0]
    if problems:
        raise EngineError(problems)


def _run(reader: Reader, place: Place, command: Mapping[str, Any]) -> Output:
    return reader.run(place, command["argv"], command["timeout"], command.get("stdin") or "")


def _reason(output: Output) -> str:
    lines = output.stderr.strip().splitlines()
    return lines[-1][:_LONGEST_ERROR] if lines else f"exit code {output.rc}"

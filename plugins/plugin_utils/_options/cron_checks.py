# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about scheduled jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from .access import Instance, mapping
from .formats import timezone
from .values import nearest

_OPTION = "openclaw_cron_jobs"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}")
_SCHEDULES, _PAYLOADS = ("cron", "every"), ("message", "event", "command")
_KEYS = (
    *(*_SCHEDULES, "timezone", "exact", *_PAYLOADS, "agent", "session", "model", "thinking", "timeout", "tools"),
    *("announce", "webhook", "enabled", "description"),
)
_TEXTS = ("message", "event", "agent", "model", "thinking", "description", "webhook", "timezone")
_DURATION = re.compile(r"([0-9]+(ms|s|m|h|d))+")
_SHORTEST = re.compile(r"[0-9]{1,4}ms|[0-9]s|0[smhd]")
_FIELD = re.compile(r"[0-9A-Za-z*/,#?LW+-]+")
_SESSION = re.compile(r"isolated|session:[A-Za-z0-9][A-Za-z0-9:._-]{0,127}")
_ANNOUNCE_KEYS = ("channel", "to", "account")
_LONGEST_TEXT = 16 * 1024
# Keys that only one kind of job has.
_ONLY_FOR = {"model": "message", "thinking": "message", "tools": "message"}
_NOT_FOR_EVENTS = ("session", "timeout", "announce", "webhook")


def jobs_misdescribed(instance: Instance) -> list[str]:
    """A job says when, and what; every key is one that counts for such a job."""
    return [
        f"{_OPTION}  {name}: {problem}"
        for name, given in sorted(mapping(instance, "cron_jobs").items())
        for problem in _problems(name, given)
    ]


def _problems(name: str, given: object) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield "is not a name. Write letters, digits, spaces, dots, - and _, at most 63."
    if not isinstance(given, dict):
        yield "is not a map. Write for example {cron: 0 7 * * *, message: Summarize the night.}."
        return
    for key in sorted(given.keys() - set(_KEYS)):
        near = nearest(str(key), _KEYS)
        yield f"{key} is not a key of a job.{f' Did you mean {near}?' if near else ''}"
    yield from _one_of(given, _SCHEDULES, "when it runs")
    yield from _one_of(given, _PAYLOADS, "what it does")
    yield from _text_problems(given)
    yield from _schedule_problems(given)
    yield from _payload_problems(given)
    yield from _delivery_problems(given)


def _one_of(given: Mapping[str, object], keys: tuple[str, ...], what: str) -> Iterator[str]:
    found = [key for key in keys if key in given]
    if len(found) != 1:
        told = f"has {' and '.join(found)}" if found else f"does not say {what}"
        yield f"{told}. Write one of {', '.join(keys)}."


def _text_problems(given: Mapping[str, object]) -> Iterator[str]:
    for key in _TEXTS:
        value = given.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            yield f"{key} is empty or not text. Write it in quotes."
        elif isinstance(value, str) and len(value.encode()) > _LONGEST_TEXT:
            yield f"{key} has more than {_LONGEST_TEXT // 1024} KiB. Put it into a file of the workspace."
    for key in ("enabled", "exact"):
        if given.get(key) is not None and not isinstance(given[key], bool):
            yield f"{key} is not true or false."


def _schedule_problems(given: Mapping[str, object]) -> Iterator[str]:
    expression, every = given.get("cron"), given.get("every")
    if expression is not None:
        fields = str(expression).split()
        if not isinstance(expression, str) or len(fields) not in (5, 6) or not all(map(_FIELD.fullmatch, fields)):
            yield f"cron {json.dumps(expression)} has not five or six fields. Write for example 0 7 * * 1-5."
    if every is not None and (
        not isinstance(every, str) or not _DURATION.fullmatch(every) or _SHORTEST.fullmatch(every)
    ):
        yield f"every {json.dumps(every)} is not a duration of at least ten seconds. Write for example 30m."
    for key in ("timezone", "exact"):
        if key in given and "every" in given:
            yield f"{key} is for cron. Remove it."
    zone = given.get("timezone")
    reason = timezone(zone) if isinstance(zone, str) and zone else None
    if reason:
        yield f'timezone "{zone}" {reason}'


def _payload_problems(given: Mapping[str, object]) -> Iterator[str]:
    command, session, timeout, tools = (given.get(key) for key in ("command", "session", "timeout", "tools"))
    if command is not None and not _is_list_of_text(command):
        yield "command is not a list of words. Write [program, argument, ...]; no shell is in between."
    for key, kind in _ONLY_FOR.items():
        if key in given and kind not in given:
            yield f"{key} is for {kind}. Remove it."
    for key in _NOT_FOR_EVENTS if "event" in given else ():
        if key in given:
            yield f"{key} has no say in an event, which is for the agent's main session. Remove it, or write message."
    if session is not None and (not isinstance(session, str) or not _SESSION.fullmatch(session)):
        yield f"session {json.dumps(session)} is not isolated or session:<name>. The main session takes an event."
    if timeout is not None and (not isinstance(timeout, str) or not _DURATION.fullmatch(timeout)):
        yield f"timeout {json.dumps(timeout)} is not a duration. Write for example 10m."
    if tools is not None and not _is_list_of_text(tools):
        yield "tools is not a list of names."


def _delivery_problems(given: Mapping[str, object]) -> Iterator[str]:
    announce, webhook = given.get("announce"), given.get("webhook")
    if announce is not None and webhook is not None:
        yield "has announce and webhook. Write one of them."
    if announce is not None and (
        not isinstance(announce, dict) or not announce.get("channel") or not announce.get("to")
    ):
        yield "announce does not say where. Write {channel: telegram, to: <chat>}."
    elif isinstance(announce, dict):
        for key in sorted(announce.keys() - set(_ANNOUNCE_KEYS)):
            yield f"announce.{key} is not one of {', '.join(_ANNOUNCE_KEYS)}."
    if isinstance(webhook, str) and not re.fullmatch(r"https?://[^\s@]+", webhook):
        yield "webhook is not an address without credentials. Write https://..."


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(word, str) and word for word in value)


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (jobs_misdescribed,)

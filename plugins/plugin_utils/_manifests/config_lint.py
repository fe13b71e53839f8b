# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first look at a configuration: on the controller, against the schema of the image that is to run it.

The schema comes from that image, once: the Job that validates a configuration prints it where the controller has none.
Until then, and for what a schema cannot say, that Job is the only judge.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator

from .._openclaw import config as openclaw_config
from .._openclaw.channels import channel_config
from .._openclaw.models import provider_config
from .._openclaw.plaintext import is_sensitive
from .._openclaw.replicas import overridden, user_config
from .._openclaw.retired import release_of
from .._openclaw.schema import Finding, findings, value_at
from .._openclaw.schema_file import load
from .._openclaw.schema_words import shown
from .._options.access import Instance, text
from .config import declared_config
from .config_schema import schema_file

_MAX_TOLD = 20


def config_misspelt(instance: Instance) -> list[str]:
    """What the user wrote has keys and values that OpenClaw knows. Features may still bring what is missing."""
    problems: list[str] = []
    for option, replica in _replicas(instance):
        written = openclaw_config.declared(
            user_config(instance, replica),
            channel_config(instance),
            provider_config(instance),
            rules=openclaw_config.merge_rules(instance),
        )
        told = _told(instance, option, written, missing=False)
        problems += [problem for problem in told if problem.partition("  ")[2] not in _reasons(problems)]
    return problems


def config_incomplete(instance: Instance) -> list[str]:
    """What is declared in the end has all that OpenClaw wants."""
    return [
        problem
        for option, replica in _replicas(instance)
        for problem in _told(instance, option, declared_config(instance, replica), missing=True)
    ]


def _reasons(problems: list[str]) -> set[str]:
    return {problem.partition("  ")[2] for problem in problems}


def _replicas(instance: Instance) -> Iterator[tuple[str, int | None]]:
    yield "openclaw_config", None
    for replica in overridden(instance, "config"):
        yield "openclaw_replica_overrides", replica


def _told(instance: Instance, option: str, config: dict[str, object], *, missing: bool) -> list[str]:
    file = schema_file(instance)
    if not file:
        return []
    release = text(instance, "image_tag")
    found = _findings(file, _stamp(file), json.dumps(config, sort_keys=True))
    told = [f"{option}  {_sentence(each, config, release)}" for each in found if each.missing is missing]
    more = len(told) - _MAX_TOLD
    return [*told[:_MAX_TOLD], *([f"{option}  has {more} more problems of this kind."] if more > 0 else [])]


def _stamp(file: str) -> float:
    """Return when the file was written; 0 while there is none."""
    try:
        return os.stat(file).st_mtime
    except OSError:
        return 0


@functools.lru_cache(maxsize=64)
def _findings(file: str, _stamp: float, config: str) -> tuple[Finding, ...]:
    """Look at each configuration once: an instance is looked up several times in a run."""
    schema = load(file)
    return tuple(findings(schema, json.loads(config))) if schema else ()


def _sentence(finding: Finding, config: dict[str, object], release: str) -> str:
    value = value_at(config, finding.path)
    keys = tuple(map(str, finding.path))
    seen = isinstance(value, (str, int, float)) and not isinstance(value, bool) and finding.about_value
    quoted = f" {shown(value)}" if seen and not is_sensitive(keys) else ""
    who = f"OpenClaw {release}" if release_of(release) < (9999,) else "OpenClaw"
    return f"{finding.place or 'the configuration'}:{quoted} {finding.reason.replace('OpenClaw', who)}"


LINT_RULES = (config_misspelt,)
LAST_LINT_RULES = (config_incomplete,)

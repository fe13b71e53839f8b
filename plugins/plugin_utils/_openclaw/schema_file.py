# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of an image's configuration, as the controller keeps it: one file for each image that never changes."""

from __future__ import annotations

import functools
import json
import os
import re
from contextlib import suppress

from .schema import Schema

# That of the option openclaw_config_schema_cache.
DEFAULT_FOLDER = "~/.cache/openclaw.kubernetes/schemas"
_PREPARED = 4
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
# A release, or a digest; what another tag means changes from day to day.
_FIXED = re.compile(r"@|:v?\d+\.\d+\.\d+")


def file_name(image: str) -> str:
    """Return the name of the file for the reference of an image; empty for an image that changes."""
    return f"{_NOT_IN_A_NAME.sub('-', image)}.json" if _FIXED.search(image) else ""


def load(file: str) -> Schema | None:
    """Return the schema in I(file), also as C(openclaw config schema) prints it; None while there is none."""
    try:
        found = os.stat(file)
        return _load(file, found.st_size, found.st_mtime_ns)
    except (OSError, ValueError):
        # What cannot be read is as good as nothing: OpenClaw itself judges the configuration, too.
        return None


def prepare() -> None:
    """Read the schemas that are where they are by default: in the process that Ansible forks its workers from."""
    with suppress(OSError):
        found = sorted(os.scandir(os.path.expanduser(DEFAULT_FOLDER)), key=lambda entry: entry.stat().st_mtime)
        for entry in found[-_PREPARED:]:
            load(entry.path)


def forget() -> None:
    """Read every file again."""
    _load.cache_clear()


@functools.lru_cache(maxsize=8)
def _load(file: str, _size: int, _changed: int) -> Schema | None:
    with open(file, encoding="utf-8") as stream:
        schema = json.load(stream)
    return schema if isinstance(schema, dict) and "properties" in schema else None

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the collection, read once from the argument specs of the roles.

The argument specs are the only place where an option's type, default and choices are written. This module finds them
beside the plugins, so it works in a checkout and in an installed collection alike.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

PREFIX = "openclaw_"
LAYER_SEPARATOR = "__"
ROLES = Path(__file__).resolve().parents[3] / "roles"


@dataclass(frozen=True)
class Option:
    """One option: its full name, the role that documents it, and its Ansible argument spec."""

    name: str
    role: str
    spec: Mapping[str, object] = field(hash=False)

    @property
    def type(self) -> str:
        return str(self.spec.get("type", "str"))

    @property
    def default(self) -> object:
        return self.spec.get("default")

    @property
    def secret(self) -> bool:
        return bool(self.spec.get("no_log", False))

    @property
    def layered(self) -> bool:
        """Whether variables named C(<option>__*) merge into it."""
        return self.type in ("dict", "raw")

    @property
    def short(self) -> str:
        """The key in the instance: the name without the common prefix."""
        return self.name[len(PREFIX) :]


def read(roles: Path) -> dict[str, Option]:
    """Return every option of the roles below I(roles), by name; the first role in name order documents a shared one."""
    options: dict[str, Option] = {}
    for path in sorted(roles.glob("*/meta/argument_specs.yml")):
        with path.open(encoding="utf-8") as stream:
            specs = yaml.load(stream, Loader=_Loader)["argument_specs"]
        for entry_point in specs.values():
            for name, spec in (entry_point.get("options") or {}).items():
                options.setdefault(name, Option(name, path.parents[1].name, spec))
    return options


@functools.cache
def load() -> dict[str, Option]:
    """Return the options of this collection, by name. Read once for a process and the processes forked from it."""
    return read(ROLES)

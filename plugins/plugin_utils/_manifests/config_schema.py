# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the controller keeps the schema of an image's configuration, and who prints it while it is not there."""

from __future__ import annotations

import os

from .._openclaw.pod import ENTRY_POINT
from .._openclaw.schema_file import file_name
from .._options.access import Instance, text
from .features.containers import program_texts
from .identity import HOOK_OUTPUT
from .image import original_reference

PRINTER = "config-schema"
_PROGRAM = "print-schema.mjs"


def schema_file(instance: Instance) -> str:
    """Return the file of the controller in which the schema of the image is; empty for an image that may change."""
    name = file_name(original_reference(instance)) if instance["config_lint_enabled"] else ""
    return os.path.join(text(instance, "config_schema_cache"), name) if name else ""


def schema_output(instance: Instance) -> dict[str, object]:
    """Return the annotation that says what is to become of what the container prints."""
    file = schema_file(instance)
    return {HOOK_OUTPUT: f"{PRINTER}={file}"} if file else {}


def printing() -> list[str]:
    """Return the command that prints the schema."""
    program = program_texts(_PROGRAM)[_PROGRAM]
    return ["node", "--input-type=module", "-e", program, *ENTRY_POINT, "config", "schema"]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a hook's init container prints once, for a file that is kept here: it runs only while there is no such file."""

from __future__ import annotations

import binascii
import os
import zlib
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

from .identity import HOOK_OUTPUT, annotations_of
from .plain import Manifest

# More than any log that is worth keeping.
LOG_BYTES = 1024 * 1024
_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Output:
    """The container that prints it, and the file that keeps it."""

    container: str
    file: Path

    @property
    def is_there(self) -> bool:
        return self.file.exists()


def declared(job: Manifest) -> Output | None:
    """The output that a Job's annotation `container=file` declares."""
    container, separator, file = annotations_of(job).get(HOOK_OUTPUT, "").partition("=")
    return Output(container, Path(os.path.expanduser(file))) if separator and file else None


def without_what_is_kept(job: Manifest) -> Manifest:
    """The Job as it is to run: without the container whose output is there, and without the name of a local file."""
    output = declared(job)
    if output is None:
        return job
    metadata = job["metadata"]
    annotations = {key: value for key, value in metadata["annotations"].items() if key != HOOK_OUTPUT}
    template = job["spec"]["template"]
    spec = dict(template["spec"])
    if output.is_there:
        kept = [each for each in spec.get("initContainers") or () if each["name"] != output.container]
        spec = {**{key: value for key, value in spec.items() if key != "initContainers"}}
        if kept:
            spec["initContainers"] = kept
    return {
        **job,
        "metadata": {**metadata, "annotations": annotations},
        "spec": {**job["spec"], "template": {**template, "spec": spec}},
    }


def keep(output: Output, log: str) -> None:
    """Write what the log holds as base64 of gzip. Raises OSError or ValueError when there is nothing to keep."""
    content = _unpacked("".join(log.split()))
    output.file.parent.mkdir(parents=True, exist_ok=True)
    # Several hosts may do this at the same time.
    new = output.file.with_name(f".{output.file.name}.{os.getpid()}")
    try:
        new.write_bytes(content)
        new.replace(output.file)
    finally:
        new.unlink(missing_ok=True)


def _unpacked(text: str) -> bytes:
    try:
        packed = b64decode(text, validate=True)
        stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        content = stream.decompress(packed, _MAX_BYTES)
    except (binascii.Error, zlib.error) as exc:
        raise ValueError("its log is not what it should print") from exc
    if not content or not stream.eof:
        raise ValueError("its log ends early")
    return content

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the programs that are installed for the agent: its runtime and its tools."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from .access import Instance, mapping, text
from .values import nearest

# Runtime

_PNPM_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?")
# Since this version each architecture has a package of its own.
_FIRST_NATIVE_PNPM = 12
_PYTHON_VERSION = re.compile(r"(cpython-)?3\.[0-9]+(\.[0-9]+)?")
SHA512 = "sha512-"
_SHA512_BYTES = 64


def is_sha512(value: str) -> bool:
    """Whether I(value) is a checksum as package registries tell it."""
    try:
        digest = base64.b64decode(value.removeprefix(SHA512), validate=True)
    except (binascii.Error, ValueError):
        return False
    return value.startswith(SHA512) and len(digest) == _SHA512_BYTES


def pnpm_not_pinned(instance: Instance) -> list[str]:
    """A version alone does not say which bytes run."""
    version, integrity = text(instance, "runtime_pnpm"), text(instance, "runtime_pnpm_integrity")
    if not version:
        return []
    if not _PNPM_VERSION.fullmatch(version):
        return [f'openclaw_runtime_pnpm  "{version}" is not one version. Write it in full, such as 11.1.0.']
    digests = integrity.split()
    if digests and all(map(is_sha512, digests)):
        return []
    package = "pnpm" if int(version.partition(".")[0]) < _FIRST_NATIVE_PNPM else "@pnpm/exe.linux-x64"
    return [
        f'openclaw_runtime_pnpm_integrity  "{integrity}" is not the integrity of pnpm {version}. '
        f"Write what npm view {package}@{version} dist.integrity says: sha512- and 88 characters."
    ]


def python_not_a_version(instance: Instance) -> list[str]:
    version = text(instance, "runtime_python")
    if not version or _PYTHON_VERSION.fullmatch(version):
        return []
    return [f'openclaw_runtime_python  "{version}" is not a version of Python. Write for example 3.13 or 3.13.5.']


# Tools

_TOOL_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,49}")
# The pod itself is started and probed by it.
_NEVER_A_TOOL = ("node",)
SHA256 = re.compile(r"[0-9a-f]{64}")
_ARCHITECTURES = ("amd64", "arm64")
_FROM_ADDRESS, _FROM_IMAGE = ("path", "sha256", "url"), ("image", "path")
IMAGE = re.compile(r"[a-z0-9][a-z0-9._:/-]*[a-z0-9](:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@sha256:[0-9a-f]{64})?")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+\.svc(\.cluster\.local)?)?\.?")
_SHAPES = "{url: <https address>, sha256: <64 hexadecimal digits>} or {image: <image>, path: <file in it>}"


def tools_misdescribed(instance: Instance) -> list[str]:
    """Each tool is a checked download or a file of an image, under a name that is a name and nothing else."""
    problems = []
    for name, tool in sorted(mapping(instance, "tools").items()):
        problems += [f"openclaw_tools  {name}: {problem}" for problem in _tool_problems(name, tool)]
    return problems


def _tool_problems(name: str, tool: object) -> Iterator[str]:
    if not _TOOL_NAME.fullmatch(name):
        yield "is not the name of a command: at most 50 lower-case letters, digits, dots, dashes and underscores."
    if name in _NEVER_A_TOOL:
        yield "would take the place of the program that runs the gateway. Give it another name."
    if not isinstance(tool, dict) or not tool.keys() & {"url", "image"}:
        yield f"write {_SHAPES}."
        return
    known = _FROM_IMAGE if "image" in tool else _FROM_ADDRESS
    for key in sorted(tool.keys() - set(known)):
        near = nearest(str(key), known)
        yield f"{key} is not one of {', '.join(known)}.{f' Did you mean {near}?' if near else ''}"
    yield from _image_problems(tool) if "image" in tool else _download_problems(tool)


def _image_problems(tool: Mapping[str, object]) -> Iterator[str]:
    if not IMAGE.fullmatch(str(tool["image"])):
        yield f'image "{tool["image"]}" is not the reference of an image.'
    if not str(tool.get("path", "")).startswith("/"):
        yield "path is not the full path of a file in the image, such as /usr/bin/jq."


def _download_problems(tool: Mapping[str, object]) -> Iterator[str]:
    """Values may be given by architecture; then the address and its checksum are, for the same ones."""
    url, sha256, path = tool["url"], tool.get("sha256"), tool.get("path", "")
    for key, value in (("url", url), ("sha256", sha256), ("path", path)):
        for architecture in sorted(value.keys() - set(_ARCHITECTURES)) if isinstance(value, dict) else ():
            yield f"{key} {architecture} is not one of {', '.join(_ARCHITECTURES)}."
    if _architectures(url) != _architectures(sha256):
        yield "url and sha256 are not for the same architectures. Write both as text, or both as maps of the same keys."
    elif isinstance(path, dict) and _architectures(path) != _architectures(url):
        yield "path is not for the architectures of url. Write it as text, or as a map of the same keys."
    for address in _each(url):
        yield from _address_problems(address)
    for digest in _each(sha256):
        if not isinstance(digest, str) or not SHA256.fullmatch(digest):
            shown = "" if digest is None else digest
            yield f'sha256 "{shown}" is not a checksum. Write 64 hexadecimal digits in lower case.'
    for place in _each(path):
        if not isinstance(place, str) or ".." in place.split("/"):
            yield f'path "{place}" is not the path of a file in the archive.'


def _architectures(value: object) -> list[str] | None:
    return sorted(value) if isinstance(value, dict) else None


def _each(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else [value]


def _address_problems(address: object) -> Iterator[str]:
    try:
        parts = urlsplit(str(address))
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        yield f'url "{address}" is not an address. Write https://...'
    elif parts.username is not None or parts.password is not None:
        yield "url holds a user or a password, which is shown to everybody. Serve the file without."
    elif parts.scheme == "http" and not _SERVICE.fullmatch(host):
        yield f'url "{address}" is not encrypted. Write https://..., or a Service of the cluster.'


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (pnpm_not_pinned, python_not_a_version, tools_misdescribed)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about plugins, and about what the running instance may install by itself."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping

from .access import Instance, mapping, text
from .controller_files import SRC, Unreadable, content_of, modes_below
from .program_checks import IMAGE, SHA256, SHA512, is_sha512
from .values import nearest

_PLUGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PART = r"[a-z0-9~_-][a-z0-9~._-]*"
_PACKAGE = re.compile(rf"(@{_PART}/)?{_PART}")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
_KEYS = ("package", "version", "integrity", "lock", SRC, "config", "enabled", "state")
_STATES = ("present", "absent")
_SHAPE = "{package: <name>, version: <exact version>, integrity: sha512-...}"
_SKILL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_LONGEST_PACKAGE = 214


def plugins_misdescribed(instance: Instance) -> list[str]:
    """Each plugin is a package whose bytes are known, under the name that OpenClaw knows it by."""
    problems = []
    for name, given in sorted(mapping(instance, "plugins").items()):
        problems += [f"openclaw_plugins  {name}: {problem}" for problem in _problems(name, given)]
    return problems


def _problems(name: str, given: object) -> Iterator[str]:
    if not _PLUGIN.fullmatch(name):
        yield "is not the identifier of a plugin: at most 64 lower-case letters, digits, dots, dashes and underscores."
    if not isinstance(given, dict):
        yield f"write {_SHAPE}."
        return
    for key in sorted(given.keys() - set(_KEYS)):
        near = nearest(str(key), _KEYS)
        yield f"{key} is not one of {', '.join(_KEYS)}.{f' Did you mean {near}?' if near else ''}"
    state = given.get("state", "present")
    if state not in _STATES:
        yield f'state "{state}" is not one of {", ".join(_STATES)}.'
    if state != "absent":
        yield from _package_problems(given)
        yield from _setting_problems(given)


def _package_problems(given: Mapping[str, object]) -> Iterator[str]:
    package, version, integrity = (given.get(key, "") for key in ("package", "version", "integrity"))
    if not _PACKAGE.fullmatch(str(package)) or len(str(package)) > _LONGEST_PACKAGE:
        yield f'package "{package}" is not the name of a package of npm, such as @openclaw/discord.'
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        yield f'version "{version}" is not one version. Write it in full and in quotes, such as "2026.9.6".'
    if not is_sha512(str(integrity)):
        yield (
            f'integrity "{integrity}" is no checksum. Write what npm view {package}@{version} dist.integrity says: '
            f"{SHA512} and 88 characters."
        )
    elif given.get(SRC):
        yield from _source_problems(str(given[SRC]), str(integrity))


def _source_problems(src: str, integrity: str) -> Iterator[str]:
    """The archive has to be there; those of other packages are looked for when the pod starts."""
    try:
        found = {_digest(content_of(src, path)) for path in modes_below(src) if (path or src).endswith(".tgz")}
    except Unreadable as problem:
        yield f"src {src} {problem}"
        return
    if integrity not in found:
        yield f"src {src} holds no package with that integrity. Fetch it with npm pack."


def _digest(content: bytes) -> str:
    return SHA512 + b64encode(hashlib.sha512(content).digest()).decode()


def _setting_problems(given: Mapping[str, object]) -> Iterator[str]:
    if not isinstance(given.get("config", {}), dict):
        yield "config is not a map. Write the settings of plugins.entries.<plugin>.config."
    if not isinstance(given.get("enabled", True), bool):
        yield f'enabled "{given["enabled"]}" is neither true nor false.'
    if not isinstance(given.get("lock", ""), (str, dict)):
        yield "lock is not a lockfile. Write lookup('ansible.builtin.file', 'package-lock.json')."


def package_twice(instance: Instance) -> list[str]:
    """OpenClaw keeps one copy of a package, so the second would replace the first at each start."""
    first: dict[str, str] = {}
    problems = []
    for name, given in sorted(mapping(instance, "plugins").items()):
        if isinstance(given, dict) and given.get("package") and given.get("state") != "absent":
            other = first.setdefault(str(given["package"]), name)
            if other != name:
                problems.append(f"openclaw_plugins  {name}: is the package of {other}, too. Remove one.")
    return problems


def plugins_image_misdescribed(instance: Instance) -> list[str]:
    """Packages come out of an image by copying a folder of it."""
    image, path = text(instance, "plugins_image"), text(instance, "plugins_image_path")
    problems = []
    if image and not IMAGE.fullmatch(image):
        problems.append(f'openclaw_plugins_image  "{image}" is not the reference of an image.')
    if not path.startswith("/") or ".." in path.split("/"):
        problems.append(f'openclaw_plugins_image_path  "{path}" is not the full path of a folder, such as /plugins.')
    return problems


def approved_skills_misdescribed(instance: Instance) -> list[str]:
    """What is approved is approved to the byte."""
    problems = []
    for name, digest in sorted(mapping(instance, "install_policy_skills").items()):
        at = f"openclaw_install_policy_skills  {name}:"
        if not _SKILL.fullmatch(name):
            problems.append(f"{at} is not the name of a skill: lower-case letters, digits and dashes.")
        if not isinstance(digest, str) or not SHA256.fullmatch(digest):
            problems.append(f'{at} "{digest}" is no digest. Write the 64 hexadecimal digits that the refusal told.')
    return problems


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    plugins_misdescribed,
    package_twice,
    plugins_image_misdescribed,
    approved_skills_misdescribed,
)

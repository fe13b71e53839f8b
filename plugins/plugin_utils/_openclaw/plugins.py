# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins of OpenClaw: which packages one is made of, how it is enabled, and what the running gateway says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

# What npm has to know of a package before it asks for the package itself, as lockfiles hold it.
_MANIFEST = (
    *("dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta"),
    *("bin", "cpu", "engines", "libc", "os"),
)
_FOLDER = "node_modules/"
PROJECTS = "npm/projects"
"""Where OpenClaw keeps them, below its state directory."""
_LOCKFILE_VERSIONS = (2, 3)


class BadLockfile(ValueError):
    """A lockfile that does not say which packages to install; the text says why."""


def plugin_entries(instance: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Return the declared plugins by their identifiers."""
    given = instance["plugins"]
    found = given.items() if isinstance(given, Mapping) else ()
    return {str(name): entry for name, entry in sorted(found) if isinstance(entry, Mapping) and not is_absent(entry)}


def is_absent(entry: Mapping[str, object]) -> bool:
    return entry.get("state") == "absent"


def packages_of(lock: object) -> list[dict[str, object]]:
    """Return what a C(package-lock.json) names, each C({name, version, integrity, manifest}).

    I(lock) is its text, or the map it amounts to. Raises BadLockfile.
    """
    document = _document(lock)
    packages: dict[str, dict[str, object]] = {}
    for place, entry in sorted(document.items()):
        # What a package brings along itself is in its archive; the entry without a place is the folder of the lockfile.
        if place and isinstance(entry, Mapping) and not (entry.get("inBundle") or entry.get("link")):
            package = _package(place, entry)
            packages[f"{package['name']}@{package['version']}"] = package
    return list(packages.values())


def _document(lock: object) -> Mapping[str, object]:
    if isinstance(lock, str):
        try:
            lock = json.loads(lock)
        except ValueError as problem:
            raise BadLockfile(f"is not JSON: {problem}") from None
    if not isinstance(lock, Mapping) or lock.get("lockfileVersion") not in _LOCKFILE_VERSIONS:
        raise BadLockfile("is not a package-lock.json of npm 7 or later")
    packages = lock.get("packages")
    return packages if isinstance(packages, Mapping) else {}


def _package(place: str, entry: Mapping[str, object]) -> dict[str, object]:
    name = str(entry.get("name") or place.rpartition(_FOLDER)[2])
    integrity = str(entry.get("integrity") or "")
    digests = [digest for digest in integrity.split() if digest.startswith("sha512-")]
    if _FOLDER not in place or not digests or not entry.get("version"):
        raise BadLockfile(f"names {name} without version and sha512, since it comes from no registry")
    manifest = {key: entry[key] for key in _MANIFEST if key in entry}
    return {"name": name, "version": str(entry["version"]), "integrity": digests[0], "manifest": manifest}


def wanted_plugins(instance: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return what to install: of each plugin the package, and every other one that it needs."""
    return {name: _wanted(entry) for name, entry in plugin_entries(instance).items()}


def _wanted(entry: Mapping[str, object]) -> dict[str, object]:
    package, version = str(entry["package"]), str(entry["version"])
    named = packages_of(entry["lock"]) if entry.get("lock") else []
    others = [each for each in named if each["name"] != package]
    return {"name": package, "version": version, "integrity": str(entry["integrity"]), "packages": others}


def plugins_config(instance: Mapping[str, object]) -> dict[str, object]:
    """Return the settings that enable the declared plugins, below the user's own."""
    entries = {
        name: {
            "enabled": entry.get("enabled", True),
            **({"config": entry["config"]} if entry.get("config") else {}),
        }
        for name, entry in plugin_entries(instance).items()
    }
    return {"plugins": {"entries": entries}} if entries else {}


def plugin_settings(instance: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the settings of each plugin, with the beginning of what is to be said about them."""
    for name, entry in plugin_entries(instance).items():
        settings = entry.get("config")
        if isinstance(settings, Mapping):
            yield f"openclaw_plugins  {name}: config.", settings


def plugins_shut_out(instance: Mapping[str, object]) -> list[str]:
    """A list of the user's that leaves a declared plugin out would let it be installed and never run."""
    return [
        f"openclaw_plugins  {name}: {problem}"
        for name, entry in plugin_entries(instance).items()
        if entry.get("enabled", True) is True
        for problem in _shut_out(name, _settings(instance))
    ]


def _settings(instance: Mapping[str, object]) -> Mapping[str, object]:
    config = instance["config"]
    plugins = config.get("plugins") if isinstance(config, Mapping) else None
    return plugins if isinstance(plugins, Mapping) else {}


def _shut_out(name: str, settings: Mapping[str, object]) -> Iterator[str]:
    allowed, denied = settings.get("allow"), settings.get("deny")
    if settings.get("enabled") is False:
        yield "cannot run, since openclaw_config sets plugins.enabled to false. Remove one of the two."
    if isinstance(allowed, list) and allowed and name not in allowed:
        yield "is not in plugins.allow of openclaw_config, so it would never run. Add it there."
    if isinstance(denied, list) and name in denied:
        yield "is in plugins.deny of openclaw_config, so it would never run. Remove it there."


def lockfile_misfit(instance: Mapping[str, object]) -> list[str]:
    """A lockfile names what is installed, and nothing that no registry has."""
    problems = []
    for name, entry in plugin_entries(instance).items():
        lock, package = entry.get("lock"), f"{entry.get('package')}@{entry.get('version')}"
        if not lock:
            continue
        try:
            named = {f"{each['name']}@{each['version']}": each["integrity"] for each in packages_of(lock)}
        except BadLockfile as problem:
            problems.append(f"openclaw_plugins  {name}: lock {problem}. Write the one that OpenClaw made.")
            continue
        if named.get(package) != entry.get("integrity"):
            problems.append(
                f"openclaw_plugins  {name}: lock does not name {package} with its integrity. Write the one that "
                f"OpenClaw made when it installed {package}."
            )
    return problems


def policy_set_twice(instance: Mapping[str, object]) -> list[str]:
    """Two policies would become one that nobody has written."""
    config = instance["config"]
    security = config.get("security") if isinstance(config, Mapping) else None
    if not instance["install_policy_enabled"] or not isinstance(security, Mapping) or "installPolicy" not in security:
        return []
    return [
        "openclaw_config  security.installPolicy: is set by the collection. Remove it, or set "
        "openclaw_install_policy_enabled to false to bring your own."
    ]


RULES = (lockfile_misfit, plugins_shut_out, policy_set_twice)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the container of the gateway: its environment, resources, probes and hooks."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping

from .access import Instance, mapping, text, whole
from .formats import cpu, object_name, seconds, secret_key, size, size_bytes
from .resources import GROUPS, amount, gateway_resources
from .values import nearest

ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GREATEST_ID = 2**31 - 1

# Environment

_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_FIELD_OF_MAP = re.compile(r"metadata\.(labels|annotations)\['[^']+'\]")
_AMOUNTS = tuple(
    f"{group}.{name}" for group in ("limits", "requests") for name in ("cpu", "memory", "ephemeral-storage")
)
_HUGE_PAGES = re.compile(r"(limits|requests)\.hugepages-[0-9]+[KMG]i")


def _one_of(value: str, known: tuple[str, ...], more: re.Pattern[str]) -> str | None:
    if value in known or more.fullmatch(value):
        return None
    near = nearest(value, known)
    return f"is not one of {', '.join(known)}.{f' Did you mean {near}?' if near else ''}"


def _field(value: str) -> str | None:
    return _one_of(value, _FIELDS, _FIELD_OF_MAP)


def _resource(value: str) -> str | None:
    return _one_of(value, _AMOUNTS, _HUGE_PAGES)


def _map_key(value: str) -> str | None:
    reason = secret_key(value)
    return reason and reason.replace("a Secret", "a ConfigMap")


Format = Callable[[str], str | None]
# What a variable may take its value from; each key with the check of its text.
_SOURCES: tuple[dict[str, Format], ...] = (
    {"secret": object_name, "key": secret_key},
    {"config_map": object_name, "key": _map_key},
    {"field": _field},
    {"resource": _resource},
)
_SOURCE_SHAPES = "{secret: <name>, key: <key>}, {config_map: <name>, key: <key>}, {field: <path>} or {resource: <name>}"
_LOOKS_SECRET = re.compile(r".*_(TOKEN|KEY|PASSWORD|SECRET)(?<!_PUBLIC_KEY)")


def _source_problems(value: Mapping[str, object]) -> Iterator[str]:
    formats = next((formats for formats in _SOURCES if set(value) == set(formats)), None)
    if formats is None:
        yield f"write a text, {_SOURCE_SHAPES}."
        return
    for part, check in formats.items():
        found = value[part]
        reason = check(found) if isinstance(found, str) else "is not text. Write it in quotes."
        if reason:
            # Not shown: somebody may have put a secret itself there.
            yield f"{part} {reason}"


def variable_problems(at: str, name: str, value: object) -> Iterator[str]:
    """Yield what is wrong with one variable, each text beginning with I(at)."""
    if not ENV_NAME.fullmatch(name):
        yield f"{at} is not the name of an environment variable."
    if isinstance(value, dict):
        yield from (f"{at} {reason}" for reason in _source_problems(value))
    # A number with a point may have lost digits: 2026.10 without quotes is 2026.1.
    elif isinstance(value, (list, float)):
        yield f"{at} is not text. Write it in quotes."


def environment_misspelt(instance: Instance) -> list[str]:
    """Variables have names that a shell accepts, scalar values or a source, and are never said twice."""
    problems: list[str] = []
    secrets = mapping(instance, "secrets")
    for name, value in mapping(instance, "env").items():
        at = f"openclaw_env  {name}:"
        problems.extend(variable_problems(at, name, value))
        if name in secrets:
            problems.append(f"{at} is also in openclaw_secrets. Remove one of the two.")
    return problems


# Variables that have an option of their own; unset, the variable alone decides.
_OPTION_OF_VARIABLE = {"TZ": "timezone", "NODE_OPTIONS": "node_options"}


def variable_said_twice(instance: Instance) -> list[str]:
    """One place for each variable."""
    return [
        f"openclaw_{given}  {variable}: is also openclaw_{option}. Remove one of the two."
        for variable, option in _OPTION_OF_VARIABLE.items()
        for given in ("env", "secrets")
        if text(instance, option) and variable in mapping(instance, given)
    ]


def environment_source_misspelt(instance: Instance) -> list[str]:
    """An object whose keys become variables is a Secret or a ConfigMap, and named once."""
    problems = []
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    for name, source in sorted(mapping(instance, "env_from").items()):
        at = f"openclaw_env_from  {name}:"
        given = dict(source) if isinstance(source, dict) else {}
        prefix = given.pop("prefix", "")
        kind, found = next(iter(given.items()), ("", None)) if len(given) == 1 else ("", None)
        if kind not in ("secret", "config_map"):
            problems.append(f"{at} write {{secret: <name>}} or {{config_map: <name>}}, with a prefix if you want one.")
            continue
        reason = object_name(found) if isinstance(found, str) else "is not text. Write it in quotes."
        if reason:
            problems.append(f"{at} {kind} {reason}")
        if prefix and not (isinstance(prefix, str) and ENV_NAME.fullmatch(prefix)):
            problems.append(f'{at} prefix "{prefix}" cannot begin the name of an environment variable.')
        same = seen.setdefault(((kind, str(found)), ("prefix", str(prefix))), name)
        if same != name:
            problems.append(f"{at} is the same as {same}. Remove one of the two.")
    return problems


def secret_in_plain_environment(instance: Instance) -> list[str]:
    """A value of openclaw_env stands readable in the workload and in every diff."""
    return [
        f"openclaw_env  {name}: looks like a secret, and everybody who may see the pod can read it. "
        "Move it to openclaw_secrets."
        for name, value in mapping(instance, "env").items()
        # A path or the value of another variable is no secret.
        if _LOOKS_SECRET.fullmatch(name) and isinstance(value, str) and value and not value.startswith(("/", "$("))
    ]


def timezone_unknown(instance: Instance) -> list[str]:
    """With a zone that it does not know a program silently stays on UTC. A controller without zones cannot tell."""
    wanted = text(instance, "timezone")
    if not wanted or _known_zone(wanted) or not _known_zone("Etc/UTC"):
        return []
    return [f'openclaw_timezone  "{wanted}" is unknown here. Where the gateway does not know it either, it is UTC.']


def _known_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


# Resources

_RESOURCE_OPTIONS = ("resources", "init_resources")


def resources_misspelt(instance: Instance) -> list[str]:
    """Maps of resources hold requests and limits, and these hold quantities."""
    problems = []
    for option in _RESOURCE_OPTIONS:
        for group, amounts in mapping(instance, option).items():
            at = f"openclaw_{option}  {group}:"
            if group not in GROUPS:
                near = nearest(group, GROUPS)
                hint = f" Did you mean {near}?" if near else ""
                problems.append(f"{at} is not one of {', '.join(GROUPS)}.{hint}")
            elif not isinstance(amounts, dict):
                problems.append(f"{at} is not a map of resource to quantity.")
            else:
                for name, value in amounts.items():
                    reason = (cpu if name == "cpu" else size)(str(value))
                    if reason:
                        problems.append(f'{at} {name}: "{value}" {reason}')
    return problems


def request_above_limit(instance: Instance) -> list[str]:
    """Kubernetes refuses a container that reserves more than it may use."""
    resources = gateway_resources(instance)
    problems = []
    for name, limit in resources["limits"].items():
        request = resources["requests"].get(name, limit)
        wanted, most = amount(name, request), amount(name, limit)
        if wanted is not None and most is not None and wanted > most:
            option = (
                f"openclaw_{name}_request" if name in ("cpu", "memory") else f"openclaw_resources  requests.{name}:"
            )
            problems.append(f'{option}  "{request}" is more than the limit of "{limit}". Lower it, or raise the limit.')
    return problems


# Numbers and times

_RANGES = {
    "liveness_failures": (1, _GREATEST_ID),
    "readiness_failures": (1, _GREATEST_ID),
    "startup_failures": (1, _GREATEST_ID),
    "run_as_user": (1, _GREATEST_ID),
    "run_as_group": (0, _GREATEST_ID),
    "fs_group": (0, _GREATEST_ID),
}
_PROBE_TIMES = tuple(
    f"{probe}_{time}" for probe in ("liveness", "readiness", "startup") for time in ("period", "timeout")
)
_SLOW_START = 101


def number_out_of_range(instance: Instance) -> list[str]:
    """Counts are at least one, and ids are those of a user that is not root."""
    problems = []
    for option, (least, most) in _RANGES.items():
        value = whole(instance, option)
        if value == 0 and option == "run_as_user":
            problems.append(
                "openclaw_run_as_user  0 is root, which nothing here needs. Write another id, such as 1000."
            )
        elif not least <= value <= most:
            problems.append(f"openclaw_{option}  {value} is out of range. Write a number from {least} to {most}.")
    return problems


def probe_without_time(instance: Instance) -> list[str]:
    """For Kubernetes zero seconds mean its own default."""
    return [
        f'openclaw_{option}  "{instance[option]}" is no time. Write 1s or more.'
        for option in _PROBE_TIMES
        if seconds(text(instance, option)) < 1
    ]


def never_enough_space(instance: Instance) -> list[str]:
    """A volume never has more room than its size."""
    wanted, all_of_it = text(instance, "readiness_min_free"), text(instance, "storage_size")
    if not wanted or instance["storage_existing_claim"] or size_bytes(wanted) < size_bytes(all_of_it):
        return []
    return [
        f'openclaw_readiness_min_free  "{wanted}" is not less than openclaw_storage_size "{all_of_it}": '
        "the gateway would never be ready. Lower it."
    ]


def space_never_checked(instance: Instance) -> list[str]:
    """The free space is part of the readiness probe."""
    if not text(instance, "readiness_min_free") or instance["readiness_enabled"]:
        return []
    return ["openclaw_readiness_min_free  has no effect while openclaw_readiness_enabled is false."]


def start_cut_short(instance: Instance) -> list[str]:
    """A gateway that migrates its state on a busy node needs its time before somebody restarts it."""
    if instance["startup_enabled"]:
        guard = "startup"
    elif instance["liveness_enabled"]:
        guard = "liveness"
    else:
        return []
    granted = seconds(text(instance, f"{guard}_period")) * whole(instance, f"{guard}_failures")
    if not 0 < granted < _SLOW_START:
        return []
    return [
        f"openclaw_{guard}_failures  gives the gateway {granted}s to start, and then restarts it; "
        f"a migration on a loaded node took {_SLOW_START}s."
    ]


# Hooks

_HOOKS = ("postStart", "preStop")
_HANDLERS = ("exec", "httpGet", "sleep", "tcpSocket")


def hook_misspelt(instance: Instance) -> list[str]:
    """A hook has one of the two names that Kubernetes knows, and one handler."""
    problems = []
    for hook, handler in mapping(instance, "lifecycle").items():
        at = f"openclaw_lifecycle  {hook}:"
        if hook not in _HOOKS:
            near = nearest(hook, _HOOKS)
            problems.append(f"{at} is not one of {', '.join(_HOOKS)}.{f' Did you mean {near}?' if near else ''}")
        elif not isinstance(handler, dict) or len(handler) != 1 or not set(handler) <= set(_HANDLERS):
            problems.append(
                f"{at} needs exactly one of {', '.join(_HANDLERS)}, such as {{exec: {{command: [<program>]}}}}."
            )
        elif not all(isinstance(details, dict) and details for details in handler.values()):
            problems.append(f"{at} {next(iter(handler))}: is not a map with the fields that Kubernetes defines.")
        elif "exec" in handler and not _is_command(handler["exec"]):
            problems.append(f"{at} exec: needs a command. Write {{command: [<program>, <argument>]}}.")
    return problems


def _is_command(details: Mapping[str, object]) -> bool:
    command = details.get("command")
    return isinstance(command, list) and bool(command) and all(isinstance(part, str) for part in command)


def latest_image(instance: Instance) -> list[str]:
    """What runs under that tag changes with the next pull."""
    if text(instance, "image_tag") != "latest" or instance["image_digest"]:
        return []
    return ["openclaw_image_tag  latest is another version after the next pull. Write a version, or set the digest."]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    environment_misspelt,
    variable_said_twice,
    environment_source_misspelt,
    resources_misspelt,
    request_above_limit,
    number_out_of_range,
    probe_without_time,
    never_enough_space,
    hook_misspelt,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (
    secret_in_plain_environment,
    timezone_unknown,
    space_never_checked,
    start_cut_short,
    latest_image,
)

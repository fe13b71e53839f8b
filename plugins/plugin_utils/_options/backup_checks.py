# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about backups. What is only missing is a mistake only where backups are on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from .access import Instance, entries, mapping, text, whole
from .formats import address_range, duration, object_name, seconds, secret_key
from .values import nearest

_REPOSITORY = "openclaw_backup_repository"
_KEYS = ("endpoint", "bucket", "region", "path_style", "ca", "secret", "prefix", "prune_secret", "cidr")
_CA_KEYS = ("config_map", "secret", "key")
_HOOK_KEYS = ("command", "image", "env")
_RULES = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
_SCHEDULES = ("backup_schedule", "backup_check_schedule", "backup_drill_schedule")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?!.*(^|/)\.{1,2}(/|$))[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
_REGION = re.compile(r"[A-Za-z0-9-]{1,64}")
_FIELD = re.compile(r"[0-9A-Za-z*/,?-]+")
_MACRO = re.compile(r"@(hourly|daily|midnight|weekly|monthly|yearly|annually)")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_TAKEN = ("copy-restic", "snapshot", "repository", "drill")
_LEAST_TIMEOUT = 300


def repository_misdescribed(instance: Instance) -> list[str]:
    """A server of S3 is told apart from others by what is written here, so a slip of the pen is another repository."""
    given = mapping(instance, "backup_repository")
    wanted = instance["backup_enabled"] and instance["backup_target"] == "s3"
    return [f"{_REPOSITORY}  {problem}" for problem in _repository_problems(given, needed=bool(wanted))]


def _repository_problems(given: Mapping[str, object], *, needed: bool) -> Iterator[str]:
    for key in sorted(given.keys() - set(_KEYS)):
        near = nearest(str(key), _KEYS)
        yield f"{key}: is not one of {', '.join(_KEYS)}.{f' Did you mean {near}?' if near else ''}"
    for key in ("endpoint", "bucket"):
        if needed and not given.get(key):
            yield f"{key}: is missing. Write for example {{endpoint: https://s3.example.com, bucket: claws}}."
    for key, check in _FORMATS.items():
        value = given.get(key)
        if value is not None and value != "" and (reason := check(str(value))):
            yield f'{key}: "{value}" {reason}'
    if given.get("path_style") is not None and not isinstance(given["path_style"], bool):
        yield "path_style: is not true or false."
    yield from _authority_problems(given.get("ca"))
    ranges = given.get("cidr")
    if ranges is not None and not isinstance(ranges, list):
        yield "cidr: is not a list. Write for example [10.1.2.0/24]."
    for each in ranges if isinstance(ranges, list) else ():
        if reason := address_range(str(each)):
            yield f'cidr: "{each}" {reason}'


def _authority_problems(given: object) -> Iterator[str]:
    if given is None:
        return
    if not isinstance(given, dict) or set(given) - set(_CA_KEYS) or len(set(given) & {"config_map", "secret"}) != 1:
        yield "ca: write either {config_map: <name>, key: <key>} or {secret: <name>, key: <key>}."
        return
    for key, check in {"config_map": object_name, "secret": object_name, "key": secret_key}.items():
        if key in given and (reason := check(str(given[key]))):
            yield f'ca: {key}: "{given[key]}" {reason}'


def _endpoint(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and parts.hostname and not parts.path.strip("/") and not parts.query
        _port = parts.port
    except ValueError:
        fits = False
    if fits and not parts.username:
        return None
    return "is not the URL of a server, such as https://s3.example.com: scheme, host and perhaps a port."


def _bucket(value: str) -> str | None:
    # restic asks for minutes for one that cannot exist.
    if _BUCKET.fullmatch(value):
        return None
    return "is not the name of a bucket: 3 to 63 lower-case letters, digits, dashes and dots."


def _prefix(value: str) -> str | None:
    return None if _PREFIX.fullmatch(value) else "is not a path in a bucket, such as prod/support."


def _region(value: str) -> str | None:
    return None if _REGION.fullmatch(value) else "is not a region, such as eu-central-1."


_FORMATS: dict[str, Callable[[str], str | None]] = {
    "endpoint": _endpoint,
    "bucket": _bucket,
    "prefix": _prefix,
    "region": _region,
    "secret": object_name,
    "prune_secret": object_name,
}


def keep_misdescribed(instance: Instance) -> list[str]:
    """A rule that is misspelt would keep nothing."""
    problems = []
    for rule, count in mapping(instance, "backup_keep").items():
        at = f"openclaw_backup_keep  {rule}:"
        if rule not in _RULES:
            near = nearest(rule, _RULES)
            problems.append(f"{at} is not one of {', '.join(_RULES)}.{f' Did you mean {near}?' if near else ''}")
        elif isinstance(count, bool) or not isinstance(count, int) or count < (1 if rule == "last" else 0):
            problems.append(f"{at} {count!r} is not a number of snapshots. Write for example {rule}: 7.")
    return problems


def schedules_misspelt(instance: Instance) -> list[str]:
    return [
        f'openclaw_{option}  "{given}" has not five fields. Write for example 17 3 * * *.'
        for option in _SCHEDULES
        if (given := text(instance, option)) and not _is_schedule(given)
    ]


def _is_schedule(given: str) -> bool:
    fields = given.split()
    return bool(_MACRO.fullmatch(given)) or (len(fields) == 5 and all(map(_FIELD.fullmatch, fields)))


def hooks_misdescribed(instance: Instance) -> list[str]:
    """A container around a backup has a command, and a name of its own."""
    return [
        f"openclaw_{option}  {hook}: {problem}"
        for option in ("backup_before", "backup_after")
        for hook, given in sorted(mapping(instance, option).items())
        for problem in _hook_problems(instance, option, hook, given)
    ]


def _hook_problems(instance: Instance, option: str, hook: str, given: object) -> Iterator[str]:
    if not _LABEL.fullmatch(hook):
        yield "cannot name a container: lower-case letters, digits and dashes, at most 63."
    if hook in _TAKEN or (option == "backup_after" and hook in mapping(instance, "backup_before")):
        yield "is the name of another container of these Jobs. Choose another one."
    command = given.get("command") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(command, list) or not command:
        yield "has no command. Write for example {command: [node, -e, ...]}."
        return
    for key in sorted(given.keys() - set(_HOOK_KEYS)):
        yield f"{key}: is not one of {', '.join(_HOOK_KEYS)}."
    if not isinstance(given.get("env", {}), dict):
        yield "env: is not a map of name to value."


def nobody_stops_the_gateway(instance: Instance) -> list[str]:
    """A whole volume is read while nothing writes to it, and a CronJob stops no pod."""
    if not instance["backup_enabled"] or instance["backup_source"] != "volume" or not instance["backup_schedule"]:
        return []
    return [
        'openclaw_backup_schedule  needs openclaw_backup_source app: no schedule stops the gateway. Write "", and run '
        "the playbook backup."
    ]


def volume_for_one_pod(instance: Instance) -> list[str]:
    """What makes the snapshot runs beside the gateway."""
    modes = {str(mode) for mode in entries(instance, "storage_access_modes")}
    if not instance["backup_enabled"] or instance["backup_source"] == "volume" or modes != {"ReadWriteOncePod"}:
        return []
    return [
        "openclaw_storage_access_modes  ReadWriteOncePod keeps the Job of backups away from the volume. Write "
        "[ReadWriteOnce], or set openclaw_backup_source to volume."
    ]


def backup_of_several_gateways(instance: Instance) -> list[str]:
    """Each gateway has a volume of its own, and a backup is of one."""
    several = whole(instance, "replicas") > 1 or bool(instance["autoscaling_enabled"])
    if not instance["backup_enabled"] or not several:
        return []
    return ["openclaw_backup_enabled  is for one gateway, and this instance has several. Give each its own instance."]


def limits_out_of_range(instance: Instance) -> list[str]:
    problems = []
    percent = whole(instance, "backup_check_percent")
    if not 0 <= percent <= 100:
        problems.append(f"openclaw_backup_check_percent  {percent} is not a part of 100. Write 0 to 100.")
    limit = text(instance, "backup_timeout")
    if duration(limit) is None and seconds(limit) < _LEAST_TIMEOUT:
        problems.append(f'openclaw_backup_timeout  "{limit}" is too short for a backup. Write at least 5m.')
    return problems


def backup_beside_what_it_saves(instance: Instance) -> list[str]:
    """A volume of the cluster is lost with the cluster."""
    if not instance["backup_enabled"] or instance["backup_target"] != "volume":
        return []
    return ["openclaw_backup_target  volume is lost together with the cluster. Keep a copy elsewhere, or use s3."]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    repository_misdescribed,
    keep_misdescribed,
    schedules_misspelt,
    hooks_misdescribed,
    nobody_stops_the_gateway,
    volume_for_one_pod,
    backup_of_several_gateways,
    limits_out_of_range,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (backup_beside_what_it_saves,)

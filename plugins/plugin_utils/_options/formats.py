# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the text of an option must look like, by the ending of its name."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?")
_CPU = re.compile(r"[0-9]+m|[0-9]+(\.[0-9]{1,3})?")
_NEARLY_QUANTITY = re.compile(r"([0-9]+(?:[.,][0-9]{1,3})?)\s*([a-z]?)", re.IGNORECASE)
_DURATION = re.compile(r"([0-9]+)(s|m|h)?")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SECRET_KEY = re.compile(r"(?!\.{1,2}$)[-._a-zA-Z0-9]{1,253}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HOST = r"(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?"
_PATH = r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
_REPOSITORY = re.compile(f"({_HOST}/)?{_PATH}")
_REGISTRY = re.compile(f"(?=localhost(/|:|$)|[^/]*[.:]){_HOST}(/{_PATH})?")
_TIMEZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_PROFILE = re.compile(r"(?!localhost/|Unconfined$)\S+")
_BYTES: dict[str, int] = {"": 1} | {
    prefix + ending: base**power
    for ending, base in (("", 1000), ("i", 1024))
    for power, prefix in enumerate("KMGTPE" if ending else "kMGTPE", start=1)
}
_SECONDS = {"s": 1, "m": 60, "h": 3600}
# StatefulSet pods are called <name>-0, their revisions get 11 more characters, and a label holds 63.
MAX_NAME = 40


def seconds(text: str) -> int:
    """Return the seconds of a duration such as C(90s), C(10m), C(1h) or C(90). Raises ValueError for anything else."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a duration")
    return int(found.group(1)) * _SECONDS[found.group(2) or "s"]


def size_bytes(text: str) -> float:
    """Return the bytes of a size such as C(512Mi) or C(1.5G). Raises ValueError for anything else."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a size")
    return float(found.group(1)) * _BYTES[found.group(2) or ""]


def size(text: str) -> str | None:
    """Memory and volumes. A size in thousandths of a byte is a cpu quantity that went astray."""
    if _SIZE.fullmatch(text):
        return None
    nearly = _NEARLY_QUANTITY.search(text)
    number, unit = nearly.groups() if nearly else ("10", "")
    binary = f"{unit.upper()}i" if unit and unit.upper() in "KMGTPE" else "Gi"
    return f"is not a size in Kubernetes. Write {number.replace(',', '.')}{binary}."


def cpu(text: str) -> str | None:
    if _CPU.fullmatch(text):
        return None
    nearly = _NEARLY_QUANTITY.search(text)
    number, unit = nearly.groups() if nearly else ("500", "m")
    thousandths = "m" if unit.lower() == "m" and number.isdigit() else ""
    return f"is not a number of CPUs in Kubernetes. Write {number.replace(',', '.')}{thousandths}."


def duration(text: str) -> str | None:
    return None if _DURATION.fullmatch(text) else "is not a duration. Write for example 30s, 10m or 1h."


def instance_name(text: str) -> str | None:
    if _LABEL.fullmatch(text) and text[0].isalpha() and len(text) <= MAX_NAME:
        return None
    suggestion = re.sub(r"[^a-z0-9]+", "-", text.lower()).lstrip("-0123456789")[:MAX_NAME].rstrip("-")
    hint = f" Write {suggestion}." if suggestion else ""
    return (
        f"cannot name objects in Kubernetes: at most {MAX_NAME} lower-case letters, digits and dashes, "
        f"a letter first.{hint}"
    )


def label(text: str) -> str | None:
    if _LABEL.fullmatch(text):
        return None
    return "is not a DNS label: at most 63 lower-case letters, digits and dashes, no dash at the ends."


def object_name(text: str) -> str | None:
    if _SUBDOMAIN.fullmatch(text):
        return None
    return "is not a name of a Kubernetes object: lower-case letters, digits, dashes and dots only."


def secret_key(text: str) -> str | None:
    if _SECRET_KEY.fullmatch(text):
        return None
    return "is not a key of a Secret: letters, digits, dashes, dots and underscores only."


def image_tag(text: str) -> str | None:
    if _TAG.fullmatch(text):
        return None
    return "is not an image tag: letters, digits, underscores, dots and dashes, at most 128."


def image_digest(text: str) -> str | None:
    return None if _DIGEST.fullmatch(text) else "is not an image digest. Write sha256: and 64 hexadecimal digits."


def image_repository(text: str) -> str | None:
    if _REPOSITORY.fullmatch(text):
        return None
    return (
        "is not an image repository. Write host/path in lower case; tag and digest have options of their own "
        "(openclaw_image_tag, openclaw_image_digest)."
    )


def image_registry(text: str) -> str | None:
    if _REGISTRY.fullmatch(text):
        return None
    return "is not a registry. Write its host, and a path if it has one, such as registry.example.com/mirror."


def timezone(text: str) -> str | None:
    return None if _TIMEZONE.fullmatch(text) else "is not the name of a time zone. Write for example Europe/Berlin."


def node_options(text: str) -> str | None:
    return None if text.startswith("-") else "is not an option of Node.js: they begin with a dash."


def apparmor_profile(text: str) -> str | None:
    if _PROFILE.fullmatch(text):
        return None
    return "is not an AppArmor profile. Write RuntimeDefault, or the name of a profile that the node has loaded."


def address_range(text: str) -> str | None:
    try:
        ipaddress.ip_network(text)
    except ValueError as problem:
        hint = f" Write {ipaddress.ip_network(text, strict=False)}." if "host bits" in str(problem) else ""
        return f"is not an IP address or range, such as 10.1.2.3 or 10.0.0.0/8.{hint}"
    return None


# The first ending that fits decides. A check returns None, or the reason with what to write instead.
BY_ENDING: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("openclaw_name", instance_name),
    ("openclaw_namespace", label),
    ("_ingress_namespaces", label),
    ("_size", size),
    ("_cpu_request", cpu),
    ("_cpu_limit", cpu),
    ("_memory_request", size),
    ("_memory_limit", size),
    ("_timeout", duration),
    ("_period", duration),
    ("_min_free", size),
    ("_storage_class", object_name),
    ("_existing_claim", object_name),
    ("_token_secret", object_name),
    ("_ca_bundle_config_map", object_name),
    ("_ca_bundle_secret", object_name),
    ("_ca_bundle_key", secret_key),
    ("_priority_class", object_name),
    ("_runtime_class", object_name),
    ("_service_account_name", object_name),
    ("_pull_secrets", object_name),
    ("_token_key", secret_key),
    ("_image_tag", image_tag),
    ("_image_digest", image_digest),
    ("_image_repository", image_repository),
    ("_image_registry", image_registry),
    ("_timezone", timezone),
    ("_node_options", node_options),
    ("_apparmor_profile", apparmor_profile),
    ("_proxy_trusted", address_range),
    ("_terminal_secret", object_name),
)


def check_for(option: str) -> Callable[[str], str | None] | None:
    """Return the check for the text of I(option), if its ending has one."""
    for ending, check in BY_ENDING:
        if option.endswith(ending):
            return check
    return None

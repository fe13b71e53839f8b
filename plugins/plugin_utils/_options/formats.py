# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the text of an option must look like, by the ending of its name."""

from __future__ import annotations

import re
from collections.abc import Callable

_QUANTITY = re.compile(r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$")
_DURATION = re.compile(r"^([0-9]+)(s|m|h)?$")
_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
_SUBDOMAIN = re.compile(r"^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
_SECRET_KEY = re.compile(r"^(?!\.{1,2}$)[-._a-zA-Z0-9]{1,253}$")
_TAG = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")
_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
_REPOSITORY = re.compile(
    r"^([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
# StatefulSet pods are called <name>-0, their revisions get 11 more characters, and a label holds 63.
MAX_NAME = 40


def seconds(text: str) -> int:
    """Return the seconds of a duration such as C(90s), C(10m), C(1h) or C(90). Raises ValueError for anything else."""
    found = _DURATION.match(text)
    if found is None:
        raise ValueError(f"{text!r} is not a duration")
    return int(found.group(1)) * _SECONDS[found.group(2) or "s"]


def _suggest_quantity(text: str) -> str:
    number = re.sub(r"[^0-9.]", "", text) or "10"
    unit = {"g": "Gi", "m": "Mi", "k": "Ki", "t": "Ti"}.get(re.sub(r"[^a-zA-Z]", "", text)[:1].lower(), "Gi")
    return number.rstrip(".") + unit


def quantity(text: str) -> str | None:
    if _QUANTITY.match(text):
        return None
    return f"is not a Kubernetes quantity. Write {_suggest_quantity(text)}."


def duration(text: str) -> str | None:
    return None if _DURATION.match(text) else "is not a duration. Write for example 30s, 10m or 1h."


def instance_name(text: str) -> str | None:
    if _LABEL.match(text) and text[0].isalpha() and len(text) <= MAX_NAME:
        return None
    suggestion = re.sub(r"-+", "-", re.sub(r"[^a-z0-9]", "-", text.lower())).strip("-0123456789")[:MAX_NAME].strip("-")
    hint = f" Write {suggestion}." if suggestion else ""
    return (
        f"cannot name objects in Kubernetes: at most {MAX_NAME} lower-case letters, digits and dashes, "
        f"a letter first.{hint}"
    )


def label(text: str) -> str | None:
    if _LABEL.match(text):
        return None
    return "is not a DNS label: at most 63 lower-case letters, digits and dashes, no dash at the ends."


def object_name(text: str) -> str | None:
    if _SUBDOMAIN.match(text):
        return None
    return "is not a name of a Kubernetes object: lower-case letters, digits, dashes and dots only."


def secret_key(text: str) -> str | None:
    if _SECRET_KEY.match(text):
        return None
    return "is not a key of a Secret: letters, digits, dashes, dots and underscores only."


def image_tag(text: str) -> str | None:
    if _TAG.match(text):
        return None
    return "is not an image tag: letters, digits, underscores, dots and dashes, at most 128."


def image_digest(text: str) -> str | None:
    return None if _DIGEST.match(text) else "is not an image digest. Write sha256: and 64 hexadecimal digits."


def image_repository(text: str) -> str | None:
    if _REPOSITORY.match(text):
        return None
    return (
        "is not an image repository. Write host/path in lower case; tag and digest have options of their own "
        "(openclaw_image_tag, openclaw_image_digest)."
    )


# The first ending that fits decides. A check returns None, or the reason with what to write instead.
BY_ENDING: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("openclaw_name", instance_name),
    ("openclaw_namespace", label),
    ("_ingress_namespaces", label),
    ("_size", quantity),
    ("_cpu_request", quantity),
    ("_cpu_limit", quantity),
    ("_memory_request", quantity),
    ("_memory_limit", quantity),
    ("_timeout", duration),
    ("_storage_class", object_name),
    ("_existing_claim", object_name),
    ("_token_secret", object_name),
    ("_pull_secrets", object_name),
    ("_token_key", secret_key),
    ("_image_tag", image_tag),
    ("_image_digest", image_digest),
    ("_image_repository", image_repository),
)


def check_for(option: str) -> Callable[[str], str | None] | None:
    """Return the check for the text of I(option), if its ending has one."""
    for ending, check in BY_ENDING:
        if option.endswith(ending):
            return check
    return None

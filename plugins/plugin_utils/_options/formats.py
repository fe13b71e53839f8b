# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the text of an option must look like, by the ending of its name."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from .ranges import lies_in

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?")
_CPU = re.compile(r"[0-9]+m|[0-9]+(\.[0-9]{1,3})?")
_NEARLY_QUANTITY = re.compile(r"([0-9]+(?:[.,][0-9]{1,3})?)\s*([a-z]?)", re.IGNORECASE)
_DURATION = re.compile(r"([0-9]+)(s|m|h)?")
_GATEWAY_DURATION = re.compile(r"([0-9]{1,5}(h|m|s|ms)){1,4}")
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
_URL_PATH = re.compile(r"/|(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")
_QUALIFIED_NAME = re.compile(r"([^/]+/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_BYTES: dict[str, int] = {"": 1} | {
    prefix + ending: base**power
    for ending, base in (("", 1000), ("i", 1024))
    for power, prefix in enumerate("KMGTPE" if ending else "kMGTPE", start=1)
}
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_GREATEST_PORT = 65535
_LONGEST_LABEL = 63
_DIGITS_AND_DOTS = re.compile(r"[0-9.]+")
_HOST_OF_URL = re.compile(r"^[a-z]+://([^/:]+).*$", re.IGNORECASE)
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
_HEADER = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
# Headers in which a name would be taken for something else.
_TAKEN_HEADERS = frozenset(
    (
        "authorization",
        "connection",
        "cookie",
        "forwarded",
        "host",
        "origin",
        "upgrade",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
    )
)
# The widest range of one provider of proxies is narrower, and these hold the pods of whole clusters.
_WIDEST = {4: 8, 6: 16}
_WHOLE_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
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


def gateway_duration(text: str) -> str | None:
    """Times of the Gateway API, which all have a unit."""
    if _GATEWAY_DURATION.fullmatch(text):
        return None
    return "is not a duration of the Gateway API. Write for example 30s, 10m or 1h30m."


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


def domain(text: str) -> str | None:
    if not text or (_SUBDOMAIN.fullmatch(text) and "." in text):
        return None
    return "is not a domain, such as tail1234.ts.net: lower-case letters, digits, dashes and dots only."


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


def url_path(text: str) -> str | None:
    """Proxies compare whole parts of a path, and refuse what could be written in another way."""
    if _URL_PATH.fullmatch(text):
        return None
    return (
        "is not a path below which to serve. Write / or for example /claw: letters, digits, dots, dashes, underscores "
        "and tildes, no slash at the end."
    )


def load_balancer_class(text: str) -> str | None:
    prefix, slash, _name = text.rpartition("/")
    if _QUALIFIED_NAME.fullmatch(text) and (not slash or _SUBDOMAIN.fullmatch(prefix)):
        return None
    return "is not the class of a load balancer. Write a name, or example.com/name."


def range_and_port(text: str) -> tuple[str, int]:
    """Return the range and the port of C(10.0.0.5:6443), C(10.0.0.0/24:443) or C([fd00::5]:6443).

    Raises ValueError for anything else.
    """
    place, _colon, port = text.rpartition(":")
    block = ipaddress.ip_network(place.strip("[]"))
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= _GREATEST_PORT):
        raise ValueError(f"{text!r} has no port")
    return str(block), int(port)


def apiserver_address(text: str) -> str | None:
    try:
        range_and_port(text)
    except ValueError:
        return "is not an address with its port, such as 10.0.0.5:6443, 10.0.0.0/24:443 or [fd00::5]:6443."
    return None


def dns_name(text: str) -> str | None:
    """A name in an address that people open. One for many names is none, since browsers say which one they opened."""
    short = all(len(part) <= _LONGEST_LABEL for part in text.split("."))
    if not text or (_SUBDOMAIN.fullmatch(text) and short and not _DIGITS_AND_DOTS.fullmatch(text)):
        return None
    host = _HOST_OF_URL.sub(r"\1", text).lower()
    hint = f" Write {host}." if host != text and _SUBDOMAIN.fullmatch(host) else ""
    return f"is not a DNS name such as claw.example.com.{hint}"


def origin(text: str) -> str | None:
    """What browsers call the place that a page came from."""
    if _ORIGIN.fullmatch(text):
        return None
    nearly = _ORIGIN.match(text.lower())
    hint = f" Write {nearly.group()}." if nearly else ""
    if text == "*":
        hint = " With * any page that somebody opens could talk to the gateway."
    return f"is not an origin such as https://claw.example.com: scheme, host and perhaps a port.{hint}"


def header_name(text: str) -> str | None:
    if not _HEADER.fullmatch(text):
        return "is not the name of a header: letters, digits and dashes only."
    if text.lower() in _TAKEN_HEADERS:
        return "says something else than a user's name. Write the header in which the proxy names the user."
    return None


def proxy_range(text: str) -> str | None:
    """Whoever is in the range of a proxy can pass for any client."""
    reason = address_range(text)
    if reason is not None:
        return reason
    network = ipaddress.ip_network(text)
    wide = network.prefixlen <= _WIDEST[network.version]
    if not wide and not any(lies_in(ipaddress.ip_network(ours), network) for ours in _WHOLE_NETWORKS):
        return None
    return (
        "holds more than proxies, and whoever is in it could pass for any client. Write the addresses of the proxies; "
        "name those whose addresses change by their pods, in openclaw_entry_points."
    )


# The first ending that fits decides. A check returns None, or the reason with what to write instead.
BY_ENDING: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("openclaw_name", instance_name),
    ("openclaw_namespace", label),
    ("_ingress_namespaces", label),
    ("_monitoring_namespaces", label),
    ("_cluster_ranges", address_range),
    ("_size", size),
    ("_cpu_request", cpu),
    ("_cpu_limit", cpu),
    ("_memory_request", size),
    ("_memory_limit", size),
    ("openclaw_route_timeout", gateway_duration),
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
    ("_password_secret", object_name),
    ("_password_key", secret_key),
    ("_image_tag", image_tag),
    ("_image_digest", image_digest),
    ("_image_repository", image_repository),
    ("_image_registry", image_registry),
    ("_timezone", timezone),
    ("_node_options", node_options),
    ("_apparmor_profile", apparmor_profile),
    ("_trusted_proxies", proxy_range),
    ("openclaw_hostname", dns_name),
    ("_hostname_aliases", dns_name),
    ("_allowed_origins", origin),
    ("_user_header", header_name),
    ("_terminal_secret", object_name),
    ("_tailscale_auth_secret", object_name),
    ("_tailscale_hostname", label),
    ("_tailscale_domain", domain),
    ("_tailscale_apiserver", apiserver_address),
    ("_cloudflared_secret", object_name),
    ("_source_ranges", address_range),
    ("_load_balancer_class", load_balancer_class),
    ("_route_path", url_path),
    ("_hooks_path", url_path),
    ("_route_grants", label),
    ("_ingress_class", object_name),
    ("_ingress_path", url_path),
    ("_tls_secret", object_name),
    ("_basic_auth_secret", object_name),
)


def check_for(option: str) -> Callable[[str], str | None] | None:
    """Return the check for the text of I(option), if its ending has one."""
    for ending, check in BY_ENDING:
        if option.endswith(ending):
            return check
    return None

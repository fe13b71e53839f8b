# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the pod around its containers: labels, node, names, account, certificates, proxy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from .access import Instance, entries, mapping, text
from .formats import object_name

# Labels by which the pod is found, and those that Kubernetes gives to the pods of a StatefulSet.
_RESERVED_LABELS = frozenset(
    {
        *(
            f"app.kubernetes.io/{name}"
            for name in ("name", "instance", "component", "part-of", "managed-by", "version")
        ),
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "controller-revision-hash",
    }
)
_OURS = "openclaw.kubernetes/"
_NAME = r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_KEY_NAME = re.compile(_NAME)
_LABEL_VALUE = re.compile(f"({_NAME})?")
_PROXY_SCHEMES = ("http", "https")
_BYPASS = re.compile(r"[^\s,/:]+(:[0-9]{1,5})?|\[[0-9a-fA-F:.]+\](:[0-9]{1,5})?")


def _key_problem(key: str) -> str | None:
    prefix, slash, name = key.rpartition("/")
    if _KEY_NAME.fullmatch(name) and (not slash or object_name(prefix) is None):
        return None
    return (
        "is not a key in Kubernetes. Write a name of at most 63 letters, digits, dots and dashes, or example.com/name."
    )


def _label_problems(option: str, labels: dict[str, object]) -> Iterator[str]:
    for key, value in labels.items():
        at = f"openclaw_{option}  {key}:"
        reason = _key_problem(key)
        if reason:
            yield f"{at} {reason}"
        elif not isinstance(value, str):
            yield f"{at} {value!r} is not text. Write it in quotes."
        elif not _LABEL_VALUE.fullmatch(value):
            yield f'{at} "{value}" is not the value of a label. Write at most 63 letters, digits, dots and dashes.'


def label_misspelt(instance: Instance) -> list[str]:
    """Kubernetes takes short texts as labels, also where it compares them."""
    return [
        problem
        for option in ("pod_labels", "node_selector", "service_labels", "route_labels")
        for problem in _label_problems(option, mapping(instance, option))
    ]


def label_reserved(instance: Instance) -> list[str]:
    """Labels by which StatefulSet, Service and policies find the pod, and annotations that the engine acts on."""
    problems = [
        f"openclaw_pod_labels  {key}: is set by the collection or by Kubernetes. Choose another key."
        for key in mapping(instance, "pod_labels")
        if key in _RESERVED_LABELS or key.startswith(_OURS)
    ]
    problems.extend(
        f"openclaw_pod_annotations  {key}: is set by the collection. Choose another key."
        for key in mapping(instance, "pod_annotations")
        if key.startswith(_OURS)
    )
    return problems


def _is_address(value: object) -> bool:
    try:
        ip_address(str(value))
    except ValueError:
        return False
    return True


def host_alias_misspelt(instance: Instance) -> list[str]:
    """A line of a hosts file is an address with its names."""
    problems = []
    for address, names in mapping(instance, "host_aliases").items():
        at = f"openclaw_host_aliases  {address}:"
        if not _is_address(address):
            problems.append(f"{at} is not an IP address. Write {{<address>: [<name>]}}.")
        if not isinstance(names, list) or not names:
            problems.append(f"{at} is not a list of names. Write [<name>].")
            continue
        for name in names:
            reason = object_name(name) if isinstance(name, str) else "is not text. Write it in quotes."
            if reason:
                problems.append(f'{at} "{name}" is not the name of a host.')
    return problems


def name_server_missing(instance: Instance) -> list[str]:
    """Name servers are addresses, and without the cluster's the pod needs at least one."""
    servers = mapping(instance, "dns_config").get("nameservers")
    if servers is not None and not isinstance(servers, list):
        return ["openclaw_dns_config  nameservers: is not a list. Write [<address>]."]
    problems = [
        f'openclaw_dns_config  nameservers: "{server}" is not an IP address. Write the address of the server.'
        for server in servers or ()
        if not _is_address(server)
    ]
    if instance["dns_policy"] == "None" and not servers:
        problems.append('openclaw_dns_policy  "None" leaves no name server. Write nameservers in openclaw_dns_config.')
    return problems


def foreign_name_servers(instance: Instance) -> list[str]:
    """The servers of a node know no Services, and are not known when the policy is made."""
    if instance["dns_policy"] != "Default":
        return []
    return [
        'openclaw_dns_policy  "Default" asks the name servers of the node: they know no Service, so the verification '
        "cannot ask the gateway through its own, and the network policy opens no way to them unless "
        "openclaw_dns_config lists them."
    ]


def foreign_account_annotated(instance: Instance) -> list[str]:
    """The collection only writes to the account that it makes."""
    if not instance["service_account_name"] or not mapping(instance, "service_account_annotations"):
        return []
    return [
        "openclaw_service_account_annotations  cannot be written to the existing account "
        f"{instance['service_account_name']}. Annotate it yourself, or remove openclaw_service_account_name."
    ]


def token_in_the_pod(instance: Instance) -> list[str]:
    """Who runs commands in the pod may use what lies there."""
    if not instance["service_account_token_enabled"]:
        return []
    account = text(instance, "service_account_name") or text(instance, "name")
    return [
        "openclaw_service_account_token_enabled  is true: the agent can do in the cluster whatever the service account "
        f"{account} may do."
    ]


def two_ca_bundles(instance: Instance) -> list[str]:
    """One place for the certificates."""
    if not instance["ca_bundle_config_map"] or not instance["ca_bundle_secret"]:
        return []
    return ["openclaw_ca_bundle_secret  is set beside openclaw_ca_bundle_config_map. Remove one of the two."]


def proxy_misspelt(instance: Instance) -> list[str]:
    """The URL of a proxy is a scheme, a host and a port. It is not shown: it may hold a password."""
    url = text(instance, "proxy_url")
    if not url:
        return []
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.username or parts.password or "@" in url:
        return [
            "openclaw_proxy_url  holds credentials, which everybody who may see the pod could read. Write the URL "
            "without them, and the one with them as HTTP_PROXY and HTTPS_PROXY in openclaw_secrets, which the gateway "
            "then uses."
        ]
    whole = parts.scheme in _PROXY_SCHEMES and parts.hostname and port is not None
    if whole and parts.path in ("", "/") and not parts.query and not parts.fragment:
        return []
    return ["openclaw_proxy_url  is not the URL of a proxy. Write http://<host>:<port>."]


def _is_range(value: str) -> bool:
    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def bypass_misspelt(instance: Instance) -> list[str]:
    """An entry of NO_PROXY is a name, a domain, an address or a range."""
    return [
        f'openclaw_proxy_bypass  "{entry}" is not a name, domain, address or range. '
        "Write for example registry.example.com, .example.com or 203.0.113.0/24."
        for entry in entries(instance, "proxy_bypass")
        if not _BYPASS.fullmatch(str(entry)) and not _is_range(str(entry))
    ]


def bypass_without_proxy(instance: Instance) -> list[str]:
    """Nothing to go around."""
    if not entries(instance, "proxy_bypass") or instance["proxy_url"]:
        return []
    return ["openclaw_proxy_bypass  has no effect without openclaw_proxy_url."]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    label_misspelt,
    label_reserved,
    host_alias_misspelt,
    name_server_missing,
    foreign_account_annotated,
    two_ca_bundles,
    proxy_misspelt,
    bypass_misspelt,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (foreign_name_servers, token_in_the_pod, bypass_without_proxy)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the routes of a Gateway and of an OpenShift router."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .access import Instance, entries, mapping, text
from .formats import label, object_name, seconds
from .service_checks import is_port
from .values import nearest

_PARENT = "openclaw_route_parent"
_REDIRECT = "openclaw_route_https_redirect_section"
_PARENT_FORMATS: dict[str, Callable[[str], str | None]] = {
    "name": object_name,
    "namespace": label,
    "section": object_name,
}
_PARENT_KEYS = (*_PARENT_FORMATS, "port")
_MOST_GRANTS = 16
# Options that only mean something beside another one.
_BELONG_TO = {
    "route_parent": (
        "route_filters",
        "route_timeout",
        "route_https_redirect_section",
        "route_annotations",
        "route_labels",
    ),
    "openshift_route_enabled": ("openshift_route_annotations",),
}


def route_without_hostname(instance: Instance) -> list[str]:
    """Without a name a route would take every request of its listener."""
    if instance["hostname"]:
        return []
    return [
        f"openclaw_{route}  needs the name that people open. Write it in openclaw_hostname."
        for route in _BELONG_TO
        if instance[route]
    ]


def _parent_problems(parent: dict[str, object]) -> Iterator[str]:
    if "name" not in parent:
        yield "has no name. Write {name: <gateway>, namespace: <namespace>}."
    for key, value in parent.items():
        if key not in _PARENT_KEYS:
            near = nearest(key, _PARENT_KEYS)
            yield f"{key}: is not one of {', '.join(_PARENT_KEYS)}.{f' Did you mean {near}?' if near else ''}"
        elif key == "port":
            if not is_port(value):
                yield f'port: "{value}" is not a port. Write a number from 1 to 65535.'
        else:
            reason = _PARENT_FORMATS[key](value) if isinstance(value, str) else "is not text. Write it in quotes."
            if reason:
                yield f'{key}: "{value}" {reason}'


def parent_misspelt(instance: Instance) -> list[str]:
    """A route names the Gateway that it belongs to."""
    parent = mapping(instance, "route_parent")
    return [f"{_PARENT}  {problem}" for problem in _parent_problems(parent)] if parent else []


def filter_misspelt(instance: Instance) -> list[str]:
    """What is inside a filter is left to the API server."""
    problems = []
    for index, given in enumerate(entries(instance, "route_filters")):
        kind = given.get("type") if isinstance(given, dict) else None
        at = f"openclaw_route_filters  [{index}]:"
        if not isinstance(kind, str):
            problems.append(f"{at} has no type. Write for example {{type: URLRewrite, urlRewrite: {{...}}}}.")
        elif kind == "RequestRedirect":
            problems.append(
                f"{at} RequestRedirect answers in place of the gateway. Remove it; {_REDIRECT} sends clients from HTTP "
                "to HTTPS."
            )
    return problems


def redirect_in_circles(instance: Instance) -> list[str]:
    """Clients are sent from a listener that speaks HTTP to another one, where the gateway answers."""
    section, parent = text(instance, "route_https_redirect_section"), mapping(instance, "route_parent")
    if not section or not parent:
        return []
    if text(instance, "route_scheme") == "http":
        return [f"{_REDIRECT}  sends clients to HTTPS, and openclaw_route_scheme is http. Remove one of the two."]
    if section == parent.get("section"):
        return [f'{_REDIRECT}  "{section}" is the section of {_PARENT}, too. Write the listener that speaks HTTP.']
    if not parent.get("section") and not parent.get("port"):
        return [
            f"{_REDIRECT}  needs the section of {_PARENT}: without it the gateway itself answers on the listener "
            f'"{section}", too. Write section: <listener that speaks HTTPS> there.'
        ]
    return []


def too_many_grants(instance: Instance) -> list[str]:
    """The Gateway API has a limit."""
    number = len(set(map(str, entries(instance, "route_grants"))))
    if number <= _MOST_GRANTS:
        return []
    return [f"openclaw_route_grants  names {number} namespaces, and a ReferenceGrant holds {_MOST_GRANTS}."]


def router_ends_at_once(instance: Instance) -> list[str]:
    """No time at all is no time limit that a router knows."""
    timeout = text(instance, "openshift_route_timeout")
    if seconds(timeout) > 0:
        return []
    return [f'openclaw_openshift_route_timeout  "{timeout}" is no time at all. Write for example 1h.']


def option_without_route(instance: Instance) -> list[str]:
    """Nothing is made that it could be said about."""
    return [
        f"openclaw_{option}  has no effect without openclaw_{route}."
        for route, options in _BELONG_TO.items()
        if not instance[route]
        for option in options
        if instance[option]
    ]


ERRORS: tuple[Callable[[Instance], list[str]], ...] = (
    route_without_hostname,
    parent_misspelt,
    filter_misspelt,
    redirect_in_circles,
    too_many_grants,
    router_ends_at_once,
)
WARNINGS: tuple[Callable[[Instance], list[str]], ...] = (option_without_route,)

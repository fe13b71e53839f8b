# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules about routes refuse, warn of and allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Resolve = Callable[[Mapping[str, object]], Resolved]
Variables = dict[str, object]

HOST: Variables = {"openclaw_hostname": "claw.example.com", "openclaw_trusted_proxies": ["192.0.2.10"]}
ON_OPENSHIFT: Variables = {**HOST, "openclaw_openshift_route_enabled": True}


def route(**variables: object) -> Variables:
    parent = {"name": "main", "namespace": "gateways", "section": "https"}
    return {
        **HOST,
        "openclaw_route_parent": parent,
        **{f"openclaw_route_{key}": each for key, each in variables.items()},
    }


def parent(**fields: object) -> Variables:
    return route(parent={"name": "main", **fields})


PROBLEMS: list[tuple[Variables, str]] = [
    (
        {"openclaw_route_parent": {"name": "main"}, "openclaw_trusted_proxies": ["192.0.2.10"]},
        "openclaw_route_parent  needs the name that people open. Write it in openclaw_hostname.",
    ),
    (
        {"openclaw_openshift_route_enabled": True, "openclaw_trusted_proxies": ["192.0.2.10"]},
        "openclaw_openshift_route_enabled  needs the name that people open. Write it in openclaw_hostname.",
    ),
    # The Gateway
    (
        route(parent={"namespace": "gateways"}),
        "openclaw_route_parent  has no name. Write {name: <gateway>, namespace: <namespace>}.",
    ),
    (
        parent(sectionName="https"),
        "openclaw_route_parent  sectionName: is not one of name, namespace, section, port. Did you mean section?",
    ),
    (
        parent(namespace="Gateways"),
        'openclaw_route_parent  namespace: "Gateways" is not a DNS label: at most 63 lower-case letters, digits and '
        "dashes, no dash at the ends.",
    ),
    (
        parent(section=443),
        'openclaw_route_parent  section: "443" is not text. Write it in quotes.',
    ),
    (
        parent(port="443"),
        'openclaw_route_parent  port: "443" is not a port. Write a number from 1 to 65535.',
    ),
    # The rule
    (
        route(path="claw"),
        'openclaw_route_path  "claw" is not a path below which to serve. Write / or for example /claw: letters, '
        "digits, dots, dashes, underscores and tildes, no slash at the end.",
    ),
    (
        route(timeout="90"),
        'openclaw_route_timeout  "90" is not a duration of the Gateway API. Write for example 30s, 10m or 1h30m.',
    ),
    (
        route(filters=[{"urlRewrite": {"hostname": "claw"}}]),
        "openclaw_route_filters  [0]: has no type. Write for example {type: URLRewrite, urlRewrite: {...}}.",
    ),
    (
        route(filters=[{"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}]),
        "openclaw_route_filters  [0]: RequestRedirect answers in place of the gateway. Remove it; "
        "openclaw_route_https_redirect_section sends clients from HTTP to HTTPS.",
    ),
    (
        route(labels={"tier": 1}),
        "openclaw_route_labels  tier: 1 is not text. Write it in quotes.",
    ),
    (
        route(annotations={"a/b": True}),
        "openclaw_route_annotations  a/b: True is not text. Write it in quotes.",
    ),
    # The redirect
    (
        route(scheme="http", https_redirect_section="http"),
        "openclaw_route_https_redirect_section  sends clients to HTTPS, and openclaw_route_scheme is http. Remove one "
        "of the two.",
    ),
    (
        route(https_redirect_section="https"),
        'openclaw_route_https_redirect_section  "https" is the section of openclaw_route_parent, too. Write the '
        "listener that speaks HTTP.",
    ),
    (
        route(parent={"name": "main"}, https_redirect_section="http"),
        "openclaw_route_https_redirect_section  needs the section of openclaw_route_parent: without it the gateway "
        'itself answers on the listener "http", too. Write section: <listener that speaks HTTPS> there.',
    ),
    # Grants
    (
        {"openclaw_route_grants": ["Edge"]},
        'openclaw_route_grants  "Edge" is not a DNS label: at most 63 lower-case letters, digits and dashes, no dash '
        "at the ends.",
    ),
    (
        {"openclaw_route_grants": [f"team-{number}" for number in range(17)]},
        "openclaw_route_grants  names 17 namespaces, and a ReferenceGrant holds 16.",
    ),
    # OpenShift
    (
        {**ON_OPENSHIFT, "openclaw_openshift_route_timeout": "0"},
        'openclaw_openshift_route_timeout  "0" is no time at all. Write for example 1h.',
    ),
    (
        {**ON_OPENSHIFT, "openclaw_openshift_route_annotations": {"a/b": 1}},
        "openclaw_openshift_route_annotations  a/b: 1 is not text. Write it in quotes.",
    ),
]


@pytest.mark.parametrize("variables, problem", PROBLEMS)
def test_what_is_wrong_is_one_problem_that_says_what_to_write(
    variables: Variables, problem: str, resolved: Resolve
) -> None:
    assert resolved(variables).problems == [problem]


@pytest.mark.parametrize(
    "option, value",
    [
        ("openclaw_route_filters", [{"type": "URLRewrite", "urlRewrite": {"hostname": "claw"}}]),
        ("openclaw_route_timeout", "1h"),
        ("openclaw_route_https_redirect_section", "http"),
        ("openclaw_route_annotations", {"a/b": "c"}),
        ("openclaw_route_labels", {"a": "b"}),
    ],
)
def test_an_option_of_a_route_that_is_not_made_is_a_warning(option: str, value: object, resolved: Resolve) -> None:
    assert resolved({option: value}).warnings == [f"{option}  has no effect without openclaw_route_parent."]


def test_an_annotation_of_an_openshift_route_that_is_not_made_is_a_warning(resolved: Resolve) -> None:
    found = resolved({"openclaw_openshift_route_annotations": {"a/b": "c"}})
    assert found.warnings == [
        "openclaw_openshift_route_annotations  has no effect without openclaw_openshift_route_enabled."
    ]


@pytest.mark.parametrize(
    "variables",
    [
        parent(port=443),
        route(path="/claw/ui", timeout="0s"),
        route(timeout="1h30m"),
        route(https_redirect_section="http"),
        {**route(parent={"name": "main", "port": 443}), "openclaw_route_https_redirect_section": "http"},
        {"openclaw_route_grants": ["edge"]},
        {"openclaw_route_grants": [f"team-{number % 16}" for number in range(32)]},
        {**ON_OPENSHIFT, "openclaw_hostname_aliases": ["claw.example.org"]},
    ],
)
def test_what_makes_sense_is_taken(variables: Variables, resolved: Resolve) -> None:
    assert resolved(variables).problems == []

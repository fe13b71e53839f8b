# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ingresses that cannot be, and what a controller cannot be asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.ingress_controller import (
    CONTROLLERS,
    GENERIC,
    UNABLE,
    controller_of,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Options = dict[str, object]
Resolve = Callable[[Options], Resolved]

EXPOSED: Options = {
    "ingress_enabled": True,
    "hostname": "claw.example.com",
    "entry_points": {"controller": {"cidr": ["192.0.2.7/32"]}},
}


def on(controller: str | None, **options: object) -> Options:
    return {**EXPOSED, "ingress_controller": controller, **options}


def variables(options: Options) -> Options:
    return {f"openclaw_{option}": value for option, value in options.items()}


@pytest.mark.parametrize(
    "options, problem",
    [
        (
            {**EXPOSED, "hostname": ""},
            "openclaw_ingress_enabled  needs the name that people open. Write it in openclaw_hostname.",
        ),
        ({"ingress_path": "claw"}, 'openclaw_ingress_path  "claw" is not a path below which to serve. Write / or'),
        ({"ingress_path": "/claw/"}, 'openclaw_ingress_path  "/claw/" is not'),
        ({"ingress_path": "/a/../b"}, 'openclaw_ingress_path  "/a/../b" is not'),
        ({"ingress_path": "/claw(/|$)(.*)"}, 'openclaw_ingress_path  "/claw(/|$)(.*)" is not'),
        ({"ingress_class": "Traefik"}, 'openclaw_ingress_class  "Traefik" is not a name of a Kubernetes object'),
        ({"ingress_tls_secret": "my_tls"}, 'openclaw_ingress_tls_secret  "my_tls" is not a name'),
        ({"ingress_basic_auth_secret": "-"}, 'openclaw_ingress_basic_auth_secret  "-" is not a name'),
        (
            {"ingress_tls_issuer": {"name": "le", "knd": "Issuer"}},
            "openclaw_ingress_tls_issuer  knd: is not one of name, kind.",
        ),
        (
            {"ingress_tls_issuer": {"kind": "Issuer"}},
            "openclaw_ingress_tls_issuer  name: null is not text. Write the name of the issuer.",
        ),
        ({"ingress_tls_issuer": {"name": "Let's"}}, 'openclaw_ingress_tls_issuer  name: "Let\'s" is not a name'),
        (
            {"ingress_tls_issuer": {"name": "le", "kind": "clusterissuer"}},
            'openclaw_ingress_tls_issuer  kind: "clusterissuer" is not one of ClusterIssuer, Issuer.',
        ),
        ({"ingress_hsts_max_age": "1y"}, 'openclaw_ingress_hsts_max_age  "1y" is not a duration.'),
        ({"ingress_hsts_max_age": "0"}, 'openclaw_ingress_hsts_max_age  "0" is no time. Write for example 8760h'),
        (
            {"ingress_hsts_max_age": "1h", "ingress_tls_enabled": False},
            'openclaw_ingress_hsts_max_age  "1h" tells browsers to insist on HTTPS, and openclaw_ingress_tls_enabled '
            "is false. Remove one of the two.",
        ),
        ({"ingress_rate_limit": -1}, "openclaw_ingress_rate_limit  -1 is no number of requests."),
        ({"ingress_timeout": "1d"}, 'openclaw_ingress_timeout  "1d" is not a duration.'),
        ({"ingress_timeout": "0s"}, 'openclaw_ingress_timeout  "0s" ends every connection. Write for example 1h.'),
        ({"ingress_basic_auth_user": "a:b"}, 'openclaw_ingress_basic_auth_user  "a:b" cannot be a user everywhere.'),
        ({"ingress_basic_auth_user": ""}, 'openclaw_ingress_basic_auth_user  "" cannot be a user everywhere.'),
        ({"ingress_basic_auth_realm": 'a "b"'}, "openclaw_ingress_basic_auth_realm  "),
        ({"ingress_annotations": {"a/b": 1}}, "openclaw_ingress_annotations  a/b: 1 is not text."),
        (
            on("contour"),
            "openclaw_ingress_tls_secret  is unset, and contour has no default certificate for an Ingress.",
        ),
        (
            on("nginx", ingress_hsts_max_age="8760h"),
            'openclaw_ingress_hsts_max_age  "8760h" cannot be had on an Ingress of nginx. Remove the option, and set '
            "hsts-max-age for all its sites in the ConfigMap of the controller",
        ),
        (
            on("contour", ingress_tls_secret="tls", ingress_rate_limit=5),
            "openclaw_ingress_rate_limit  5 cannot be had on an Ingress of contour. Remove the option, or use a "
            "controller that can: traefik, nginx or haproxy.",
        ),
        (
            on(None, ingress_basic_auth_enabled=True, ingress_class="public"),
            "openclaw_ingress_basic_auth_enabled  true cannot be had on an Ingress of the unknown controller of class "
            '"public". Name it in openclaw_ingress_controller if it is',
        ),
        (
            on("generic", ingress_rate_limit=5),
            "openclaw_ingress_rate_limit  5 cannot be had on an Ingress of the unknown default controller.",
        ),
    ],
)
def test_an_ingress_that_cannot_be(options: Options, problem: str, resolved: Resolve) -> None:
    problems = resolved(variables(options)).problems
    assert len(problems) == 1
    assert problems[0].startswith(problem)


@pytest.mark.parametrize(
    "options, warning",
    [
        (
            on("nginx", ingress_tls_enabled=False),
            "openclaw_ingress_tls_enabled  is false: browsers cannot pair over plain HTTP",
        ),
        (on("nginx", ingress_tls_enabled=False, hostname="claw.localhost"), ""),
        (
            on(None, ingress_class="public"),
            "openclaw_ingress_https_redirect_enabled  cannot be told to the unknown controller of class",
        ),
        (on("generic", ingress_https_redirect_enabled=False), ""),
        (on("traefik"), ""),
        (
            {"ingress_tls_enabled": False, "ingress_tls_secret": "mine"},
            "openclaw_ingress_tls_secret  has no effect while openclaw_ingress_tls_enabled is false.",
        ),
        (
            {"ingress_tls_enabled": False, "ingress_tls_issuer": {"name": "le"}},
            "openclaw_ingress_tls_issuer  has no effect while",
        ),
    ],
)
def test_an_ingress_that_is_unwise(options: Options, warning: str, resolved: Resolve) -> None:
    found = resolved(variables(options))
    assert found.problems == []
    warnings = [each for each in found.warnings if each.startswith("openclaw_ingress_")]
    assert [each[: len(warning)] for each in warnings] == ([warning] if warning else [])


def test_what_a_controller_cannot_do_is_no_problem_while_there_is_no_ingress(resolved: Resolve) -> None:
    options = on("contour", ingress_enabled=False, ingress_rate_limit=5, ingress_basic_auth_enabled=True)
    assert resolved(variables(options)).problems == []


def test_all_that_a_controller_cannot_do_is_told_at_once(resolved: Resolve) -> None:
    wished = {"ingress_hsts_max_age": "1h", "ingress_rate_limit": 5, "ingress_basic_auth_enabled": True}
    for controller in (*CONTROLLERS, GENERIC):
        found = resolved(variables(on(controller, ingress_tls_secret="tls", **wished)))
        told = {problem.partition("  ")[0] for problem in found.problems}
        assert told == {f"openclaw_{option}" for option in UNABLE[controller]}


@pytest.mark.parametrize(
    "named, ingress_class, controller",
    [
        (None, "traefik", "traefik"),
        (None, "nginx-internal", "nginx"),
        (None, "ingress-nginx", "nginx"),
        (None, "haproxy", "haproxy"),
        (None, "contour.public", "contour"),
        (None, "public", "generic"),
        (None, "", "generic"),
        ("nginx", "traefik", "nginx"),
        ("generic", "nginx", "generic"),
    ],
)
def test_a_controller_is_known_by_its_class_unless_it_is_named(
    named: str | None, ingress_class: str, controller: str, resolved: Resolve
) -> None:
    options: Options = {"ingress_controller": named, "ingress_class": ingress_class}
    assert controller_of(resolved(variables(options)).values) == controller

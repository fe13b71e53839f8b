# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who brings clients: each entry point names somebody, once, and nobody who could be anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Json = dict[str, Any]
Resolve = Callable[[Json], Resolved]
BY_PODS: Json = {"namespace": "edge", "pods": {"app": "traefik"}}


def problems_of(resolved: Resolve, entry: object, **options: object) -> list[str]:
    given = {"openclaw_entry_points": {"edge": entry}, "openclaw_gateway_proxy_enabled": True}
    return resolved({**given, **{f"openclaw_{option}": value for option, value in options.items()}}).problems


@pytest.mark.parametrize(
    "entry",
    [
        BY_PODS,
        {**BY_PODS, "ports": ["gateway"], "proxy": True},
        {"namespace": "office", "proxy": False},
        {"cidr": ["192.0.2.7", "198.51.100.0/24", "2001:db8::/64"]},
        {"cidr": ["10.0.0.0/8"], "proxy": False},
    ],
)
def test_an_entry_point_is_taken(entry: Json, resolved: Resolve) -> None:
    assert problems_of(resolved, entry) == []


@pytest.mark.parametrize(
    "entry, said",
    [
        ("edge", "is not a map. Write {namespace: <namespace>, pods: {<label>: <value>}}"),
        ({}, "names nobody. Write {namespace:"),
        ({"proxy": True}, "names nobody."),
        ({"cidr": []}, "names nobody."),
        ({**BY_PODS, "cidr": ["192.0.2.7"]}, "names both pods and addresses. Make two entries of it."),
        ({"pods": {"app": "traefik"}}, "pods: does not say in which namespace."),
        ({"namespace": "edge"}, "every pod of the namespace could pass for any client."),
        ({"namespace": "edge", "pods": {}}, "every pod of the namespace could pass for any client."),
        ({**BY_PODS, "namespace": "Edge"}, 'namespace: "Edge" is not a DNS label'),
        ({"namespace": "edge", "pods": ["traefik"]}, "pods: is not a map."),
        ({"namespace": "edge", "pods": {"tier": 1}}, "pods.tier: 1 is not text. Write it in quotes."),
        ({**BY_PODS, "prots": []}, "prots is not one of namespace, pods, cidr, ports, proxy. Did you mean ports?"),
        ({**BY_PODS, "ports": "gateway"}, "ports: is not a list. Write [gateway]."),
        ({**BY_PODS, "proxy": "yes"}, "proxy: is not true or false."),
        ({"cidr": "192.0.2.7"}, "cidr: is not a list. Write [10.1.2.3]."),
        ({"cidr": ["traefik"]}, 'cidr: "traefik" is not an IP address or range'),
        ({"cidr": ["192.0.2.7/24"]}, "Write 192.0.2.0/24."),
        ({"cidr": ["10.0.0.0/8"]}, 'cidr: "10.0.0.0/8" holds more than proxies'),
    ],
)
def test_what_names_nobody_or_anybody_is_refused(entry: object, said: str, resolved: Resolve) -> None:
    (problem,) = problems_of(resolved, entry)
    assert problem.startswith("openclaw_entry_points  edge: ")
    assert said in problem


@pytest.mark.parametrize(
    "options, ports, refused",
    [
        ({}, ["gateway"], []),
        ({}, ["entry"], ["entry"]),
        ({}, ["terminal"], ["terminal"]),
        ({"terminal_enabled": True, "terminal_secret": "login"}, ["gateway", "terminal"], []),
        ({"service_ports": {"voice": {"port": 3334}}}, ["voice", "voise"], ["voise"]),
    ],
)
def test_ports_are_those_that_there_are(options: Json, ports: list[str], refused: list[str], resolved: Resolve) -> None:
    problems = problems_of(resolved, {**BY_PODS, "ports": ports}, **options)
    expected = [f'openclaw_entry_points  edge: ports: "{port}" is not one of gateway' for port in refused]
    assert [problem.partition(",")[0].partition(".")[0] for problem in problems] == expected


def test_the_port_that_was_meant(resolved: Resolve) -> None:
    (problem,) = problems_of(resolved, {**BY_PODS, "ports": ["gatway"]})
    assert problem.endswith("Did you mean gateway?")


def test_a_proxy_by_its_pods_needs_the_one_in_the_pod(resolved: Resolve) -> None:
    (problem,) = problems_of(resolved, BY_PODS, gateway_proxy_enabled=False)
    assert "Set openclaw_gateway_proxy_enabled: true, or name it by addresses that stay: {cidr: [" in problem
    assert problems_of(resolved, {**BY_PODS, "proxy": False}, gateway_proxy_enabled=False) == []


def test_a_proxy_by_its_pods_needs_the_policy(resolved: Resolve) -> None:
    (problem,) = problems_of(resolved, BY_PODS, networkpolicy_enabled=False)
    assert "while openclaw_networkpolicy_enabled is false, any pod could pass for it" in problem
    assert problems_of(resolved, {"cidr": ["192.0.2.7"]}, networkpolicy_enabled=False) == []


WIDE = [
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "fc00::/7",
    "fd00::/8",
    "64.0.0.0/2",
    "172.0.0.0/9",
    "2000::/3",
]


@pytest.mark.parametrize("entry", WIDE)
def test_a_range_that_holds_everything_is_no_proxy(entry: str, resolved: Resolve) -> None:
    (problem,) = resolved({"openclaw_trusted_proxies": [entry]}).problems
    assert problem.startswith(f'openclaw_trusted_proxies  "{entry}" holds more than proxies')
    assert "openclaw_entry_points" in problem
    assert "holds more than proxies" in problems_of(resolved, {"cidr": [entry]})[0]


@pytest.mark.parametrize("entry", ["10.1.2.3", "10.42.0.0/16", "104.16.0.0/13", "2a06:98c0::/29", "fd00:10::/64"])
def test_a_range_of_proxies_is(entry: str, resolved: Resolve) -> None:
    assert resolved({"openclaw_trusted_proxies": [entry]}).problems == []


@pytest.mark.parametrize("entry, hint", [("10.1.2.3/8", "10.0.0.0/8"), ("ingress", "is not an IP address or range")])
def test_what_is_no_address_is_no_proxy(entry: str, hint: str, resolved: Resolve) -> None:
    (problem,) = resolved({"openclaw_trusted_proxies": [entry]}).problems
    assert hint in problem


@pytest.mark.parametrize("option", ["hostname", "hostname_aliases"])
@pytest.mark.parametrize(
    "name, said",
    [
        ("https://claw.example.com/ui", "Write claw.example.com."),
        ("Claw.example.com", "Write claw.example.com."),
        ("claw.example.com:8443", "is not a DNS name"),
        ("*.example.com", "is not a DNS name"),
        ("192.0.2.7", "is not a DNS name"),
        ("a" * 64 + ".example.com", "is not a DNS name"),
        ("claw_1.example.com", "is not a DNS name"),
    ],
)
def test_a_hostname_is_a_name(option: str, name: str, said: str, resolved: Resolve) -> None:
    given: object = name if option == "hostname" else [name]
    (problem,) = resolved({f"openclaw_{option}": given}).problems
    assert problem.startswith(f'openclaw_{option}  "{name[:20]}')
    assert said in problem


def test_a_good_hostname_is_taken(resolved: Resolve) -> None:
    names = ["claw.example.com", "claw", "xn--bcher-kva.example", "1.example.com"]
    assert resolved({"openclaw_hostname": "", "openclaw_hostname_aliases": names}).problems == []


@pytest.mark.parametrize(
    "origin, said",
    [
        ("*", "With * any page that somebody opens could talk to the gateway."),
        ("claw.example.com", "is not an origin such as https://claw.example.com"),
        ("https://claw.example.com/ui", "Write https://claw.example.com."),
        ("https://claw.example.com/", "Write https://claw.example.com."),
        ("HTTPS://Claw.Example.com:8443", "Write https://claw.example.com:8443."),
        ("https://*.example.com", "is not an origin"),
        ("https://ann@example.com", "is not an origin"),
    ],
)
def test_an_origin_is_scheme_host_and_port(origin: str, said: str, resolved: Resolve) -> None:
    (problem,) = resolved({"openclaw_allowed_origins": [origin]}).problems
    assert problem.startswith(f'openclaw_allowed_origins  "{origin}"')
    assert said in problem


def test_good_origins_are_taken(resolved: Resolve) -> None:
    origins = ["https://claw.example.com", "http://localhost:5173", "https://[2001:db8::1]:8443", "tauri://localhost"]
    assert resolved({"openclaw_allowed_origins": origins}).problems == []


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Host", "authorization", "X_User", "X User", "", "X-User:", "-X"]
)
def test_a_user_is_not_named_by_any_header(header: str, resolved: Resolve) -> None:
    (problem,) = resolved({"openclaw_gateway_user_header": header}).problems
    assert problem.startswith("openclaw_gateway_user_header  ")

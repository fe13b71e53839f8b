# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration file: the pod's needs below, the inventory above; and where its models listen."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw import config
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config import (
    POD_CONFIG,
    declared,
    digest,
    model_endpoints,
    text,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.config_layers import laid_over
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.pod import enough_space, probe_command
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Map = dict[str, object]
CONFIGS = st.dictionaries(
    st.sampled_from(["gateway", "models", "agents", "ü"]),
    st.recursive(
        st.integers() | st.text(),
        lambda child: st.lists(child, max_size=3) | st.dictionaries(st.text(max_size=5), child, max_size=3),
        max_leaves=8,
    ),
)


def test_an_empty_configuration_is_what_a_pod_needs() -> None:
    assert declared({}) == POD_CONFIG


@pytest.mark.parametrize(
    "user, path, value",
    [
        ({"gateway": {"controlUi": {"enabled": False}}}, "gateway.controlUi.enabled", False),
        ({"gateway": {"controlUi": {"enabled": False}}}, "gateway.bind", "lan"),
        ({"gateway": {"bind": "auto"}}, "gateway.bind", "auto"),
        ({"update": {"checkOnStart": True}}, "update.checkOnStart", True),
        ({"gateway": {"auth": {"token": "${T}"}}}, "gateway.auth.token", "${T}"),
        ({"logging": "quiet"}, "logging", "quiet"),
        ({"models": {"providers": {"a": {}}}}, "models.catalogRefresh.enabled", False),
    ],
)
def test_the_inventory_wins_key_by_key(user: Map, path: str, value: object) -> None:
    found: object = declared(user)
    for key in path.split("."):
        assert isinstance(found, dict)
        found = found[key]
    assert found == value


def test_origins_and_proxies_of_all_layers_are_taken() -> None:
    def layer(*entries: object) -> Map:
        return {"gateway": {"trustedProxies": list(entries), "controlUi": {"allowedOrigins": list(entries)}}}

    gateway: Any = declared(layer("c", "a"), layer("b"), layer("a"))["gateway"]
    assert gateway["trustedProxies"] == gateway["controlUi"]["allowedOrigins"] == ["a", "b", "c"]


def test_a_list_that_only_the_user_has_stays_as_it_is() -> None:
    gateway: Any = declared({"gateway": {"trustedProxies": ["b", "a", "b"]}})["gateway"]
    assert gateway["trustedProxies"] == ["b", "a", "b"]


def test_what_is_no_list_replaces_one() -> None:
    gateway: Any = declared({"gateway": {"trustedProxies": "b"}}, {"gateway": {"trustedProxies": ["a"]}})["gateway"]
    assert gateway["trustedProxies"] == "b"


def test_any_other_list_replaces_one() -> None:
    below: Map = {"gateway": {"tools": {"allow": ["a"]}, "trustedProxies": ["a"]}}
    above: Map = {"gateway": {"tools": {"allow": ["b"]}, "trustedProxies": ["b"]}}
    found: Any = declared(above, below)["gateway"]
    assert found["tools"] == {"allow": ["b"]}
    assert laid_over(below, above) == above


@given(CONFIGS)
def test_neither_side_is_changed(user: Map) -> None:
    before = copy.deepcopy((user, POD_CONFIG))
    declared(user)
    assert (user, POD_CONFIG) == before


@given(CONFIGS)
def test_the_file_is_json_with_the_same_meaning(user: Map) -> None:
    assert json.loads(text(declared(user))) == declared(user)


@given(CONFIGS)
def test_the_order_of_the_inventory_does_not_matter(user: Map) -> None:
    turned = dict(reversed(user.items()))
    assert text(declared(turned)) == text(declared(user))


def test_another_value_is_another_digest() -> None:
    assert digest("a", "b") != digest("a", "c")
    assert len(digest("")) == 16


# Rules


@pytest.mark.parametrize(
    "gateway, problem",
    [
        ({"port": 80}, "gateway.port: 80 cannot be changed. Remove it; it is 18789."),
        ({"mode": "remote"}, 'gateway.mode: "remote" does not serve. Remove it; it is local.'),
        ({"bind": "0.0.0.0"}, 'gateway.bind: "0.0.0.0" cannot be reached through the Service. Use lan.'),
        (
            {"bind": "loopback"},
            'gateway.bind: "loopback" cannot be reached through the Service. Use lan, or remove it.',
        ),
    ],
)
def test_a_gateway_that_the_service_would_not_reach_is_refused(
    gateway: Map, problem: str, resolved: Callable[[Map], Resolved]
) -> None:
    found = resolved({"openclaw_config": {"gateway": gateway}})
    assert found.problems == [f"openclaw_config  {problem}"]


@pytest.mark.parametrize("gateway", [{}, {"port": 18789, "mode": "local", "bind": "lan"}, {"bind": "auto"}, "text"])
def test_a_gateway_that_it_does_reach_is_not(gateway: object) -> None:
    assert config.port_set_twice({"config": {"gateway": gateway}, "gateway_proxy_enabled": False}) == []


def test_a_map_that_is_too_large_is_refused_like_a_text() -> None:
    assert config.config_too_large({"config": {"a": "x" * 250_000}}) == []
    assert config.config_too_large({"config": {"a": "€" * 100_000}}) == [
        "openclaw_config  has 293 KiB; at most 256 KiB are allowed."
    ]


# Models


def endpoints(*urls: object) -> list[config.ModelEndpoint]:
    providers = {f"p{index}": {"baseUrl": url} for index, url in enumerate(urls)}
    return list(model_endpoints({"models": {"providers": providers}}))


@pytest.mark.parametrize(
    "url, host, port",
    [
        ("http://stub:4010/v1", "stub", 4010),
        ("http://stub/v1", "stub", 80),
        ("https://api.example.com", "api.example.com", 443),
        ("https://API.Example.com:8443/v1", "api.example.com", 8443),
        ("http://10.0.0.5:11434", "10.0.0.5", 11434),
        ("http://[fd00::5]:11434/v1", "fd00::5", 11434),
        ("https://user:pass@api.example.com/v1", "api.example.com", 443),
    ],
)
def test_where_a_base_url_points_to(url: str, host: str, port: int) -> None:
    assert [(endpoint.host, endpoint.port) for endpoint in endpoints(url)] == [(host, port)]


@pytest.mark.parametrize(
    "host, namespace",
    [
        ("stub", ""),
        ("stub.models.svc", "models"),
        ("stub.models.svc.", "models"),
        ("stub.models.svc.cluster.local", "models"),
        ("stub.models", None),
        ("stub.models.svc.example.com", None),
        ("api.example.com", None),
        ("localhost", None),
        ("10.0.0.5", None),
        ("[fd00::5]", None),
    ],
)
def test_a_service_name_tells_its_namespace(host: str, namespace: str | None) -> None:
    assert [endpoint.service_namespace for endpoint in endpoints(f"http://{host}:4010")] == [namespace]


@pytest.mark.parametrize("host, address", [("10.0.0.5", "10.0.0.5"), ("[fd00::5]", "fd00::5"), ("stub", "None")])
def test_an_address_is_an_address(host: str, address: str) -> None:
    assert [str(endpoint.address) for endpoint in endpoints(f"http://{host}:4010")] == [address]


@pytest.mark.parametrize("url", [None, 5, "", "stub:4010", "http://", "http://h:99999", "http://[::1", "unix:///s"])
def test_what_is_no_url_opens_nothing(url: object) -> None:
    assert endpoints(url) == []


@pytest.mark.parametrize(
    "user", [{}, {"models": None}, {"models": {"providers": []}}, {"models": {"providers": {"a": None}}}]
)
def test_a_configuration_without_models_has_no_endpoints(user: Map) -> None:
    assert list(model_endpoints(user)) == []


def test_endpoints_come_in_the_order_of_their_providers() -> None:
    providers = {name: {"baseUrl": f"http://{name}"} for name in ("b", "a")}
    assert [endpoint.provider for endpoint in model_endpoints({"models": {"providers": providers}})] == ["a", "b"]


# Probes


def test_a_probe_asserts_the_answer_over_loopback() -> None:
    """Unknown paths answer 200 with a page, and the pod's address may belong to a trusted proxy."""
    *program, script = probe_command("/startupz")
    assert program == ["node", "-e"]
    assert "http://127.0.0.1:18789/startupz" in script
    assert "b.ok===true" in script


def test_a_probe_runs_its_condition_first() -> None:
    condition = enough_space("/data", 1024, "1Ki")
    assert probe_command("/startupz", condition=condition)[-1] == condition + probe_command("/startupz")[-1]


@pytest.mark.parametrize(
    "url, egress, warned",
    [
        ("https://api.example.com/v1", "none", True),
        ("https://api.example.com/v1", "open-internet", False),
        ("http://stub.models.svc:4010/v1", "none", False),
        ("http://192.168.1.5:11434/v1", "none", False),
        ("http://localhost:11434/v1", "none", False),
    ],
)
def test_a_model_that_the_policy_cannot_reach_is_a_warning(
    resolved: Callable[[Map], Resolved], url: str, egress: str, warned: bool
) -> None:
    found = resolved(
        {
            "openclaw_networkpolicy_egress": egress,
            "openclaw_config": {"models": {"providers": {"far": {"baseUrl": url}}}},
        }
    )
    assert any("closes the way to the model provider far" in warning for warning in found.warnings) is warned

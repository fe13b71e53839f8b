# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Cloudflare Tunnel beside the gateway: its command line, its file, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.catalog import ways_of
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.parts import BUILDERS, instance_manifests

Json = dict[str, Any]
MakeInstance = Callable[..., Json]
TOKEN: Json = {"cloudflared_enabled": True, "cloudflared_secret": "tunnel", "hostname": "claw.example.com"}
HERE: Json = {**TOKEN, "cloudflared_tunnel": "claws"}
METRICS = "--metrics=127.0.0.1:20241"


def pod_of(instance: Json) -> Json:
    (stateful_set,) = (found for found in BUILDERS["workload"](instance) if found["kind"] == "StatefulSet")
    spec: Any = stateful_set["spec"]
    pod: Json = spec["template"]["spec"]
    return pod


def container_of(instance: Json) -> Json:
    (found,) = (each for each in pod_of(instance)["initContainers"] if each["name"] == "cloudflared")
    result: Json = found
    return result


def files_of(instance: Json) -> dict[str, str]:
    config_map: Any = BUILDERS["config"](instance)[0]
    data: dict[str, str] = config_map["data"]
    return data


@pytest.mark.parametrize("case, options", [("token", TOKEN), ("here", HERE)])
def test_its_container_and_volumes_are_these(
    case: str, options: Json, make_instance: MakeInstance, golden: Callable[[str, list[Json]], None]
) -> None:
    instance = make_instance(**options)
    volumes = [volume for volume in pod_of(instance)["volumes"] if "cloudflared" in volume["name"]]
    golden(f"pod-cloudflared-{case}", [container_of(instance), *volumes])


def test_each_flag_stands_where_it_is_read(make_instance: MakeInstance) -> None:
    """The command `run` has some flags of its own, and does not look at those before it."""
    given = ["--protocol=http2", "--loglevel=debug", "--post-quantum", "--edge-ip-version=4"]
    assert container_of(make_instance(**TOKEN, cloudflared_args=given))["args"] == [
        "tunnel",
        "--no-autoupdate",
        METRICS,
        "--loglevel=debug",
        "--edge-ip-version=4",
        "run",
        "--protocol=http2",
        "--post-quantum",
    ]


def test_image_and_resources_are_its_own(make_instance: MakeInstance) -> None:
    digest = "sha256:" + "0a" * 32
    found = container_of(make_instance(**TOKEN, cloudflared_image_digest=digest, cloudflared_memory_limit="1Gi"))
    assert found["image"] == f"docker.io/cloudflare/cloudflared:2026.9.1@{digest}"
    assert found["resources"]["limits"] == {"memory": "1Gi"}


def test_a_tunnel_that_is_managed_here_leads_its_names_to_the_gateway(make_instance: MakeInstance) -> None:
    instance = make_instance(**HERE, hostname_aliases=["other.example.com"])
    gateway = "http://127.0.0.1:18789"
    assert json.loads(files_of(instance)["cloudflared.yml"]) == {
        "tunnel": "claws",
        "credentials-file": "/etc/cloudflared/secret/credentials.json",
        "ingress": [
            {"hostname": "claw.example.com", "service": gateway},
            {"hostname": "other.example.com", "service": gateway},
            {"service": "http_status:404"},
        ],
    }
    assert "cloudflared.yml" not in files_of(make_instance(**TOKEN))


def test_it_is_believed_and_no_port_is_open_for_it(make_instance: MakeInstance) -> None:
    off, on = make_instance(hostname="claw.example.com"), make_instance(**TOKEN)
    gateway = json.loads(files_of(on)["openclaw.json"])["gateway"]
    assert gateway["trustedProxies"] == ["127.0.0.1"]
    assert gateway["controlUi"]["allowedOrigins"] == ["https://claw.example.com"]
    assert BUILDERS["service"](on) == BUILDERS["service"](off)
    assert "ports" not in container_of(on)


def test_it_goes_out_by_quic_and_http2(make_instance: MakeInstance) -> None:
    assert {(way.protocol, way.ports, way.ranges) for way in ways_of(make_instance(**TOKEN))} == {
        ("UDP", (7844,), ()),
        ("TCP", (7844,), ()),
    }


def test_it_leaves_nothing_when_it_is_off(make_instance: MakeInstance) -> None:
    tuned = {"cloudflared_secret": "tunnel", "cloudflared_tunnel": "claws", "cloudflared_args": ["--loglevel=debug"]}
    assert instance_manifests(make_instance(**tuned)) == instance_manifests(make_instance())


@pytest.mark.parametrize(
    "options, problem",
    [
        ({"cloudflared_secret": ""}, "openclaw_cloudflared_secret  is not set. Put the tunnel's token"),
        ({"hostname": ""}, "openclaw_hostname  is not set. openclaw_cloudflared_enabled needs"),
        ({"cloudflared_args": ["--token=abc"]}, "--token: would show the token"),
        ({"cloudflared_args": ["--metrics=0.0.0.0:1"]}, "--metrics: is where the probe asks"),
        ({"cloudflared_args": ["--config=/x"]}, "--config: is the file that openclaw_cloudflared_tunnel"),
        ({"cloudflared_args": ["--protocol", "http2"]}, 'openclaw_cloudflared_args  "http2" is not a flag'),
    ],
)
def test_what_cannot_work_is_refused(options: Json, problem: str, make_instance: MakeInstance) -> None:
    with pytest.raises(ValueError, match=problem):
        make_instance(**{**TOKEN, **options})


@pytest.mark.parametrize(
    "options, warned",
    [
        ({"replicas": 2}, "openclaw_cloudflared_enabled  all replicas share the tunnel"),
        ({"networkpolicy_egress": "none"}, "openclaw_networkpolicy_egress  none closes the way to the servers of"),
        ({"config_mode": "seed"}, "openclaw_cloudflared_enabled  a gateway that was seeded before"),
        (
            {"gateway_auth": "trusted-proxy", "trusted_proxies": ["10.9.0.7"]},
            "openclaw_cloudflared_enabled  reaches the gateway over loopback",
        ),
    ],
)
def test_what_would_surprise_is_a_warning(options: Json, warned: str, resolved: Callable[[Json], Any]) -> None:
    def warnings(**more: object) -> list[str]:
        given = {f"openclaw_{option}": value for option, value in {**TOKEN, **more}.items()}
        found = resolved(given)
        assert found.problems == []
        return [warning for warning in found.warnings if warning.startswith(warned)]

    assert len(warnings(**options)) == 1
    assert warnings() == []
    assert warnings(**options, cloudflared_enabled=False) == []


def test_a_user_named_over_loopback_is_taken_where_somebody_says_so(resolved: Callable[[Json], Any]) -> None:
    options = {**TOKEN, "gateway_auth": "trusted-proxy", "trusted_proxies": ["10.9.0.7"]}
    options["config"] = {"gateway": {"auth": {"trustedProxy": {"allowLoopback": True}}}}
    found = resolved({f"openclaw_{option}": value for option, value in options.items()})
    assert not [warning for warning in found.warnings if "over loopback" in warning]

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that must look a certain way: what is taken, and what the error says to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options import formats

Check = Callable[[str], str | None]

GOOD: list[tuple[Check, list[str]]] = [
    (formats.size, ["10Gi", "512Mi", "1.5Gi", "2G", "1073741824", "0.5Ti", "1Ei", "100k"]),
    (formats.cpu, ["1", "500m", "0.5", "1.250", "16"]),
    (formats.duration, ["90", "90s", "10m", "1h", "0"]),
    (formats.gateway_duration, ["90s", "1h30m", "500ms", "0s", "99999h"]),
    (formats.url_path, ["/", "/claw", "/a/b.c/~d_e-f", "/...", "/.well-known"]),
    (formats.load_balancer_class, ["internal", "service.k8s.aws/nlb", "a/B_c.d"]),
    (formats.dns_name, ["claw.example.com", "claw", "xn--bcher-kva.example", ""]),
    (formats.origin, ["https://claw.example.com", "http://localhost:5173", "https://[2001:db8::1]:8443"]),
    (formats.header_name, ["X-Forwarded-User", "Cf-Access-Authenticated-User-Email", "Remote2"]),
    (formats.proxy_range, ["192.0.2.7", "10.42.0.0/16", "2001:db8::7"]),
    (formats.instance_name, ["a", "support", "support-1", "a" * 40]),
    (formats.label, ["1", "team-a", "0-0", "a" * 63]),
    (formats.object_name, ["my-claim", "fast.ssd", "1", "a" * 253]),
    (formats.secret_key, ["token", "API_KEY", ".dockerconfigjson", "a.b-c_d", "..."]),
    (formats.image_tag, ["2026.9.6", "_x", "V1", "a" * 128]),
    (formats.image_digest, ["sha256:" + "0a" * 32]),
    (
        formats.image_registry,
        ["registry.example.com", "r.io/a/b-c", "host:5000", "localhost", "localhost/a", "[::1]:5000"],
    ),
    (formats.timezone, ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]),
    (formats.node_options, ["--max-old-space-size=900", "-r /x.js"]),
    (formats.apparmor_profile, ["RuntimeDefault", "agent", "k8s/agent"]),
    (
        formats.image_repository,
        [
            "openclaw",
            "ghcr.io/openclaw/openclaw",
            "localhost:5000/a",
            "10.0.0.1:5000/a/b_c",
            "host/a__b",
            "[::1]:5000/a",
        ],
    ),
]

BAD: list[tuple[Check, str, str]] = [
    (formats.size, "10GB", "Write 10Gi."),
    (formats.size, "10 Gi", "Write 10Gi."),
    (formats.size, "10gi", "Write 10Gi."),
    (formats.size, "1,5Gi", "Write 1.5Gi."),
    (formats.size, "512mb", "Write 512Mi."),
    (formats.size, "500m", "Write 500Mi."),
    (formats.size, "-5Gi", "Write 5Gi."),
    (formats.size, "1.2.3Gi", "Write 1.2Gi."),
    (formats.size, "large", "Write 10Gi."),
    (formats.size, "10Gi\n", "Write 10Gi."),
    (formats.cpu, "2 cores", "Write 2."),
    (formats.cpu, "0,5", "Write 0.5."),
    (formats.cpu, "500Mi", "Write 500m."),
    (formats.cpu, "500 m", "Write 500m."),
    (formats.cpu, "half", "Write 500m."),
    (formats.duration, "10min", "Write for example 30s, 10m or 1h."),
    (formats.duration, "1h30m", "Write for example 30s, 10m or 1h."),
    (formats.duration, "-1s", "Write for example 30s, 10m or 1h."),
    (formats.duration, "", "Write for example 30s, 10m or 1h."),
    (formats.gateway_duration, "90", "Write for example 30s, 10m or 1h30m."),
    (formats.gateway_duration, "100000s", "is not a duration of the Gateway API"),
    (formats.gateway_duration, "1.5h", "is not a duration of the Gateway API"),
    (formats.url_path, "claw", "Write / or for example /claw"),
    (formats.url_path, "/claw/", "no slash at the end"),
    (formats.url_path, "/a//b", "is not a path"),
    (formats.url_path, "/a/../b", "is not a path"),
    (formats.url_path, "/a%2fb", "is not a path"),
    (formats.url_path, "/a?b", "is not a path"),
    (formats.url_path, "", "is not a path"),
    (formats.load_balancer_class, "A/b", "Write a name, or example.com/name."),
    (formats.load_balancer_class, "a/b/c", "Write a name, or example.com/name."),
    (formats.load_balancer_class, "-a", "Write a name, or example.com/name."),
    (formats.dns_name, "https://claw.example.com/", "Write claw.example.com."),
    (formats.dns_name, "*.example.com", "is not a DNS name"),
    (formats.origin, "https://claw.example.com/", "Write https://claw.example.com."),
    (formats.header_name, "X_User", "letters, digits and dashes only"),
    (formats.header_name, "X-Real-IP", "says something else than a user's name"),
    (formats.proxy_range, "10.0.0.0/8", "holds more than proxies"),
    (formats.proxy_range, "10.1.2.3/24", "Write 10.1.2.0/24."),
    (formats.instance_name, "Support_1", "Write support-1."),
    (formats.instance_name, "support.example.com", "Write support-example-com."),
    (formats.instance_name, "support-", "Write support."),
    (formats.instance_name, "1st", "Write st."),
    (formats.instance_name, "a" * 41, f"Write {'a' * 40}."),
    (formats.instance_name, "10.0.0.7", "a letter first."),
    (formats.instance_name, "support\n", "Write support."),
    (formats.instance_name, "", "a letter first."),
    (formats.label, "Team", "at most 63 lower-case letters"),
    (formats.label, "-team", "no dash at the ends"),
    (formats.label, "a" * 64, "at most 63"),
    (formats.label, "team\n", "is not a DNS label"),
    (formats.object_name, "my_claim", "lower-case letters, digits, dashes and dots only."),
    (formats.object_name, "a..b", "is not a name of a Kubernetes object"),
    (formats.object_name, "a" * 254, "is not a name of a Kubernetes object"),
    (formats.secret_key, "a/b", "is not a key of a Secret"),
    (formats.secret_key, "..", "is not a key of a Secret"),
    (formats.secret_key, "token\n", "is not a key of a Secret"),
    (formats.image_tag, "-x", "is not an image tag"),
    (formats.image_tag, "a b", "is not an image tag"),
    (formats.image_tag, "a" * 129, "at most 128"),
    (formats.image_digest, "sha256:abc", "Write sha256: and 64 hexadecimal digits."),
    (formats.image_digest, "0a" * 32, "Write sha256: and 64 hexadecimal digits."),
    (formats.image_registry, "https://r.example.com", "such as registry.example.com/mirror."),
    (formats.image_registry, "mirror", "is not a registry"),
    (formats.image_registry, "mirror/a.b", "is not a registry"),
    (formats.image_registry, "r.example.com/", "is not a registry"),
    (formats.timezone, "Berlin time", "Europe/Berlin"),
    (formats.timezone, "CET-1CEST,M3.5.0", "Europe/Berlin"),
    (formats.timezone, "../etc/passwd", "Europe/Berlin"),
    (formats.node_options, "inspect", "begin with a dash"),
    (formats.apparmor_profile, "Unconfined", "RuntimeDefault"),
    (formats.apparmor_profile, "localhost/agent", "RuntimeDefault"),
    (formats.image_repository, "ghcr.io/openclaw/openclaw:2026.9.6", "openclaw_image_tag"),
    (formats.image_repository, "ghcr.io/openclaw/openclaw@sha256:" + "0a" * 32, "openclaw_image_digest"),
    (formats.image_repository, "https://ghcr.io/openclaw/openclaw", "Write host/path in lower case"),
    (formats.image_repository, "ghcr.io/OpenClaw/openclaw", "Write host/path in lower case"),
]


@pytest.mark.parametrize("check, text", [(check, text) for check, texts in GOOD for text in texts])
def test_good_text_is_taken(check: Check, text: str) -> None:
    assert check(text) is None


@pytest.mark.parametrize("check, text, hint", BAD)
def test_bad_text_is_refused_with_what_to_write(check: Check, text: str, hint: str) -> None:
    assert hint in (check(text) or "taken")


@given(st.text(max_size=50) | st.from_regex(r"[-0-9.,]{1,6} ?[a-zA-Z]{0,3}", fullmatch=True))
@pytest.mark.parametrize("check", [formats.size, formats.cpu, formats.instance_name])
def test_what_an_error_says_to_write_is_good(check: Check, text: str) -> None:
    suggestion = re.search(r"Write (\S+)\.$", check(text) or "")
    if suggestion:
        assert check(suggestion[1]) is None


@pytest.mark.parametrize("text, expected", [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200)])
def test_durations_in_seconds(text: str, expected: int) -> None:
    assert formats.seconds(text) == expected


@pytest.mark.parametrize(
    "text, expected", [("1280Mi", 1280 * 2**20), ("1.5Gi", 1.5 * 2**30), ("2G", 2e9), ("100k", 1e5), ("7", 7)]
)
def test_sizes_in_bytes(text: str, expected: float) -> None:
    assert formats.size_bytes(text) == expected


@pytest.mark.parametrize("convert", [formats.seconds, formats.size_bytes])
def test_what_is_neither_is_an_error(convert: Callable[[str], float]) -> None:
    with pytest.raises(ValueError, match="'soon' is not a"):
        convert("soon")


@pytest.mark.parametrize(
    "option, check",
    [
        ("openclaw_name", formats.instance_name),
        ("openclaw_namespace", formats.label),
        ("openclaw_storage_size", formats.size),
        ("openclaw_memory_limit", formats.size),
        ("openclaw_cpu_request", formats.cpu),
        ("openclaw_gateway_token_secret", formats.object_name),
        ("openclaw_gateway_token_key", formats.secret_key),
        ("openclaw_gateway_password_secret", formats.object_name),
        ("openclaw_gateway_password_key", formats.secret_key),
        ("openclaw_trusted_proxies", formats.proxy_range),
        ("openclaw_hostname", formats.dns_name),
        ("openclaw_hostname_aliases", formats.dns_name),
        ("openclaw_allowed_origins", formats.origin),
        ("openclaw_gateway_user_header", formats.header_name),
        ("openclaw_image_pull_secrets", formats.object_name),
        ("openclaw_image_registry", formats.image_registry),
        ("openclaw_liveness_period", formats.duration),
        ("openclaw_readiness_min_free", formats.size),
        ("openclaw_timezone", formats.timezone),
        ("openclaw_route_timeout", formats.gateway_duration),
        ("openclaw_openshift_route_timeout", formats.duration),
        ("openclaw_route_path", formats.url_path),
        ("openclaw_service_load_balancer_source_ranges", formats.address_range),
        ("openclaw_verify_prompt", None),
    ],
)
def test_the_ending_of_an_option_chooses_its_check(option: str, check: Check | None) -> None:
    assert formats.check_for(option) is check

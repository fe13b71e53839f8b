# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What verify and devices are told: addresses, identifiers and policies that mean something."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options.instance import Resolved

Resolve = Callable[[Mapping[str, object]], Resolved]
ADDRESS = "openclaw_verify_entry_address"
MATCHING = "openclaw_devices_approve_matching"


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "10.1.2.3:30443", "entry.example.com", "entry.example.com:8443", "fd00::1", "[fd00::1]:30443", ""],
)
def test_an_address_to_connect_to(resolved: Resolve, address: str) -> None:
    assert resolved({ADDRESS: address}).problems == []


@pytest.mark.parametrize(
    "address, write",
    [
        ("https://10.1.2.3:30443/", "10.1.2.3:30443"),
        ("10.1.2.3/path", "10.1.2.3"),
        ("10.1.2.3:port", "10.1.2.3 or 10.1.2.3:443"),
        ("10.1.2.3:99999", "10.1.2.3 or 10.1.2.3:443"),
        ("two words", "10.1.2.3 or 10.1.2.3:443"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(resolved: Resolve, address: str, write: str) -> None:
    told = f'{ADDRESS}  "{address}" is neither an address nor address:port. Write {write}.'
    assert resolved({ADDRESS: address}).problems == [told]


@pytest.mark.parametrize("option", ["approve", "reject", "remove"])
@pytest.mark.parametrize("given", ["", " ", "*", "--all", "a b"])
def test_what_names_no_device_is_refused(resolved: Resolve, option: str, given: str) -> None:
    name = f"openclaw_devices_{option}"
    assert resolved({name: ["aaaa-1111", given]}).problems == [
        f'{name}  "{given}" is not an identifier. Write one that the playbook devices lists.'
    ]


@pytest.mark.parametrize(
    "policy, told",
    [
        ({"nam": "x"}, "nam: is not one of name, platform, cidr, max_age. Did you mean name?"),
        ({"name": ""}, "name: is not a pattern. Write for example mac* in quotes."),
        ({"platform": 7}, "platform: is not a pattern. Write for example mac* in quotes."),
        ({"cidr": "10.0.0.0/8"}, "cidr: is not a list of ranges. Write for example [10.0.0.0/8]."),
        ({"cidr": []}, "cidr: is not a list of ranges. Write for example [10.0.0.0/8]."),
        (
            {"cidr": ["10.0.0.1/8"]},
            'cidr: "10.0.0.1/8" is not an IP address or range, such as 10.1.2.3 or 10.0.0.0/8. Write 10.0.0.0/8.',
        ),
        ({"max_age": "soon"}, 'max_age: "soon" is not a duration. Write for example 30s, 10m or 1h.'),
    ],
)
def test_a_policy_that_means_nothing_is_refused(resolved: Resolve, policy: dict[str, object], told: str) -> None:
    assert resolved({MATCHING: policy}).problems == [f"{MATCHING}  {told}"]


def test_a_policy_of_words_alone_is_a_warning(resolved: Resolve) -> None:
    (warning,) = [text for text in resolved({MATCHING: {"name": "mac*"}}).warnings if text.startswith(MATCHING)]
    assert "names no cidr" in warning
    fine = resolved({MATCHING: {"name": "mac*", "cidr": ["10.0.0.0/8"], "max_age": "10m", "platform": "Mac*"}})
    assert fine.problems == []
    assert not [text for text in fine.warnings if text.startswith(MATCHING)]

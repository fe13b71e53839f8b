# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amounts: which limit counts, what the heap gets, and what is more than what."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._options import resources

Make = Callable[..., dict[str, object]]


def test_a_map_of_resources_goes_over_the_options_of_one_resource(make_instance: Make) -> None:
    instance = make_instance(
        cpu_limit="2", resources={"limits": {"memory": "3Gi", "nvidia.com/gpu": 1}, "requests": {"cpu": "1"}}
    )
    assert resources.gateway_resources(instance) == {
        "requests": {"cpu": "1", "memory": "1Gi"},
        "limits": {"memory": "3Gi", "cpu": "2", "nvidia.com/gpu": "1"},
    }
    assert resources.memory_limit(instance) == "3Gi"


def test_a_group_without_amounts_is_left_out() -> None:
    assert resources.resources_over({"limits": {"memory": "1Gi"}}, {"requests": {}}) == {"limits": {"memory": "1Gi"}}


@pytest.mark.parametrize(
    "resource, quantity, number",
    [
        ("cpu", "500m", 0.5),
        ("cpu", "2", 2.0),
        ("cpu", "0.25", 0.25),
        ("cpu", "two", None),
        ("memory", "1Gi", 2.0**30),
        ("memory", "lots", None),
        ("nvidia.com/gpu", "1", 1.0),
    ],
)
def test_an_amount_is_a_number_to_compare_with(resource: str, quantity: str, number: float | None) -> None:
    assert resources.amount(resource, quantity) == number


@pytest.mark.parametrize("quantity, heap", [("2Gi", 1536), ("1280Mi", 960), ("2G", 1430)])
def test_the_heap_leaves_a_quarter(quantity: str, heap: int) -> None:
    assert resources.three_quarters_in_mebibytes(quantity) == heap

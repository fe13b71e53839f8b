# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action hands over to the module."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.action.apply import split_secrets
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.request import Request

TEXTS = st.dictionaries(st.sampled_from("abc"), st.text("xyz", min_size=8, max_size=12), min_size=1)


def options(objects: Any, secret_data: Any = None) -> dict[str, Any]:
    flags = dict.fromkeys(("prune", "delete_protected", "force_conflicts", "adopt", "preflight", "wait"), False)
    return {
        "name": "x",
        "namespace": "x",
        "parts": ["p"],
        "objects": objects,
        "secret_data": secret_data,
        "wait_timeout": "1s",
        **flags,
    }


@given(TEXTS, TEXTS)
def test_values_travel_apart_and_come_together_again(data: dict[str, str], texts: dict[str, str]) -> None:
    encoded = {key: b64encode(value.encode()).decode() for key, value in data.items()}
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": encoded, "stringData": texts}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "s"}, "data": {"open": "yes"}}
    shown, hidden = split_secrets([manifest, config])
    for value in (*encoded.values(), *texts.values()):
        assert value not in str(shown)
    together = Request.from_options(options(shown, hidden), check_mode=False).objects
    merged = {**encoded, **{key: b64encode(value.encode()).decode() for key, value in texts.items()}}
    assert together == [{**{k: v for k, v in manifest.items() if k != "stringData"}, "data": merged}, config]


def test_what_is_malformed_stays_for_the_module_to_refuse() -> None:
    for objects in ([None, "text", 1], [1, {"kind": "Secret"}, {"kind": "Secret", "metadata": None}]):
        assert split_secrets(objects) == (objects, {})

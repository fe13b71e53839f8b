# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A canary in every form in which a secret turns up."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.identity import NOT_SECRET
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.redact import HIDDEN, Redactor

SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="()hiden"), min_size=4, max_size=40).filter(
    lambda text: len(text.strip()) >= 4
)


@given(SECRETS)
def test_no_form_of_a_secret_survives(secret: str) -> None:
    redactor = Redactor()
    redactor.learn_secret({"data": {"token": b64encode(secret.encode()).decode()}})
    for form in (secret, b64encode(secret.encode()).decode(), quote(secret, safe=""), json.dumps(secret)):
        text = redactor.scrub(f"<<{form}>>")
        assert secret not in text
        assert b64encode(secret.encode()).decode() not in text
        assert HIDDEN in text


@given(SECRETS)
def test_results_are_scrubbed_to_their_depth(secret: str) -> None:
    result = Redactor([secret]).scrub_all({"msg": secret, "objects": [{"x": (secret, 1, None, True)}], secret: 0})
    assert secret not in json.dumps(result, ensure_ascii=False)
    assert result["objects"][0]["x"][1:] == [1, None, True]


def test_short_values_leave_words_alone() -> None:
    redactor = Redactor(["abc", ""])
    redactor.learn_secret({"data": {"flag": b64encode(b"yes").decode()}})
    assert redactor.scrub("abc yes eyes") == "abc yes eyes"


def test_the_longer_secret_goes_first() -> None:
    assert Redactor(["token", "token-and-more"]).scrub("token-and-more") == HIDDEN


def test_one_line_of_a_key_is_secret_too() -> None:
    redactor = Redactor(["-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----"])
    assert "MIIEvQIBADANBgkq" not in redactor.scrub("cannot parse MIIEvQIBADANBgkq")


def test_binary_values_are_hidden_in_base64() -> None:
    encoded = b64encode(b"\xff\xfe\x00\x01\x80").decode()
    redactor = Redactor()
    redactor.learn_secret({"data": {"blob": encoded}})
    assert redactor.scrub(encoded) == HIDDEN


@pytest.mark.parametrize("data", [None, {}, {"a": ""}, {"a": "not base64 !"}])
def test_odd_data_does_no_harm(data: dict[str, str] | None) -> None:
    redactor = Redactor()
    redactor.learn_secret({"data": data})
    assert redactor.scrub("text") == "text"


def test_what_a_secret_says_is_none_is_not_hidden() -> None:
    """Tailscale keeps the name of the machine beside its keys; the configuration has that name, too."""
    data = {key: b64encode(f"the {key}".encode()).decode() for key in ("name", "profile-1", "machinekey")}
    redactor = Redactor()
    redactor.learn_secret({"metadata": {"annotations": {NOT_SECRET: "name,profile-*"}}, "data": data})
    assert redactor.scrub("the name, the profile-1, the machinekey") == f"the name, the profile-1, {HIDDEN}"

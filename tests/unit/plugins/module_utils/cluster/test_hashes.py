# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hashes of passwords in other Secrets: made once, kept as long as they fit, and never shown."""

from __future__ import annotations

import ctypes
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster import diff, password_hash, plan
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.errors import EngineError
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.generated import Generator
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.hashes import Hasher
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.identity import GENERATED, HASHED
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.kinds import KNOWN
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.manifests import Scope, Wanted
from ansible_collections.openclaw.kubernetes.plugins.module_utils._cluster.password_hash import hashed, matches
from ansible_collections.openclaw.kubernetes.tests.unit.plugins.module_utils.cluster.ssa_model import stored

SCOPE = Scope("support", "ns", ("all",))
LINE = "auth=guest:support-basic-auth/password"
Live = dict[tuple[str, str], dict[str, Any]]


def encoded(value: str) -> str:
    return b64encode(value.encode()).decode()


def secrets(rule: str = LINE) -> tuple[Wanted, Wanted]:
    """The Secret with the password, and the one with its hash, as a builder makes them."""
    made = []
    for name, annotation in (("support-basic-auth", {GENERATED: "password"}), ("support-users", {HASHED: rule})):
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "annotations": annotation}}
        made.append(Wanted(KNOWN["Secret"], name, manifest))
    return made[0], made[1]


def filled(live: Live | None = None, rule: str = LINE) -> tuple[Wanted, Wanted]:
    """The same after a run over these live objects."""
    people, users = secrets(rule)
    Generator().fill_keys([people, users], live or {})
    Hasher().fill([people, users], live or {})
    return people, users


def after(*items: Wanted) -> Live:
    return {item.ref: stored(item.manifest) for item in items}


def value(item: Wanted, key: str) -> bytes:
    return b64decode(item.manifest["data"][key])


# -- the hash ------------------------------------------------------------------------------------------------------


def test_a_hash_made_elsewhere_is_understood() -> None:
    """A test vector of crypt_blowfish, whose notation htpasswd took over."""
    known = b"$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    assert matches(b"U*U", known)
    assert not matches(b"U*V", known)


@given(st.binary(min_size=1, max_size=60).filter(lambda password: b"\0" not in password))
def test_a_hash_fits_its_password_and_no_other(password: bytes) -> None:
    made = hashed(password)
    assert matches(password, made)
    assert not matches(password + b"x", made)
    assert not matches(password, made[:-1])
    assert hashed(password) != made


@pytest.mark.parametrize("other", [b"", b"secret", b"$1$abc$BXBqpb9BZcZhXLgbee.0s/", b"$2y$", b"$2y$05$short"])
def test_what_is_no_such_hash_fits_nothing(other: bytes) -> None:
    assert not matches(b"secret", other)


@pytest.fixture
def fresh_crypt() -> Iterator[None]:
    """The function is looked for once per process."""
    password_hash._crypt.cache_clear()
    yield
    password_hash._crypt.cache_clear()


@pytest.mark.usefixtures("fresh_crypt")
@pytest.mark.parametrize("missing", ["the library", "the function", "bcrypt"])
def test_a_machine_without_bcrypt_says_so(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        def __init__(self, _name: str | None) -> None:
            if missing == "the library":
                raise OSError("no such file")
            if missing == "bcrypt":
                self.crypt = _OldCrypt()

    class _OldCrypt:
        def __call__(self, _password: bytes, _setting: bytes) -> bytes:
            return b"*0"

    monkeypatch.setattr(ctypes, "CDLL", Library)
    with pytest.raises(EngineError, match=r"knows no bcrypt\. Install libxcrypt where the task runs"):
        filled()


# -- the Secrets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule, key, prefix",
    [
        (LINE, "auth", b"guest:"),
        ("guest=support-basic-auth/password", "guest", b""),
    ],
)
def test_the_hash_is_of_the_password_that_was_made(rule: str, key: str, prefix: bytes) -> None:
    people, users = filled(rule=rule)
    line = value(users, key)
    assert line.startswith(prefix + b"$2y$05$")
    assert matches(value(people, "password"), line.removeprefix(prefix))
    assert set(users.manifest["data"]) == {key}


def test_several_keys_can_be_of_one_password() -> None:
    people, users = filled(rule=f"{LINE}, bare=support-basic-auth/password")
    assert set(users.manifest["data"]) == {"auth", "bare"}
    assert matches(value(people, "password"), value(users, "bare"))


def test_a_plan_that_is_made_again_has_the_same_hash() -> None:
    (people, users), generator, hasher = secrets(), Generator(), Hasher()
    lines = set()
    for _round in range(2):
        generator.fill_keys([people, users], {})
        hasher.fill([people, users], {})
        lines.add(value(users, "auth"))
    assert len(lines) == 1


def test_a_second_run_changes_nothing() -> None:
    live = after(*filled())
    again = filled(live)
    assert [step.action for step in plan.upserts(again, live, SCOPE)] == [plan.UNCHANGED, plan.UNCHANGED]
    assert [item.generated for item in again] == [set(), set()]


def test_a_password_changed_by_hand_gets_a_new_hash() -> None:
    live = after(*filled())
    before = live["Secret", "support-users"]["data"]["auth"]
    # With the end of a line, as an editor leaves it.
    live["Secret", "support-basic-auth"]["data"]["password"] = encoded("chosen by hand\n")
    people, users = filled(live)
    assert value(people, "password") == b"chosen by hand\n"
    assert users.manifest["data"]["auth"] != before
    assert matches(b"chosen by hand", value(users, "auth").removeprefix(b"guest:"))
    assert [step.action for step in plan.upserts([people, users], live, SCOPE)] == [plan.UNCHANGED, plan.CONFIGURED]


@pytest.mark.parametrize("line", ["", "guest:", "guest:plain", "other:{hash}", "guest:{hash}\nmore:{hash}"])
def test_a_line_changed_by_hand_is_made_anew(line: str) -> None:
    live = after(*filled())
    found = b64decode(live["Secret", "support-users"]["data"]["auth"]).decode().removeprefix("guest:")
    live["Secret", "support-users"]["data"]["auth"] = encoded(line.format(hash=found))
    people, users = filled(live)
    assert matches(value(people, "password"), value(users, "auth").removeprefix(b"guest:"))
    assert users.generated == {"auth"}


@pytest.mark.parametrize("password", ["", "\n", "a\0b"])
def test_a_password_that_lets_everybody_in_is_refused(password: str) -> None:
    live = after(*filled())
    live["Secret", "support-basic-auth"]["data"]["password"] = encoded(password)
    with pytest.raises(EngineError, match="key password of Secret support-basic-auth holds no password that can be"):
        filled(live)


@pytest.mark.parametrize("rule", ["auth", "auth=", "auth=guest:secret", "=guest:secret/key", "auth=guest:/key"])
def test_a_rule_that_says_nothing_is_refused(rule: str) -> None:
    with pytest.raises(EngineError, match=r"which is not key=user:secret/key"):
        filled(rule=rule)


def test_a_password_of_nobody_is_refused() -> None:
    with pytest.raises(EngineError, match="key password of Secret elsewhere holds no password"):
        filled(rule="auth=guest:elsewhere/password")


def test_check_and_real_run_show_the_same_and_no_value() -> None:
    shown = set()
    for _run in range(2):
        people, users = filled()
        text = "".join(diff.of_step(step, "ns/support", False) for step in plan.upserts([people, users], {}, SCOPE))
        for item, key in ((people, "password"), (users, "auth")):
            assert item.manifest["data"][key] not in text
            assert value(item, key).decode() not in text
        shown.add(text)
    assert len(shown) == 1
    assert "auth: <generated>" in shown.pop()

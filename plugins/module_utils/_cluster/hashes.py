# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Keys of Secrets that hold the hash of a password in another one, as servers want their users."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .errors import EngineError
from .identity import HASHED, Ref, annotations_of
from .manifests import Wanted
from .password_hash import hashed, matches
from .plain import Manifest


class Rule(NamedTuple):
    """One entry of the annotation: `key=user:secret/source`, or without the user, `key=secret/source`."""

    key: str
    user: str
    secret: str
    source: str

    @property
    def prefix(self) -> bytes:
        """What stands before the hash, as in a line of htpasswd."""
        return f"{self.user}:".encode() if self.user else b""


class Hasher:
    """Makes each hash once per run, however often the plan is made. One that still fits its password stays."""

    def __init__(self) -> None:
        self._made: dict[tuple[bytes, bytes], bytes] = {}

    def fill(self, wanted: Iterable[Wanted], live: Mapping[Ref, Manifest]) -> None:
        """Complete the hashes of every wanted Secret; the passwords are there already."""
        secrets = {item.name: item for item in wanted if item.kind.key == "Secret"}
        for item in secrets.values():
            for rule in _rules(item):
                password = _password(rule, secrets, item)
                stored = _decoded(_data(live.get(item.ref)).get(rule.key))
                kept = stored.startswith(rule.prefix) and matches(password, stored[len(rule.prefix) :])
                (item.generated.discard if kept else item.generated.add)(rule.key)
                line = stored if kept else self._line(rule.prefix, password)
                item.manifest.setdefault("data", {})[rule.key] = b64encode(line).decode()

    def _line(self, prefix: bytes, password: bytes) -> bytes:
        made = (prefix, password)
        if made not in self._made:
            self._made[made] = prefix + hashed(password)
        return self._made[made]


def _rules(item: Wanted) -> Iterator[Rule]:
    for entry in filter(None, annotations_of(item.manifest).get(HASHED, "").split(",")):
        key, _equals, rest = entry.strip().partition("=")
        user, _colon, place = rest.rpartition(":")
        secret, _slash, source = place.partition("/")
        if not (key and secret and source):
            raise EngineError([f'{item.title}: {HASHED} says "{entry}", which is not key=user:secret/key'])
        yield Rule(key, user, secret, source)


def _password(rule: Rule, secrets: Mapping[str, Wanted], item: Wanted) -> bytes:
    """What the key of the other Secret holds. Nobody can type the end of a line that an editor left behind."""
    found = secrets.get(rule.secret)
    password = _decoded(_data(found.manifest if found else None).get(rule.source)).rstrip(b"\r\n")
    # For crypt(3) a text ends where a zero byte stands.
    if not password or b"\0" in password:
        raise EngineError(
            [
                f"{item.title}: key {rule.source} of Secret {rule.secret} holds no password that can be hashed. Write "
                "one, or delete the key to have one made"
            ]
        )
    return password


def _data(secret: Manifest | None) -> dict[str, Any]:
    return (secret or {}).get("data") or {}


def _decoded(value: Any) -> bytes:
    """The value behind base64; nothing for what is none."""
    try:
        return b64decode(value) if isinstance(value, str) else b""
    except ValueError:
        return b""

# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Keep secret values out of everything that leaves the engine."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote

from .identity import NOT_SECRET, annotations_of
from .plain import Manifest

HIDDEN = "(hidden)"
# Shorter values would tear holes into ordinary words.
SHORTEST = 4


class Redactor:
    """Collects secret values while the run meets them, and scrubs text with all of them."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        for value in values:
            self.learn(value)

    def learn(self, value: str) -> None:
        """Remember a secret in every form in which it may turn up: plain, base64, quoted, escaped."""
        for text in (value, value.strip()):
            if len(text) >= SHORTEST:
                self._forms.update(_forms(text))

    def learn_secret(self, secret: Manifest | None) -> None:
        """Remember the values of a Secret, but for those that its annotation says are none."""
        secret = secret or {}
        known = annotations_of(secret).get(NOT_SECRET, "").split(",")
        for key, encoded in (secret.get("data") or {}).items():
            if any(fnmatchcase(key, pattern) for pattern in known):
                continue
            text = str(encoded)
            if len(text) >= SHORTEST:
                self._forms.add(text)
            try:
                self.learn(b64decode(text).decode())
            except (Base64Error, ValueError):
                # Binary content: only its base64 form can appear in text.
                continue

    def scrub(self, text: str) -> str:
        """`text` without any secret; longer forms first, so that no remainder of a value stays."""
        for form in sorted(self._forms, key=len, reverse=True):
            if form in text:
                text = text.replace(form, HIDDEN)
        return text

    def scrub_all(self, value: Any) -> Any:
        """The same for every string of a result, keys included."""
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, dict):
            return {self.scrub(str(key)): self.scrub_all(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.scrub_all(item) for item in value]
        return value


def _forms(text: str) -> Iterable[str]:
    raw = text.encode()
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield quote(text, safe="")
    yield b64encode(raw).decode()
    yield b64encode(raw).decode().rstrip("=")
    yield b64encode(raw).decode().replace("+", "-").replace("/", "_")
    # Several lines of a log or an error may carry one line each of a multi-line value, such as a key.
    lines = text.splitlines()
    if len(lines) > 1:
        yield from (line.strip() for line in lines if len(line.strip()) >= 2 * SHORTEST)

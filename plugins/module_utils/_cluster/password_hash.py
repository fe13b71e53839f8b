# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Password hashes that every server takes: bcrypt in the notation of htpasswd, made by the system's crypt(3)."""

from __future__ import annotations

import ctypes
import secrets
from collections.abc import Callable
from functools import lru_cache

from .errors import EngineError

_PREFIX = b"$2y$"
# 2^5 rounds, as htpasswd does. A server hashes at every request, and a random password needs no slower hash.
_COST = b"05$"
_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SALT_LENGTH = 22
# The last character carries the two bits that 21 others leave of 128.
_LAST = ".Oeu"
# libxcrypt by its present name and by that of glibc's old library, then the C library itself, as in musl.
_LIBRARIES = ("libcrypt.so.2", "libcrypt.so.1", None)

Crypt = Callable[[bytes, bytes], "bytes | None"]


def hashed(password: bytes) -> bytes:
    """The hash of a password with a salt of its own. EngineError where the system cannot make one."""
    salt = "".join(secrets.choice(_ALPHABET) for _index in range(_SALT_LENGTH - 1)) + secrets.choice(_LAST)
    return _crypt()(password, _PREFIX + _COST + salt.encode()) or b""


def matches(password: bytes, stored: bytes) -> bool:
    """Whether `stored` is a hash of this kind, and of this password."""
    return stored.startswith(_PREFIX) and _crypt()(password, stored) == stored


@lru_cache(maxsize=1)
def _crypt() -> Crypt:
    for library in _LIBRARIES:
        found = _crypt_of(library)
        if found is not None:
            return found
    raise EngineError(
        [
            "a password cannot be hashed here: crypt(3) of this machine knows no bcrypt. Install libxcrypt where the "
            "task runs, or make a Secret with users and hashes yourself and name it instead"
        ]
    )


def _crypt_of(library: str | None) -> Crypt | None:
    """The function of one library; None if it is not there or knows no bcrypt."""
    try:
        function = ctypes.CDLL(library).crypt
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    function.restype = ctypes.c_char_p

    def crypt(password: bytes, setting: bytes) -> bytes | None:
        answer = function(password, setting)
        # libxcrypt says with "*0" or "*1" that it does not know the setting, others with NULL.
        return bytes(answer) if answer and answer.startswith(_PREFIX) else None

    return crypt if crypt(b"probe", _PREFIX + _COST + b"." * _SALT_LENGTH) else None

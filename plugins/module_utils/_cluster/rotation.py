# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Replace one value of a Secret in two steps: the former one is kept beside the new one until it is proven to be dead."""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from .cluster import Cluster
from .connection import settings_from
from .errors import EngineError
from .exec import Output
from .identity import is_of
from .info import NOT_RUNNING, Reader
from .kinds import known
from .plain import Manifest
from .redact import Redactor
from .transport import Transport

FORMER = ".former"
# Not that of apply, which would take away what it does not want itself.
_MANAGER = "openclaw.kubernetes-rotation"
_RANDOM_BYTES = 32
_LONGEST_ERROR = 300


def run(options: Mapping[str, Any], environ: Mapping[str, str], *, check_mode: bool) -> dict[str, Any]:
    """What both doors call: options in, task result out. No value is in it, not even as a digest."""
    redactor = Redactor([text for text in (options.get("api_key"), options.get("value")) if text])
    transport: Transport | None = None
    rotation: Rotation | None = None
    result: dict[str, Any] = {}
    try:
        transport = Transport(settings_from(options, environ))
        for secret in transport.secrets():
            redactor.learn(secret)
        rotation = Rotation(Cluster(transport), options, redactor, check_mode)
        result = rotation.carry_out(options)
    except EngineError as exc:
        result = dict(exc.failure)
    finally:
        if transport is not None:
            transport.close()
    result["changed"] = rotation is not None and rotation.changed
    return dict(redactor.scrub_all(result))


class Rotation:
    """One key of one Secret of an instance."""

    def __init__(self, cluster: Cluster, options: Mapping[str, Any], redactor: Redactor, check_mode: bool) -> None:
        self._cluster = cluster
        self._name = str(options["name"])
        self._namespace = str(options["namespace"])
        self._secret = str(options["secret"])
        self._key = str(options["key"])
        self._redactor = redactor
        self._check_mode = check_mode
        self.changed = False
        self._stored = self._read()

    def carry_out(self, options: Mapping[str, Any]) -> dict[str, Any]:
        match options["state"]:
            case "replaced":
                self.replace(str(options.get("value") or ""))
            case "proven":
                self.prove([str(word) for word in options["argv"]], float(options["timeout"]))
            case "restored":
                self.restore()
            case _:
                self.settle()
        return {"former": self._former is not None}

    # -- the states --------------------------------------------------------------------------------------------

    def replace(self, value: str) -> None:
        """Put the new value, or one that is made up, in place. One that is being replaced already stays as it is."""
        current = self._stored.get(self._key)
        # A value that is there already, or is the first one, replaces none.
        if self._former is not None or (value and current in (None, _encoded(value))):
            return
        if current is None:
            raise EngineError([f"Secret {self._secret}: has no key {self._key}, so there is nothing to replace"])
        new = _encoded(value or secrets.token_urlsafe(_RANDOM_BYTES))
        self._write({self._key: new, self._key + FORMER: current})

    def prove(self, argv: list[str], timeout: float) -> None:
        """Have a command in the instance find out whether the former value is dead and the new one alive.

        It gets both as a line of JSON on its standard input, and ends with 0 if that is so.
        """
        if self._former is None or self._check_mode:
            return
        values = {"former": _decoded(self._former), "current": _decoded(self._stored.get(self._key, ""))}
        reader = Reader(self._cluster, self._name, self._namespace, None)
        place = reader.place()
        if place is None:
            raise EngineError([f"{self._name}: {NOT_RUNNING}, so nobody can say whether the former value is dead"])
        output = reader.run(place, argv, timeout, json.dumps(values) + "\n")
        if output.rc != 0:
            raise EngineError([f"{self._name}: key {self._key} of Secret {self._secret}: {_reason(output)}"])

    def restore(self) -> None:
        """Bring the former value back."""
        if self._former is not None:
            self._write({self._key: self._former, self._key + FORMER: None})

    def settle(self) -> None:
        """Forget the former value."""
        if self._former is not None:
            self._write({self._key + FORMER: None})

    # -- with the cluster --------------------------------------------------------------------------------------

    @property
    def _former(self) -> str | None:
        return self._stored.get(self._key + FORMER)

    def _read(self) -> dict[str, str]:
        found = self._cluster.get(known("Secret"), self._namespace, self._secret)
        if found is None:
            raise EngineError([f"Secret {self._secret}: is not in namespace {self._namespace}"])
        if not is_of(found, self._name):
            raise EngineError(
                [
                    f"Secret {self._secret}: is not ours. Change it where it comes from; the next run of site gives the "
                    "new value to the pods"
                ]
            )
        data = dict(found.get("data") or {})
        self._redactor.learn_secret(data)
        return data

    def _write(self, values: Mapping[str, str | None]) -> None:
        """Both keys at once: whoever is killed leaves both values or one."""
        self.changed = True
        patch: Manifest = {"data": dict(values)}
        self._redactor.learn_secret({key: text for key, text in values.items() if text})
        if not self._check_mode:
            kind = known("Secret")
            stored = self._cluster.merge(kind, self._namespace, self._secret, patch, manager=_MANAGER)
            self._stored = dict(stored.get("data") or {})


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def _decoded(text: str) -> str:
    return b64decode(text).decode("utf-8", "replace")


def _reason(output: Output) -> str:
    lines = output.stderr.strip().splitlines()
    return lines[-1][:_LONGEST_ERROR] if lines else f"exit code {output.rc}"

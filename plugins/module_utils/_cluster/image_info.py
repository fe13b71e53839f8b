# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Whether an image is in its registry, and what else is there. The cluster is asked for pull secrets alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .cluster import Cluster
from .connection import settings_from
from .errors import EngineError
from .kinds import known
from .redact import Redactor
from .registry import NoAnswer, Refused, Registry
from .registry_login import Image, Login, login_for
from .transport import Transport


def run(options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """What both doors call: options in, task result out. A registry that cannot be asked is no failure."""
    redactor = Redactor([text for text in (options.get("api_key"),) if text])
    result: dict[str, Any] = {"changed": False}
    try:
        image = Image.parse(str(options["image"]))
        login = _login(image, options, environ, redactor)
        result.update(_asked(image, login, options))
    except EngineError as exc:
        result.update(exc.failure)
    return dict(redactor.scrub_all(result))


def _asked(image: Image, login: Login | None, options: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"known": True, "exists": False, "digest": "", "tags": [], "reason": ""}
    registry = Registry(image, login, ca_file=options.get("registry_ca"))
    try:
        digest = registry.digest()
        tags = registry.tags() if options["tags"] else []
        return {**found, "exists": digest is not None, "digest": digest or "", "tags": tags}
    except (NoAnswer, Refused) as exc:
        return {**found, "known": False, "reason": exc.text}
    finally:
        registry.close()


def _login(image: Image, options: Mapping[str, Any], environ: Mapping[str, str], redactor: Redactor) -> Login | None:
    names = [str(name) for name in options["pull_secrets"]]
    if not names:
        return None
    transport = Transport(settings_from(options, environ))
    try:
        for secret in transport.secrets():
            redactor.learn(secret)
        login = login_for(
            image, _pull_secrets(Cluster(transport), str(options.get("namespace") or ""), names, redactor)
        )
    finally:
        transport.close()
    for secret in login.secrets if login else ():
        redactor.learn(secret)
    return login


def _pull_secrets(
    cluster: Cluster, namespace: str, names: list[str], redactor: Redactor
) -> Iterator[Mapping[str, Any]]:
    """What is in them; one that is not there is missed by the node, too, which tells of it."""
    for name in names:
        data = (cluster.get(known("Secret"), namespace, name) or {}).get("data") or {}
        redactor.learn_secret(data)
        yield data

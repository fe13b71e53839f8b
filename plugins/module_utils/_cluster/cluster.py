# Copyright: (c) 2026, openclaw.kubernetes contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The Kubernetes verbs the engine uses, over one transport."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from .errors import ApiError
from .fields import FIELD_MANAGER
from .kinds import Kind, Kinds, known
from .plain import Manifest
from .transport import Transport

APPLY_PATCH = "application/apply-patch+yaml"
MERGE_PATCH = "application/merge-patch+json"

# Seconds of round trip from which on requests run side by side, and how many of them.
FAR = 0.01
FAR_WIDTH = 6

_LOG_BYTES = 64 * 1024

Given = TypeVar("Given")
Made = TypeVar("Made")


class Cluster:
    """One cluster's objects."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.kinds = Kinds(self.document)

    @property
    def now(self) -> datetime:
        """The time by the server's clock, at its last answer."""
        return self.transport.server_time

    def document(self, path: str) -> Manifest:
        """What the server says about itself: its version, the groups and kinds it serves."""
        return self.transport.request("GET", path, f"API discovery {path}")[1]

    def list(self, kind: Kind, namespace: str, selector: str = "", fields: str = "") -> list[Manifest]:
        """The objects a selector finds; none when the kind is not served (its definition is gone)."""
        query = {name: text for name, text in (("labelSelector", selector), ("fieldSelector", fields)) if text}
        try:
            found = self.transport.request("GET", kind.path(namespace), _target(kind, namespace, ""), query=query)[1]
        except ApiError as exc:
            if exc.status == 404:
                return []
            raise
        return list(found.get("items") or ())

    def get(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """One object, or None."""
        try:
            return self.transport.request("GET", kind.path(namespace, name), _target(kind, namespace, name))[1]
        except ApiError as exc:
            if exc.status == 404:
                return None
            raise

    def apply(
        self, kind: Kind, namespace: str, manifest: Manifest, *, force: bool = False, dry_run: bool = False
    ) -> tuple[bool, Manifest]:
        """Server-side apply; returns whether the object is new, and the object as stored."""
        name = str(manifest["metadata"]["name"])
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
        if force:
            query["force"] = "true"
        if dry_run:
            query["dryRun"] = "All"
        status, stored = self.transport.request(
            "PATCH",
            kind.path(namespace, name),
            _target(kind, namespace, name),
            query=query,
            body=manifest,
            content_type=APPLY_PATCH,
        )
        return status == 201, stored

    def create(self, kind: Kind, namespace: str, manifest: Manifest) -> Manifest:
        """POST. A caller that gets 409 AlreadyExists decides whether the object is its own."""
        name = str(manifest["metadata"]["name"])
        return self.transport.request(
            "POST",
            kind.path(namespace),
            _target(kind, namespace, name),
            body=manifest,
            query={"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"},
        )[1]

    def merge(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        patch: Manifest,
        *,
        manager: str = FIELD_MANAGER,
        dry_run: bool = False,
    ) -> Manifest:
        """JSON merge patch: touches the given fields only."""
        return self.transport.request(
            "PATCH",
            kind.path(namespace, name),
            _target(kind, namespace, name),
            query={"fieldManager": manager, **({"dryRun": "All"} if dry_run else {})},
            body=patch,
            content_type=MERGE_PATCH,
        )[1]

    def delete(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        resource_version: str = "",
        dry_run: bool = False,
        foreground: bool = False,
    ) -> Manifest | None:
        """Delete in the background, or after what it owns. None when it was gone already or is another object by now.

        The server answers with a `Status` when the object is gone, with the object itself when it lingers.
        """
        preconditions = {key: text for key, text in (("uid", uid), ("resourceVersion", resource_version)) if text}
        order = "Foreground" if foreground else "Background"
        body: Manifest = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": order}
        if preconditions:
            body["preconditions"] = preconditions
        # The server reads the body; the query shows the dry run in its audit log.
        query = {"dryRun": "All"} if dry_run else None
        if dry_run:
            body["dryRun"] = ["All"]
        try:
            return self.transport.request(
                "DELETE", kind.path(namespace, name), _target(kind, namespace, name), query=query, body=body
            )[1]
        except ApiError as exc:
            if exc.status in (404, 409):
                return None
            raise

    def each(self, work: Callable[[Given], Made], items: Iterable[Given]) -> Sequence[Made]:
        """`work` for each item, in the order of the items; several at a time when the server is far away.

        To a near server a second connection costs both sides more than it saves: its TLS handshake is as dear as
        several requests, and the other hosts of a play keep the server busy meanwhile.
        """
        todo = list(items)
        if len(todo) <= 1 or self.transport.round_trip < FAR:
            return [work(item) for item in todo]
        with ThreadPoolExecutor(min(FAR_WIDTH, len(todo))) as pool:
            return list(pool.map(work, todo))

    def log(
        self, namespace: str, pod: str, container: str, *, lines: int, previous: bool = False, limit: int = _LOG_BYTES
    ) -> str:
        """The tail of a container's log; empty when there is none."""
        query = {"container": container, "tailLines": str(lines), "limitBytes": str(limit)}
        if previous:
            query["previous"] = "true"
        try:
            path = f"{known('Pod').path(namespace, pod)}/log"
            return self.transport.text(path, f"log of {namespace}/{pod} container {container}", query=query)
        except ApiError as exc:
            if exc.status in (400, 403, 404, 500):
                return ""
            raise

    def allowed(self, verb: str, group: str, resource: str, namespace: str) -> tuple[bool, str]:
        """Whether this identity may do that, and the server's reason."""
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {
                "resourceAttributes": {
                    "verb": verb,
                    "group": group,
                    "resource": resource,
                    "namespace": namespace,
                }
            },
        }
        status = (
            self.transport.request(
                "POST",
                "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                f"access review for {verb} {resource}",
                body=body,
            )[1].get("status")
            or {}
        )
        return bool(status.get("allowed")), str(status.get("reason") or "")


def _target(kind: Kind, namespace: str, name: str) -> str:
    place = f"{namespace}/{name}" if kind.namespaced and name else (name or namespace)
    return f"{kind.name} {place}" if name else f"{kind.plural} in {place}"

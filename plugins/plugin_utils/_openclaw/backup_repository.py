# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where backups of an instance are kept, and what a snapshot says about itself.

The repository is restic's. Each instance has one of its own, below its own path: with its own password, and with locks
that are nobody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .endpoint import Endpoint, endpoint_of

S3, VOLUME = "s3", "volume"
TARGETS = (S3, VOLUME)
APP, WHOLE = "app", "volume"
SOURCES = (APP, WHOLE)

RESTIC = "/tools/restic"
STAGING_DIR = "/staging"
STAGED_DIR = f"{STAGING_DIR}/snapshot"
"""What a snapshot of the source C(app) holds: a folder C(state), as it is on the volume of the instance."""
VOLUME_DIR = "/volume"
"""What a snapshot of the source C(volume) holds: the whole volume of the instance."""
REPOSITORY_DIR = "/repository"
CA_DIR = "/etc/openclaw-backup-ca"
CLUSTER_CA_DIR = "/etc/openclaw-cluster"
PROGRAM_DIR = "/etc/openclaw-backup"

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""Keys of the Secret of an S3 repository; the last one is optional."""
PASSWORD = "RESTIC_PASSWORD"
# Below this nothing that the playbooks depend on is removed, whatever the user wants to keep.
LEAST_KEPT = 1
PINNED = "pinned"
"""Tag of snapshots that retention never removes: the one before an update, the one before a restore."""
# What is left of a call after its own limit, for the report.
_MARGIN = 120
_LEAST = 60


@dataclass(frozen=True)
class Repository:
    """One repository. C(location) is restic's name for it."""

    location: str
    endpoint: str = ""
    bucket: str = ""
    path: str = ""
    region: str = ""
    path_style: bool = True

    @property
    def way(self) -> Endpoint | None:
        """Return where it is asked; None for one on a volume."""
        return endpoint_of(self.endpoint) if self.endpoint else None


def path_of(instance: Mapping[str, object], path: str = "") -> str:
    """Return where in bucket or volume the repository is: I(path), or what the options say."""
    given = path or _map(instance["backup_repository"]).get("prefix")
    return str(given or f"{instance['namespace']}/{instance['name']}").strip("/")


def repository(instance: Mapping[str, object], path: str = "") -> Repository:
    """Return the repository of an instance, or the one at I(path), which is another one's."""
    place = path_of(instance, path)
    if instance["backup_target"] == VOLUME:
        return Repository(location=f"{REPOSITORY_DIR}/{place}", path=place)
    given = _map(instance["backup_repository"])
    endpoint, bucket = str(given.get("endpoint") or "").rstrip("/"), str(given.get("bucket") or "")
    return Repository(
        location=f"s3:{endpoint}/{bucket}/{place}",
        endpoint=endpoint,
        bucket=bucket,
        path=place,
        region=str(given.get("region") or "us-east-1"),
        path_style=given.get("path_style", True) is not False,
    )


def settings(
    instance: Mapping[str, object], seconds: int, parameters: Mapping[str, object] | None = None, path: str = ""
) -> dict[str, object]:
    """Return what the program C(repository.mjs) is told: nothing secret. I(seconds) are those of the whole Job."""
    where = repository(instance, path)
    probe = {
        "endpoint": where.endpoint,
        "bucket": where.bucket,
        "path": where.path,
        "region": where.region,
        "pathStyle": where.path_style,
    }
    return {
        "restic": RESTIC,
        "repository": where.location,
        **({"probe": probe} if where.endpoint else {}),
        **({"ca": f"{CA_DIR}/ca.crt"} if _map(instance["backup_repository"]).get("ca") else {}),
        "cluster": f"{CLUSTER_CA_DIR}/ca.crt",
        "host": f"{instance['namespace']}/{instance['name']}",
        "timeout": max(_LEAST, seconds - _MARGIN),
        **(parameters or {}),
    }


def identity_tags(instance: Mapping[str, object]) -> dict[str, str]:
    """Return what says whose a snapshot is. The program adds C(cluster), the digest of the cluster's authority."""
    return {"instance": str(instance["name"]), "namespace": str(instance["namespace"])}


def keep_rules(instance: Mapping[str, object]) -> dict[str, int]:
    """Return how many snapshots stay: C(last), C(hourly), C(daily), C(weekly), C(monthly), C(yearly)."""
    given = {key: int(str(count)) for key, count in _map(instance["backup_keep"]).items() if count is not None}
    return {**given, "last": max(LEAST_KEPT, given.get("last", LEAST_KEPT))}


def prunes_apart(instance: Mapping[str, object]) -> bool:
    """Whether another identity removes what is not to be kept, so that the one of backups need not be able to."""
    return bool(_map(instance["backup_repository"]).get("prune_secret"))


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}

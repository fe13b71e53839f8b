# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server of S3 with TLS, which keeps its objects as files: it can be stopped, and what it keeps be damaged."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .authority import Authority
from .cluster import Cluster, Manifest, wait_until
from .stage import Stage
from .traefik import tls_secret

BUCKET = "claws"
ACCESS_KEY, SECRET_KEY = "tests-access-key", "tests-secret-key-0123456789"
_IMAGE = "docker.io/versity/versitygw:v1.8.0"
_NAME, _PORT, _DATA = "s3", 7070, "/data"
_LABELS = {"app": _NAME}
KEYS, CA = "s3-keys", "s3-ca"
# Writes over a few bytes in the middle of a pack; of all files of a repository only packs are large.
_DAMAGE = (
    "set -e; file=$(find {folder} -path '*/data/*' -type f -size +1k | head -n 1); test -f $file; "
    "size=$(wc -c < $file); dd if=/dev/urandom of=$file bs=1 seek=$((size / 2)) count=8 conv=notrunc 2>/dev/null; "
    "echo $file"
)


@dataclass(frozen=True)
class Server:
    """One server; its namespace, and whose certificate it shows."""

    cluster: Cluster
    namespace: str
    authority: Authority

    @property
    def endpoint(self) -> str:
        return f"https://{_NAME}.{self.namespace}.svc:{_PORT}"

    def repository(self, **further: object) -> dict[str, object]:
        """What the option takes."""
        return {"endpoint": self.endpoint, "bucket": BUCKET, "secret": KEYS, "ca": {"config_map": CA}, **further}

    def options(self, **further: object) -> dict[str, object]:
        """Variables of an instance that is backed up here, by nobody but the playbooks."""
        return {
            "openclaw_backup_enabled": True,
            "openclaw_backup_repository": self.repository(),
            "openclaw_backup_schedule": "",
            "openclaw_backup_check_schedule": "",
            "openclaw_backup_drill_schedule": "",
            "openclaw_backup_staging_size": "2Gi",
            "openclaw_backup_timeout": "10m",
            **further,
        }

    def welcome(self, namespace: str, secret_key: str = SECRET_KEY) -> None:
        """Put keys and authority into the namespace of an instance, as its owner does before the first run."""
        if self.cluster.find("Namespace", namespace) is None:
            self.cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": secret_key}
        self.cluster.create(secret(KEYS, namespace, keys))
        self.cluster.create(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": CA, "namespace": namespace},
                "data": {"ca.crt": self.authority.certificate},
            }
        )

    # -- what happens to servers -----------------------------------------------------------------------------------

    def scale(self, replicas: int) -> None:
        """Stop or start it; what it keeps is on a volume."""
        self.cluster.merge("Deployment", _NAME, self.namespace, {"spec": {"replicas": replicas}})
        wait_until(f"{replicas} servers of S3 run", lambda: len(self._pods()) == replicas, 60)

    def shell(self, script: str) -> str:
        """Run a line where its files are; its output."""
        (pod,) = self._pods()
        done = self.cluster.exec(pod, self.namespace, "sh", "-c", script, container=_NAME)
        if done.rc != 0:
            raise AssertionError(f"{script!r} ended with {done.rc}: {done.stdout} {done.stderr}")
        return done.stdout

    def bytes_stored(self, path: str = "") -> int:
        return int(self.shell(f"du -sk {_DATA}/{BUCKET}/{path}").split()[0]) * 1024

    def damage(self, path: str) -> str:
        """Damage one pack of the repository; its file."""
        return self.shell(_DAMAGE.format(folder=f"{_DATA}/{BUCKET}/{path}")).strip()

    def _pods(self) -> list[str]:
        return [
            pod["metadata"]["name"]
            for pod in self.cluster.list("Pod", self.namespace, f"app={_NAME}")
            if not pod["metadata"].get("deletionTimestamp")
            and any(status.get("ready") for status in pod["status"].get("containerStatuses", ()))
        ]


@contextmanager
def s3_server(stage: Stage, authority: Authority | None = None) -> Iterator[Server]:
    """Start a server with a bucket, and wait until it answers."""
    signing = authority or Authority()
    namespace = stage.namespace(stage.name(_NAME))
    server = Server(stage.cluster, namespace, signing)
    for manifest in _manifests(namespace, signing):
        stage.cluster.create(manifest)
    wait_until("the server of S3 runs", server._pods, 120)
    # What a server with files as objects calls a bucket is a folder.
    server.shell(f"mkdir -p {_DATA}/{BUCKET}")
    yield server


def secret(name: str, namespace: str, values: dict[str, str]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "data": {key: base64.b64encode(text.encode()).decode() for key, text in values.items()},
    }


def _manifests(namespace: str, authority: Authority) -> list[Manifest]:
    about = {"name": _NAME, "namespace": namespace, "labels": _LABELS}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    service: dict[str, Any] = {"selector": _LABELS, "ports": [{"port": _PORT}]}
    return [
        secret("root", namespace, {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}),
        tls_secret("tls", namespace, authority.sign(f"{_NAME}.{namespace}.svc")),
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": about, "spec": claim},
        {"apiVersion": "v1", "kind": "Service", "metadata": about, "spec": service},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about, "spec": _deployment()},
    ]


def _deployment() -> dict[str, Any]:
    # It changes into its folder, so the paths of its certificate have to be absolute.
    container = {
        "name": _NAME,
        "image": _IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": ["--port", f":{_PORT}", "--cert", "/tls/tls.crt", "--key", "/tls/tls.key", "posix", _DATA],
        "env": [
            {"name": key, "valueFrom": {"secretKeyRef": {"name": "root", "key": key}}}
            for key in ("ROOT_ACCESS_KEY", "ROOT_SECRET_KEY")
        ],
        "readinessProbe": {"tcpSocket": {"port": _PORT}, "periodSeconds": 1},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": _DATA},
            {"name": "tls", "mountPath": "/tls", "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }
    pod = {
        "terminationGracePeriodSeconds": 1,
        "securityContext": {"fsGroup": 1000},
        "containers": [container],
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": _NAME}},
            {"name": "tls", "secret": {"secretName": "tls", "defaultMode": 0o444}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }
    return {
        "selector": {"matchLabels": _LABELS},
        "strategy": {"type": "Recreate"},
        "template": {"metadata": {"labels": _LABELS}, "spec": pod},
    }

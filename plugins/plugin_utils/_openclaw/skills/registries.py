# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skills out of registries: ClawHub, npm, and those of container images."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

from .archives import from_tar, from_zip
from .download import MAX_BYTES, Access, Answer, NotFetched, bearer, get, get_json
from .sources import Source
from .tree import BadTree, File, Tree, below, without_bookkeeping

_API = "/api/v1"
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.artifact.manifest.v1+json",
)
_TITLE = "org.opencontainers.image.title"
_UNPACK = "io.deis.oras.content.unpack"
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_MAX_MANIFEST = 4 * 1024 * 1024
_MAX_LAYERS = 64


@dataclass(frozen=True)
class Fetched:
    """The files of a source, and what names exactly these: enough to fetch them again."""

    tree: Tree
    resolved: Mapping[str, object] = field(default_factory=dict)
    verdict: str = ""
    """What the registry itself thinks of the skill, if it does."""


def from_clawhub(source: Source, _resolved: Mapping[str, object], access: Access) -> Fetched:
    """Fetch an exact version of an owner, and what the scans of ClawHub say of it."""
    owner, _slash, slug = source.name.removeprefix("@").partition("/")
    headers = bearer(access.token(urlsplit(access.clawhub).hostname or ""))
    wanted = {"slug": slug, "ownerHandle": owner, "version": source.version}
    archive = get(f"{access.clawhub}{_API}/download?{urlencode(wanted)}", headers)
    tree = without_bookkeeping(from_zip(archive.body))
    return Fetched(
        tree, {"version": source.version, "fingerprint": fingerprint(tree)}, _verdict(source, slug, owner, access)
    )


def _verdict(source: Source, slug: str, owner: str, access: Access) -> str:
    query = urlencode({"ownerHandle": owner, "version": source.version})
    try:
        told = get_json(f"{access.clawhub}{_API}/skills/{quote(slug, safe='')}/verify?{query}")
    except NotFetched as unknown:
        return f"unknown: {unknown}"
    reasons = told.get("reasons")
    why = ", ".join(map(str, reasons)) if isinstance(reasons, list) else ""
    decision = str(told.get("decision") or ("pass" if told.get("ok") is True else "fail"))
    return (
        decision
        if told.get("ok") is True
        else f"{decision if decision != 'pass' else 'fail'}: {why or 'no reason given'}"
    )


def fingerprint(tree: Tree) -> str:
    """Return the digest that ClawHub knows a version by: hidden files and modes do not count in it."""
    shown = (path for path in tree if not any(part.startswith(".") for part in path.split("/")))
    lines = (f"{path}:{tree[path].sha256}" for path in sorted(shown))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def from_npm(source: Source, resolved: Mapping[str, object], access: Access) -> Fetched:
    """Fetch a package of npm by its integrity. None of its scripts runs, and nothing it depends on comes along."""
    headers = bearer(access.token(urlsplit(access.npm).hostname or ""))
    told = get_json(f"{access.npm.rstrip('/')}/{quote(source.name, safe='@')}/{source.version}", headers)
    dist = told.get("dist")
    dist = dist if isinstance(dist, dict) else {}
    integrity, address = str(resolved.get("integrity") or dist.get("integrity") or ""), str(dist.get("tarball") or "")
    if not address or not integrity.startswith("sha512-"):
        raise NotFetched(f"the registry gives no sha512 integrity for {source.name}@{source.version}")
    same_host = urlsplit(address).netloc == urlsplit(access.npm).netloc
    archive = get(address, headers if same_host else {})
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.body).digest()).decode()
    if not hmac.compare_digest(found, integrity.split()[0]):
        raise NotFetched(f"{source.name}@{source.version} is not what its integrity says")
    tree = from_tar(archive.body)
    top = {path.partition("/")[0] for path in tree}
    inside = below(tree, next(iter(top))) if len(top) == 1 else tree
    return Fetched(_folder(inside, source.path), {"version": source.version, "integrity": found})


def _folder(tree: Tree, path: str) -> Tree:
    found = below(tree, path)
    if not found:
        raise BadTree([f"there is no folder {path} in it"])
    return found


def from_oci(source: Source, resolved: Mapping[str, object], access: Access) -> Fetched:
    """Fetch an artifact: files by their titles, and archives unpacked. Every part is checked against its digest."""
    registry, _slash, rest = source.name.partition("/")
    at_digest = rest.partition("@")
    repository, tag = (at_digest[0], at_digest[2]) if at_digest[1] else _tagged(rest)
    asked = _Registry(registry, repository, access)
    wanted = str(resolved.get("digest") or tag)
    answer = asked.get(f"manifests/{wanted}", {"Accept": ", ".join(_MANIFESTS)}, _MAX_MANIFEST)
    digest = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
    if wanted.startswith("sha256:") and digest != wanted:
        raise NotFetched(f"{source.name} is not what its digest says")
    tree: dict[str, File] = {}
    for layer in _layers(answer, source.name):
        tree.update(_content(asked, layer, source.name))
    return Fetched(_folder(tree, source.path), {"digest": digest})


def _tagged(rest: str) -> tuple[str, str]:
    name, colon, tag = rest.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (rest, "latest")


def _layers(answer: Answer, name: str) -> Iterator[Mapping[str, object]]:
    try:
        manifest = json.loads(answer.body)
        layers = manifest.get("layers") or manifest.get("blobs")
    except (ValueError, AttributeError, RecursionError):
        layers = None
    if not isinstance(layers, list) or not layers or len(layers) > _MAX_LAYERS:
        raise NotFetched(f"{name} is not one artifact with files; an index of several is not taken")
    yield from (layer for layer in layers if isinstance(layer, dict))


def _content(asked: _Registry, layer: Mapping[str, object], name: str) -> Tree:
    """Return the files of a layer: what its title says, or what is in its archive."""
    digest = str(layer.get("digest"))
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise NotFetched(f"{name} has a part without a sha256 digest")
    body = asked.get(f"blobs/{digest}", {}).body
    if f"sha256:{hashlib.sha256(body).hexdigest()}" != digest:
        raise NotFetched(f"{name} has a part that is not what its digest says")
    notes = layer.get("annotations")
    notes = notes if isinstance(notes, dict) else {}
    title = str(notes.get(_TITLE) or "")
    packed = "tar" in str(layer.get("mediaType")) or notes.get(_UNPACK) == "true"
    if not packed and not title:
        raise NotFetched(f"{name} has a part without a title; push it with its file name")
    return from_tar(body) if packed else {title: File(body)}


class _Registry:
    """One repository of a registry, asked as its challenge wants to be."""

    def __init__(self, host: str, repository: str, access: Access) -> None:
        scheme = "http" if host.partition(":")[0] in ("localhost", "127.0.0.1") else "https"
        self.base = f"{scheme}://{host}/v2/{repository}"
        self.repository = repository
        self.token = access.token(host) or access.token(host.partition(":")[0])
        self.headers: dict[str, str] = {}

    def get(self, path: str, headers: Mapping[str, str], most: int = MAX_BYTES) -> Answer:
        try:
            return get(f"{self.base}/{path}", {**headers, **self.headers}, most)
        except NotFetched as refused:
            if refused.status != 401 or self.headers:
                raise
            self.headers = self.answer_to(refused.headers.get("www-authenticate", ""))
        return get(f"{self.base}/{path}", {**headers, **self.headers}, most)

    def answer_to(self, challenge: str) -> dict[str, str]:
        basic = {"Authorization": f"Basic {base64.b64encode(_with_user(self.token).encode()).decode()}"}
        if not challenge.lower().startswith("bearer"):
            return basic
        asked = dict(_CHALLENGE.findall(challenge))
        if not asked.get("realm"):
            return bearer(self.token)
        query = urlencode({"service": asked.get("service", ""), "scope": f"repository:{self.repository}:pull"})
        # A token belongs to its registry; who hands out passes for it is said by the registry itself.
        told = get_json(f"{asked['realm']}?{query}", basic if self.token else {})
        return bearer(str(told.get("token") or told.get("access_token") or ""))


def _with_user(token: str) -> str:
    return token if ":" in token else f"token:{token}"

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where skills come from: real repositories and registries on this machine, and archives that lie."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.archives import from_tar, from_zip
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.download import (
    Access,
    NotFetched,
    get,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.registries import (
    fingerprint,
    from_clawhub,
    from_npm,
    from_oci,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.repositories import from_git
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.sources import (
    Source,
    declared_source,
    source_problems,
)
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._openclaw.skills.tree import BadTree, File

NONE = Access()


# What the inventory may say


@pytest.mark.parametrize(
    "entry,key",
    [
        ({"clawhub": "@openclaw/weather", "version": "1.4.2"}, "clawhub:@openclaw/weather@1.4.2"),
        ({"npm": "@acme/lint", "version": "2.0.1", "path": "skill/"}, "npm:@acme/lint//skill@2.0.1"),
        ({"git": "acme/skills", "ref": "v1"}, "git:https://github.com/acme/skills.git@v1"),
        ({"git": "git@git.example.com:team/skills.git"}, "git:git@git.example.com:team/skills.git"),
        ({"pack": "acme/skills/packs/media@v3"}, "git:https://github.com/acme/skills.git//packs/media@v3"),
        ({"pack": "acme/skills"}, "git:https://github.com/acme/skills.git"),
        ({"oci": "registry.example.com/skills/notes:1"}, "oci:registry.example.com/skills/notes:1"),
        ({"src": "/inventory/files/notes"}, "src:files/notes"),
        ({"config_map": "notes", "items": {"a": "x/a.md"}}, "config_map:home/notes,a=x/a.md"),
    ],
)
def test_source_has_one_key_wherever_it_is_read(entry: Mapping[str, object], key: str) -> None:
    assert list(source_problems(entry)) == []
    assert declared_source(entry, "home", "/inventory").key == key


@pytest.mark.parametrize(
    "entry,reason",
    [
        ({}, "there is no source"),
        ({"clawhub": "@a/b", "npm": "c", "version": "1.0.0"}, "clawhub and npm are two sources"),
        ({"clawhub": "weather", "version": "1.4.2"}, "has no owner"),
        ({"clawhub": "@a/b"}, "not one exact version"),
        ({"clawhub": "@a/b", "version": "latest"}, "not one exact version"),
        ({"npm": "lint", "version": "^1.0.0"}, "not one exact version"),
        ({"npm": "lint", "version": "1.0.0", "ref": "x"}, "ref does not go with npm"),
        ({"git": "http://git.example.com/x.git"}, "is not a repository"),
        ({"git": "ext::sh -c id"}, "is not a repository"),
        ({"git": "--upload-pack=id"}, "is not a repository"),
        ({"git": "https://user:secret@git.example.com/x.git"}, "holds a user or a password"),
        ({"git": "a/b", "ref": "--exec"}, "is not the name of a branch"),
        ({"git": "a/b", "ref": "a..b"}, "is not the name of a branch"),
        ({"git": "a/b", "path": "../c"}, "is not a folder of the source"),
        ({"pack": "acme"}, "is not a pack"),
        ({"pack": "a/b/../c"}, "is not a pack"),
        ({"oci": "notes"}, "is not an artifact"),
        ({"src": 3}, "is not text"),
        ({"config_map": "Notes!"}, "is not the name of a ConfigMap"),
        ({"config_map": "notes", "items": {"a": "../x"}}, "items is not a map"),
    ],
)
def test_source_that_is_none_is_one_problem(entry: Mapping[str, object], reason: str) -> None:
    [problem] = source_problems(entry)
    assert reason in problem
    assert "secret" not in problem


# Archives


def tar(*members: tuple[str, bytes] | tarfile.TarInfo, packed: bool = True) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz" if packed else "w") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                info.mode = 0o755 if member[0].endswith(".sh") else 0o600
                archive.addfile(info, io.BytesIO(member[1]))
    return out.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zipped(*members: tuple[str, bytes, int]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return out.getvalue()


@pytest.mark.parametrize("packed", [True, False])
def test_tar_gives_files_with_their_modes(packed: bool) -> None:
    data = tar(special("./folder", tarfile.DIRTYPE), ("./folder/a.md", b"a"), ("run.sh", b"r"), packed=packed)
    assert from_tar(data) == {"folder/a.md": File(b"a", 0o644), "run.sh": File(b"r", 0o755)}


@pytest.mark.parametrize(
    "data,reason",
    [
        (tar(("../x", b"")), "leaves its folder"),
        (tar(("/etc/x", b"")), "absolute path"),
        (tar(("a\\..\\b", b"")), "has characters"),
        (tar(special("a", tarfile.SYMTYPE, "/etc/passwd")), "is a link"),
        (tar(special("a", tarfile.LNKTYPE, "b")), "is a link"),
        (tar(special("a", tarfile.CHRTYPE)), "is no file"),
        (tar(("a", b"1"), ("a", b"2")), "twice"),
        (gzip.compress(b"\0" * (80 * 1024 * 1024)), "too large"),
        (b"nonsense", "is not an archive that can be read"),
        (tar(("a", b"x" * 5000), packed=False)[:1500], "is not an archive that can be read"),
    ],
    ids=range(10),
)
def test_tar_that_lies_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadTree, match=reason):
        from_tar(data)


def test_zip_gives_files_with_their_modes() -> None:
    data = zipped(("folder/", b"", 0o40755), ("folder/a.md", b"a", 0o100644), ("run.sh", b"r", 0o100755))
    assert from_zip(data) == {"folder/a.md": File(b"a", 0o644), "run.sh": File(b"r", 0o755)}


@pytest.mark.parametrize(
    "data,reason",
    [
        (zipped(("../x", b"", 0o100644)), "leaves its folder"),
        (zipped(("/etc/x", b"", 0o100644)), "absolute path"),
        (zipped(("a", b"/etc/passwd", 0o120777)), "is a link"),
        (b"nonsense", "is not an archive that can be read"),
    ],
)
def test_zip_that_lies_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadTree, match=reason):
        from_zip(data)


# Git


class Repository:
    """A repository on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main", str(folder))

    @property
    def address(self) -> str:
        return f"file://{self.folder}"

    def git(self, *argv: str) -> str:
        settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        names = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        said = subprocess.run(
            [
                "git",
                "-C",
                str(self.folder.parent),
                *names,
                "-C",
                str(self.folder) if self.folder.exists() else ".",
                *argv,
            ],
            env={"PATH": os.environ["PATH"], **settings},
            capture_output=True,
            text=True,
            check=True,
        )
        return said.stdout.strip()

    def commit(self, files: Mapping[str, str], links: Mapping[str, str] | None = None) -> str:
        for path, content in files.items():
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content, encoding="utf-8")
            place.chmod(0o755 if path.endswith(".sh") else 0o644)
        for path, target in (links or {}).items():
            (self.folder / path).symlink_to(target)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=change")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def source(repository: Repository, ref: str = "", path: str = "") -> Source:
    return Source("git", repository.address, ref=ref, path=path)


def test_git_gives_the_folder_at_the_commit_that_a_branch_means(repository: Repository) -> None:
    commit = repository.commit({"skills/notes/SKILL.md": "one", "skills/notes/run.sh": "r", "other.md": "o"})
    fetched = from_git(source(repository, "main", "skills/notes"), {}, NONE)
    assert fetched.resolved == {"commit": commit}
    assert fetched.tree == {"SKILL.md": File(b"one", 0o644), "run.sh": File(b"r", 0o755)}


def test_git_gives_the_locked_commit_when_the_branch_has_moved(repository: Repository) -> None:
    first = repository.commit({"SKILL.md": "one"})
    repository.commit({"SKILL.md": "two"})
    assert from_git(source(repository, "main"), {}, NONE).tree["SKILL.md"].content == b"two"
    assert from_git(source(repository, "main"), {"commit": first}, NONE).tree["SKILL.md"].content == b"one"


def test_git_takes_a_tag_and_no_ref(repository: Repository) -> None:
    first = repository.commit({"SKILL.md": "one"})
    repository.git("tag", "--annotate", "--message=first", "v1")
    second = repository.commit({"SKILL.md": "two"})
    assert from_git(source(repository, "v1"), {}, NONE).resolved == {"commit": first}
    assert from_git(source(repository), {}, NONE).resolved == {"commit": second}


def test_git_runs_nothing_of_the_repository_and_of_this_machine(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trap"
    (tmp_path / "config").write_text(f'[core]\n\tfsmonitor = "touch {trap}"\n[filter "x"]\n\tsmudge = touch {trap}\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    repository.commit({"SKILL.md": "one", ".gitattributes": "* filter=x\n"})
    assert sorted(from_git(source(repository, "main"), {}, NONE).tree) == [".gitattributes", "SKILL.md"]
    assert not trap.exists()


def test_git_refuses_links_of_the_skill_but_not_of_its_neighbours(repository: Repository) -> None:
    repository.commit({"a/SKILL.md": "a", "b/SKILL.md": "b"}, {"b/passwd": "/etc/passwd"})
    assert sorted(from_git(source(repository, "main", "a"), {}, NONE).tree) == ["SKILL.md"]
    with pytest.raises(BadTree, match='"b/passwd" is a symbolic link'):
        from_git(source(repository, "main", "b"), {}, NONE)


def test_git_says_what_is_not_there(repository: Repository) -> None:
    repository.commit({"SKILL.md": "one"})
    with pytest.raises(NotFetched, match="gone"):
        from_git(source(repository, "gone"), {}, NONE)
    with pytest.raises(BadTree, match="there is no folder nowhere"):
        from_git(source(repository, "main", "nowhere"), {}, NONE)
    with pytest.raises(NotFetched):
        from_git(source(repository, "main"), {"commit": "1" * 40}, NONE)


# Registries


@dataclass
class Site:
    """A web server of this machine: what it answers to each path, and what it was asked."""

    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""

    def serve(self, path: str, body: bytes | Mapping[str, object], status: int = 200, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, content)

    def tokens(self, path: str) -> list[str]:
        return [token for asked, token in self.asked if asked.startswith(path)]


@pytest.fixture
def new_site() -> Iterator[Callable[[], Site]]:
    servers = []

    def start() -> Site:
        site = Site()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = self.headers.get("Authorization", "")
                site.asked.append((self.path, token))
                known = site.answers.get(self.path) or site.answers.get(self.path.partition("?")[0])
                status, headers, body = known or (404, {}, b"")
                if headers.get("only") and headers["only"] != token:
                    status, body = 401, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site.address = f"http://127.0.0.1:{server.server_port}"
        return site

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site(new_site: Callable[[], Site]) -> Site:
    return new_site()


def test_clawhub_gives_an_exact_version_and_its_verdict(site: Site) -> None:
    site.serve("/api/v1/download", zipped(("SKILL.md", b"s", 0), (".clawhub/origin.json", b"{}", 0)))
    site.serve("/api/v1/skills/weather/verify", {"ok": True, "decision": "pass"})
    fetched = from_clawhub(Source("clawhub", "@openclaw/weather", version="1.4.2"), {}, Access(clawhub=site.address))
    assert fetched.tree == {"SKILL.md": File(b"s")}
    assert fetched.verdict == "pass"
    assert fetched.resolved == {"version": "1.4.2", "fingerprint": fingerprint(fetched.tree)}
    [download] = [path for path, _token in site.asked if "download" in path]
    assert download.endswith("?slug=weather&ownerHandle=openclaw&version=1.4.2")


@pytest.mark.parametrize(
    "answer,verdict",
    [
        ({"ok": False, "decision": "malicious", "reasons": ["steals keys"]}, "malicious: steals keys"),
        ({"ok": False, "decision": "pass"}, "fail: no reason given"),
        (None, "unknown: 127.0.0.1 does not know it"),
    ],
)
def test_clawhub_verdict_is_kept(site: Site, answer: Mapping[str, object] | None, verdict: str) -> None:
    site.serve("/api/v1/download", zipped(("SKILL.md", b"s", 0)))
    if answer is not None:
        site.serve("/api/v1/skills/weather/verify", answer)
    fetched = from_clawhub(Source("clawhub", "@a/weather", version="1.0.0"), {}, Access(clawhub=site.address))
    assert fetched.verdict.startswith(verdict)


def test_fingerprint_is_that_of_clawhub() -> None:
    tree = {"b.md": File(b"b"), "SKILL.md": File(b"s"), ".hidden": File(b"h")}
    lines = [f"{path}:{hashlib.sha256(content).hexdigest()}" for path, content in (("SKILL.md", b"s"), ("b.md", b"b"))]
    assert fingerprint(tree) == hashlib.sha256("\n".join(lines).encode()).hexdigest()


def npm_package(site: Site, data: bytes, integrity: str = "") -> None:
    found = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    dist = {"tarball": f"{site.address}/lint.tgz", "integrity": integrity or found}
    site.serve("/@acme%2Flint/2.0.1", {"dist": dist})
    site.serve("/lint.tgz", data)


LINT = Source("npm", "@acme/lint", version="2.0.1", path="skill")


def test_npm_gives_the_folder_of_a_package(site: Site) -> None:
    npm_package(site, tar(("package/package.json", b"{}"), ("package/skill/SKILL.md", b"s")))
    fetched = from_npm(LINT, {}, Access(npm=site.address, tokens={"127.0.0.1": "t"}))
    assert fetched.tree == {"SKILL.md": File(b"s")}
    assert str(fetched.resolved["integrity"]).startswith("sha512-")
    assert {token for _path, token in site.asked} == {"Bearer t"}


def test_npm_refuses_what_is_not_what_its_integrity_says(site: Site) -> None:
    data = tar(("package/skill/SKILL.md", b"s"))
    npm_package(site, data, "sha512-" + base64.b64encode(b"0" * 64).decode())
    with pytest.raises(NotFetched, match="not what its integrity says"):
        from_npm(LINT, {}, Access(npm=site.address))
    npm_package(site, data)
    with pytest.raises(NotFetched, match="not what its integrity says"):
        from_npm(LINT, {"integrity": "sha512-" + base64.b64encode(b"1" * 64).decode()}, Access(npm=site.address))
    with pytest.raises(BadTree, match="there is no folder gone"):
        from_npm(Source("npm", "@acme/lint", version="2.0.1", path="gone"), {}, Access(npm=site.address))


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def artifact(site: Site, *layers: tuple[bytes, str, str], **headers: str) -> str:
    """Serve an artifact under the tag 1; return its digest."""
    described = [
        {
            "mediaType": kind,
            "digest": sha256(data),
            "annotations": {"org.opencontainers.image.title": title} if title else {},
        }
        for data, kind, title in layers
    ]
    manifest = json.dumps({"layers": described}).encode()
    for reference in ("1", sha256(manifest)):
        site.serve(f"/v2/skills/notes/manifests/{reference}", manifest, **headers)
    for data, _kind, _title in layers:
        site.serve(f"/v2/skills/notes/blobs/{sha256(data)}", data, **headers)
    return sha256(manifest)


def notes(site: Site, reference: str = ":1", path: str = "") -> Source:
    return Source("oci", f"{site.address.removeprefix('http://')}/skills/notes{reference}", path=path)


def test_oci_gives_titled_files_and_unpacked_archives(site: Site) -> None:
    digest = artifact(site, (b"s", "text/markdown", "SKILL.md"), (tar(("run.sh", b"r")), "application/x.tar+gzip", ""))
    fetched = from_oci(notes(site), {}, NONE)
    assert fetched.tree == {"SKILL.md": File(b"s"), "run.sh": File(b"r", 0o755)}
    assert fetched.resolved == {"digest": digest}
    assert from_oci(notes(site), {"digest": digest}, NONE).tree == fetched.tree


def test_oci_refuses_other_content_under_a_digest(site: Site) -> None:
    digest = artifact(site, (b"s", "text/markdown", "SKILL.md"))
    site.serve(f"/v2/skills/notes/blobs/{sha256(b's')}", b"evil")
    with pytest.raises(NotFetched, match="a part that is not what its digest says"):
        from_oci(notes(site), {}, NONE)
    site.serve(f"/v2/skills/notes/manifests/{digest}", b'{"layers": [{}]}')
    with pytest.raises(NotFetched, match="not what its digest says"):
        from_oci(notes(site, f"@{digest}"), {}, NONE)


def test_oci_answers_the_challenge_of_its_registry(site: Site) -> None:
    challenge = f'Bearer realm="{site.address}/token",service="registry"'
    artifact(site, (b"s", "text/markdown", "SKILL.md"), only="Bearer pass", www_authenticate=challenge)
    site.serve("/token", {"token": "pass"})
    host = site.address.removeprefix("http://")
    assert from_oci(notes(site), {}, Access(tokens={host: "me:secret"})).tree == {"SKILL.md": File(b"s")}
    assert site.tokens("/token") == ["Basic " + base64.b64encode(b"me:secret").decode()]


# Downloads


def test_token_does_not_follow_to_another_host(new_site: Callable[[], Site]) -> None:
    first, second = new_site(), new_site()
    first.serve("/x", b"", 302, Location=f"{second.address}/y")
    second.serve("/y", b"content")
    assert get(f"{first.address}/x", {"Authorization": "Bearer secret"}).body == b"content"
    assert first.tokens("/x") == ["Bearer secret"]
    assert second.tokens("/y") == [""]


def test_download_is_bounded_and_encrypted(site: Site) -> None:
    site.serve("/x", b"x" * 100)
    with pytest.raises(NotFetched, match="sends more than"):
        get(f"{site.address}/x", most=10)
    with pytest.raises(NotFetched, match="without encryption"):
        get("http://example.com/x")


def test_refusal_says_what_to_write(site: Site) -> None:
    site.serve("/x", b"", 401)
    with pytest.raises(NotFetched, match=r"Write one for 127\.0\.0\.1 in openclaw_skills_tokens"):
        get(f"{site.address}/x")

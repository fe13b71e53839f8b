# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skills out of Git repositories: read from the objects, so that no checkout, filter, hook or submodule ever runs."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from .download import Access, NotFetched
from .registries import Fetched
from .sources import Source
from .tree import MAX_FILES, MAX_TREE_BYTES, BadTree, File, Tree, file_of, shown

_TIMEOUT = 300
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FILE_MODES = {"100644": 0o644, "100664": 0o644, "100755": 0o755}
_KINDS = {"120000": "a symbolic link", "160000": "a submodule"}
_SAID = 300
# Nothing of the person's or the machine's Git settings has a say, except how ssh finds its keys.
_SETTINGS = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "GIT_ALLOW_PROTOCOL": "https:ssh:file",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
_PASSED_ON = ("PATH", "HOME", "SSH_AUTH_SOCK", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


def from_git(source: Source, resolved: Mapping[str, object], access: Access) -> Fetched:
    """Fetch the locked commit, or what the ref of the source means now."""
    wanted = str(resolved.get("commit") or source.ref or "HEAD")
    with tempfile.TemporaryDirectory(prefix="openclaw-skill-") as folder:
        repository = _Repository(Path(folder), _environment(source, access))
        commit = repository.fetch(source.name, wanted)
        return Fetched(repository.tree(commit, source.path), {"commit": commit})


def _environment(source: Source, access: Access) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name in _PASSED_ON or name.lower() in _PROXIES}
    return {**inherited, **_SETTINGS, **_authorization(source.name, access.token(source.host))}


def _authorization(address: str, token: str) -> dict[str, str]:
    """Return the token as settings in the environment: a command line is there for everybody to read."""
    if not token:
        return {}
    place = urlsplit(address).netloc.rpartition("@")[2]
    user = token if ":" in token else f"x-access-token:{token}"
    header = f"Authorization: Basic {base64.b64encode(user.encode()).decode()}"
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.https://{place}/.extraHeader",
        "GIT_CONFIG_VALUE_0": header,
    }


class _Repository:
    """A bare repository that holds one commit."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.run("init", "--bare", "--quiet", "--template=", str(folder))

    def run(self, *argv: str, given: bytes | None = None) -> bytes:
        try:
            ended = subprocess.run(
                [
                    "git",
                    "-C",
                    str(self.folder),
                    "-c",
                    "core.hooksPath=/dev/null",
                    "-c",
                    "http.followRedirects=initial",
                    *argv,
                ],
                env=dict(self.environment),
                input=given,
                stdin=None if given is not None else subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except FileNotFoundError:
            raise NotFetched("there is no git on this controller; install it") from None
        except subprocess.TimeoutExpired:
            raise NotFetched(f"git did not end within {_TIMEOUT} s") from None
        if ended.returncode:
            lines = ended.stderr.decode(errors="replace").strip().splitlines()
            raise NotFetched((lines[-1] if lines else f"git ended with {ended.returncode}")[:_SAID])
        return ended.stdout

    def fetch(self, address: str, wanted: str) -> str:
        """Fetch I(wanted) alone and return its commit. A server that gives no single commit is asked for all."""
        options = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        exact = _COMMIT.fullmatch(wanted) is not None
        spec = f"{wanted}:refs/wanted"
        try:
            self.run(*options, "--depth=1", "--", address, spec)
        except NotFetched:
            if not exact:
                raise
            self.run(*options, "--", address, "+refs/*:refs/all/*")
            self.run("update-ref", "refs/wanted", wanted)
        commit = self.run("rev-parse", "--verify", "refs/wanted^{commit}").decode().strip()
        if exact and commit != wanted:
            raise NotFetched(f"the server gave {commit[:12]} for {wanted[:12]}")
        return commit

    def tree(self, commit: str, folder: str) -> Tree:
        """Return the files of a folder. Raises BadTree for links and submodules in it."""
        prefix = f"{folder}/" if folder else ""
        named = list(self._files(commit, prefix))
        if not named:
            raise BadTree([f"there is no folder {folder or '/'} in {commit[:12]}"])
        links = [f"{shown(path)} is {_KINDS.get(mode, 'neither a file nor a folder')}" for path, mode, _id in named]
        reasons = [link for link, (_path, mode, _id) in zip(links, named, strict=True) if mode not in _FILE_MODES]
        if reasons:
            raise BadTree(reasons)
        if len(named) > 20 * MAX_FILES:
            raise BadTree([f"holds {len(named)} files; write the path of the skill"])
        contents = self._contents([object_id for _path, _mode, object_id in named])
        return {
            path[len(prefix) :]: self._file(content, mode)
            for (path, mode, _id), content in zip(named, contents, strict=True)
        }

    def _files(self, commit: str, prefix: str) -> Iterator[tuple[str, str, str]]:
        """Yield path, mode and object of each file."""
        listed = self.run("ls-tree", "-r", "-z", "--full-tree", commit, *(["--", prefix] if prefix else []))
        for line in listed.split(b"\0")[:-1]:
            about, _tab, path = line.partition(b"\t")
            mode, _kind, object_id = about.decode().split()
            yield path.decode(errors="surrogateescape"), mode, object_id

    def _contents(self, ids: list[str]) -> Iterator[bytes]:
        sizes = self.run("cat-file", "--batch-check=%(objectsize)", given="".join(f"{each}\n" for each in ids).encode())
        if sum(map(int, sizes.split())) > 8 * MAX_TREE_BYTES:
            raise BadTree(["is too large; write the path of the skill"])
        out = self.run("cat-file", "--batch", given="".join(f"{each}\n" for each in ids).encode())
        at = 0
        for _each in ids:
            end = out.index(b"\n", at)
            size = int(out[at:end].split()[2])
            yield out[end + 1 : end + 1 + size]
            at = end + 1 + size + 1

    @staticmethod
    def _file(content: bytes, mode: str) -> File:
        return file_of(content, _FILE_MODES[mode])

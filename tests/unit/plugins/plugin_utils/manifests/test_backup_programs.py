# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of backups, run by Node.js against a stand-in for restic, one for OpenClaw, and a server of the test."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.backup import PROGRAMS
from ansible_collections.openclaw.kubernetes.plugins.plugin_utils._manifests.features.containers import program_texts

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node.js")

Json = dict[str, Any]
KEYS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"}
# Notes its words, and does for each command what the file answers.json says.
RESTIC = """\
#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
words = [word for word in sys.argv[1:]]
skip = {{"--repo": 1, "--cacert": 1, "-o": 1}}
while words and words[0] in skip:
    del words[:2]
with open(here / "calls", "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
answer = json.loads((here / "answers.json").read_text()).get(words[0], {{}})
if words[0] == "restore":
    target = pathlib.Path(words[words.index("--target") + 1])
    (target / "state").mkdir(parents=True)
    (target / "state" / "restored").write_text(words[1])
print(answer.get("out", ""))
print(answer.get("err", ""), file=sys.stderr)
sys.exit(answer.get("code", 0))
"""
OPENCLAW = """\
const fs = require("fs"), path = require("path");
const words = process.argv.slice(2);
const answers = JSON.parse(fs.readFileSync(path.join(__dirname, "openclaw.json"), "utf8"));
const answer = answers[words.slice(0, 2).join(" ")] ?? {};
for (const [file, text] of Object.entries(answer.files ?? {})) {
  const flag = words.includes("--target") ? "--target" : "--output";
  const at = path.join(words[words.indexOf(flag) + 1], file);
  fs.mkdirSync(path.dirname(at), { recursive: true });
  if (text.startsWith("->")) fs.symlinkSync(text.slice(2), at);
  else fs.writeFileSync(at, text);
}
console.log(JSON.stringify(answer.out ?? {}, null, 1));
console.error(answer.err ?? "");
process.exit(answer.code ?? 0);
"""
SNAPSHOTS: list[Json] = [
    {"id": letter * 64, "time": f"2026-11-{day}T03:00:00Z", "paths": ["/staging/snapshot"], "tags": tags}
    for letter, day, tags in (
        ("a", "19", ["instance=support", "namespace=ns", "cluster=unknown"]),
        ("b", "20", ["instance=support", "namespace=ns", "cluster=unknown", "pinned"]),
        ("c", "21", ["instance=other", "namespace=ns", "cluster=unknown"]),
    )
]


@dataclass
class Place:
    """A folder with the programs, what they call, and what they were answered."""

    folder: Path

    def run(self, program: str, given: Json, **env: str) -> tuple[int, Json]:
        words = [NODE or "node", self.folder / program, json.dumps(given)]
        environment = {**os.environ, "RESTIC_PASSWORD": "secret", **env}
        done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=90, check=False)
        return done.returncode, json.loads(done.stdout.strip().splitlines()[-1])

    def repository(self, command: str, env: Json | None = None, **given: Any) -> tuple[int, Json]:
        settings = {
            "restic": str(self.folder / "restic"),
            "repository": str(self.folder / "repository"),
            "host": "ns/support",
            "timeout": 20,
            "command": command,
        }
        return self.run("repository.mjs", {**settings, **given}, **(env or {}))

    def answers(self, **given: Json) -> None:
        (self.folder / "answers.json").write_text(json.dumps(given))

    @property
    def calls(self) -> list[list[str]]:
        noted = self.folder / "calls"
        return [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []

    def openclaw(self, **given: Json) -> str:
        """Stand in for OpenClaw; a command is written with an underscore."""
        answers = {command.replace("_", " "): answer for command, answer in given.items()}
        (self.folder / "openclaw.json").write_text(json.dumps(answers))
        (self.folder / "package.json").write_text(json.dumps({"version": "2026.9.6"}))
        program = self.folder / "openclaw.cjs"
        program.write_text(OPENCLAW)
        return str(program)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "programs"
    folder.mkdir()
    for name, text in program_texts(*PROGRAMS).items():
        (folder / name).write_text(text)
    restic = folder / "restic"
    restic.write_text(RESTIC.format(python=sys.executable))
    restic.chmod(0o755)
    found = Place(folder)
    found.answers()
    return found


SUMMARY = json.dumps({"message_type": "summary", "snapshot_id": "d" * 64, "total_bytes_processed": 9, "data_added": 3})


# -- the repository ------------------------------------------------------------------------------------------------


def test_a_repository_is_made_where_nothing_is(place: Place) -> None:
    place.answers(cat={"code": 10}, backup={"out": '{"message_type":"status"}\n' + SUMMARY})
    rc, report = place.repository("backup", source="/x", tags={"instance": "support", "pinned": True})
    assert (rc, report["snapshot"], report["bytes"], report["added"]) == (0, "dddddddd", 9, 3)
    commands = [next(word for word in call[2:] if not word.startswith("-")) for call in place.calls]
    assert commands == ["init", "unlock", "backup"]
    words = place.calls[-1]
    assert [words[at + 1] for at, word in enumerate(words) if word == "--tag"] == [
        "instance=support",
        "pinned",
        "cluster=unknown",
    ]
    assert words[words.index("--host") + 1] == "unknown/ns/support"


def test_a_repository_is_never_made_over_something_else(place: Place) -> None:
    (place.folder / "repository").mkdir()
    (place.folder / "repository" / "holiday.jpg").touch()
    rc, report = place.repository("backup", source="/x", tags={})
    assert rc == 1
    assert "holds something, but no repository" in report["problem"]
    assert place.calls == []


@pytest.mark.parametrize(
    "code, words",
    [(12, "the password of the Secret does not open"), (11, "another Job has the repository locked")],
)
def test_what_restic_refuses_is_said_in_words(place: Place, code: int, words: str) -> None:
    (place.folder / "repository").mkdir()
    (place.folder / "repository" / "config").touch()
    place.answers(cat={"code": code})
    assert words in place.repository("check", percent=0)[1]["problem"]


def test_an_unread_file_is_no_backup(place: Place) -> None:
    place.answers(backup={"code": 3, "out": SUMMARY, "err": "open /x/y: permission denied"})
    rc, report = place.repository("backup", source="/x", tags={})
    assert rc == 1
    assert "permission denied" in report["problem"]


def kept(place: Place) -> Place:
    (place.folder / "repository").mkdir(exist_ok=True)
    (place.folder / "repository" / "config").touch()
    return place


def test_retention_is_put_off_while_a_killed_job_has_the_lock(place: Place) -> None:
    kept(place).answers(backup={"out": SUMMARY}, forget={"code": 11})
    rc, report = place.repository("backup", source="/x", tags={}, keep={"last": 3})
    assert rc == 0
    assert "put off" in report["retention"]


def test_retention_keeps_what_is_pinned_and_the_last_ones(place: Place) -> None:
    kept(place).answers(backup={"out": SUMMARY}, forget={"out": '[{"keep": [1], "remove": [1, 2]}]'})
    assert place.repository("backup", source="/x", tags={}, keep={"last": 3, "daily": 7})[1]["removed"] == 2
    words = " ".join(place.calls[-1])
    assert "--keep-tag pinned --keep-last 3 --keep-daily 7" in words
    assert "--prune" not in words


def test_check_reads_as_much_as_it_is_told(place: Place) -> None:
    kept(place).answers(snapshots={"out": json.dumps(SNAPSHOTS)})
    for percent, word in ((100, "--read-data"), (25, "--read-data-subset=25%")):
        rc, report = place.repository("check", percent=percent)
        assert (rc, report["snapshots"]) == (0, 3)
        assert any(word in call for call in place.calls)


def test_a_repository_without_a_snapshot_is_not_sound(place: Place) -> None:
    kept(place).answers(snapshots={"out": "[]"})
    assert "no snapshot at all" in place.repository("check", percent=0)[1]["problem"]


def test_a_call_that_never_ends_is_stopped(place: Place) -> None:
    kept(place)
    (place.folder / "restic").write_text("#!/bin/sh\nexec sleep 60\n")
    rc, report = place.repository("check", percent=0, timeout=1)
    assert rc == 1
    assert "did not answer in time" in report["problem"]


OWN = {"instance": "support", "namespace": "ns"}


@pytest.mark.parametrize(
    "wanted, found",
    [
        ("bbbbbbbb", "b"),
        ("tag:pinned", "b"),
        ("tag:namespace=ns", "c"),
        ("2026-11-20T12:00:00Z", "b"),
        ("2026-11-20", "a"),
        ("latest", "c"),
    ],
)
def test_a_snapshot_is_found_by_id_tag_time_or_as_the_latest(place: Place, wanted: str, found: str) -> None:
    kept(place).answers(snapshots={"out": json.dumps(SNAPSHOTS)})
    report = place.repository("find", **{"from": wanted}, identity=OWN, clone=True)[1]
    assert report["id"] == found * 64


@pytest.mark.parametrize("wanted", ["ffffffff", "tag:none", "2020-01-01", "yesterday"])
def test_a_snapshot_that_is_not_there_is_refused(place: Place, wanted: str) -> None:
    kept(place).answers(snapshots={"out": json.dumps(SNAPSHOTS)})
    assert "problem" in place.repository("find", **{"from": wanted}, identity=OWN, clone=True)[1]


def test_the_snapshot_of_another_instance_is_a_clone(place: Place) -> None:
    kept(place).answers(snapshots={"out": json.dumps(SNAPSHOTS)})
    rc, report = place.repository("find", **{"from": "latest"}, identity=OWN, clone=False)
    assert rc == 1
    assert "is of instance other. To make this instance a clone" in report["problem"]
    assert place.repository("find", **{"from": "aaaaaaaa"}, identity=OWN, clone=False)[0] == 0


def test_a_restore_that_was_killed_begins_its_folder_anew_and_one_that_was_not_is_kept(place: Place) -> None:
    kept(place).answers(snapshots={"out": json.dumps(SNAPSHOTS)})
    target, done = place.folder / "in", place.folder / "in.complete"
    part = {"sub": "", "target": str(target), "done": str(done)}
    given: Json = {"from": "aaaaaaaa", "identity": OWN, "clone": False, "parts": [part]}
    (target / "half").mkdir(parents=True)
    assert place.repository("restore", **given)[1]["root"] == "/staging/snapshot"
    assert not (target / "half").exists()
    assert (target / "state" / "restored").read_text() == f"{'a' * 64}:/staging/snapshot"
    (target / "mark").touch()
    assert place.repository("restore", **given)[0] == 0
    assert (target / "mark").exists()


# -- the way to a server of S3 -------------------------------------------------------------------------------------


@dataclass
class Server:
    """Answers what it is told, and knows whether a question was signed with the right key."""

    url: str
    status: int = 200
    code: str = ""
    keys: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    signed: list[bool] = field(default_factory=list)


def signature_fits(path: str, headers: Any) -> bool:
    """What AWS Signature Version 4 says of a GET, worked out a second time."""
    given = headers.get("Authorization", "")
    if not given:
        return False
    parts = dict(part.strip().split("=", 1) for part in given.partition(" ")[2].split(","))
    scope = parts["Credential"].partition("/")[2]
    names = parts["SignedHeaders"].split(";")
    url = urlsplit(path)
    query = "&".join(sorted(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in parse_qsl(url.query, True)))
    lines = ["GET", url.path, query, *(f"{name}:{headers[name]}" for name in names), "", parts["SignedHeaders"]]
    request = "\n".join([*lines, hashlib.sha256(b"").hexdigest()])
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(request.encode()).hexdigest()])
    key = b"AWS4key"
    for word in scope.split("/"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == parts["Signature"]


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            found.signed.append(signature_fits(self.path, self.headers))
            prefix = dict(parse_qsl(urlsplit(self.path).query))["prefix"]
            keys = "".join(f"<Key>{key}</Key>" for key in found.keys if key.startswith(prefix))
            body = f"<Error><Code>{found.code}</Code></Error>" if found.code else f"<List>{keys}</List>"
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        found = Server(f"http://127.0.0.1:{listening.server_port}")
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield found
        listening.shutdown()


def probed(place: Place, url: str, command: str = "check", env: Json | None = None, **given: Any) -> tuple[int, Json]:
    probe = {"endpoint": url, "bucket": "claws", "path": "a b/support", "region": "eu-1", "pathStyle": True}
    more = {"percent": 0, "probe": probe, "timeout": 5, **given}
    return place.repository(command, env=KEYS if env is None else env, **more)


def test_the_question_is_signed_and_names_bucket_and_path(place: Place, server: Server) -> None:
    server.keys = ["a b/support/config"]
    place.answers(snapshots={"out": json.dumps(SNAPSHOTS)})
    assert probed(place, server.url)[0] == 0
    assert server.signed == [True]
    assert server.asked == ["/claws?list-type=2&max-keys=1&prefix=a%20b%2Fsupport%2Fconfig"]


@pytest.mark.parametrize(
    "status, code, words",
    [
        (404, "NoSuchBucket", "the bucket does not exist"),
        (403, "InvalidAccessKeyId", "does not know the access key"),
        (403, "SignatureDoesNotMatch", "refuses the secret key"),
        (403, "AccessDenied", "may not list the bucket"),
        (403, "RequestTimeTooSkewed", "the clocks"),
    ],
)
def test_a_server_that_says_no_is_asked_once(place: Place, server: Server, status: int, code: str, words: str) -> None:
    server.status, server.code = status, code
    rc, report = probed(place, server.url, timeout=60)
    assert rc == 1
    assert words in report["problem"]
    assert len(server.asked) == 1
    assert place.calls == []


def test_a_server_that_is_down_is_asked_again_and_then_given_up(place: Place, server: Server) -> None:
    server.status, server.code = 503, "SlowDown"
    assert "answers 503 SlowDown" in probed(place, server.url)[1]["problem"]
    assert len(server.asked) > 1
    assert "cannot be reached (ECONNREFUSED)" in probed(place, "http://127.0.0.1:9")[1]["problem"]


def test_the_path_of_something_else_is_left_alone(place: Place, server: Server) -> None:
    server.keys = ["a b/support/holiday.jpg"]
    report = probed(place, server.url, "backup", source="/x", tags={})[1]
    assert "holds something, but no repository" in report["problem"]


def test_an_empty_path_is_where_a_first_backup_goes(place: Place, server: Server) -> None:
    place.answers(backup={"out": SUMMARY})
    assert probed(place, server.url, "backup", source="/x", tags={})[0] == 0
    assert "nothing was ever backed up" in probed(place, server.url)[1]["problem"]


def test_a_pod_that_the_cloud_knows_by_its_account_has_no_keys(place: Place, server: Server) -> None:
    server.status, server.code = 403, "AccessDenied"
    place.answers(snapshots={"out": json.dumps(SNAPSHOTS)})
    assert probed(place, server.url, env={})[0] == 0
    assert server.signed == [False]


# -- the snapshot that OpenClaw makes ------------------------------------------------------------------------------

STATE = "/home/node/.openclaw"


def staged(place: Place, openclaw: str) -> tuple[int, Json]:
    given = {"openclaw": openclaw, "state": STATE, "staging": str(place.folder / "staging"), "timeout": 20}
    return place.run("backup-stage.mjs", given)


def test_the_archive_is_unpacked_to_a_folder_of_the_state(place: Place) -> None:
    inside = f"2026-openclaw-backup/payload/posix{STATE}"
    files = {f"{inside}/state/openclaw.sqlite": "x", f"{inside}/workspace/link": "->/etc/hosts"}
    program = place.openclaw(
        backup_create={"files": {"a.tar.gz": ""}},
        backup_restore={"files": files},
        database_preflight={"out": {"status": "exact", "foundVersion": 18}},
    )
    rc, report = staged(place, program)
    assert rc == 0, report
    assert report == {"version": "2026.9.6", "schema": 18, "files": 2, "bytes": 11, "links": ["workspace/link"]}
    staging = place.folder / "staging"
    assert sorted(path.name for path in staging.iterdir()) == ["facts.json", "snapshot", "tmp"]
    assert (staging / "snapshot" / "state" / "workspace" / "link").is_symlink()


def test_a_snapshot_that_openclaw_refuses_is_none(place: Place) -> None:
    program = place.openclaw(backup_create={"code": 1, "err": "the config is not valid"})
    rc, report = staged(place, program)
    assert rc == 1
    assert report["problem"] == "openclaw backup create failed: the config is not valid"


def test_a_full_staging_folder_names_its_option(place: Place) -> None:
    program = place.openclaw(backup_create={"code": 1, "err": "ENOSPC: no space left on device, write"})
    assert "raise openclaw_backup_staging_size" in staged(place, program)[1]["problem"]


# -- the exchange of states ----------------------------------------------------------------------------------------


def volume(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        at = folder / name.replace("__", "/")
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
    folder.mkdir(exist_ok=True)
    return folder


Swap = Callable[..., tuple[int, Json]]


@pytest.fixture
def swap(place: Place) -> Swap:
    program = place.openclaw(database_preflight={"out": {"status": "migration-required"}})

    def run(command: str, *volumes: Path, **given: Any) -> tuple[int, Json]:
        words = {"command": command, "volumes": list(map(str, volumes)), "openclaw": program, "timeout": 20, **given}
        return place.run("restore-swap.mjs", words)

    return run


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".restore" not in path.parts
    }


OLD, NEW = {"state/a": "old", "state/b": "old"}, {"state/a": "new"}


@pytest.fixture
def both(tmp_path: Path) -> Path:
    return volume(tmp_path / "v", state__a="old", state__b="old", kept="", **{".restore__incoming__state__a": "new"})


def test_a_state_is_exchanged_and_comes_back(swap: Swap, both: Path) -> None:
    assert swap("swap", both)[0] == 0
    assert tree(both) == {**NEW, "kept": ""}
    assert swap("swap", both)[0] == 0
    assert tree(both) == {**NEW, "kept": ""}
    assert swap("undo", both)[1] == {"undone": True}
    assert tree(both) == {**OLD, "kept": ""}
    assert not (both / ".restore").exists()
    assert swap("undo", both)[1] == {"undone": False}


def test_what_was_there_is_forgotten_in_the_end(swap: Swap, both: Path) -> None:
    swap("swap", both)
    assert swap("settle", both)[0] == 0
    assert sorted(path.name for path in both.iterdir()) == ["kept", "state"]


@pytest.mark.parametrize("killed", ["planned", "moved away"])
def test_an_exchange_that_was_killed_is_gone_on_with_or_undone(swap: Swap, both: Path, killed: str) -> None:
    (both / ".restore" / "plan.json").write_text(json.dumps({"entries": ["state"], "facts": {}}))
    if killed == "moved away":
        (both / ".restore" / "former").mkdir()
        (both / "state").rename(both / ".restore" / "former" / "state")
    copy = shutil.copytree(both, both.with_name("copy"))
    assert swap("swap", both)[0] == 0
    assert tree(both) == {**NEW, "kept": ""}
    assert swap("undo", copy)[0] == 0
    assert tree(copy) == {**OLD, "kept": ""}


def test_a_workspace_of_its_own_is_exchanged_with_the_state(swap: Swap, both: Path, tmp_path: Path) -> None:
    other = volume(tmp_path / "w", workspace__x="old", **{".restore__incoming__workspace__x": "new"})
    assert swap("swap", both, other)[0] == 0
    assert (tree(both)["state/a"], tree(other)) == ("new", {"workspace/x": "new"})
    swap("undo", both, other)
    assert (tree(both)["state/a"], tree(other)) == ("old", {"workspace/x": "old"})


def test_a_state_of_a_newer_release_is_refused_before_anything_is_moved(place: Place, swap: Swap, both: Path) -> None:
    volume(both, **{".restore__incoming__state__state__openclaw.sqlite": "x"})
    place.openclaw(database_preflight={"out": {"status": "incompatible", "reason": "schema 19 is newer than 18"}})
    rc, report = swap("swap", both)
    assert rc == 1
    assert "is incompatible for this release of OpenClaw: schema 19" in report["problem"]
    assert tree(both) == {**OLD, "kept": ""}


def test_the_channels_of_a_clone_are_off(swap: Swap, both: Path) -> None:
    config = {"channels": {"telegram": {"enabled": True}, "slack": {"enabled": False}, "signal": {}}}
    volume(both, **{".restore__incoming__state__openclaw.json": json.dumps(config)})
    assert swap("swap", both, clone=True)[1]["silenced"] == ["telegram", "signal"]
    written = json.loads((both / "state" / "openclaw.json").read_text())["channels"]
    assert not any(channel["enabled"] for channel in written.values())


def test_a_volume_without_a_database_is_empty(swap: Swap, tmp_path: Path) -> None:
    folder = volume(tmp_path / "v", state__openclaw="")
    assert swap("inspect", folder)[1]["empty"] is True
    volume(folder, **{"state__agents__main__agent__openclaw-agent.sqlite": "x"})
    assert swap("inspect", folder)[1]["empty"] is False


# -- the move of a volume ------------------------------------------------------------------------------------------


def moved(place: Place, source: Path, target: Path) -> tuple[int, Json]:
    return place.run("volume-move.mjs", {"from": str(source), "to": str(target)})


def test_a_volume_is_copied_as_it_is(place: Place, tmp_path: Path) -> None:
    source, target = volume(tmp_path / "from", state__a="one", **{"state__ä b": "two"}), tmp_path / "to"
    (source / "state" / "empty").mkdir(mode=0o700)
    (source / "state" / "a").chmod(0o600)
    (source / "state" / "link").symlink_to("/nowhere")
    (source / "lost+found").mkdir()
    (target / "lost+found").mkdir(parents=True)
    os.utime(source / "state" / "a", (1, 1))
    rc, report = moved(place, source, target)
    assert (rc, report) == (0, {"files": 2, "entries": 5, "bytes": 6})
    copied = target / "state"
    assert sorted(path.name for path in copied.iterdir()) == ["a", "empty", "link", "ä b"]
    assert stat.S_IMODE((copied / "a").stat().st_mode) == 0o600
    assert stat.S_IMODE((copied / "empty").stat().st_mode) == 0o700
    assert (copied / "a").stat().st_mtime == 1
    assert (copied / "link").readlink() == Path("/nowhere")


def test_a_copy_that_was_killed_is_gone_on_with(place: Place, tmp_path: Path) -> None:
    source, target = volume(tmp_path / "from", state__a="one"), volume(tmp_path / "to", state__a="o")
    assert "is not empty" in moved(place, source, target)[1]["problem"]
    (target / ".moving").touch()
    assert moved(place, source, target)[0] == 0
    assert (target / "state" / "a").read_text() == "one"
    assert not (target / ".moving").exists()

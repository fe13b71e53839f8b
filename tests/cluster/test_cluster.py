# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the test cluster can go wrong quietly: images, process records, mount tables."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from testbed import oci
from testbed.mounts import mounts_below
from testbed.processes import Processes, start_time
from testbed.programs import PROGRAMS
from testbed.progress import ClusterError, duration, run
from testbed.settings import Settings
from testbed.tiny_model import PROMPT_END, WORD, tiny_model


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with a program, a link to a folder and a hard link."""
    root = tmp_path / "tree"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "tool").write_text("#!/bin/sh\n")
    (root / "bin" / "tool").chmod(0o755)
    (root / "sbin").symlink_to("bin")
    (root / "bin" / "same").hardlink_to(root / "bin" / "tool")
    return root


class TestImages:
    def _image(self, folder: Path, tree: Path) -> tuple[oci.Store, oci.Blob]:
        store = oci.Store(folder)
        layer = store.add_layer(lambda tar: oci.add_tree(tar, tree, "opt"))
        return store, store.add_image([layer], oci.Recipe(command=("/opt/bin/tool",)))

    def test_same_content_same_digest(self, tmp_path: Path, tree: Path) -> None:
        _manifest, first = self._image(tmp_path / "one", tree)
        (tree / "bin" / "tool").touch()
        _manifest, second = self._image(tmp_path / "two", tree)
        assert first.digest == second.digest

    def test_layer_keeps_links_and_modes_and_belongs_to_root(self, tmp_path: Path, tree: Path) -> None:
        store, image = self._image(tmp_path / "store", tree)
        with tarfile.open(store.path(store.parts(image.digest)[1].digest)) as tar:
            found = {member.name: member for member in tar}
        assert found["opt/sbin"].linkname == "bin"
        assert {found["opt/bin/tool"].islnk(), found["opt/bin/same"].islnk()} == {True, False}
        assert found["opt/bin/same"].mode & 0o777 == 0o755
        assert {(member.uid, member.gid) for member in found.values()} == {(0, 0)}

    def test_archive_holds_every_part_under_its_name(self, tmp_path: Path, tree: Path) -> None:
        store, image = self._image(tmp_path / "store", tree)
        sink = io.BytesIO()
        store.write_archive("example.test/tool:1", image.digest, sink)
        with tarfile.open(fileobj=io.BytesIO(sink.getvalue())) as tar:
            names = set(tar.getnames())
            index = json.load(tar.extractfile("index.json") or io.BytesIO())
        assert index["manifests"][0]["annotations"] == {"io.containerd.image.name": "example.test/tool:1"}
        digests = [image.digest, *(part.digest for part in store.parts(image.digest))]
        assert {f"blobs/sha256/{digest.removeprefix('sha256:')}" for digest in digests} < names

    def test_an_image_with_a_lost_layer_is_built_again(self, tmp_path: Path, tree: Path) -> None:
        store, image = self._image(tmp_path / "store", tree)
        assert store.complete(image.digest)
        store.path(store.parts(image.digest)[1].digest).write_bytes(b"cut short")
        assert not store.complete(image.digest)

    def test_prune_keeps_what_is_needed(self, tmp_path: Path, tree: Path) -> None:
        store, image = self._image(tmp_path / "store", tree)
        stranger = store.add_bytes(oci.LAYER, b"no image has this")
        store.prune([image.digest])
        assert store.complete(image.digest)
        assert not store.path(stranger.digest).exists()


def test_tiny_model_has_one_word_to_say() -> None:
    model = tiny_model()
    magic, version, tensors, _metadata = struct.unpack_from("<4sIQQ", model)
    assert (magic, version, tensors) == (b"GGUF", 3, 12)
    assert tiny_model() == model
    assert len(set(PROMPT_END + WORD)) == len(PROMPT_END + WORD)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Return the processes of a folder; what they started is ended."""
    subject = Processes(tmp_path / "records", tmp_path / "log", prefix=["env"])
    yield subject
    subject.stop(list(subject.recorded()))


class TestProcesses:
    def test_same_command_is_started_once_another_replaces_it(self, processes: Processes) -> None:
        assert processes.start("one", ["/bin/sleep", "60"])
        first = processes.recorded()["one"].pid
        assert not processes.start("one", ["/bin/sleep", "60"])
        assert processes.start("one", ["/bin/sleep", "61"])
        assert processes.recorded()["one"].pid != first
        assert start_time(first) is None

    def test_changed_file_restarts(self, processes: Processes, tmp_path: Path) -> None:
        config = tmp_path / "config"
        config.write_text("a")
        processes.start("one", ["/bin/sleep", "60"], files=[config])
        config.write_text("b")
        assert processes.start("one", ["/bin/sleep", "60"], files=[config])

    def test_a_recycled_process_id_is_not_ours(self, processes: Processes, tmp_path: Path) -> None:
        processes.start("one", ["/bin/sleep", "60"])
        stranger = subprocess.Popen(["/bin/sleep", "60"])
        try:
            record = tmp_path / "records" / "one.json"
            content = json.loads(record.read_text())
            ours = content["pid"]
            # As if our process had ended and its id now were another's, which started at another time.
            record.write_text(json.dumps({**content, "pid": stranger.pid, "started": content["started"] - 1}))
            assert not processes.alive("one")
            processes.stop(["one"])
            assert stranger.poll() is None
            record.write_text(json.dumps({**content, "pid": ours}))
        finally:
            stranger.kill()
            stranger.wait()

    def test_record_of_an_earlier_boot_or_half_written_counts_as_none(
        self, processes: Processes, tmp_path: Path
    ) -> None:
        processes.start("one", ["/bin/sleep", "60"])
        record = tmp_path / "records" / "one.json"
        good = record.read_text()
        for bad in (json.dumps({**json.loads(good), "boot": "earlier"}), good[:10], ""):
            record.write_text(bad)
            assert processes.recorded() == {}
        record.write_text(good)

    def test_an_early_end_is_reported_with_the_log(self, processes: Processes) -> None:
        processes.start("one", ["/bin/sh", "-c", "sleep 0.05; echo no such flag; exit 3"])
        deadline = time.monotonic() + 5
        while processes.alive("one") and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.raises(ClusterError) as caught:
            processes.check_all()
        assert "one ended with 3" in caught.value.report()
        assert "no such flag" in caught.value.report()


def test_mounts_below_unescapes_and_ends_with_the_outermost() -> None:
    table = """\
30 1 0:1 / / rw - ext4 /dev/root rw
31 30 0:2 / /cache/run/a rw - tmpfs tmpfs rw
32 31 0:3 / /cache/run/a/with\\040blank rw - tmpfs tmpfs rw
33 30 0:4 / /cache/run-other rw - tmpfs tmpfs rw
"""
    assert mounts_below(Path("/cache/run"), table) == [Path("/cache/run/a/with blank"), Path("/cache/run/a")]


def test_programs_are_cached_by_their_source() -> None:
    assert len({program.key() for program in PROGRAMS}) == len(PROGRAMS)


def test_clusters_of_different_names_share_nothing_but_the_cache(tmp_path: Path) -> None:
    one, two = Settings("openclaw", tmp_path), Settings("second", tmp_path)
    for attribute in ("run", "namespace", "host_device", "cgroup", "node_address", "host_address", "registry"):
        assert getattr(one, attribute) != getattr(two, attribute)
    assert one.images == two.images


@pytest.mark.parametrize("name", ["Upper", "-dash", "much-too-long", "a/b", "9"])
def test_bad_cluster_names_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCLAW_CLUSTER_NAME", name)
    with pytest.raises(SystemExit, match="OPENCLAW_CLUSTER_NAME"):
        Settings.from_environment()


def test_a_failed_command_says_what_why_and_what_to_do(tmp_path: Path) -> None:
    command = ["/bin/sh", "-c", "echo out of cheese; exit 4"]
    with pytest.raises(ClusterError) as caught:
        run(command, what="cannot build the moon", log=tmp_path / "moon.log", advice="buy cheese")
    report = caught.value.report()
    assert report.startswith("error: cannot build the moon: `/bin/sh` ended with 4")
    assert "out of cheese" in report
    assert report.endswith("do: buy cheese")


@pytest.mark.parametrize("seconds, text", [(0.44, "0.4 s"), (59.4, "59 s"), (260, "4 m 20 s")])
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text

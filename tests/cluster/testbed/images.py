# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container images of the cluster and how each is made.

No image is pulled: they are made from package registries (Debian, npm, Go) under the names that manifests use.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from testbed import oci
from testbed.programs import AGNHOST_PROGRAM, DNS, MODEL, PAUSE, Program
from testbed.progress import ClusterError, run
from testbed.settings import AGNHOST, COREDNS, DEBIAN, NODE, OPENCLAW, OPENCLAW_OLDER, Settings
from testbed.tools import IMAGE_PACKAGES, install_packages, missing_packages, node_folder

_BASE_PACKAGES = ("ca-certificates", "curl", "git", "openssl", "procps", "tini")
# OpenClaw's install scripts and those of two dependencies; npm runs no other. Without them the package repairs itself
# at its first start, which fails on a read-only root.
_TRUSTED_SCRIPTS = ("openclaw", "koffi", "protobufjs")
_UNPRIVILEGED = "1000"


@dataclass(frozen=True)
class Image:
    """One image: its name in manifests, and what it is made of."""

    name: str
    reference: str
    title: str
    ingredients: tuple[str, ...]
    make: Callable[[Settings, oci.Store], oci.Blob] = field(compare=False)
    programs: tuple[Program, ...] = ()
    revision: int = 1
    """Raised when the recipe changes in a way that neither ingredients nor programs show."""

    def key(self) -> str:
        """Return a hash over what the image is made of."""
        words = [
            self.reference,
            str(self.revision),
            *self.ingredients,
            *(f"{program.name}-{program.key()}" for program in self.programs),
        ]
        return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]

    def digest(self, settings: Settings) -> str | None:
        """Return the digest of the built image, or None when it must be (re)built."""
        try:
            record = json.loads((settings.images / f"{self.name}.json").read_text())
        except (OSError, ValueError):
            return None
        if record.get("key") != self.key() or not store(settings).complete(record["digest"]):
            return None
        return str(record["digest"])


def store(settings: Settings) -> oci.Store:
    """Return the store of all images."""
    return oci.Store(settings.images)


def build_image(settings: Settings, image: Image) -> None:
    """Make an image and record it."""
    settings.images.mkdir(parents=True, exist_ok=True)
    manifest = image.make(settings, store(settings))
    record = {"reference": image.reference, "key": image.key(), "digest": manifest.digest}
    (settings.images / f"{image.name}.json").write_text(json.dumps(record, indent=1))


def prune_images(settings: Settings, made: Iterable[Image]) -> None:
    """Remove records of images that are no longer made and blobs that no image needs."""
    known = {f"{image.name}.json" for image in made}
    digests: list[str] = []
    for path in settings.images.glob("*.json"):
        digest = json.loads(path.read_text())["digest"]
        if path.name in known and store(settings).complete(digest):
            digests.append(digest)
        else:
            path.unlink()
    store(settings).prune(digests)


def _program_image(program: Program, path: str, recipe: oci.Recipe) -> Callable[[Settings, oci.Store], oci.Blob]:
    """Return the maker of an image that is one static program."""

    def make(settings: Settings, target: oci.Store) -> oci.Blob:
        def fill(tar: tarfile.TarFile) -> None:
            oci.add_file(tar, path.lstrip("/"), program.path(settings).read_bytes(), 0o755)
            oci.add_folder(tar, "tmp", 0o1777)

        return target.add_image([target.add_layer(fill)], recipe)

    return make


def _make_tools(settings: Settings, target: oci.Store, labels: tuple[tuple[str, str], ...] = ()) -> oci.Blob:
    """Make a small image with a shell and network probes."""
    recipe = oci.Recipe(command=("sleep", "infinity"), user=_UNPRIVILEGED, labels=labels)
    return target.add_image([tools_layer(settings, target)], recipe)


def tools_layer(settings: Settings, target: oci.Store) -> oci.Blob:
    """Return busybox and the libraries that it resolves names with."""
    folder = settings.build / "busybox"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = settings.build_logs / "image-tools.log"
    log.unlink(missing_ok=True)
    # apt drops its rights to fetch, and the folder is root's own: tell it not to.
    for words in (["update", "-q"], ["-o", "APT::Sandbox::User=root", "download", "busybox"]):
        advice = "check that apt-get reaches its mirror: apt-get update"
        run(["apt-get", *words], what="cannot download busybox", log=log, cwd=folder, advice=advice)
    run(["dpkg-deb", "--extract", next(folder.glob("*.deb")), folder / "root"], what="cannot unpack busybox", log=log)
    busybox = next(path for path in (folder / "root").rglob("bin/busybox"))
    libraries = [word for word in run(["ldd", busybox], what="cannot inspect busybox").split() if word.startswith("/")]
    applets = run([busybox, "--list"], what="cannot run busybox").split()

    def fill(tar: tarfile.TarFile) -> None:
        oci.add_file(tar, "bin/busybox", busybox.read_bytes(), 0o755)
        for applet in applets:
            if applet != "busybox":
                oci.add_link(tar, f"bin/{applet}", "busybox")
        for library in libraries:
            oci.add_file(tar, library.lstrip("/"), Path(library).resolve().read_bytes(), 0o755)
        oci.add_file(tar, "etc/passwd", b"root:x:0:0::/:/bin/sh\nnode:x:1000:1000::/tmp:/bin/sh\n")
        oci.add_file(tar, "etc/nsswitch.conf", b"hosts: files dns\n")
        oci.add_folder(tar, "tmp", 0o1777)

    return target.add_layer(fill)


def _base_record(settings: Settings) -> Path:
    return settings.images / "base.layer"


def base_key() -> str:
    return " ".join([DEBIAN, NODE, *_BASE_PACKAGES])


def base_layer(settings: Settings, target: oci.Store) -> oci.Blob:
    """Return the layer below every OpenClaw: Debian with git, curl and Node.js; made once."""
    try:
        record = json.loads(_base_record(settings).read_text())
        if record["key"] == base_key() and target.path(record["digest"]).stat().st_size == record["size"]:
            return oci.Blob(oci.LAYER, record["digest"], record["size"])
    except (OSError, ValueError, KeyError):
        pass
    layer = _make_base(settings, target)
    settings.images.mkdir(parents=True, exist_ok=True)
    _base_record(settings).write_text(json.dumps({"key": base_key(), "digest": layer.digest, "size": layer.size}))
    return layer


def _make_base(settings: Settings, target: oci.Store) -> oci.Blob:
    missing = missing_packages(IMAGE_PACKAGES)
    if missing:
        install_packages(settings, missing)
    root = settings.build / "base"
    shutil.rmtree(root, ignore_errors=True)
    log = settings.build_logs / "image-base.log"
    log.unlink(missing_ok=True)
    mirror = os.environ.get("OPENCLAW_DEBIAN_MIRROR", "http://deb.debian.org/debian")
    run(
        ["debootstrap", "--variant=minbase", f"--include={','.join(_BASE_PACKAGES)}", DEBIAN, root, mirror],
        what=f"cannot make a Debian {DEBIAN} root folder",
        log=log,
        advice="if the mirror cannot be reached, set OPENCLAW_DEBIAN_MIRROR to one that can",
    )
    run(
        [
            "chroot",
            root,
            "useradd",
            "--uid",
            _UNPRIVILEGED,
            "--user-group",
            "--create-home",
            "--shell",
            "/bin/bash",
            "node",
        ],
        what="cannot add the user",
        log=log,
    )
    for pattern in (
        "var/cache/apt/*",
        "var/lib/apt/lists/*",
        "var/log/*",
        "usr/share/doc/*",
        "usr/share/man/*",
        "usr/share/locale/*",
        "dev/*",
    ):
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    (root / "etc" / "resolv.conf").unlink(missing_ok=True)
    node = node_folder(settings)

    def fill(tar: tarfile.TarFile) -> None:
        oci.add_tree(tar, root, owner=None)
        oci.add_tree(tar, node, "usr/local")

    layer = target.add_layer(fill)
    shutil.rmtree(root)
    return layer


def _openclaw(version: str) -> Callable[[Settings, oci.Store], oci.Blob]:
    """Return the maker of an OpenClaw image: the npm package at /app, `openclaw` on the path, user node."""

    def make(settings: Settings, target: oci.Store) -> oci.Blob:
        base = base_layer(settings, target)
        folder = _install_openclaw(settings, version)

        def fill(tar: tarfile.TarFile) -> None:
            oci.add_folder(tar, "opt/openclaw")
            oci.add_tree(tar, folder, "opt/openclaw")
            oci.add_link(tar, "app", "opt/openclaw/node_modules/openclaw")
            oci.add_link(tar, "usr/local/bin/openclaw", "/app/openclaw.mjs")

        layer = target.add_layer(fill)
        shutil.rmtree(folder)
        recipe = oci.Recipe(
            entrypoint=("tini", "-s", "--"),
            command=("node", "openclaw.mjs", "gateway", "run"),
            environment=(*oci.Recipe.environment, "NODE_ENV=production", "HOME=/home/node"),
            user="node",
            folder="/app",
            labels=(("org.opencontainers.image.version", version),),
        )
        return target.add_image([base, layer], recipe)

    return make


def _install_openclaw(settings: Settings, version: str) -> Path:
    """Install the npm package into a folder of its own, with the install scripts that it needs."""
    folder = settings.build / f"openclaw-{version}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = settings.build_logs / f"image-openclaw-{version}.log"
    log.unlink(missing_ok=True)
    package = {
        "name": "image",
        "private": True,
        "dependencies": {"openclaw": version},
        "allowScripts": dict.fromkeys(_TRUSTED_SCRIPTS, True),
    }
    (folder / "package.json").write_text(json.dumps(package))
    node = node_folder(settings)
    environment = {**os.environ, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    npm = ["npm", f"--cache={settings.build / 'npm'}", "--no-audit", "--no-fund", "--no-update-notifier", "--omit=dev"]
    what = f"cannot install openclaw {version} from the npm registry"
    for command in (["install", "--ignore-scripts"], ["rebuild", "--foreground-scripts", *_TRUSTED_SCRIPTS]):
        run(
            [*npm, *command],
            what=what,
            log=log,
            cwd=folder,
            environment=environment,
            advice="check that npm can reach its registry",
        )
    entry = folder / "node_modules" / "openclaw" / "openclaw.mjs"
    entry.chmod(0o755)
    run(
        [node / "bin" / "node", entry, "--version"],
        what=f"openclaw {version} does not start",
        log=log,
        environment=environment,
    )
    return folder


PAUSE_IMAGE = Image(
    "pause",
    "registry.k8s.io/pause:3.10",
    "image pause",
    (),
    _program_image(PAUSE, "/pause", oci.Recipe(entrypoint=("/pause",), user="65535:65535")),
    (PAUSE,),
)
DNS_IMAGE = Image(
    "coredns",
    f"registry.k8s.io/coredns/coredns:v{COREDNS}",
    "image CoreDNS",
    (),
    _program_image(DNS, "/coredns", oci.Recipe(entrypoint=("/coredns",), user="65532:65532")),
    (DNS,),
    revision=3,
)
MODEL_IMAGE = Image(
    "stub-model",
    "ghcr.io/openclaw/stub-model:1",
    "image stand-in model",
    (),
    _program_image(MODEL, "/model", oci.Recipe(entrypoint=("/model",), user=_UNPRIVILEGED)),
    (MODEL,),
)
TOOLS_IMAGE = Image("tools", "ghcr.io/openclaw/tools:1", "image tools", (), _make_tools)
# The same tools with another configuration digest: the kubelet treats an image that was once pulled with a secret as
# private under every name, so what the registry serves must never be a preloaded image's twin.
PRIVATE_IMAGE = Image(
    "private-tools",
    "registry/tools:1",
    "image tools for the registry",
    (),
    lambda settings, target: _make_tools(settings, target, (("openclaw.test/served-by", "registry"),)),
)
AGNHOST_IMAGE = Image(
    "agnhost",
    f"registry.k8s.io/e2e-test-images/agnhost:{AGNHOST}",
    "image agnhost",
    (),
    _program_image(AGNHOST_PROGRAM, "/agnhost", oci.Recipe(entrypoint=("/agnhost",), command=("pause",))),
    (AGNHOST_PROGRAM,),
)
OPENCLAW_IMAGE, OLDER_IMAGE = (
    Image(
        f"openclaw-{version}",
        f"ghcr.io/openclaw/openclaw:{version}",
        f"image OpenClaw {version}",
        (base_key(), version),
        _openclaw(version),
    )
    for version in (OPENCLAW, OPENCLAW_OLDER)
)


def ctr(socket: Path) -> list[str]:
    """Return the command of containerd's client for the containers of Kubernetes."""
    return ["ctr", "--address", str(socket), "--namespace", "k8s.io"]


def import_image(settings: Settings, image: Image, digest: str, *, socket: Path, snapshotter: str) -> None:
    """Load an image into containerd."""
    log = settings.logs / "import.log"
    command = [*ctr(socket), "images", "import", "--snapshotter", snapshotter, "-"]
    with log.open("ab") as stream:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=stream, stderr=stream)
        pipe = process.stdin
        try:
            if pipe is not None:
                with pipe:
                    store(settings).write_archive(image.reference, digest, pipe)
        except BrokenPipeError:
            pass  # its exit code says more
        if process.wait() != 0:
            raise ClusterError(f"cannot import {image.reference} into containerd", log=log)


def imported_images(socket: Path) -> dict[str, str]:
    """Return reference -> manifest digest of the images that containerd has."""
    lines = run([*ctr(socket), "images", "list"], what="cannot list the images of containerd").splitlines()[1:]
    return {words[0]: words[2] for line in lines if len(words := line.split()) > 2}

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of what runs beside a gateway. They take minutes to make, so only the set `all` has them."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path

from testbed import oci
from testbed.images import Image
from testbed.programs import Program
from testbed.progress import ClusterError, run
from testbed.settings import DEBIAN, OLLAMA, Settings
from testbed.tiny_model import MODELFILE, tiny_model
from testbed.tools import IMAGE_PACKAGES, go_command, install_packages, missing_packages

_UNPRIVILEGED = "1000"
_BROWSER = "chromium-headless-shell"
# Ollama's module lacks the headers that it bundles, since modules hold no folder called "vendor".
_HEADER_PACKAGES = ("libstb-dev", "nlohmann-json3-dev")
_AUDIO_MODULE = "github.com/gen2brain/malgo@v0.11.24"
_AUDIO_HEADER = "miniaudio.h"
# As in the official image: run unchanged, it is open to the network.
_OLLAMA_ENVIRONMENT = (*oci.Recipe.environment, "OLLAMA_HOST=0.0.0.0:11434")


def _make_chromium(settings: Settings, target: oci.Store) -> oci.Blob:
    """Make an image with Debian's headless Chromium where the product's default image has it."""
    missing = missing_packages(IMAGE_PACKAGES)
    if missing:
        install_packages(settings, missing)
    root = settings.build / "chromium"
    shutil.rmtree(root, ignore_errors=True)
    log = settings.build_logs / "image-chromium.log"
    log.unlink(missing_ok=True)
    mirror = os.environ.get("OPENCLAW_DEBIAN_MIRROR", "http://deb.debian.org/debian")
    run(
        ["debootstrap", "--variant=minbase", f"--include={_BROWSER},fonts-dejavu-core", DEBIAN, root, mirror],
        what=f"cannot make a Debian {DEBIAN} root folder with {_BROWSER}",
        log=log,
        advice="if the mirror cannot be reached, set OPENCLAW_DEBIAN_MIRROR to one that can",
    )
    for pattern in ("var/cache/apt/*", "var/lib/apt/lists/*", "usr/share/doc/*", "usr/share/locale/*", "dev/*"):
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def fill(tar: tarfile.TarFile) -> None:
        oci.add_tree(tar, root, owner=None)
        oci.add_folder(tar, "headless-shell")
        # Not the script in /usr/bin: it would take the signal that ends the container, and keep it to itself.
        oci.add_link(tar, "headless-shell/headless-shell", f"/usr/lib/chromium/{_BROWSER}")

    layer = target.add_layer(fill)
    shutil.rmtree(root)
    return target.add_image([layer], oci.Recipe(entrypoint=("/headless-shell/headless-shell",)))


def _ollama_headers(settings: Settings) -> Path:
    """Return a folder with the headers that the module lacks, from Debian and from another Go module."""
    folder = settings.build / "ollama-headers"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = settings.build_logs / "ollama-headers.log"
    log.unlink(missing_ok=True)
    for words in (["update", "-q"], ["-o", "APT::Sandbox::User=root", "download", *_HEADER_PACKAGES]):
        advice = "check that apt-get reaches its mirror: apt-get update"
        run(["apt-get", *words], what="cannot download headers for Ollama", log=log, cwd=folder, advice=advice)
    for package in folder.glob("*.deb"):
        run(["dpkg-deb", "--extract", package, folder / "root"], what=f"cannot unpack {package.name}", log=log)
    include = folder / "root" / "usr" / "include"
    command: list[str | Path] = [go_command(settings), "mod", "download", "-json", _AUDIO_MODULE]
    modules = {**os.environ, "GOMODCACHE": str(settings.build / "go-modules"), "GOTOOLCHAIN": "local"}
    run(command, what=f"cannot download the module {_AUDIO_MODULE}", log=log, cwd=folder, environment=modules)
    found = next((settings.build / "go-modules").glob(f"{_AUDIO_MODULE}/{_AUDIO_HEADER}"), None)
    if found is None:
        raise ClusterError(f"the module {_AUDIO_MODULE} has no {_AUDIO_HEADER}", log=log)
    (include / "miniaudio").mkdir()
    shutil.copy(found, include / "miniaudio" / _AUDIO_HEADER)
    return include


OLLAMA_PROGRAM = Program(
    "ollama", OLLAMA, f"Ollama {OLLAMA}", f"github.com/ollama/ollama@v{OLLAMA}", headers=_ollama_headers
)


def _make_ollama(settings: Settings, target: oci.Store) -> oci.Blob:
    """Make an image of the server alone, with a tiny model in /opt/tiny that `ollama create` takes."""

    def fill(tar: tarfile.TarFile) -> None:
        oci.add_file(tar, "bin/ollama", OLLAMA_PROGRAM.path(settings).read_bytes(), 0o755)
        oci.add_file(tar, "opt/tiny/tiny.gguf", tiny_model())
        oci.add_file(tar, "opt/tiny/Modelfile", MODELFILE.encode())
        oci.add_folder(tar, "tmp", 0o1777)

    recipe = oci.Recipe(entrypoint=("/bin/ollama",), command=("serve",), environment=_OLLAMA_ENVIRONMENT)
    return target.add_image([target.add_layer(fill)], recipe)


CHROMIUM_IMAGE = Image(
    "chromium",
    "docker.io/chromedp/headless-shell:stable",
    "image Chromium",
    (DEBIAN, _BROWSER),
    _make_chromium,
    revision=2,
)
OLLAMA_IMAGE = Image(
    "ollama",
    f"docker.io/ollama/ollama:{OLLAMA}",
    f"image Ollama {OLLAMA}",
    (MODELFILE,),
    _make_ollama,
    (OLLAMA_PROGRAM,),
)

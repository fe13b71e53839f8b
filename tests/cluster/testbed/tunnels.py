# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of what brings clients in from inside a pod: Tailscale with a control server of the tests, and a stand-in for
cloudflared, whose module the registry of Go modules refuses.
"""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from testbed import oci
from testbed.images import Image, tools_layer
from testbed.programs import Program, go_environment
from testbed.progress import ClusterError, run
from testbed.settings import CLOUDFLARED, GO_NEWER, GO_SOURCES, TAILSCALE, Settings
from testbed.tools import go_command

_MODULE = f"tailscale.com@v{TAILSCALE}"
# Its SSH server and the very commit of gVisor that it asks for are not to be had everywhere; a later one is, without
# a setting of which Tailscale makes use on Windows only.
_TAGS = ("ts_omit_ssh",)
_GVISOR = "gvisor.dev/gvisor"
_GVISOR_VERSION = "v0.0.0-20260905035102-160fafc42237"
_UNKNOWN_SETTING = "opts.ClockResolution"
_SETTING_IN = "wgengine/netstack/netstack.go"
# A program of ours that uses packages of that module.
_OURS = "cmd/tailnet"


def _tailscale_module(settings: Settings) -> Path:
    """Return the folder of Tailscale's module, with what it takes to build it here, and with our program."""
    folder = settings.build / f"tailscale-{TAILSCALE}"
    if not folder.is_dir():
        _make_tailscale_module(settings, folder)
    # Ours as it is now: the folder outlives a single build.
    shutil.rmtree(folder / _OURS, ignore_errors=True)
    shutil.copytree(GO_SOURCES / _OURS, folder / _OURS)
    return folder


def _make_tailscale_module(settings: Settings, folder: Path) -> None:
    log = settings.build_logs / "tailscale-module.log"
    log.unlink(missing_ok=True)
    go, environment = go_command(settings, GO_NEWER), go_environment(settings)

    def ask(*words: str, what: str, place: Path) -> None:
        run([go, *words], what=what, log=log, cwd=place, environment=environment)

    settings.build.mkdir(parents=True, exist_ok=True)
    ask("mod", "download", _MODULE, what=f"cannot download the module {_MODULE}", place=settings.build)
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(settings.build / "go-modules" / _MODULE, unfinished)
    source = unfinished / _SETTING_IN
    lines = source.read_text().splitlines(keepends=True)
    kept = [line for line in lines if _UNKNOWN_SETTING not in line]
    if len(kept) != len(lines) - 1:
        raise ClusterError(f"{_MODULE} has {len(lines) - len(kept)} lines with {_UNKNOWN_SETTING} instead of one")
    source.write_text("".join(kept))
    ask("mod", "edit", f"-replace={_GVISOR}={_GVISOR}@{_GVISOR_VERSION}", what="cannot change go.mod", place=unfinished)
    unfinished.rename(folder)


def _program(name: str, title: str, *tags: str) -> Program:
    return Program(
        name,
        TAILSCALE,
        f"{title} {TAILSCALE}",
        f"./cmd/{name}",
        module=_tailscale_module,
        tags=(*_TAGS, *tags),
        go=GO_NEWER,
    )


TAILSCALE_PROGRAMS = (
    _program("tailscale", "Tailscale's command line"),
    _program("tailscaled", "Tailscale's daemon"),
    _program("containerboot", "Tailscale's starter in containers"),
)
TAILNET_PROGRAM = _program("tailnet", "control server with packages of Tailscale", "tailnet")
TUNNEL_PROGRAM = Program("tunnel", "1", "stand-in for cloudflared", "./cmd/tunnel")


def _make_tailscale(settings: Settings, target: oci.Store) -> oci.Blob:
    """Make an image with the programs where the official image has them, and a shell as that one."""

    def fill(tar: tarfile.TarFile) -> None:
        for program in TAILSCALE_PROGRAMS:
            oci.add_file(tar, f"usr/local/bin/{program.name}", program.path(settings).read_bytes(), 0o755)

    recipe = oci.Recipe(command=("/usr/local/bin/containerboot",))
    return target.add_image([tools_layer(settings, target), target.add_layer(fill)], recipe)


def _make_tailnet(settings: Settings, target: oci.Store) -> oci.Blob:
    """Make an image of the control server, with a shell to ask it from."""

    def fill(tar: tarfile.TarFile) -> None:
        oci.add_file(tar, "tailnet", TAILNET_PROGRAM.path(settings).read_bytes(), 0o755)

    recipe = oci.Recipe(entrypoint=("/tailnet",), user="1000")
    return target.add_image([tools_layer(settings, target), target.add_layer(fill)], recipe)


TAILSCALE_IMAGE = Image(
    "tailscale",
    f"ghcr.io/tailscale/tailscale:v{TAILSCALE}",
    f"image Tailscale {TAILSCALE}",
    (),
    _make_tailscale,
    TAILSCALE_PROGRAMS,
)
TAILNET_IMAGE = Image(
    "tailnet", "ghcr.io/openclaw/tailnet:1", "image control server of tailnets", (), _make_tailnet, (TAILNET_PROGRAM,)
)


def _make_cloudflared(settings: Settings, target: oci.Store) -> oci.Blob:
    """Make an image of one program, as the official one: no shell, and not run as root."""

    def fill(tar: tarfile.TarFile) -> None:
        oci.add_file(tar, "usr/local/bin/cloudflared", TUNNEL_PROGRAM.path(settings).read_bytes(), 0o755)

    recipe = oci.Recipe(entrypoint=("cloudflared", "--no-autoupdate"), user="65532:65532")
    return target.add_image([target.add_layer(fill)], recipe)


CLOUDFLARED_IMAGE = Image(
    "cloudflared",
    f"docker.io/cloudflare/cloudflared:{CLOUDFLARED}",
    "image cloudflared",
    (),
    _make_cloudflared,
    (TUNNEL_PROGRAM,),
)

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traefik, and the kinds that the cluster serves for it: its own and those of the Gateway API.

Tests start it in namespaces of their own. Kinds belong to a whole cluster, so the cluster has them from its start.
"""

from __future__ import annotations

import re
import shutil
import tarfile
from pathlib import Path

from testbed import oci
from testbed.images import Image
from testbed.programs import Program, go_environment
from testbed.progress import ClusterError, run
from testbed.settings import GATEWAY_API, GO_NEWER, TRAEFIK, Settings
from testbed.tools import go_command

_MODULE = f"github.com/traefik/traefik/v3@v{TRAEFIK}"
_ITS_KINDS = "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml"
_GATEWAY_MODULE = f"sigs.k8s.io/gateway-api@v{GATEWAY_API}"
_GATEWAY_KINDS = "config/crd/standard"
# Beside the kinds there is a policy in that folder that refuses older ones; nothing here is ever upgraded.
_POLICY = "vap_"
_NAME = re.compile(r"^  name: (\S+)$", re.MULTILINE)
GROUPS = ("traefik.io/v1alpha1", "gateway.networking.k8s.io/v1")


def _downloaded(settings: Settings, module: str) -> Path:
    """Return the folder of a module as its registry has it. The Gateway API's names a Go that few machines have yet."""
    log = settings.build_logs / "traefik-modules.log"
    settings.build.mkdir(parents=True, exist_ok=True)
    run(
        [go_command(settings, GO_NEWER), "mod", "download", module],
        what=f"cannot download the module {module}",
        log=log,
        cwd=settings.build,
        environment=go_environment(settings),
        advice="check GOPROXY and try again",
    )
    return settings.build / "go-modules" / module


def _traefik_module(settings: Settings) -> Path:
    """Return a copy of Traefik's module: as the main module it keeps the replacements that it was released with."""
    folder = settings.build / f"traefik-{TRAEFIK}"
    if not folder.is_dir():
        unfinished = folder.with_name(folder.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(_downloaded(settings, _MODULE), unfinished)
        unfinished.rename(folder)
    return folder


TRAEFIK_PROGRAM = Program("traefik", TRAEFIK, f"Traefik {TRAEFIK}", "./cmd/traefik", module=_traefik_module)


def _make_traefik(settings: Settings, target: oci.Store) -> oci.Blob:
    """Make an image of the program alone, which the official one starts, too."""

    def fill(tar: tarfile.TarFile) -> None:
        oci.add_file(tar, "usr/local/bin/traefik", TRAEFIK_PROGRAM.path(settings).read_bytes(), 0o755)
        oci.add_folder(tar, "tmp", 0o1777)

    return target.add_image([target.add_layer(fill)], oci.Recipe(entrypoint=("traefik",), user="65532:65532"))


TRAEFIK_IMAGE = Image(
    "traefik",
    f"docker.io/library/traefik:v{TRAEFIK}",
    f"image Traefik {TRAEFIK}",
    (),
    _make_traefik,
    (TRAEFIK_PROGRAM,),
)


# The kinds


def kinds_folder(settings: Settings) -> Path:
    """Return where the definitions are kept, or will be: one file for each, with its name."""
    return settings.cache / "kinds" / f"traefik-{TRAEFIK}-gateway-api-{GATEWAY_API}"


def make_kinds(settings: Settings) -> None:
    """Take the definitions out of the modules that publish them."""
    texts = (_downloaded(settings, _MODULE) / _ITS_KINDS).read_text().split("\n---\n")
    files = sorted((_downloaded(settings, _GATEWAY_MODULE) / _GATEWAY_KINDS).glob("*.yaml"))
    texts += [path.read_text() for path in files if _POLICY not in path.name]
    folder = kinds_folder(settings)
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(folder.parent, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for text in texts:
        name = _NAME.search(text)
        if name is None:
            raise ClusterError(f"{_MODULE} or {_GATEWAY_MODULE} has a definition without a name", advice="look into it")
        (unfinished / name[1]).write_text(text)
    unfinished.rename(folder)


def kinds(settings: Settings) -> dict[str, str]:
    """Return name -> definition as YAML."""
    return {path.name: path.read_text() for path in sorted(kinds_folder(settings).iterdir())}

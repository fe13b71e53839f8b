# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images around backups: restic from a newer Debian, and versitygw, a server of S3 that keeps objects as files."""

from __future__ import annotations

import tarfile

from testbed import oci
from testbed.feature_images import debian_packages
from testbed.images import Image, base_key, base_layer, tools_layer
from testbed.programs import Program
from testbed.settings import RESTIC, RESTIC_DEBIAN, VERSITYGW, Settings

_UNPRIVILEGED = "1000"

VERSITYGW_PROGRAM = Program(
    "versitygw",
    VERSITYGW,
    f"versitygw {VERSITYGW}",
    f"github.com/versity/versitygw/cmd/versitygw@v{VERSITYGW}",
)


def _make_restic(settings: Settings, target: oci.Store) -> oci.Blob:
    """Make an image with restic where the official one has it. The program wants no newer library than the base has."""
    root = debian_packages(settings, "restic", "restic", release=RESTIC_DEBIAN)

    def fill(tar: tarfile.TarFile) -> None:
        oci.add_file(tar, "usr/bin/restic", (root / "usr/bin/restic").read_bytes(), 0o755)

    layers = [base_layer(settings, target), target.add_layer(fill)]
    return target.add_image(layers, oci.Recipe(entrypoint=("/usr/bin/restic",)))


def _make_versitygw(settings: Settings, target: oci.Store) -> oci.Blob:
    """Make an image of the server, with a shell to look at and to damage what it keeps."""

    def fill(tar: tarfile.TarFile) -> None:
        oci.add_file(tar, "usr/local/bin/versitygw", VERSITYGW_PROGRAM.path(settings).read_bytes(), 0o755)

    recipe = oci.Recipe(entrypoint=("/usr/local/bin/versitygw",), user=_UNPRIVILEGED)
    return target.add_image([tools_layer(settings, target), target.add_layer(fill)], recipe)


RESTIC_IMAGE = Image(
    "restic", f"ghcr.io/restic/restic:{RESTIC}", f"image restic {RESTIC}", (base_key(), RESTIC_DEBIAN), _make_restic
)
VERSITYGW_IMAGE = Image(
    "versitygw",
    f"docker.io/versity/versitygw:v{VERSITYGW}",
    f"image versitygw {VERSITYGW}",
    (),
    _make_versitygw,
    (VERSITYGW_PROGRAM,),
)

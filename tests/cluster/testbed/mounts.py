# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mounts and loop devices that live below a folder: find them all, release them all."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from testbed.progress import ClusterError, run


def mounts_below(folder: Path, table: str | None = None) -> list[Path]:
    """Return the mount points at or below a folder, the latest first (the order in which they can be unmounted)."""
    text = Path("/proc/self/mountinfo").read_text() if table is None else table
    # Blanks and such are octal escapes in the table.
    points = [Path(line.split()[4].encode().decode("unicode_escape")) for line in text.splitlines() if line]
    return [point for point in reversed(points) if point == folder or folder in point.parents]


def unmount_below(folder: Path) -> None:
    """Unmount everything at or below a folder."""
    for _attempt in range(5):  # stacked mounts show up once the upper one is gone
        points = mounts_below(folder)
        if not points:
            return
        for point in points:
            if subprocess.run(["umount", point], capture_output=True, check=False).returncode != 0:
                subprocess.run(["umount", "--lazy", point], capture_output=True, check=False)
    raise ClusterError(f"still mounted: {', '.join(map(str, mounts_below(folder)))}", advice="unmount them by hand")


def loops_below(folder: Path) -> list[str]:
    """Return the loop devices whose image lies below a folder."""
    text = run(["losetup", "--list", "--json", "--output", "NAME,BACK-FILE"], what="cannot list loop devices")
    devices = json.loads(text or '{"loopdevices": []}')["loopdevices"]
    # The kernel appends " (deleted)" to the name of an image that is gone.
    return [entry["name"] for entry in devices if entry["back-file"] and folder in Path(entry["back-file"]).parents]


def detach_below(folder: Path) -> None:
    """Detach the loop devices whose image lies below a folder."""
    for device in loops_below(folder):
        run(["losetup", "--detach", device], what=f"cannot detach {device}")

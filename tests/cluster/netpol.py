# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run upstream's NetworkPolicy specs on the running test cluster: five of them, or all with --all."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from testbed.netpol import run_specs  # noqa: E402
from testbed.progress import ClusterError, note  # noqa: E402
from testbed.settings import Settings  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="netpol", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every spec (about 25 minutes) instead of five")
    try:
        sys.exit(1 if run_specs(Settings.from_environment(), every=parser.parse_args().all) else 0)
    except ClusterError as error:
        note(error.report())
        sys.exit(1)

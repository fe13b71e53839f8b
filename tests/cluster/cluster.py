# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, look at and end the test cluster. `cluster --help` lists the commands."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from testbed import cluster  # noqa: E402
from testbed.progress import ClusterError, note, step  # noqa: E402
from testbed.settings import SETS, Settings  # noqa: E402


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="cluster", description="The test cluster: a real Kubernetes in one network namespace."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    chosen = argparse.ArgumentParser(add_help=False)
    chosen.add_argument(
        "--set", choices=SETS, default="test", help="demo: one cluster and OpenClaw; test: all that tests need"
    )
    commands.add_parser(
        "up", parents=[chosen], help="build what is missing, start what does not run, wait until it is ready"
    )
    commands.add_parser("down", help="end the cluster and remove its state; caches stay")
    commands.add_parser("status", help="say how the cluster is (exit code 0 ready, 1 ill, 3 not running)")
    commands.add_parser("env", help='print shell exports: eval "$(tests/cluster/cluster env)"')
    commands.add_parser("clean", help="down, and remove the caches as well")
    commands.add_parser(
        "steps", parents=[chosen], help="list what a set needs: name, state (cached or missing) and title, by tabs"
    )
    build = commands.add_parser("build", help="make one thing of `steps`")
    build.add_argument("name")
    return parser.parse_args()


def _main() -> int:
    arguments = _arguments()
    settings = Settings.from_environment()
    subject = cluster.Cluster(settings)
    if arguments.command == "status":
        return subject.status()
    if arguments.command == "env":
        for name, value in subject.environment().items():
            print(f"export {name}={shlex.quote(value)}")
        return 0
    if arguments.command == "steps":
        for one in cluster.steps(settings, arguments.set):
            print(f"{one.name}\t{'cached' if one.done() else 'missing'}\t{one.title}")
        return 0
    with cluster.exclusive(settings):
        if arguments.command == "up":
            subject.up(arguments.set)
        elif arguments.command == "build":
            found = [one for one in cluster.steps(settings, "all") if one.name == arguments.name]
            if not found:
                raise ClusterError(
                    f"there is nothing called {arguments.name}", advice="`cluster steps` lists the names"
                )
            cluster.build(settings, found[0])
        else:
            with step("ending the cluster"):
                subject.down()
            if arguments.command == "clean":
                cluster.clean(settings)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(_main())
    except ClusterError as error:
        note(error.report())
        sys.exit(1)
    except KeyboardInterrupt:
        note("interrupted; the same command continues where this one stopped")
        sys.exit(130)

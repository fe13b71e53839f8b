# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upstream's NetworkPolicy specs against the running cluster: proof that policy is enforced, not only stored."""

from __future__ import annotations

import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from testbed import network
from testbed.programs import NETPOL
from testbed.progress import ClusterError, duration, last_lines, run
from testbed.settings import Settings

# A spec each for the ways in which policy is decided: isolation alone, a named port of the target, addresses with
# exceptions, a change of labels while it runs, both directions together.
QUICK = (
    "between server and client should support a 'default-deny-ingress' policy",
    "between server and client should allow ingress access on one named port",
    "between server and client should enforce except clause while egress access to server in CIDR block",
    "between server and client should allow ingress access from updated namespace",
    "between server and client should work with Ingress, Egress specified together",
)
# A spec mostly waits for pods and probes; two at a time keep two processors busy.
_AT_ONCE = 2


def _command(settings: Settings, *options: str) -> list[str]:
    program = [
        str(NETPOL.path(settings)),
        f"--kubeconfig={settings.kubeconfig}",
        "--provider=skeleton",
        "--ginkgo.no-color",
    ]
    return [*network.enter(settings), *program, "--ginkgo.skip=SCTPConnectivity", *options]


def specs(settings: Settings) -> list[str]:
    """Return the full names of all specs that this cluster can run (SCTP needs a kernel module)."""
    report = settings.logs / "netpol-specs.json"
    run(
        _command(settings, "--ginkgo.dry-run", f"--ginkgo.json-report={report}"),
        what="cannot list the NetworkPolicy specs",
    )
    found: list[str] = []
    for suite in json.loads(report.read_text()):
        for entry in suite["SpecReports"] or []:
            if entry["LeafNodeType"] == "It" and entry["State"] != "skipped":
                found.append(" ".join([*entry["ContainerHierarchyTexts"], entry["LeafNodeText"]]))
    return found


def run_specs(settings: Settings, *, every: bool) -> int:
    """Run the quick specs or every one; print a line for each and return the number of failures."""
    if not settings.kubeconfig.exists():
        raise ClusterError("the test cluster does not run", advice="start it: tests/cluster/cluster up --set test")
    names = specs(settings)
    chosen = names if every else [name for name in names if any(quick in name for quick in QUICK)]
    if not every and len(chosen) != len(QUICK):
        raise ClusterError(f"{len(QUICK)} specs were wanted, upstream has {len(chosen)} of these names: {chosen}")
    folder = settings.logs / "netpol"
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = pool.map(
            lambda pair: _run_spec(settings, pair[1], folder / f"{pair[0]:02}.log"), enumerate(chosen, 1)
        )
        failures = 0
        for number, (name, (passed, seconds, log)) in enumerate(zip(chosen, results, strict=True), 1):
            short = re.sub(r"^.*?NetworkPolicy (between server and client )?|\s*\[.*?\]", "", name).strip()
            print(
                f"[{number}/{len(chosen)}] {short} ... {'ok' if passed else 'FAILED'} {duration(seconds)}", flush=True
            )
            if not passed:
                failures += 1
                print("\n".join(f"  | {line}" for line in last_lines(log)) + f"\n  log: {log}", flush=True)
    print(f"{len(chosen) - failures} of {len(chosen)} NetworkPolicy specs pass, {duration(time.monotonic() - started)}")
    return failures


def _run_spec(settings: Settings, name: str, log: Path) -> tuple[bool, float, Path]:
    started = time.monotonic()
    with log.open("wb") as stream:
        command = _command(settings, f"--ginkgo.focus={re.escape(name)}$", "--ginkgo.fail-on-empty")
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, check=False)
    return result.returncode == 0, time.monotonic() - started, log

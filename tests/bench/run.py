# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare `site` and the batched `apply` with raw requests, with Ansible's own cost, and with kubernetes.core.

Usage: run.py [CONTENDER ...]     all of them without names; see contenders.py

BENCH_RUNS (3) repeats ours and the limits, the median counts. BENCH_PEER_RUNS (1) does so for kubernetes.core, 0 leaves
it out. BENCH_SIZES (20,100) are the numbers of instances. BENCH_LARGEST_EACH (20): one task per object is not tried on
more. Writes build/bench.json, and docs/bench.md after a complete run. Falling short of a target is said, not a failure.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools"), str(HERE.parents[1] / "build" / "collections")]

import figures  # noqa: E402
import machine  # noqa: E402
import peer  # noqa: E402
import report  # noqa: E402
import vanilla  # noqa: E402
from console import Failure, Step  # noqa: E402
from contenders import CONTENDERS, CORE_EACH, NO_OP, STEPS, Contender, ansible_environment  # noqa: E402
from environment import BUILD, COLLECTIONS, ROOT  # noqa: E402
from fleet import PREFIX, Fleet, FleetFiles  # noqa: E402
from meter import Apiserver, CommandFailed, Cost  # noqa: E402
from report import Results  # noqa: E402

FOLDER = BUILD / "bench"


@dataclass(frozen=True)
class Plan:
    """What the environment and the command line ask for."""

    runs: int
    peer_runs: int
    sizes: tuple[int, ...]
    contenders: tuple[Contender, ...]

    @classmethod
    def read(cls, names: list[str]) -> Plan:
        largest = int(os.environ.get("BENCH_LARGEST_EACH", str(CORE_EACH.largest)))
        known = {one.key: replace(one, largest=largest) if one is CORE_EACH else one for one in CONTENDERS}
        unknown = set(names) - set(known)
        if unknown:
            raise Failure(f"no contender is called {', '.join(sorted(unknown))}", f"one of {', '.join(known)}")
        return cls(
            runs=int(os.environ.get("BENCH_RUNS", "3")),
            peer_runs=int(os.environ.get("BENCH_PEER_RUNS", "1")),
            sizes=tuple(int(size) for size in os.environ.get("BENCH_SIZES", "20,100").split(",")),
            contenders=tuple(one for key, one in known.items() if not names or key in names),
        )

    @property
    def complete(self) -> bool:
        return len(self.contenders) == len(CONTENDERS)

    def cycles(self) -> Iterator[tuple[int, int, list[Contender]]]:
        """Run, size and the contenders that share one fleet; interleaved, so that a slow hour is everybody's."""
        for run in range(max(self.runs, self.peer_runs)):
            for size in self.sizes:
                fleets: dict[str, list[Contender]] = defaultdict(list)
                for one in self.contenders:
                    if run < (self.peer_runs if one.peer else self.runs) and size <= one.largest:
                        fleets[one.shares or one.key].append(one)
                for sharing in fleets.values():
                    yield run, size, sharing


class Bench:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.kubeconfig = os.environ.get("OPENCLAW_TEST_KUBECONFIG_OTHER", "")
        audit_log = os.environ.get("OPENCLAW_TEST_AUDIT_LOG_OTHER", "")
        self.with_node = os.environ.get("KUBECONFIG", "")
        self.audit_log_with_node = Path(os.environ.get("OPENCLAW_TEST_AUDIT_LOG", ""))
        if not self.kubeconfig or not audit_log:
            raise Failure(
                "the benchmark needs the second, node-less control plane of the built-in cluster",
                "unset KUBECONFIG, then make bench",
            )
        self.apiserver = Apiserver(Path(audit_log))
        paths = [str(COLLECTIONS)]
        if any(one.peer for one in plan.contenders) and plan.peer_runs:
            paths.append(str(peer.collections_path()))
        self.environment = ansible_environment(os.environ, self.kubeconfig, os.pathsep.join(paths))
        self.results: Results = defaultdict(list)

    def measure(self) -> Results:
        self.clean()
        for run, size, sharing in self.plan.cycles():
            fleet = Fleet(sharing[0].shares or sharing[0].key, size)
            step = Step(f"{size} instances, run {run + 1}: {', '.join(one.key for one in sharing)}")
            files = fleet.write(FOLDER / fleet.contender, Path(sys.executable))
            try:
                self.cycle(fleet, files, sharing, step)
            finally:
                self.clean()
            step.ok()
        return self.results

    def cycle(self, fleet: Fleet, files: FleetFiles, sharing: list[Contender], step: Step) -> None:
        maker = next((one for one in CONTENDERS if one.key == fleet.contender), sharing[0])
        for what in STEPS:
            if maker not in sharing and what != NO_OP:
                continue
            for one in sharing:
                if what in one.steps:
                    step.sign_of_life(f"{one.key}: {what}")
                    self.results[one.key, fleet.size, what].append(self.one(fleet, files, one, what))

    def one(self, fleet: Fleet, files: FleetFiles, contender: Contender, what: str) -> Cost:
        log = BUILD / "logs" / "bench" / f"{contender.key}-{fleet.size}-{what}.log"
        mark = f"{PREFIX}{fleet.contender}-"
        return self.apiserver.measure(contender.command(files, what), self.environment, ROOT, log, mark)

    def one_instance(self) -> vanilla.Vanilla:
        """On the cluster with a node, which the rest of the benchmark leaves alone."""
        step = Step("one instance with nothing but defaults")
        environment = {**self.environment, "KUBECONFIG": self.with_node, "K8S_AUTH_KUBECONFIG": self.with_node}
        found = vanilla.measure(
            environment, self.audit_log_with_node, FOLDER / "vanilla", BUILD / "logs" / "bench", ROOT
        )
        step.ok()
        return found

    def clean(self) -> None:
        log = BUILD / "logs" / "bench" / "clean.log"
        argv = [sys.executable, str(HERE / "raw_requests.py"), "delete", PREFIX]
        self.apiserver.measure(argv, self.environment, ROOT, log, PREFIX)


def main(names: list[str]) -> int:
    try:
        plan = Plan.read(names)
        bench = Bench(plan)
        results = bench.measure()
        alone = bench.one_instance() if plan.complete else None
    except CommandFailed as failed:
        Failure(str(failed), "read that log; make bench runs everything again").show()
        return 1
    except Failure as failure:
        failure.show()
        return 1
    conditions = machine.describe(peer.version() if any(one.peer for one in plan.contenders) and plan.peer_runs else "")
    told = report.table(results, plan.sizes)
    judged = report.verdicts(results, plan.sizes)
    print(f"\n{told}\n{judged}")
    document = {
        "machine": conditions,
        "costs": [
            {"contender": key, "instances": size, "step": what, "runs": [asdict(cost) for cost in costs]}
            for (key, size, what), costs in results.items()
        ],
    }
    (BUILD / "bench.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for name, figure in report.figures(results, plan.sizes, machine.sentence(conditions)).items():
        figures.write(name, figure)
    if alone is not None:
        told_of = f"{alone.containers} container, {alone.init_containers} to prepare, Ready after {alone.ready:.0f} s"
        figures.write("bench-vanilla", figures.Figure(alone.containers, told_of, machine.sentence(conditions)))
        (ROOT / "docs" / "bench.md").write_text(report.page(results, plan.sizes, conditions, alone), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

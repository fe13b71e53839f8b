# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From costs to a table, to ratios against the targets, and to the page docs/bench.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from contenders import (
    BATCHED,
    CHANGE,
    CONTENDERS,
    CORE_EACH,
    CREATE,
    EMPTY,
    NO_OP,
    RAW_LIST,
    RAW_PATCH,
    SITE,
    STEPS,
    Contender,
)
from figures import Figure
from machine import sentence
from meter import Cost
from vanilla import Vanilla

Results = dict[tuple[str, int, str], list[Cost]]
"""By contender, number of instances and step: the cost of each run."""

WRITES = ("create", "patch", "update", "delete", "deletecollection")


def typical(costs: Iterable[Cost]) -> Cost:
    """The median of each figure."""
    runs = list(costs)
    verbs = {verb for cost in runs for verb in cost.requests}
    return Cost(
        wall=median(cost.wall for cost in runs),
        cpu=median(cost.cpu for cost in runs),
        apiserver_cpu=median(cost.apiserver_cpu for cost in runs),
        requests={verb: round(median(cost.requests.get(verb, 0) for cost in runs)) for verb in sorted(verbs)},
    )


@dataclass(frozen=True)
class Target:
    """A ratio of two sums of contenders, and what was promised for it."""

    title: str
    measure: Callable[[Cost], float]
    unit: str
    above: tuple[tuple[Contender, str], ...]
    below: tuple[tuple[Contender, str], ...]
    limit: float
    figure_name: str
    """The promise that it belongs to, see tests/proof/promises.yml."""
    at_least: bool = False

    def ratio(self, results: Results, size: int) -> float | None:
        """None if something that it needs was not measured at this size."""
        above, below = (self._sum(part, results, size) for part in (self.above, self.below))
        return above / below if above is not None and below else None

    def _sum(self, part: tuple[tuple[Contender, str], ...], results: Results, size: int) -> float | None:
        costs = [results.get((contender.key, size, step)) for contender, step in part]
        if not all(costs):
            return None
        return sum(self.measure(typical(cost)) for cost in costs if cost)

    def met(self, ratio: float) -> bool:
        return ratio >= self.limit if self.at_least else ratio <= self.limit

    @property
    def promise(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.limit:g}"


def _wall(cost: Cost) -> float:
    return cost.wall


def _cpu(cost: Cost) -> float:
    return cost.cpu


TARGETS = (
    Target(
        "batched no-op / (empty tasks + raw LISTs)",
        _wall,
        "wall",
        ((BATCHED, NO_OP),),
        ((EMPTY, NO_OP), (RAW_LIST, NO_OP)),
        2.0,
        "bench-no-op",
    ),
    Target(
        "batched create / (empty tasks + raw PATCHes)",
        _wall,
        "wall",
        ((BATCHED, CREATE),),
        ((EMPTY, NO_OP), (RAW_PATCH, CREATE)),
        1.5,
        "bench-create",
    ),
    *(
        Target(f"site {step} / batched {step}", _wall, "wall", ((SITE, step),), ((BATCHED, step),), 2.5, "bench-site")
        for step in STEPS
    ),
    *(
        Target(
            f"one task per object {step} / batched {step}",
            _cpu,
            "controller CPU",
            ((CORE_EACH, step),),
            ((BATCHED, step),),
            10.0,
            "bench-one-task-per-object",
            at_least=True,
        )
        for step in STEPS
    ),
)


def verdicts(results: Results, sizes: Iterable[int]) -> str:
    lines = []
    for size in sizes:
        for target in TARGETS:
            ratio = target.ratio(results, size)
            if ratio is not None:
                verdict = "ok" if target.met(ratio) else "FALLS SHORT"
                what = f"{target.title}, {target.unit}"
                lines.append(f"{verdict:11}  {size:>4}  {what:64} {ratio:6.2f}  (target {target.promise})")
    return "\n".join(lines)


def figures(results: Results, sizes: Iterable[int], conditions: str) -> dict[str, Figure]:
    """For each promise the worst of its ratios, at the largest fleet where all of them were measured."""
    found = {}
    for name in {target.figure_name for target in TARGETS}:
        targets = [target for target in TARGETS if target.figure_name == name]
        for size in sorted(sizes):
            ratios = [ratio for target in targets if (ratio := target.ratio(results, size)) is not None]
            if len(ratios) == len(targets):
                worst = min(ratios) if targets[0].at_least else max(ratios)
                found[name] = Figure(round(worst, 2), f"{worst:.2f} times, {size} instances", conditions)
    return found


def rows(results: Results, sizes: Iterable[int]) -> Iterable[tuple[int, str, Contender, Cost, int]]:
    for size in sizes:
        for step in (CREATE, NO_OP, CHANGE):
            for contender in CONTENDERS:
                costs = results.get((contender.key, size, step))
                if costs:
                    yield size, step, contender, typical(costs), len(costs)


def _requests(counts: Mapping[str, int]) -> str:
    parts = [f"{counts[verb]} {verb}" for verb in ("get", "list", "dry run") if counts.get(verb)]
    writes = sum(counts.get(verb, 0) for verb in WRITES) - counts.get("dry run", 0)
    return ", ".join([*parts, f"{writes} write"] if writes else parts) or "none"


def table(results: Results, sizes: Iterable[int]) -> str:
    lines = [f"{'N':>4}  {'step':6}  {'contender':46} {'wall s':>7} {'CPU s':>7} {'server':>7}  requests"]
    for size, step, contender, cost, _runs in rows(results, sizes):
        title = contender.title.replace("`", "")
        lines.append(
            f"{size:>4}  {step:6}  {title:46} {cost.wall:7.2f} {cost.cpu:7.2f} {cost.apiserver_cpu:7.2f}"
            f"  {_requests(cost.requests)}"
        )
    return "\n".join(lines)


PAGE = """\
<!-- Written by `make bench`. -->
# How fast it is

Everything on this page was measured in one run of `make bench`, the contenders in turn against the same apiserver, so
read the ratios; seconds are those of one machine: {machine}.

The fleet has {sizes} instances of twelve objects, each in a namespace of its own, from the collection's real builders.
The control plane has no node: nothing here waits for pods, and the configuration is not validated in a Job. Ansible
runs with 10 forks. `create` starts from nothing, `no-op` runs the same inventory again, `change` sets one value in the
configuration of every instance (two of twelve objects change). Raw requests are sent by one Python process over eight
kept-alive connections. kubernetes.core gets manifests that were rendered before; ours renders them.

## Ratios against the targets

| Instances | What is compared | By | Ratio | Target | |
|---:|---|---|---:|---|---|
{ratios}

## Figures

Wall seconds, CPU seconds of everything the command started, CPU seconds of the apiserver meanwhile, and the requests
that it received. Medians; the last column is the number of runs.

| Instances | Step | Contender | Wall | CPU | Apiserver CPU | Requests | Runs |
|---:|---|---|---:|---:|---:|---|---:|
{figures}

## One instance with nothing but defaults

On the cluster with a node, from an empty inventory: preflight, deploy with the validation of the configuration in a
Job, wait, verify. The figures of the others were taken once on a machine of the same size, with their own defaults and
the least that brings them up on OpenClaw 2026.9.6; they were not taken in this run.

| | Containers | Init containers | First run | Seconds to Ready | Same again |
|---|---:|---:|---|---:|---|
{vanilla}
| Go operator 0.38.3 | 3 | 4 | 34 writes | 24 | 18 writes |
| helmforge chart 0.1.0 | not counted | not counted | 8 objects | 21 | 1 write, its network policy |
| breymander chart 0.1.0 | not counted | not counted | not counted | 14 | no change |
| serhanekicii 1.5.37, egkristi, homelab, official manifests | | | not ready without mending | | |

## Run it yourself

```
make bench                       # about 15 minutes on two cores; writes this page
BENCH_RUNS=1 make bench          # once instead of three times
BENCH_PEER_RUNS=0 make bench     # without kubernetes.core, which takes most of the time
BENCH_LARGEST_EACH=100 make bench  # one task per object for 100 instances too: add 20 minutes
```
"""


def _vanilla(found: Vanilla) -> str:
    return (
        f"| `openclaw.kubernetes.site` | {found.containers} | {found.init_containers} "
        f"| {_requests(found.create.requests)}; {found.create.wall:.0f} s in all | {found.ready:.0f} "
        f"| {_requests(found.no_op.requests)}; {found.no_op.wall:.1f} s |"
    )


def page(results: Results, sizes: Iterable[int], machine: dict[str, str], vanilla: Vanilla) -> str:
    wanted = list(sizes)
    ratios = []
    for size in wanted:
        for target in TARGETS:
            ratio = target.ratio(results, size)
            if ratio is not None:
                verdict = "ok" if target.met(ratio) else "**falls short**"
                ratios.append(
                    f"| {size} | {target.title} | {target.unit} | {ratio:.2f} | {target.promise} | {verdict} |"
                )
    figures = [
        f"| {size} | {step} | {contender.title} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.apiserver_cpu:.2f} "
        f"| {_requests(cost.requests)} | {runs} |"
        for size, step, contender, cost, runs in rows(results, wanted)
    ]
    return PAGE.format(
        machine=sentence(machine),
        sizes=" and ".join(map(str, wanted)),
        ratios="\n".join(ratios),
        figures="\n".join(figures),
        vanilla=_vanilla(vanilla),
    )

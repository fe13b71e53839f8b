# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/proof.md: the promises with what was measured, one section for each area."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from environment import ROOT
from promises import Promise
from verdict import Verdict

PAGE = ROOT / "docs" / "proof.md"
INTRODUCTION = """\
<!-- Written by `make proof`: every figure on this page comes from that run. -->
# What this collection promises, and what shows it

Each line is one promise. The figure was measured by the test or command beside it, on a real Kubernetes: etcd, API
server, controllers, scheduler, kubelet, container runtime, network policies and volumes, with the real OpenClaw image.
Writes are counted in the API server's audit log, not in our own output. A promise that did not hold in the last run is
printed here as **falls short**.

Do not believe it, run it:

```
make proof                      # every promise, on the built-in cluster; ends with an error if one falls short
make proof AREA=foundation      # one area
make integration T=idempotence  # one of the files of tests behind it
```
"""
SECTION = """\
<!-- area {area} -->
## {title}

Run on: {ran_on}.

| | Id | Promise | Figure | Shown by |
|---|---|---|---|---|
{rows}
<!-- end of area {area} -->
"""


def write_page(
    areas: Mapping[str, str], promises: Iterable[Promise], verdicts: Mapping[str, Verdict], ran_on: str
) -> None:
    """Sections of areas that were not run stay as they are."""
    kept = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    chosen = list(promises)
    sections = []
    for area, title in areas.items():
        ours = [promise for promise in chosen if promise.area == area]
        if ours:
            rows = "\n".join(_row(promise, verdicts[promise.id]) for promise in ours)
            sections.append(SECTION.format(area=area, title=title, ran_on=ran_on, rows=rows))
        else:
            found = re.search(rf"<!-- area {area} -->.*<!-- end of area {area} -->\n", kept, re.DOTALL)
            sections.extend([found[0]] if found else [])
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text("\n".join([INTRODUCTION, *sections]), encoding="utf-8")


def _row(promise: Promise, verdict: Verdict) -> str:
    word = "ok" if verdict.holds else "**falls short**"
    return f"| {word} | {promise.id} | {promise.says} | {_cell(verdict.figure)} | {_cell(shown_by(promise))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def shown_by(promise: Promise) -> str:
    if promise.measured:
        return f"`{promise.measured.by}`"
    if promise.command:
        return f"`{' '.join(promise.command.argv)}`"
    files: dict[str, list[str]] = {}
    for name in promise.tests:
        file, _colons, test = name.partition("::")
        files.setdefault(file, []).extend([test] if test else [])
    return ", ".join(
        f"[{file.removeprefix('tests/')}](../{file})" + (f" ({len(tests)} tests)" if len(tests) > 1 else "")
        for file, tests in files.items()
    )

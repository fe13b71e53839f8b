# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures that a long command leaves behind, for promises about a cold machine or about speed.

A command writes `build/reports/figures/<name>.json`; `make proof` reads it, and keeps it in tests/proof/recorded.json,
because a machine is cold only once.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from environment import BUILD, CACHE, ROOT

FRESH = BUILD / "reports" / "figures"
RECORDED = ROOT / "tests" / "proof" / "recorded.json"


@dataclass(frozen=True)
class Figure:
    value: float
    """What is compared with the promise: seconds, a ratio."""
    text: str
    """The same for a reader: `9 m 40 s`."""
    conditions: str = ""
    """What else one has to know to believe it: versions and sizes, never the name of a machine."""


def write(name: str, figure: Figure) -> None:
    FRESH.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(figure), indent=1)
    (FRESH / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def read_all() -> dict[str, Figure]:
    """The recorded figures, overlaid with those of this checkout's last runs."""
    figures = {}
    if RECORDED.is_file():
        figures = {name: Figure(**entry) for name, entry in json.loads(RECORDED.read_text(encoding="utf-8")).items()}
    for file in sorted(FRESH.glob("*.json")):
        figures[file.stem] = Figure(**json.loads(file.read_text(encoding="utf-8")))
    return figures


def record(figures: dict[str, Figure]) -> None:
    text = json.dumps({name: asdict(figures[name]) for name in sorted(figures)}, indent=1)
    RECORDED.write_text(text + "\n", encoding="utf-8")


def machine_is_cold() -> bool:
    """Whether nothing of the built-in cluster was built or fetched here before. Ask before anything is started."""
    built: Path = CACHE / "bin"
    return not built.is_dir() or not any(built.iterdir())

# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write roles/*/README.md and docs/options.md from the roles' argument specs.

Usage: role_readmes.py            write the pages
       role_readmes.py --check    write nothing; name the pages that are not what would be written
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "openclaw.kubernetes"
NOTE = "<!-- Written by `make docs` from meta/argument_specs.yml: edit that file, not this one. -->"

MARKUP = (
    (re.compile(r"\b[CVEP]\(([^()]*(?:\([^()]*\)[^()]*)*)\)"), r"`\1`"),
    (re.compile(r"\b(?:O|RV)\(([^()]*)\)"), r"`\1`"),
    (re.compile(r"\bM\(([^()]*)\)"), r"`\1`"),
    (re.compile(r"\bB\(([^()]*)\)"), r"**\1**"),
    (re.compile(r"\bI\(([^()]*)\)"), r"*\1*"),
    (re.compile(r"\bL\(([^(),]*),\s*([^()]*)\)"), r"[\1](\2)"),
    (re.compile(r"\bU\(([^()]*)\)"), r"<\1>"),
)
"""Ansible's documentation markup, and what it is in Markdown."""


@dataclass(frozen=True)
class Option:
    """One row of a table. A suboption's name is the path to it: `openclaw_secrets.<name>.value`."""

    name: str
    type: str
    default: str
    description: str


@dataclass(frozen=True)
class EntryPoint:
    name: str
    summary: str
    description: tuple[str, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Role:
    name: str
    entry_points: tuple[EntryPoint, ...]

    @property
    def main(self) -> EntryPoint:
        return next(point for point in self.entry_points if point.name == "main")


def main(arguments: Sequence[str]) -> int:
    pages = dict(all_pages(ROOT))
    outdated = [path for path, text in pages.items() if current_text(path) != text]
    if "--check" in arguments:
        for path in outdated:
            print(f"{path.relative_to(ROOT)} is not what its argument specs say; run `make docs`", file=sys.stderr)
        return 1 if outdated else 0
    for path in outdated:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def current_text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def all_pages(root: Path) -> Iterator[tuple[Path, str]]:
    roles = [read_role(path) for path in sorted((root / "roles").glob("*/meta/argument_specs.yml"))]
    for role in roles:
        yield root / "roles" / role.name / "README.md", role_page(role)
    if roles:
        yield root / "docs" / "options.md", options_page(roles)


def read_role(specs_file: Path) -> Role:
    specs = yaml.safe_load(specs_file.read_text(encoding="utf-8"))["argument_specs"]
    points = tuple(
        EntryPoint(
            name=name,
            summary=markdown(spec["short_description"]),
            description=tuple(markdown(line) for line in as_lines(spec.get("description"))),
            options=tuple(read_options(spec.get("options") or {})),
        )
        for name, spec in specs.items()
    )
    return Role(name=specs_file.parent.parent.name, entry_points=points)


def read_options(options: Mapping[str, Mapping[str, object]], prefix: str = "") -> Iterator[Option]:
    for name, spec in options.items():
        path = prefix + name
        yield Option(path, type_text(spec), default_text(spec), description_text(spec))
        suboptions = spec.get("options")
        if isinstance(suboptions, Mapping):
            separator = "[]." if spec.get("type") == "list" else "."
            yield from read_options(suboptions, path + separator)


def type_text(spec: Mapping[str, object]) -> str:
    kind = str(spec.get("type", "str"))
    return f"list of {spec['elements']}" if kind == "list" and "elements" in spec else kind


def default_text(spec: Mapping[str, object]) -> str:
    if spec.get("required"):
        return "**required**"
    default = spec.get("default")
    if default is None:
        return ""
    return f"`{default if isinstance(default, str) and default else json.dumps(default)}`"


def description_text(spec: Mapping[str, object]) -> str:
    sentences = [markdown(line) for line in as_lines(spec.get("description"))]
    choices = spec.get("choices")
    if isinstance(choices, list):
        sentences.append("One of " + ", ".join(f"`{choice}`" for choice in choices) + ".")
    return " ".join(sentences)


def as_lines(description: object) -> list[str]:
    if description is None:
        return []
    return [str(line) for line in description] if isinstance(description, list) else [str(description)]


def markdown(text: str) -> str:
    for pattern, replacement in MARKUP:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


def role_page(role: Role) -> str:
    lines = [f"# {COLLECTION}.{role.name}", "", NOTE, "", f"{role.main.summary}.", ""]
    for sentence in role.main.description:
        lines += [sentence, ""]
    lines += ["```yaml", "- hosts: all", "  connection: local", "  gather_facts: false", "  roles:"]
    lines += [f"    - role: {COLLECTION}.{role.name}", "```", ""]
    documented = {option.name: option for option in role.main.options}
    for point in role.entry_points:
        lines += [f"## Entry point `{point.name}`", ""]
        if point.name != "main":
            lines += [f"{point.summary}.", ""]
            for sentence in point.description:
                lines += [sentence, ""]
        new = [option for option in point.options if point.name == "main" or documented.get(option.name) != option]
        known = [option for option in point.options if option not in new]
        lines += option_table(new) if new else []
        if known:
            lines += ["Takes, as `main` does: " + ", ".join(f"`{option.name}`" for option in known) + ".", ""]
        if not point.options:
            lines += ["No options of its own.", ""]
    lines += ["The options of all roles, which one instance shares: [docs/options.md](../../docs/options.md).", ""]
    return "\n".join(lines)


def option_table(options: Sequence[Option]) -> list[str]:
    lines = ["| Option | Type | Default | What it does |", "|---|---|---|---|"]
    for option in options:
        cells = (f"`{option.name}`", option.type, option.default, option.description)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*lines, ""]


def options_page(roles: Sequence[Role]) -> str:
    lines = ["# All options", "", NOTE.replace("meta/argument_specs.yml", "roles/*/meta/argument_specs.yml"), ""]
    lines += ["Each option belongs to one role, whose page says the same. Any of them may stand in group_vars,"]
    lines += ["host_vars, `-e` or a survey.", ""]
    for role in roles:
        options = {option.name: option for point in role.entry_points for option in point.options}
        if options:
            lines += [f"## {role.name}", "", f"{role.main.summary}. [Role page](../roles/{role.name}/README.md)", ""]
            lines += option_table(list(options.values()))
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

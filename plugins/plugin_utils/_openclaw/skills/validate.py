# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether OpenClaw would load a skill, and load it under the name that the inventory gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .findings import INVALID, SKILL_FILE, Finding
from .front_matter import FrontMatter, NoFrontMatter, parse
from .tree import Tree, shown

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
"""The name of a skill: its folder, its command, and what agents list."""
# The loader skips a larger file without another word.
_MAX_SKILL_FILE = 256_000
_MAX_DESCRIPTION = 160


def slug_problem(name: str) -> str | None:
    """Return why a skill cannot have that name."""
    if SLUG.fullmatch(name):
        return None
    return (
        "is not the name of a skill: at most 64 lower-case letters, digits and dashes, a letter or digit at both ends."
    )


def validate(name: str, tree: Tree) -> list[Finding]:
    """Return what is wrong with the skill I(name). Findings of severity V(invalid) keep OpenClaw from loading it."""
    return list(_problems(name, tree))


def front_matter_of(tree: Tree) -> FrontMatter:
    """Return the front matter of the skill; an empty one if there is none that can be read."""
    try:
        return parse(tree[SKILL_FILE].content.decode())
    except (KeyError, UnicodeDecodeError, NoFrontMatter):
        return FrontMatter()


def _problems(name: str, tree: Tree) -> Iterator[Finding]:
    reason = slug_problem(name)
    if reason:
        yield Finding("name", INVALID, f'the name "{name}" {reason}'.removesuffix("."))
    if SKILL_FILE not in tree:
        near = next((path for path in sorted(tree) if path.rpartition("/")[2].lower() == SKILL_FILE.lower()), None)
        hint = f"; there is {near}" if near else ""
        yield Finding("skill-file", INVALID, f"has no {SKILL_FILE} at its top{hint}")
        return
    content = tree[SKILL_FILE].content
    if len(content) > _MAX_SKILL_FILE:
        yield _of_file("skill-file", INVALID, f"has {len(content)} bytes; OpenClaw skips more than {_MAX_SKILL_FILE}")
    try:
        front_matter = parse(content.decode())
    except UnicodeDecodeError:
        yield _of_file("skill-file", INVALID, "is not UTF-8 text")
        return
    except NoFrontMatter as problem:
        yield _of_file("front-matter", INVALID, str(problem))
        return
    yield from _key_problems(name, front_matter)
    nested = [path for path in sorted(tree) if path.endswith(f"/{SKILL_FILE}")]
    if nested:
        yield Finding("nested-skill", "medium", f"OpenClaw never reads {nested[0]}: it stops at the first {SKILL_FILE}")


def _key_problems(name: str, front_matter: FrontMatter) -> Iterator[Finding]:
    if not front_matter["description"]:
        yield _of_file("description", INVALID, "the front matter has no description")
    elif len(front_matter["description"]) > _MAX_DESCRIPTION or "\n" in front_matter["description"]:
        yield _of_file(
            "description", "low", f"the description is not one line of at most {_MAX_DESCRIPTION} characters"
        )
    if front_matter["name"] not in ("", name):
        # Agents would list it, and other skills replace it, under a name that nobody declared.
        yield _of_file("name", INVALID, f'the skill calls itself {shown(front_matter["name"])}, not "{name}"')
    if not front_matter.body.strip():
        yield _of_file("empty", "low", "there are no instructions below the front matter")


def _of_file(rule: str, severity: str, message: str) -> Finding:
    return Finding(rule, severity, message, SKILL_FILE, 1)

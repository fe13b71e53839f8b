# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own look at a skill: what its front matter asks for, what its files are, and what its texts say."""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from .findings import SKILL_FILE, Finding
from .front_matter import FrontMatter
from .scan_rules import TEXT_RULES
from .tree import Tree, shown
from .validate import front_matter_of

# What files of these kinds begin with.
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"Rar!",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)
_PROGRAMS = (
    b"\x7fELF",
    b"MZ",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xfe\xed\xfa",
    b"\0asm",
)
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"wOFF", b"wOF2", b"\0\x01\0\0\0")
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257
# Settings of editors and Git that say nothing to an agent.
_HARMLESS_HIDDEN = frozenset({".gitignore", ".gitattributes", ".editorconfig", ".npmignore", ".clawhubignore"})
_HIDDEN_CHARACTERS = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_JOINER = "\u200d"
_FIRST_PICTOGRAPH = 0x2190
_MIXED_WORD = re.compile(r"\b(?=[^\W\d_]*[A-Za-z])(?=[^\W\d_]*[\u0370-\u03ff\u0400-\u04ff])[^\W\d_]{3,40}\b")
_MAX_PER_RULE = 5


INSTALLER = "installer"


def scan(tree: Tree) -> list[Finding]:
    """Return what stands out in the skill."""
    found = [*_of_front_matter(front_matter_of(tree))]
    for path, file in sorted(tree.items()):
        found += _of_file(path, file.content)
    return found


def without_allowed(findings: Iterable[Finding], installers: Collection[str]) -> list[Finding]:
    """Return the findings without installers that may come along: C(kind:name), with C(*) for any."""
    return [
        finding
        for finding in findings
        if finding.rule != INSTALLER or not any(fnmatchcase(finding.subject, allowed) for allowed in installers)
    ]


@functools.cache
def rules_digest() -> str:
    """Return a short digest of the rules, for the record of what a skill was measured by."""
    rules = "\n".join(f"{rule.id} {rule.severity} {rule.pattern.pattern}" for rule in TEXT_RULES)
    # Some rules are code: it counts as it is written.
    return hashlib.sha256(rules.encode() + Path(__file__).read_bytes()).hexdigest()[:12]


def _of_front_matter(front_matter: FrontMatter) -> Iterator[Finding]:
    for entry in front_matter.installers:
        kind = str(entry.get("kind") or entry.get("type") or "").lower()
        wanted = str(next((entry[key] for key in ("formula", "cask", "package", "module", "url") if key in entry), ""))
        severity = "critical" if kind in ("download", "") or "://" in wanted else "high"
        subject = f"{kind}:{wanted}"
        yield Finding(INSTALLER, severity, f"brings an installer, {shown(subject)}", SKILL_FILE, 1, subject)
    if front_matter.manifest.get("always") is True:
        yield Finding("always", "high", "is in every conversation, asked for or not (always: true)", SKILL_FILE, 1)
    if front_matter["command-dispatch"] == "tool":
        message = "runs a tool without the model (command-dispatch: tool)"
        yield Finding("command-dispatch", "high", message, SKILL_FILE, 1)


def _of_file(path: str, content: bytes) -> Iterator[Finding]:
    hidden = [part for part in path.split("/") if part.startswith(".")]
    if hidden:
        harmless = path.rpartition("/")[2] in _HARMLESS_HIDDEN and len(hidden) == 1
        yield Finding("hidden-file", "low" if harmless else "high", "is hidden from whoever lists the folder", path)
    text = _text_of(content)
    if text is None:
        yield from _of_bytes(path, content)
        return
    yield from _of_characters(path, text)
    # What is hidden, spelt in other letters or spread over lines must not escape the patterns.
    readable = unicodedata.normalize("NFKC", _HIDDEN_CHARACTERS.sub("", text))
    continued = re.sub(r"\\\r?\n", lambda found: " " * len(found.group()), readable)
    yield from _of_text(path, continued, readable)


def _text_of(content: bytes) -> str | None:
    if b"\0" in content or content.startswith((*_ARCHIVES, *_PROGRAMS)):
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _of_bytes(path: str, content: bytes) -> Iterator[Finding]:
    if content.startswith(_ARCHIVES) or content[_TAR_MAGIC_AT:].startswith(_TAR_MAGIC):
        yield Finding("archive", "high", "is an archive, so nobody sees what is in it", path)
    elif content.startswith(_PROGRAMS):
        yield Finding("program", "critical", "is a compiled program", path)
    elif content.startswith(_PICTURES):
        yield Finding("picture", "low", "is a picture or a font", path)
    else:
        yield Finding("binary", "high", "is neither text nor a picture", path)


def _of_characters(path: str, text: str) -> Iterator[Finding]:
    body_start = 1 if text.startswith("\ufeff") else 0
    hidden = [
        found for found in _HIDDEN_CHARACTERS.finditer(text, body_start) if not _joins_pictographs(text, found.start())
    ]
    if hidden:
        first = hidden[0]
        message = f"holds {len(hidden)} invisible characters, the first is U+{ord(first.group()):04X}"
        yield Finding("hidden-text", "critical", message, path, _line(text, first.start()))
    mixed = _MIXED_WORD.search(text)
    if mixed:
        message = f"mixes alphabets within a word, {mixed.group().encode('unicode_escape').decode('ascii')}"
        yield Finding("mixed-alphabets", "medium", message, path, _line(text, mixed.start()))


def _joins_pictographs(text: str, at: int) -> bool:
    """Whether the character is the joiner within an emoji that is made of several."""
    if text[at] != _JOINER or not 0 < at < len(text) - 1:
        return False
    return ord(text[at - 1]) >= _FIRST_PICTOGRAPH and ord(text[at + 1]) >= _FIRST_PICTOGRAPH


def _of_text(path: str, text: str, as_written: str) -> Iterator[Finding]:
    """Yield what the patterns find in I(text); the lines are those of I(as_written), which is as long."""
    for rule in TEXT_RULES:
        lines: dict[int, None] = {}
        for found in rule.pattern.finditer(text):
            lines.setdefault(_line(as_written, found.start()))
            if len(lines) == _MAX_PER_RULE:
                break
        for line in lines:
            yield Finding(rule.id, rule.severity, rule.message, path, line)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1

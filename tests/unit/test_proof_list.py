# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of promises names tests that exist, leaves no cluster test unnamed, and is judged without mercy."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# These are programs, not a package: they find each other as the interpreter finds them when they are started.
sys.path[:0] = [str(ROOT / "tests" / "proof"), str(ROOT / "tests" / "tools")]

import page  # noqa: E402
import promises  # noqa: E402
import verdict  # noqa: E402
from figures import Figure  # noqa: E402

AREAS, PROMISES = promises.read()
NAMED_TESTS = sorted({name for promise in PROMISES for name in promise.tests})


def test_ids_are_unique_and_short() -> None:
    counted = Counter(promise.id for promise in PROMISES)
    assert [name for name, count in counted.items() if count > 1] == []
    assert [name for name in counted if not re.fullmatch(r"[A-Z]-\d\d", name)] == []


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.id)
def test_a_promise_is_one_sentence_shown_by_one_thing(promise: promises.Promise) -> None:
    assert sum(map(bool, (promise.tests, promise.command, promise.measured))) == 1
    assert promise.says.endswith(".")
    assert len(promise.says) <= 240


@pytest.mark.parametrize("node", NAMED_TESTS)
def test_a_named_test_exists(node: str) -> None:
    file, _colons, name = node.partition("::")
    functions = {part.name for part in ast.parse((ROOT / file).read_text("utf-8")).body if hasattr(part, "name")}
    assert not name or name.partition("[")[0] in functions


@pytest.mark.parametrize("file", sorted((ROOT / "tests" / "integration").glob("test_*.py")), ids=lambda file: file.name)
def test_every_file_of_cluster_tests_is_behind_a_promise(file: Path) -> None:
    assert [name for name in NAMED_TESTS if name.partition("::")[0] == file.relative_to(ROOT).as_posix()]


def test_commands_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    typed = [" ".join(promise.command.argv) for promise in PROMISES if promise.command]
    typed += [promise.measured.by for promise in PROMISES if promise.measured]
    assert [text for text in typed if text.split()[0] != "make" or text.split()[-1] not in targets] == []


def test_every_measured_figure_is_written_by_a_program() -> None:
    programs = [*(ROOT / "tests" / "tools").glob("*.py"), *(ROOT / "tests" / "bench").glob("*.py")]
    source = "".join(path.read_text("utf-8") for path in programs)
    names = [promise.measured.name for promise in PROMISES if promise.measured]
    assert [name for name in names if f'"{name}"' not in source] == []


A, B, C, D = (f"tests/integration/test_{letter}.py" for letter in "abcd")
JUNIT = """<testsuites><testsuite>
<testcase classname="tests.integration.test_a" name="test_good[x]">
  <properties><property name="figure" value="0 writes"/></properties></testcase>
<testcase classname="tests.integration.test_a" name="test_good[y]">
  <properties><property name="figure" value="0 writes"/></properties></testcase>
<testcase classname="tests.integration.test_a" name="test_good_too"/>
<testcase classname="tests.integration.test_d" name="test_quick">
  <properties><property name="seconds" value="9"/></properties></testcase>
<testcase classname="tests.integration.test_d" name="test_slow">
  <properties><property name="seconds" value="71"/></properties></testcase>
<testcase classname="tests.integration.test_b" name="test_bad"><failure message="assert 3 == 0&#10;more"/></testcase>
<testcase classname="tests.integration.test_b" name="test_left_out"><skipped message="needs a node"/></testcase>
<testcase classname="tests.integration.test_b" name="test_broken"><error message="no cluster"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def cases(tmp_path: Path) -> list[verdict.Case]:
    junit = tmp_path / "junit.xml"
    junit.write_text(JUNIT, encoding="utf-8")
    return verdict.read_cases(junit)


@pytest.mark.parametrize(
    "wanted, holds, figure",
    [
        ([A], True, "0 writes; 3 cases"),
        ([f"{A}::test_good"], True, "0 writes; 2 cases"),
        ([f"{A}::test_good[x]"], True, "0 writes; 1 case"),
        ([f"{A}::test_good_too"], True, "1 case"),
        ([D], True, "at most 1 m 11 s; 2 cases"),
        ([f"{A}::test_go"], False, f"{A}::test_go did not run"),
        ([f"{B}::test_bad"], False, "1 of 1 cases failed, first test_bad: assert 3 == 0"),
        ([f"{B}::test_left_out"], False, "1 of 1 cases skipped, first test_left_out: needs a node"),
        ([f"{B}::test_broken"], False, "1 of 1 cases failed, first test_broken: no cluster"),
        ([A, C], False, f"{C} did not run"),
    ],
)
def test_verdict_of_tests(cases: list[verdict.Case], wanted: list[str], holds: bool, figure: str) -> None:
    assert verdict.of_tests(wanted, cases) == verdict.Verdict(holds, figure)


def test_nothing_that_did_not_run_holds(tmp_path: Path) -> None:
    assert not verdict.of_tests(["tests/integration/test_a.py"], verdict.read_cases(tmp_path / "none.xml")).holds


@pytest.mark.parametrize(
    "counts, noun, code, output, holds, figure",
    [
        ("^lint: .* ok", "checks", 0, "lint: ruff ... ok\nlint: mypy ... ok\n", True, "2 checks"),
        ("^lint: .* ok", "checks", 2, "lint: ruff ... ok\n", False, "make lint: exit code 2"),
        ("^lint: .* ok", "checks", 0, "nothing\n", False, "make lint: shows no checks"),
        (r"^core (\S+) ok", "", 0, "core 2.18 ok\ncore 2.21 ok\n", True, "2.18, 2.21"),
        (r"^core (\S+) ok", "", 0, "", False, "make lint: shows no figure"),
        ("", "", 0, "", True, "ends well"),
    ],
)
def test_verdict_of_a_command(counts: str, noun: str, code: int, output: str, holds: bool, figure: str) -> None:
    found = verdict.of_command(promises.Command(("make", "lint"), counts, noun), code, output)
    assert found == verdict.Verdict(holds, figure)


@pytest.mark.parametrize(
    "at_most, at_least, value, holds",
    [(2.0, None, 2.0, True), (2.0, None, 2.01, False), (None, 10, 10.0, True), (None, 10, 9.9, False)],
)
def test_verdict_of_a_measured_figure(at_most: float, at_least: float, value: float, holds: bool) -> None:
    measured = promises.Measured("speed", "make bench", at_most, at_least)
    assert verdict.of_measured(measured, {"speed": Figure(value, "so much")}) == verdict.Verdict(holds, "so much")


def test_a_figure_that_nobody_measured_falls_short() -> None:
    found = verdict.of_measured(promises.Measured("speed", "make bench", at_most=2), {})
    assert found == verdict.Verdict(False, "not measured: make bench")


def test_a_test_runs_once_for_all_promises_that_name_it() -> None:
    named = [("a.py::test_x",), ("a.py",), ("b.py::test_y", "b.py::test_y[1]"), ("b.py::test_y",), ("b.py::test_yz",)]
    wanted = [promises.Promise(str(number), "area", "", tests) for number, tests in enumerate(named)]
    assert verdict.nodes_to_run(wanted) == ["a.py", "b.py::test_y", "b.py::test_yz"]


def test_the_page_keeps_the_areas_that_did_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PAGE", tmp_path / "proof.md")
    areas = {"one": "The first", "two": "The second"}
    both = [promises.Promise("O-01", "one", "It holds."), promises.Promise("T-01", "two", "It holds too.")]
    good, bad = verdict.Verdict(True, "3 cases"), verdict.Verdict(False, "1 of 3 cases failed")
    page.write_page(areas, both, {"O-01": good, "T-01": good}, "here")

    page.write_page(areas, both[1:], {"T-01": bad}, "there")

    text = (tmp_path / "proof.md").read_text("utf-8")
    assert "| ok | O-01 | It holds. | 3 cases |" in text
    assert "| **falls short** | T-01 | It holds too. | 1 of 3 cases failed |" in text
    assert text.count("## The first") == text.count("## The second") == 1
    assert text.index("## The first") < text.index("## The second")

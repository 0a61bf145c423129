"""Which test runs which line: recorded by one run, found again for a change."""

import sys
from pathlib import Path

import pytest

from course.run.testing import run_tests
from course.run.tracing import (
    QUICK_FILES,
    QUICK_TESTS,
    Trace,
    changed_lines,
    run_traced,
)
from course.tree import File

CODE = """\
def one():
    return 1


def two():
    return open("words.txt").read()
"""
TESTS = """\
import pytest
from code_of import one, two


@pytest.mark.parametrize("n", [1, 2])
def test_one(n):
    assert one() == 1


def test_two():
    with open("words.txt"):
        assert two
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make two functions and their tests."""
    folder = tmp_path / "project"
    (folder / "work").mkdir(parents=True)
    (folder / "code_of.py").write_text(CODE)
    (folder / "words.txt").write_text("words")
    (folder / "test_code.py").write_text(TESTS)
    (folder / "conftest.py").write_text("")
    return folder


def test_the_tests_of_a_line_and_of_a_file_are_known(project: Path) -> None:
    ran, text = run_traced(project, Path(sys.executable), ["."], project / "work")
    assert ran.holds
    trace = Trace.read(text)
    assert trace.tests("code_of.py", [2]) == {"test_code.py::test_one"}
    assert trace.tests("code_of.py", [1, 5, 6]) == set()
    assert trace.tests_near("code_of.py", [1]) == {"test_code.py::test_one"}
    assert trace.tests("words.txt", []) == {"test_code.py::test_two"}
    before = {"code_of.py": File(CODE.encode())}
    after = {"code_of.py": File(CODE.replace("return 1", "return 2").encode())}
    assert trace.tests_of_change(before, after) == {"test_code.py::test_one"}
    assert trace.tests_of_change(before, before) == set()
    assert trace.tests_of_change(before, {}) == {"test_code.py::test_one"}


def test_only_the_tests_of_one_folder_are_traced(project: Path) -> None:
    for folder, function in [("ch01", "one"), ("ch02", "two"), ("ch03", "one")]:
        (project / folder).mkdir()
        (project / folder / f"test_{folder}.py").write_text(
            f"from code_of import {function}\n\n\n"
            f"def test_it():\n    assert {function}()\n"
        )
    tests, work_folder = ["ch01", "ch02", "ch03"], project / "work"
    python = Path(sys.executable)
    ran, text = run_traced(project, python, tests, work_folder, "ch02")
    assert len(ran.with_outcome("passed")) == 3
    trace = Trace.read(text)
    assert trace.names == ["ch02/test_ch02.py::test_it"]
    assert trace.tests("code_of.py", [6]) == set(trace.names)
    assert trace.tests("code_of.py", [2]) == set()
    assert set(trace.seconds) == set(trace.names)


def test_lines_of_a_change_are_those_that_go_or_stand_around_what_comes() -> None:
    assert changed_lines(b"a\nb\nc\n", b"a\nc\n") == {2}
    assert changed_lines(b"a\nb\nc\n", b"a\nx\nb\nc\n") == {1, 2}
    assert changed_lines(b"a\n", b"a\n") == set()


def test_named_tests_run_first(project: Path) -> None:
    first = ["test_code.py::test_two"]
    ran = run_tests(project, Path(sys.executable), first_failure=True, first=first)
    names = [one.test.partition("::")[2] for one in ran.outcomes]
    assert names == ["test_two", "test_one[1]", "test_one[2]"]


def test_real_parts_are_tested_in_one_folder_only(project: Path) -> None:
    marked = "import pytest\n\n\n@pytest.mark.real_parts\ndef test_real(): ...\n"
    for folder in ("ch01", "ch02"):
        (project / folder).mkdir()
        (project / folder / f"test_{folder}.py").write_text(marked)
    (project / "pytest.ini").write_text("[pytest]\nmarkers = real_parts: slow\n")
    ran = run_tests(project, Path(sys.executable), ["ch01", "ch02"], marked_in="ch02")
    assert [one.test for one in ran.outcomes] == ["ch02/test_ch02.py::test_real"]
    assert ran.collected == 1


def test_the_quickest_tests_come_from_a_few_files() -> None:
    tests = [f"{file}.py::test_{n}" for file in "abcde" for n in range(20)]
    seconds = {test: place / 100 for place, test in enumerate(reversed(tests))}
    quick = Trace(tests, {}, seconds).quickest(tests)
    assert {test.partition("::")[0] for test in quick} == {"e.py", "d.py"}
    assert quick[0] == "e.py::test_19"
    assert len(quick) == QUICK_TESTS


def test_a_file_that_is_far_behind_is_not_asked() -> None:
    tests = [f"{file}.py::test" for file in "abcde"]
    seconds = dict(zip(tests, range(5), strict=True))
    assert Trace(tests, {}, seconds).quickest(tests) == tests[:QUICK_FILES]

"""Running a checkpoint's tests: in which order, and what is told of them."""

import sys
from pathlib import Path

from course.run.testing import run_tests

ONE = """\
import pytest


@pytest.mark.parametrize("n", [1, 2])
def test_a(n):
    pass


def test_b():
    pass
"""
TWO = "def test_c():\n    pass\n\n\ndef test_d():\n    {last}\n"


def outcomes(folder: Path, last: str = "pass", **options: bool) -> list[str]:
    """Run the tests of two small files, and name those that ran."""
    (folder / "test_one.py").write_text(ONE)
    (folder / "test_two.py").write_text(TWO.format(last=last))
    found = run_tests(folder, Path(sys.executable), **options)
    return [one.test.partition("::")[2] for one in found.outcomes]


def test_tests_run_file_by_file_as_a_reader_runs_them(tmp_path: Path) -> None:
    ran = ["test_a[1]", "test_a[2]", "test_b", "test_c", "test_d"]
    assert outcomes(tmp_path) == ran


def test_where_the_first_failure_ends_it_each_file_has_its_turn(tmp_path: Path) -> None:
    ran = ["test_a[1]", "test_c", "test_b", "test_d"]
    assert outcomes(tmp_path, "assert False", first_failure=True) == ran
    assert outcomes(tmp_path, first_failure=True) == [*ran, "test_a[2]"]

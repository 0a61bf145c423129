"""Test the reports that machines read, and the lines that people do."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from course.errors import UsageError
from course.verify import report
from course.verify.display import closing, failures, line
from course.verify.results import Verdict
from course.verify.tasks import Result, Task


def result(
    step: str, chapter: int, verdict: Verdict, name: str = "", cached: bool = False
) -> Result:
    """Make the result of a check."""
    task = Task(step, chapter, "", lambda: verdict, name)
    return Result(task, verdict, 0.0 if cached else 1.5, cached)


RESULTS = [
    result("test", 1, Verdict(True, "3 passed"), cached=True),
    result("migrate", 1, Verdict(True, "has no migrations", applies=False)),
    result(
        "test", 2, Verdict(False, "1 failed", "it said \x1b[31m<no> & ]]> \udcff\n")
    ),
    result("knockout", 2, Verdict(False, "no test misses it"), "apps/x.py#y"),
]


def test_junit_counts_and_names_every_check(tmp_path: Path) -> None:
    report.write(RESULTS, tmp_path, 4.25)
    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314
    assert root.attrib["tests"] == "4"
    assert root.attrib["failures"] == "2"
    assert root.attrib["time"] == "4.250"
    suites = {one.attrib["name"]: one.attrib["tests"] for one in root.iter("testsuite")}
    assert suites == {"test": "2", "migrate": "1", "knockout": "1"}
    cases = [one.attrib["name"] for one in root.iter("testcase")]
    assert cases == ["test 1", "test 2", "migrate 1", "knockout 2: apps/x.py#y"]
    assert list(root.iter("skipped")) == []
    (first, _) = root.iter("failure")
    assert first.attrib["message"] == "1 failed"
    assert first.text == "it said \ufffd[31m<no> & ]]> \ufffd\n"


def test_json_says_what_each_check_came_to(tmp_path: Path) -> None:
    report.write(RESULTS, tmp_path, 4.25)
    whole = json.loads((tmp_path / "report.json").read_text())
    assert whole["holds"] is False
    states = [one["state"] for one in whole["checks"]]
    assert states == ["holds", "does not apply", "failed", "failed"]
    assert [one["cached"] for one in whole["checks"]] == [True, False, False, False]
    assert whole["checks"][2]["repeat"] == "course verify --chapter 2 --only test"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "junit.xml",
        "report.json",
    ]


def test_a_folder_that_cannot_be_is_bad_use(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="no report can be written to"):
        report.make_folder(tmp_path / "file" / "folder")


def test_failures_are_shown_whole_with_the_command_again() -> None:
    shown = failures(RESULTS)
    assert "test 2 failed:\nit said" in shown
    assert "Again: course verify --chapter 2 --only test" in shown
    assert "knockout 2: apps/x.py#y failed:\nno test misses it" in shown
    assert "test 1" not in shown
    assert failures(RESULTS[:2]) == ""


def test_the_lines_say_how_it_went() -> None:
    assert re.fullmatch(r"test 2 +failed +1\.5 s +0\.0 cpu  1 failed", line(RESULTS[2]))
    assert re.fullmatch(
        r"migrate 1 +- +1\.5 s +0\.0 cpu  has no migrations", line(RESULTS[1])
    )
    assert closing(RESULTS, 4.2) == "2 chapters: 2 of 4 checks failed in 4.2 s"
    held = "1 chapter: 2 checks hold, 1 of them as before (0.3 s)"
    assert closing(RESULTS[:2], 0.3) == held

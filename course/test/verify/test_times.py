"""What a verification costs, and what more chapters will cost."""

from pathlib import Path

import pytest

from course.verify.results import Results, Verdict
from course.verify.tasks import Task
from course.verify.times import Times, collect, project


def task(step: str, chapter: int, key: str) -> Task:
    """Make a check that is never run."""
    return Task(step, chapter, key, lambda: Verdict(False, "was run"))


def test_the_cost_of_stored_results_is_summed_up_by_step_and_chapter(
    tmp_path: Path,
) -> None:
    results = Results(tmp_path)
    results.put("aa1", Verdict(True, "", cpu_seconds=2.5))
    results.put("aa2", Verdict(True, "", cpu_seconds=1.5))
    tasks = [task("text", 2, "aa1"), task("text", 2, "aa2"), task("test", 2, "aa3")]
    times = collect(tasks, results)
    assert times.seconds == {("text", 2): 4.0}
    assert times.missing == 1


def test_tests_grow_with_every_chapter_and_the_rest_is_each_ones_own() -> None:
    # Each chapter brings 10 s of tests: 10 at chapter 1, 20 at chapter 2.
    seconds = {("test", 1): 10.0, ("test", 2): 20.0, ("text", 1): 4.0, ("text", 2): 6.0}
    times = Times(seconds)
    assert project(times, 2).from_nothing == pytest.approx(30 + 10)
    later = project(times, 4, outside=100)
    assert later.from_nothing == pytest.approx(100 + 20)
    assert later.one_changed == pytest.approx(40 + 5)
    assert later.ci_from_nothing == pytest.approx(120 + 3 * (30 + 40) + 2 * 40 + 100)
    assert later.ci_one_changed == pytest.approx(45 + 3 * 40 + 2 * 40 + 100)


def test_nothing_known_projects_nothing() -> None:
    assert project(Times(), 13).from_nothing == 0

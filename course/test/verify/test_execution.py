"""Test in which order checks are run, and which ones a result brings."""

import threading

import pytest

from course.errors import UsageError
from course.run import interpreters
from course.run.interpreters import Interpreter
from course.verify import verification
from course.verify.execution import run, verify
from course.verify.results import Results, Verdict
from course.verify.tasks import ProgressReporter, Task
from course.verify.verification import NEWEST, Options

HOLDS = Verdict(True, "ok")


def task(step: str, chapter: int, began: list[str], name: str = "") -> Task:
    """Make a check that notes that it began, and holds."""

    def check() -> Verdict:
        began.append(f"{step} {chapter}")
        return HOLDS

    return Task(step, chapter, f"{step} {chapter} {name}", check, name)


def test_what_takes_longest_begins_first_and_the_knockout_last(tmp_path) -> None:
    began: list[str] = []
    wanted = [("lint", 1), ("knockout", 2), ("knockout", 1), ("text", 1), ("test", 1)]
    tasks = [task(step, n, began) for step, n in [*wanted, ("test", 2)]]
    found = run(tasks, Results(tmp_path), ProgressReporter(), workers=1)
    in_order = "test 2, test 1, text 1, lint 1, knockout 1, knockout 2"
    assert ", ".join(began) == in_order
    assert [one.task for one in found] == tasks


@pytest.mark.parametrize("cached", [False, True])
def test_a_result_may_bring_more_checks(tmp_path, cached: bool) -> None:
    began: list[str] = []
    results, reporter = Results(tmp_path), ProgressReporter()
    first, second = task("test", 1, began), task("knockout", 1, began)
    if cached:
        results.put(first.key, HOLDS)
    found = run(
        [first],
        results,
        reporter,
        followers=lambda one: [second] if one.task is first else [],
    )
    assert [one.task for one in found] == [first, second]
    assert began == (["knockout 1"] if cached else ["test 1", "knockout 1"])
    assert reporter.total == len(reporter.results) == 2


def test_checks_of_one_key_are_run_once(tmp_path) -> None:
    began: list[str] = []
    first, second = task("test", 1, began), task("test", 1, began)
    found = run([first, second], Results(tmp_path), ProgressReporter())
    assert [one.task for one in found] == [first, second]
    assert [one.cached for one in found] == [False, True]
    assert all(one.verdict is found[0].verdict for one in found)
    assert began == ["test 1"]


def test_the_knockout_does_not_wait_for_other_checks(tmp_path) -> None:
    knocked_out = threading.Event()

    def text() -> Verdict:
        return Verdict(knocked_out.wait(60), "the knock-out began meanwhile")

    def knockout() -> Verdict:
        knocked_out.set()
        return HOLDS

    test = task("test", 1, [])
    tasks = [Task("text", 1, "text", text), test]
    follower = Task("knockout", 1, "knockout", knockout)
    found = run(
        tasks,
        Results(tmp_path),
        ProgressReporter(),
        workers=2,
        followers=lambda one: [follower] if one.task is test else [],
    )
    assert [one.verdict.holds for one in found] == [True, True, True]


def test_a_variant_runs_tests_and_starts_only(workshop, tmp_path) -> None:
    usual, other = workshop.checkpoints(), workshop.checkpoints()
    other.python = interpreters.interpreter(None).version
    steps = ["weave", "lint", "test", "start"]
    results = Results(tmp_path / "results")
    found = verify(usual, [2], steps, results, ProgressReporter(), [other])
    option = f"--python {other.python}"
    extra = [f"test 2 {option}", f"start 2 {option}"]
    titles = [one.task.title for one in found]
    assert titles == ["weave 2", "lint 2", "test 2", "start 2", *extra]
    again = f"course verify --chapter 2 --only test {option}"
    assert found[4].task.command == again
    assert all(one.verdict.holds for one in found)


def test_the_usual_python_is_no_variant(monkeypatch) -> None:
    def find(version: str | None) -> Interpreter:
        return Interpreter(tmp, version or "3.11")

    tmp = interpreters.interpreter(None).path
    monkeypatch.setattr(verification, "interpreter", find)
    options = Options((), ("test",), also=("3.11", "3.13", "3.13", NEWEST))
    found = [(one.python, one.latest) for one in options.variants]
    assert found == [("3.13", False), (None, True)]


def test_an_unknown_python_is_bad_use() -> None:
    options = Options((), ("test",), also=("3.99",))
    with pytest.raises(UsageError, match=r"there is no Python 3\.99 here"):
        assert options.variants

"""The *test* step: all tests pass, none is skipped, none of before is missing."""

from functools import partial

from course.run.testing import TESTS_TIMEOUT_SECONDS, PytestRun, run_tests
from course.run.tracing import run_traced
from course.verify.checkpoints import Checkpoints
from course.verify.results import Verdict


def key(checkpoints: Checkpoints, number: int) -> list[object]:
    """Depend on the code and environment, and those of the chapter before."""
    own = _own_folder(checkpoints, number)
    numbers = [number] if own or number == 1 else [number, number - 1]
    return [
        own,
        checkpoints.marked_in(number),
        *((checkpoints.code_key(n), checkpoints.recipe(n).key) for n in numbers),
    ]


def check(checkpoints: Checkpoints, number: int) -> Verdict:
    """Run the tests as a reader does, and count those of the chapter before.

    Which of the chapter's own run which lines is kept for the steps that ask it.
    """
    folder = checkpoints.write(checkpoints.tree(number))
    own = _own_folder(checkpoints, number)
    python, marked = checkpoints.interpreter(number), checkpoints.marked_in(number)
    run = partial(run_tests, seconds=TESTS_TIMEOUT_SECONDS, marked_in=marked)
    if own or not checkpoints.is_traced(number):
        tests, trace = run(folder, python, own), ""
    else:
        traced = checkpoints.course.chapter(number).test_folder
        work_folder = checkpoints.work_folder()
        tests, trace = run_traced(folder, python, [], work_folder, traced, run=run)
    if not tests.holds:
        return Verdict(False, summary(tests), explain(tests))
    checkpoints.store_trace(number, trace)
    if own:
        return Verdict(True, f"{tests.passed} of its own passed")
    before = _count(checkpoints, number - 1, marked)
    if tests.passed < before:
        detail = (
            f"chapter {number} has {tests.passed} tests, chapter {number - 1} has "
            f"{before}: a chapter keeps the tests of the one before"
        )
        return Verdict(False, f"{tests.passed} tests, {before} before", detail)
    return Verdict(True, f"{tests.passed} passed")


def _own_folder(checkpoints: Checkpoints, number: int) -> list[str]:
    """Name the chapter's own tests where only they are to run; nothing for all."""
    folder = checkpoints.course.chapter(number).test_folder
    there = any(path.startswith(f"{folder}/") for path in checkpoints.code(number))
    return [folder] if there and checkpoints.is_extra(number) else []


def summary(tests: PytestRun) -> str:
    """Say in a few words how a run ended."""
    if tests.timed_out:
        return f"took longer than {TESTS_TIMEOUT_SECONDS:.0f} s"
    failed, skipped = tests.with_outcome("failed"), tests.with_outcome("skipped")
    if failed:
        return f"{len(failed)} failed"
    if skipped:
        return f"{len(skipped)} skipped"
    return f"{tests.passed} passed" if tests.holds else "no test ran"


def explain(tests: PytestRun) -> str:
    """Show a run that does not hold: why, and what pytest printed."""
    skipped = [
        f"{one.test} is skipped, which proves nothing: {one.message}"
        for one in tests.with_outcome("skipped")
    ]
    return "\n".join([summary(tests), *skipped, tests.output])


def _count(checkpoints: Checkpoints, number: int, marked: str) -> int:
    """Count the tests of a checkpoint without running them."""
    if number == 0:
        return 0
    folder = checkpoints.write(checkpoints.tree(number))
    python = checkpoints.interpreter(number)
    run = run_tests(folder, python, ["--collect-only"], marked_in=marked)
    return run.collected

"""The *exercises* step: unsolved its test fails; solved it passes and all is clean."""

from pathlib import Path

from course.learner.exercises import Exercise, apply_solution, read_exercises
from course.learner.exercises import check as try_exercise
from course.run.testing import run_tests
from course.verify.checkpoints import Checkpoints, below
from course.verify.checks import lint
from course.verify.checks.test import explain
from course.verify.results import Verdict


def names(checkpoints: Checkpoints, number: int) -> list[str]:
    """List the folders of a chapter's exercises; one without a name if it has none."""
    folder = f"{checkpoints.course.chapter(number).folder}/exercises"
    inside = (
        path.removeprefix(f"{folder}/")
        for path in below(checkpoints.tree(number), folder)
    )
    return sorted({path.split("/")[0] for path in inside if "/" in path}) or [""]


def key(checkpoints: Checkpoints, number: int, name: str) -> list[object]:
    """Return what the result depends on: the code and the whole exercise."""
    folder = f"{checkpoints.course.chapter(number).folder}/exercises/{name}".rstrip("/")
    own = checkpoints.digests.of(below(checkpoints.source.tree, folder))
    return [checkpoints.code_key(number), checkpoints.recipe(number).key, own]


def check(checkpoints: Checkpoints, number: int, name: str) -> Verdict:
    """Try an exercise without and with its solution."""
    if not name:
        return Verdict(True, "has no exercises", applies=False)
    folder = f"{checkpoints.course.chapter(number).folder}/exercises/{name}"
    (exercise,) = read_exercises(
        below(checkpoints.source.tree, folder), checkpoints.course.chapter(number)
    )
    unsolved = checkpoints.write(checkpoints.tree(number))
    solved = checkpoints.write(
        checkpoints.tree(number)
    )  # not the same: no stale bytecode
    tests = checkpoints.course.chapter(number).test_folder
    faults = _faults(exercise, unsolved, solved, checkpoints.interpreter(number), tests)
    if faults:
        return Verdict(False, f"{len(faults)} faults", "\n".join(faults))
    return Verdict(True, "fails unsolved, passes solved")


def _faults(
    exercise: Exercise, unsolved: Path, solved: Path, python: Path, tests: str
) -> list[str]:
    """Say what is wrong with an exercise on its checkpoint.

    Solved, the tests of its own chapter have to pass: an exercise changes what its
    chapter teaches, and all tests for each exercise take longer than all else together.
    """
    if exercise.hint is None:
        return [f"{exercise.folder}/hint.md is missing: write it"]
    if exercise.solution is None:
        return [f"{exercise.folder}/solution.patch is missing: make it with git diff"]
    faults = []
    if all(step.holds for step in try_exercise(exercise, unsolved, python)):
        faults.append(
            f"{exercise.folder}: its test passes unsolved: it must ask for something"
        )
    apply_solution(exercise, solved)
    faults += [
        f"{exercise.folder}: solved, but not: {step.sentence} ({step.why})"
        for step in try_exercise(exercise, solved, python)
        if not step.holds
    ]
    own = [tests] if (solved / tests).is_dir() else []
    ran = run_tests(solved, python, own)
    if not ran.holds:
        faults.append(f"{exercise.folder}: solved, but a test fails: {explain(ran)}")
    for found in lint.faults(solved):
        faults.append(f"{exercise.folder}: solved, but not clean: {found}")
    return faults

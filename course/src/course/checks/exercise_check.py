"""The *exercises* step: unsolved its test fails; solved all passes and is clean."""

from pathlib import Path

from course.bench import Bench, below
from course.checks import lint
from course.checks.tests import explain
from course.errors import CourseError
from course.exercises import Exercise, apply_solution, read_exercises
from course.exercises import check as try_exercise
from course.results import Verdict
from course.testing import run_tests


def key(bench: Bench, number: int) -> list[object]:
    """Follow from the code, its environment and the exercises with their solutions."""
    folder = f"{bench.course.chapter(number).folder}/exercises"
    own = bench.digests.of(below(bench.source.tree, folder))
    return [bench.code_key(number), bench.recipe(number).key, own]


def check(bench: Bench, number: int) -> Verdict:
    """Try every exercise of a chapter without and with its solution."""
    chapter = bench.course.chapter(number)
    exercises = read_exercises(bench.source.tree, chapter)
    if not exercises:
        return Verdict(True, "has no exercises", applies=False)
    python = bench.interpreter(number)
    faults = []
    for exercise in exercises:
        unsolved = bench.write(bench.tree(number))
        solved = bench.write(bench.tree(number))  # not the same: no stale bytecode
        try:
            faults += _faults(exercise, unsolved, solved, python)
        except CourseError as error:
            faults.append(str(error))
    if faults:
        return Verdict(False, f"{len(faults)} faults", "\n".join(faults))
    return Verdict(True, f"{len(exercises)} solved and unsolved")


def _faults(
    exercise: Exercise, unsolved: Path, solved: Path, python: Path
) -> list[str]:
    """Say what is wrong with an exercise on its checkpoint."""
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
    tests = run_tests(solved, python)
    if not tests.holds:
        faults.append(f"{exercise.folder}: solved, but a test fails: {explain(tests)}")
    for found in lint.faults(solved):
        faults.append(f"{exercise.folder}: solved, but not clean: {found}")
    return faults

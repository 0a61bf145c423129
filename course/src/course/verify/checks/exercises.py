"""The *exercises* step: unsolved its test fails; solved it passes and all is clean."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from course.learner.exercises import (
    TIMEOUT_SECONDS,
    Exercise,
    StepResult,
    apply_solution,
    judge,
    read_exercises,
)
from course.run.testing import PytestRun, run_tests
from course.tree import read_paths
from course.verify.checkpoints import Checkpoints, Compiled, below
from course.verify.checks import lint
from course.verify.checks.test import explain
from course.verify.results import Verdict

Run = Callable[..., PytestRun]  # run_tests, but for the environment


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
    """Try an exercise without and with its solution, in forks of one server."""
    if not name:
        return Verdict(True, "has no exercises", applies=False)
    folder = f"{checkpoints.course.chapter(number).folder}/exercises/{name}"
    (exercise,) = read_exercises(
        below(checkpoints.source.tree, folder), checkpoints.course.chapter(number)
    )
    like = checkpoints.compiled(number)
    unsolved = checkpoints.write(like.tree, like)
    solved = checkpoints.write(like.tree, like)  # not the same: no stale bytecode
    run = partial(
        run_tests,
        python=checkpoints.interpreter(number),
        server=checkpoints.fork_server(number),
    )
    faults = _faults(exercise, unsolved, solved, run)
    if not faults:
        tests = _concerned(like, solved, checkpoints.course.chapter(number).test_folder)
        ran = run(solved, arguments=tests)
        if not ran.holds:
            faults.append(f"{folder}: solved, but a test fails: {explain(ran)}")
    if faults:
        return Verdict(False, f"{len(faults)} faults", "\n".join(faults))
    return Verdict(True, "fails unsolved, passes solved")


def _concerned(like: Compiled, solved: Path, own: str) -> list[str]:
    """Name the chapter's tests that run the lines of a solution, or which it changes.

    All of the chapter's, where no test was seen to run any of them.
    """
    after = read_paths(solved, list(like.tree))
    changed = [path for path, file in after.items() if file != like.tree[path]]
    tests = [path for path in changed if path.startswith(f"{own}/")]
    tests += sorted(like.trace.tests_of_change(like.tree, after))
    there = [one for one in tests if (solved / one.partition("::")[0]).is_file()]
    return there or ([own] if (solved / own).is_dir() else [])


def _faults(exercise: Exercise, unsolved: Path, solved: Path, run: Run) -> list[str]:
    """Say what is wrong with an exercise on its checkpoint; solve it in `solved`."""
    if exercise.hint is None:
        return [f"{exercise.folder}/hint.md is missing: write it"]
    if exercise.solution is None:
        return [f"{exercise.folder}/solution.patch is missing: make it with git diff"]
    faults = []

    def steps(folder: Path) -> list[StepResult]:
        return judge(
            exercise, run(folder, arguments=[exercise.folder], seconds=TIMEOUT_SECONDS)
        )

    if all(step.holds for step in steps(unsolved)):
        faults.append(
            f"{exercise.folder}: its test passes unsolved: it must ask for something"
        )
    apply_solution(exercise, solved)
    faults += [
        f"{exercise.folder}: solved, but not: {step.sentence} ({step.why})"
        for step in steps(solved)
        if not step.holds
    ]
    for found in lint.faults(solved):
        faults.append(f"{exercise.folder}: solved, but not clean: {found}")
    return faults

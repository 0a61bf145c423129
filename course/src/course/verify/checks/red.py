"""The *red* step: a test file that chapter N adds must fail on chapter N-1."""

from course.run.testing import TESTS_TIMEOUT_SECONDS, run_tests
from course.verify.checkpoints import Checkpoints
from course.verify.results import Verdict


def key(checkpoints: Checkpoints, number: int) -> list[object]:
    """Return what the result depends on: both codes and the excuses."""
    excuses = dict(checkpoints.course.chapter(number).passes_before)
    keys = [checkpoints.code_key(number), checkpoints.code_key(number - 1)]
    return [*keys, checkpoints.recipe(number).key, excuses]


def added_tests(checkpoints: Checkpoints, number: int) -> list[str]:
    """List the test files that chapter `number` adds."""
    before = checkpoints.code(number - 1)
    return [
        path
        for path in checkpoints.code(number)
        if path.startswith("test/")
        and path.rpartition("/")[2].startswith("test_")
        and path.endswith(".py")
        and path not in before
    ]


def check(checkpoints: Checkpoints, number: int) -> Verdict:
    """Run N's `test/` over the code of N-1, in the environment of N."""
    chapter = checkpoints.course.chapter(number)
    added = added_tests(checkpoints, number)
    faults = [
        f"{chapter.manifest}: passes_before names {path}, which is no test file that "
        f"chapter {number} adds: remove it"
        for path in chapter.passes_before
        if path not in added
    ]
    if not added:
        faults.append(f"chapter {number} adds no test file: {chapter.test_folder}/")
        return Verdict(False, "no test file", "\n".join(faults))
    code = {p: f for p, f in checkpoints.code(number - 1).items() if p[:5] != "test/"}
    tests = {p: f for p, f in checkpoints.code(number).items() if p[:5] == "test/"}
    folder = checkpoints.write({**code, **tests})
    arguments = ["--continue-on-collection-errors", *added]
    run = run_tests(
        folder,
        checkpoints.interpreter(number),
        arguments,
        seconds=TESTS_TIMEOUT_SECONDS,
    )
    if run.timed_out:
        return Verdict(
            False, f"took longer than {TESTS_TIMEOUT_SECONDS:.0f} s", run.output
        )
    failing = {one.file for one in run.with_outcome("failed")}
    if not run.outcomes:
        failing = set(added)  # test/conftest.py itself asks for what N brings
    for path in added:
        excused = path in chapter.passes_before
        if path in failing and excused:
            faults.append(f"{path} fails on chapter {number - 1}: remove its excuse")
        if path not in failing and not excused:
            faults.append(
                f"{path} passes on chapter {number - 1}, so it tests nothing that "
                f"chapter {number} brings: mend it, or excuse it in {chapter.manifest} "
                "under [[passes_before]]"
            )
    if faults:
        return Verdict(False, f"{len(faults)} faults", "\n".join(faults))
    excuses = len(chapter.passes_before)
    also = f", {excuses} excused" if excuses else ""
    return Verdict(True, f"{len(added) - excuses} fail before{also}")

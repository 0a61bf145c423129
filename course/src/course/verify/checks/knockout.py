"""The *knock-out* step: take one part of a chapter away, and some test must fail.

Or a name is left undefined: Python takes the name of a package for imported as soon as
some other module imports what lies in it, so no test could miss such a line.
"""

from pathlib import Path

from course.errors import SourceError
from course.run.testing import run_tests
from course.source.weave import Unit
from course.tree import Tree, write_atomically
from course.verify.checkpoints import Checkpoints, without_prose
from course.verify.checks import lint
from course.verify.results import Verdict, key_of

DO_NOT_RUN = "the tests do not run"
TIMEOUT_SECONDS = 900.0  # what a part is missing from may well wait for ever


def key(checkpoints: Checkpoints, number: int, unit: Unit) -> list[object]:
    """Return what the result depends on: the code with the unit and without."""
    without = _without(checkpoints, number, unit)
    left = checkpoints.digests.of(without) if without is not None else ""
    excused = unit.id in checkpoints.course.chapter(number).survives
    return [
        checkpoints.code_key(number),
        left,
        checkpoints.recipe(number).key,
        unit.id,
        excused,
    ]


def check(checkpoints: Checkpoints, number: int, unit: Unit) -> Verdict:
    """Run the chapter's tests without the unit, then the others: one has to fail."""
    excused = unit.id in checkpoints.course.chapter(number).survives
    killer = _killer(checkpoints, number, unit)
    manifest = checkpoints.course.chapter(number).manifest
    if killer and excused:
        detail = (
            f"{unit.location}: {killer} without it: remove its excuse in {manifest}"
        )
        return Verdict(False, "the excuse is stale", detail)
    if killer or excused:
        return Verdict(True, killer or "survives, excused")
    name = f" ({unit.name})" if unit.name else ""
    detail = (
        f"{unit.location}: no test fails without it{name}: test it, or excuse "
        f"`{unit.id}` in {manifest} under [[survives]]"
    )
    return Verdict(False, "no test misses it", detail)


def stale(checkpoints: Checkpoints, number: int) -> Verdict:
    """Check that every excuse names a unit that the chapter adds."""
    chapter = checkpoints.course.chapter(number)
    known = {unit.id for unit in checkpoints.source.units(number)}
    faults = [
        f"{chapter.manifest}: survives names {name}, which chapter {number} does not "
        "add: remove it"
        for name in chapter.survives
        if name not in known
    ]
    words = "an excuse has no unit" if faults else f"{len(chapter.survives)} excuses"
    return Verdict(not faults, words, "\n".join(faults))


def _killer(checkpoints: Checkpoints, number: int, unit: Unit) -> str:
    """Return what fails without the unit; empty if nothing does.

    Asked are, in turn: the test that failed last time, the quickest of those that run
    its lines, all of the chapter, all others.
    """
    without = _without(checkpoints, number, unit)
    if without is None:
        return "it does not weave"
    chapter = checkpoints.course.chapter(number)
    code = checkpoints.code(number)
    prose = {p: f for p, f in checkpoints.tree(number).items() if p not in code}
    like = checkpoints.compiled(number)
    folder = checkpoints.write({**prose, **without}, like)
    if unit.last and (undefined := lint.undefined_name(folder)):
        return undefined
    concerned = like.trace.tests_of_change(code, without, near=True)
    known = checkpoints.traces / f"killer-{key_of(number, unit.id)[:16]}"
    killer = known.read_text("utf-8") if known.is_file() else ""
    own = [chapter.test_folder] if (folder / chapter.test_folder).is_dir() else []
    for where in _in_turn(killer, like.trace.quickest(concerned), own):
        killer = _failing(checkpoints, number, folder, where, concerned)
        if killer == DO_NOT_RUN and where not in (own, []):
            continue  # one that is named may be what is missing
        if killer != DO_NOT_RUN and killer:
            known.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(known, killer.encode())
        if killer:
            return killer
    return ""


def _failing(
    checkpoints: Checkpoints,
    number: int,
    folder: Path,
    where: list[str],
    concerned: set[str],
) -> str:
    """Return the first test that fails, or that the tests do not run; else nothing.

    Named tests and folders run in a fork of a server. What fails there has to pass
    there where the code is whole; else it is asked again as a reader would.
    """
    trace = checkpoints.compiled(number).trace
    named = bool(where) and not where[0].startswith("--")
    for server in [checkpoints.fork_server(number), None] if named else [None]:
        tests = run_tests(
            folder,
            checkpoints.interpreter(number),
            where,
            seconds=TIMEOUT_SECONDS,
            first_failure=True,
            first=concerned,
            durations=trace.seconds,
            server=server,
        )
        if tests.holds:
            return ""
        failed = [one.test for one in tests.with_outcome("failed")]
        if server is None:
            return failed[0] if failed else DO_NOT_RUN
        passed = (one.test for one in tests.with_outcome("passed"))
        checkpoints.passing[number].update(passed)
        asked = failed or trace.quickest(trace.names)
        if asked and checkpoints.passes_in_a_fork(number, asked[0]):
            return failed[0] if failed else DO_NOT_RUN
    return ""


def _in_turn(killer: str, quick: list[str], own: list[str]) -> list[list[str]]:
    """Say what pytest is to run, one after the other; an empty list means all."""
    likely = [*([[killer]] if killer else []), *([quick] if quick else [])]
    if not own:
        return [*likely, []]
    return [*likely, own, [f"--ignore={own[0]}"]]


def _without(checkpoints: Checkpoints, number: int, unit: Unit) -> Tree | None:
    """Weave the checkpoint without a unit; None where it is then no valid tree."""
    try:
        return without_prose(checkpoints.source.weave(number, unit))
    except SourceError:
        return None

"""One verification from end to end: read, plan, run, show, report."""

import os
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from course.branches.finding import annotated_tree
from course.errors import SourceError
from course.git.repository import Repository
from course.run.interpreters import interpreter
from course.run.scratch import scratch
from course.source.weave import Source
from course.verify import display, report
from course.verify.checkpoints import Checkpoints
from course.verify.checks import text
from course.verify.execution import verify
from course.verify.results import Results
from course.verify.tasks import (
    STEPS,
    ProgressReporter,
    Result,
    broken_source,
    plan,
    plan_knockout,
)
from course.verify.times import Times, collect

NEWEST = "newest"  # in place of a Python: the newest packages that the ranges allow
CACHE = "COURSE_CACHE"  # a folder for results that outlives a clone, as CI has


@dataclass(frozen=True, slots=True)
class Options:
    """What to check and how; no chapters means all of them."""

    chapters: tuple[int, ...]
    steps: tuple[str, ...]
    cached: bool = True
    latest: bool = False
    python: str | None = None
    also: tuple[str, ...] = ()  # Pythons, or NEWEST, to run tests and starts on, too
    commands: Collection[str] = ()  # of `course`, that the texts may name

    @property
    def variants(self) -> list["Options"]:
        """The same once for each of `also`, but for what is the usual Python anyway."""
        usual = interpreter(self.python)
        others = [one for one in dict.fromkeys(self.also) if one != NEWEST]
        found = [
            replace(self, python=one) for one in others if interpreter(one) != usual
        ]
        newest = [replace(self, latest=True)] if NEWEST in self.also else []
        return found + newest


def verification(options: Options, folder: Path | None, began: float) -> bool:
    """Verify the work tree that we are in; True where every check holds.

    folder is where the reports go, by default below the git folder; began is the
    monotonic time of the start. Raises UsageError for an unknown chapter or Python.
    """
    repository = Repository.find()
    variants = options.variants  # an unknown Python is bad use, before anything is done
    home = repository.tool_folder
    where = report.make_folder(folder or home / "report")
    live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    reporter: ProgressReporter = display.Live() if live else display.Plain()
    results = Results(shared_folder(repository) / "results", options.cached)
    # Trees are this run's own: compiled files in them trouble nobody and save much.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        found = _verify(repository, [options, *variants], results, reporter)
    except SourceError as error:
        found = [broken_source(error)]
    finally:
        reporter.close()
    seconds = time.monotonic() - began
    report.write(found, where, seconds)
    failures = display.failures(found)
    if failures:
        click.echo(failures + "\n")
    click.echo(display.closing(found, seconds))
    if not all(one.cached for one in found):
        results.prune()
    return all(one.verdict.holds for one in found)


def cost(commands: Collection[str]) -> Times:
    """Return what the stored results of the work tree's checks cost, step by step.

    commands are those of `course`, on which the checks of the prose depend.
    """
    repository = Repository.find()
    source = Source.read(annotated_tree(repository))
    results = Results(shared_folder(repository) / "results")
    with checkpoints(source, results, Options((), STEPS, commands=commands)) as one:
        every = range(1, source.last + 1)
        tasks = plan(one, every, STEPS)
        for number in every:
            tasks += plan_knockout(one, number)
        return collect(tasks, results)


def test_seconds(commands: Collection[str]) -> dict[tuple[int, int], float]:
    """Return how long the test runs of each text took, by chapter and part.

    Only of texts that were typed since the last change that matters. commands are those
    of `course`, on which the checks of the prose depend.
    """
    repository = Repository.find()
    source = Source.read(annotated_tree(repository))
    results = Results(shared_folder(repository) / "results")
    found = {}
    with checkpoints(source, results, Options((), (), commands=commands)) as one:
        for task in plan(one, range(1, source.last + 1), ["text"]):
            verdict = None if task.name else results.get(task.key)
            for part, seconds in text.test_seconds(verdict).items():
                found[task.chapter, part] = seconds
    return found


def text_holds(source: Source, number: int, python: str | None = None) -> bool:
    """Tell whether a chapter's text was typed as it is in source, and held.

    python is the one of the run, by default the usual one.
    """
    results = Results(shared_folder(Repository.find()) / "results")
    with checkpoints(source, results, Options((), (), python=python)) as one:
        tasks = [task for task in plan(one, [number], ["text"]) if not task.name]
        return all(results.get(task.key) is not None for task in tasks)


def shared_folder(repository: Repository) -> Path:
    """Return the folder of results and environments: CI's own, or the clone's."""
    named = os.environ.get(CACHE)
    return Path(named).absolute() if named else repository.tool_folder


def _verify(
    repository: Repository,
    wanted: Sequence[Options],
    results: Results,
    reporter: ProgressReporter,
) -> list[Result]:
    """Verify as the first options say, and as the others do what these may change."""
    source = Source.read(annotated_tree(repository))
    options = wanted[0]
    for number in options.chapters:
        source.course.chapter(number)
    chapters = options.chapters or tuple(range(1, source.last + 1))
    with ExitStack() as stack:
        usual, *variants = (
            stack.enter_context(checkpoints(source, results, one)) for one in wanted
        )
        return verify(usual, chapters, options.steps, results, reporter, variants)


@contextmanager
def checkpoints(
    source: Source, results: Results, options: Options
) -> Iterator[Checkpoints]:
    """Give what the checks share, and take its temporary folder away again."""
    with scratch("verify") as temporary:
        made = Checkpoints(
            source,
            temporary,
            results.folder.with_name("environments"),
            results.folder / "traces",
            python=options.python,
            latest=options.latest,
            commands=options.commands,
        )
        with closing(made):
            yield made
